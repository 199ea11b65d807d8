"""The port from text to vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nexus.core.errors import UnavailableError

Vectors = NDArray[np.float32]


class EmbeddingError(UnavailableError):
    """The embedding model did not give usable vectors."""

    slug = "embedding-failed"
    title = "The embedding model did not answer"


@dataclass(frozen=True, slots=True)
class EmbeddingSpec:
    """What makes two vectors comparable. `name` is stored beside every vector."""

    name: str
    """For example `local/all-MiniLM-L6-v2` or `openai/text-embedding-3-small`."""
    dimension: int
    max_tokens: int
    """Longest input in tokens, special tokens included."""
    languages: frozenset[str] | None = None
    """The languages it understands (ISO 639-1); None where that is not known to be limited."""


class Embedder(Protocol):
    """Turns text into unit-length vectors. Safe to call from many tasks at once."""

    @property
    def spec(self) -> EmbeddingSpec: ...

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """`(len(texts), dimension)` float32, each row of L2 norm 1. Raises EmbeddingError."""
        ...

    async def embed_query(self, text: str) -> Vectors:
        """`(dimension,)` float32 of L2 norm 1. Raises EmbeddingError."""
        ...

    async def aclose(self) -> None: ...
