"""Remembering the vectors of recent questions."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from nexus.providers.embeddings.base import Embedder, EmbeddingSpec, Vectors


class CachedEmbedder:
    """Keeps the vectors of the `capacity` queries asked last; documents pass through.

    Queries repeat (a page turned, a filter changed, the same question by a colleague) while documents do not; one that
    is asked twice at once is embedded once. Failures are not kept. At 384 dimensions, 4,096 vectors take 7 MB. They
    are read-only, because callers share them.
    """

    def __init__(self, embedder: Embedder, *, capacity: int = 4_096) -> None:
        self._embedder = embedder
        self._capacity = capacity
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._asked: dict[str, asyncio.Future[Vectors]] = {}

    @property
    def spec(self) -> EmbeddingSpec:
        return self._embedder.spec

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return await self._embedder.embed_documents(texts)

    async def embed_query(self, text: str) -> Vectors:
        vector = self._vectors.get(text)
        if vector is not None:
            self._vectors.move_to_end(text)
            return vector
        if (asked := self._asked.get(text)) is not None:
            await asyncio.wait((asked,))
            if not asked.cancelled():
                return asked.result()
        asked = self._asked[text] = asyncio.get_running_loop().create_future()
        try:
            vector = (await self._embedder.embed_query(text)).copy()
            vector.setflags(write=False)
            self._keep(text, vector)
            asked.set_result(vector)
        finally:
            # Whoever waits for the same finds it cancelled when this failed, and asks by itself.
            asked.cancel()
            if self._asked.get(text) is asked:
                del self._asked[text]
        return vector

    def _keep(self, text: str, vector: Vectors) -> None:
        self._vectors[text] = vector
        if len(self._vectors) > self._capacity:
            self._vectors.popitem(last=False)

    async def aclose(self) -> None:
        self._vectors.clear()
        await self._embedder.aclose()
