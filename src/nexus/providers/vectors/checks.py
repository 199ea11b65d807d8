"""What every engine refuses, before anything is read or changed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import IndexedDocument, QueryTerm


def check_search(dimension: int, vector: NDArray[np.float32] | None, terms: Sequence[QueryTerm], limit: int) -> None:
    """Raises ValueError."""
    if limit < 0:
        raise ValueError("a limit cannot be negative")
    if any(term.weight < 0 for term in terms):
        raise ValueError("the weight of a word cannot be negative")
    if vector is not None and vector.shape != (dimension,):
        raise ValueError(f"the vector has shape {vector.shape}, the index has {dimension} dimensions")
    if vector is not None and not np.isfinite(vector).all():
        raise ValueError("the vector is not finite")


def check_document(dimension: int, document: IndexedDocument) -> None:
    """Raises ValueError when a document does not fit together, or the index."""
    count = len(document.chunk_ids)
    shape = document.vectors.shape
    if shape != (count, dimension) or len(document.terms) != count:
        raise ValueError(
            f"document {document.document_id} has {count} chunks, {len(document.terms)} lists of terms "
            f"and vectors of shape {shape} in an index of {dimension} dimensions"
        )
    if document.vectors.dtype != np.float16 or not np.isfinite(document.vectors).all():
        raise ValueError(f"document {document.document_id} has vectors that are not finite float16")
