"""What every reranker keeps, in both protocols, faults included."""

from typing import Literal

import pytest
from tests.doubles.reranker import RerankerDouble

from nexus.providers.reranker.base import RerankError
from nexus.providers.reranker.http import HttpReranker

Kind = Literal["cohere", "tei"]
TEXTS = ["nothing of it", "leave days carried over", "days of leave"]


@pytest.mark.parametrize("kind", ["cohere", "tei"])
@pytest.mark.parametrize("fault", ["normal", "once"])
async def test_scores_stand_in_the_order_of_the_texts(kind: Kind, fault: str) -> None:
    async with RerankerDouble(fault) as double:
        reranker = HttpReranker(double.base_url, "key", "any", kind=kind)
        scores = await reranker.rerank("leave days carried over", TEXTS)
        assert scores == [0.0, 1.0, 0.5]
        assert await reranker.rerank("anything", []) == []
        await reranker.aclose()


@pytest.mark.parametrize("kind", ["cohere", "tei"])
@pytest.mark.parametrize("fault", ["401", "500", "silent", "html", "missing", "nan"])
async def test_faults_are_plain_sentences(kind: Kind, fault: str) -> None:
    async with RerankerDouble(fault) as double:
        reranker = HttpReranker(double.base_url, "secret-key", "any", kind=kind, timeout=0.5)
        with pytest.raises(RerankError) as caught:
            await reranker.rerank("leave", TEXTS)
        assert "secret-key" not in caught.value.detail
        assert "provider-internal-text" not in caught.value.detail
        await reranker.aclose()


async def test_an_absent_server_says_so() -> None:
    reranker = HttpReranker("http://127.0.0.1:9", None, "any")
    with pytest.raises(RerankError, match="cannot be reached"):
        await reranker.rerank("leave", TEXTS)
    await reranker.aclose()
