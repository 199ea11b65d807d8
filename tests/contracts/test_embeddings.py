"""What every embedder promises, whatever stands behind it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from tests.doubles.openai_embeddings import EmbeddingsDouble

from nexus.providers.embeddings.base import Embedder
from nexus.providers.embeddings.cached import CachedEmbedder
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.providers.embeddings.local import LocalEmbedder
from nexus.providers.embeddings.openai_compatible import OpenAIEmbedder

TEXTS = [
    "How many vacation days do employees get each year?",
    "Employees get thirty vacation days each year.",
    "The torque wrench is calibrated to 25 Nm.",
    "",
    " \n",
    "東京都は日本の首都です。",
    "🎉 👨‍👩‍👧 \ud800 \x00",
    "word " * 2_000,
    "x" * 5_000,
]


@pytest.fixture(scope="module")
def local() -> Iterator[LocalEmbedder]:
    """One for the module: it belongs to no event loop, and loading it takes most of a test's time."""
    embedder = LocalEmbedder(threads=2)
    yield embedder
    asyncio.run(embedder.aclose())


@pytest.fixture(params=["local", "hashing", "openai", "shuffled", "numbers", "cached"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    if request.param == "local":
        yield request.getfixturevalue("local")
        return
    async with EmbeddingsDouble(dimension=64) as double:
        match request.param:
            case "hashing":
                embedder: Embedder = HashingEmbedder(dimension=64)
            case "cached":
                embedder = CachedEmbedder(HashingEmbedder(dimension=64))
            case name:
                model = "normal" if name == "openai" else name
                embedder = OpenAIEmbedder(
                    double.base_url, "key", model, dimension=64, max_tokens=256, texts_per_request=2
                )
        yield embedder
        await embedder.aclose()


async def test_documents_are_rows_of_length_one(embedder: Embedder) -> None:
    vectors = await embedder.embed_documents(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.spec.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


async def test_no_documents_give_no_rows(embedder: Embedder) -> None:
    assert (await embedder.embed_documents([])).shape == (0, embedder.spec.dimension)


async def test_a_query_is_one_row_of_length_one(embedder: Embedder) -> None:
    vector = await embedder.embed_query(TEXTS[0])
    assert vector.shape == (embedder.spec.dimension,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


async def test_a_text_has_one_vector_alone_in_any_company_and_any_order(embedder: Embedder) -> None:
    forwards = await embedder.embed_documents(TEXTS)
    backwards = await embedder.embed_documents(TEXTS[::-1])
    alone = np.stack([await embedder.embed_query(text) for text in TEXTS])
    assert np.sum(forwards * backwards[::-1], axis=1).min() >= 0.9995
    assert np.sum(forwards * alone, axis=1).min() >= 0.9995


async def test_near_texts_have_near_vectors(embedder: Embedder) -> None:
    question, answer, other = (await embedder.embed_documents(TEXTS))[:3]
    assert question @ answer > question @ other + 0.2


async def test_many_tasks_ask_at_once(embedder: Embedder) -> None:
    expected = await embedder.embed_documents(TEXTS)
    found = await asyncio.gather(*(embedder.embed_query(text) for text in TEXTS * 5), embedder.embed_documents(TEXTS))
    assert np.sum(np.stack(found[:-1]) * np.tile(expected, (5, 1)), axis=1).min() >= 0.9995
    assert np.sum(found[-1] * expected, axis=1).min() >= 0.9995


async def test_the_spec_tells_what_makes_vectors_comparable(embedder: Embedder) -> None:
    assert "/" in embedder.spec.name
    assert embedder.spec.dimension > 0
    assert embedder.spec.max_tokens > 0
    assert embedder.spec == embedder.spec
