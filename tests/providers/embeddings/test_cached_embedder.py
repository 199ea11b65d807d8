import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from nexus.providers.embeddings.base import EmbeddingError, Vectors
from nexus.providers.embeddings.cached import CachedEmbedder
from nexus.providers.embeddings.fake import HashingEmbedder


class Counting(HashingEmbedder):
    """Remembers what it was asked, and fails for the text "fail"."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def embed_query(self, text: str) -> Vectors:
        self.asked.append(text)
        if text == "fail":
            raise EmbeddingError("The double fails on request.")
        return await super().embed_query(text)

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return await super().embed_documents(texts)


async def ask(embedder: CachedEmbedder, texts: str) -> None:
    for text in texts:
        await embedder.embed_query(text)


async def test_a_query_is_embedded_once() -> None:
    inner = Counting()
    embedder = CachedEmbedder(inner)
    first = await embedder.embed_query("a")
    assert await embedder.embed_query("a") is first
    assert np.array_equal(first, await HashingEmbedder().embed_query("a"))
    assert inner.asked == ["a"]


async def test_what_was_asked_longest_ago_is_forgotten_first() -> None:
    inner = Counting()
    await ask(CachedEmbedder(inner, capacity=2), "abacab")
    assert inner.asked == list("abcb")


async def test_documents_are_not_kept() -> None:
    inner = Counting()
    embedder = CachedEmbedder(inner)
    await embedder.embed_documents(["a"])
    await embedder.embed_documents(["a"])
    assert inner.asked == ["a", "a"]


async def test_a_failure_is_not_kept() -> None:
    inner = Counting()
    embedder = CachedEmbedder(inner)
    for _ in range(2):
        with pytest.raises(EmbeddingError):
            await embedder.embed_query("fail")
    assert inner.asked == ["fail", "fail"]


async def test_shared_vectors_cannot_be_changed() -> None:
    vector = await CachedEmbedder(Counting()).embed_query("a")
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1


async def test_the_same_query_at_once_is_embedded_once() -> None:
    inner = Counting()
    embedder = CachedEmbedder(inner)
    first, second = await asyncio.gather(embedder.embed_query("a"), embedder.embed_query("a"))
    assert first is second
    assert inner.asked == ["a"]


async def test_whoever_waits_for_a_failure_asks_by_itself() -> None:
    inner = Counting()
    embedder = CachedEmbedder(inner)
    answers = await asyncio.gather(*(embedder.embed_query("fail") for _ in range(2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [EmbeddingError, EmbeddingError]


async def test_leaving_takes_the_vector_from_nobody() -> None:
    embedder = CachedEmbedder(Counting())
    leaving, staying = (asyncio.ensure_future(embedder.embed_query("a")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).shape == (await embedder.embed_query("a")).shape
