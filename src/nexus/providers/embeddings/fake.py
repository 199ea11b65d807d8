"""An embedder without a model, for the tests of whoever uses the port."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

from nexus.providers.embeddings.base import EmbeddingSpec, Vectors

_WORD = re.compile(r"\w+")
_PLACES = 4


class HashingEmbedder:
    """Texts that share words are near each other, texts that share none are nearly at right angles.

    Each word adds plus or minus one in a few places that its checksum picks, so vectors are the same in every process.
    """

    def __init__(self, *, dimension: int = 256, max_tokens: int = 256) -> None:
        self._spec = EmbeddingSpec(f"hashing/{dimension}", dimension, max_tokens)

    @property
    def spec(self) -> EmbeddingSpec:
        return self._spec

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._spec.dimension), np.float32)
        for index, text in enumerate(texts):
            vectors[index] = self._embed(text)
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        return self._embed(text)

    async def aclose(self) -> None:
        pass

    def _embed(self, text: str) -> Vectors:
        vector = np.zeros(self._spec.dimension, np.float32)
        # Two words more than there are, as in the models, so that an empty text has a direction too.
        words = [
            word.encode("utf-8", "replace") for word in _WORD.findall(text.casefold())[: self._spec.max_tokens - 2]
        ]
        for word in (b"[CLS]", *words, b"[SEP]"):
            for place in range(_PLACES):
                code = zlib.crc32(word, place)
                vector[code % len(vector)] += 1 if code & 0x8000_0000 else -1
        length = np.linalg.norm(vector)
        if length == 0:
            vector[0] = length = np.float32(1)
        return vector / length
