import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from tests.doubles.openai_embeddings import SECRET, EmbeddingsDouble

from nexus.providers.embeddings.base import EmbeddingError
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.providers.embeddings.openai_compatible import OpenAIEmbedder

KEY = "sk-very-secret-key"
Make = Callable[..., OpenAIEmbedder]


@pytest.fixture
async def double() -> AsyncIterator[EmbeddingsDouble]:
    async with EmbeddingsDouble() as double:
        yield double


@pytest.fixture
async def make(double: EmbeddingsDouble) -> AsyncIterator[Make]:
    made: list[OpenAIEmbedder] = []

    def make(model: str = "normal", **options: object) -> OpenAIEmbedder:
        settings = {"dimension": 32, "max_tokens": 256, "backoff": 0.001} | options
        made.append(OpenAIEmbedder(double.base_url, KEY, model, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for embedder in made:
        await embedder.aclose()


async def test_documents_go_in_requests_of_bounded_count_and_size(make: Make, double: EmbeddingsDouble) -> None:
    embedder = make(texts_per_request=3, tokens_per_request=100)
    texts = ["short"] * 7 + ["x" * 250] * 2
    vectors = await embedder.embed_documents(texts)
    assert np.allclose(vectors, await HashingEmbedder(dimension=32).embed_documents(texts), atol=1e-6)
    assert sorted(len(request.body["input"]) for request in double.requests) == [1, 2, 3, 3]


async def test_only_so_many_requests_run_at_once(make: Make, double: EmbeddingsDouble) -> None:
    await make(texts_per_request=1, requests_at_once=2).embed_documents(["text"] * 20)
    assert len(double.requests) == 20
    assert double.most_at_once <= 2


async def test_what_servers_refuse_is_not_sent(make: Make, double: EmbeddingsDouble) -> None:
    await make(max_tokens=10).embed_documents(["", "  ", "日" * 50, "\ud800"])
    assert double.requests[0].body["input"] == [".", ".", "日" * 10, "?"]


async def test_openai_is_told_the_key_and_the_shape(make: Make, double: EmbeddingsDouble) -> None:
    await make(shorten=True).embed_query("text")
    (request,) = double.requests
    assert request.path == "/v1/embeddings"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {"model": "normal", "encoding_format": "base64", "dimensions": 32, "input": ["text"]}


async def test_azure_has_its_own_header_and_version(make: Make, double: EmbeddingsDouble) -> None:
    await make(api_version="2024-10-21").embed_query("text")
    (request,) = double.requests
    assert request.query == {"api-version": "2024-10-21"}
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 529])
async def test_passing_faults_are_repeated(make: Make, double: EmbeddingsDouble, code: int) -> None:
    await make(f"status?code={code}&times=2").embed_query("text")
    assert len(double.requests) == 3


async def test_a_connection_that_breaks_is_repeated(make: Make, double: EmbeddingsDouble) -> None:
    await make("cut?times=1").embed_query("text")
    assert len(double.requests) == 2


@pytest.mark.parametrize(
    ("model", "attempts", "sentence"),
    [
        ("status?code=401", 1, "Check the key"),
        ("status?code=403", 1, "Check the key"),
        ("status?code=404", 1, "does not know the model"),
        ("status?code=400", 1, "refused the request (HTTP 400)"),
        ("status?code=429&reason=insufficient_quota", 1, "quota is used up"),
        ("status?code=429&retry_after=3600", 1, "Try again later"),
        ("status?code=429&retry_after=Fri, 01 Jan 2100 00:00:00 GMT", 1, "Try again later"),
        ("status?code=429&retry_after_ms=1", 3, "Try again later"),
        ("status?code=429&retry_after=Fri, 01 Jan 1999 00:00:00 GMT", 3, "Try again later"),
        ("status?code=429&retry_after=soon", 3, "Try again later"),
        ("status?code=500", 3, "HTTP 500"),
        ("cut", 3, "cannot be reached"),
        ("wrong-dimension", 1, "31 numbers instead of 32"),
        ("nan", 1, "no direction"),
        ("null", 1, "no direction"),
        ("zero", 1, "no direction"),
        ("missing", 1, "do not match the 2 asked for"),
        ("repeated", 1, "do not match the 2 asked for"),
        ("truncated", 1, "not embeddings"),
        ("html", 1, "not embeddings"),
    ],
)
async def test_a_failure_says_what_to_do_and_nothing_secret(
    make: Make, double: EmbeddingsDouble, caplog: pytest.LogCaptureFixture, model: str, attempts: int, sentence: str
) -> None:
    with pytest.raises(EmbeddingError) as failure:
        await make(model, retries=2).embed_documents(["one", "two"])
    assert sentence in failure.value.detail
    assert KEY not in failure.value.detail + caplog.text
    assert SECRET not in failure.value.detail
    assert len(double.requests) == attempts


@pytest.mark.parametrize("options", [{"total_timeout": 0.05}, {"attempt_timeout": 0.02, "retries": 1}])
async def test_silence_ends_in_time(make: Make, options: dict[str, float]) -> None:
    with pytest.raises(EmbeddingError, match="did not answer"):
        await make("silent", **options).embed_query("text")


async def test_a_server_that_is_not_there(make: Make) -> None:
    embedder = OpenAIEmbedder("http://127.0.0.1:9/v1", None, "m", dimension=2, max_tokens=9, retries=1, backoff=0.001)
    with pytest.raises(EmbeddingError, match="cannot be reached"):
        await embedder.embed_query("text")
    await embedder.aclose()


async def test_one_failed_request_fails_the_documents_and_stops_the_rest(make: Make, double: EmbeddingsDouble) -> None:
    with pytest.raises(EmbeddingError, match="Check the key"):
        await make("status?code=401", texts_per_request=1, requests_at_once=1).embed_documents(["text"] * 50)
    assert len(double.requests) < 50


async def test_a_query_does_not_queue_behind_documents(make: Make, double: EmbeddingsDouble) -> None:
    embedder = make("normal", requests_at_once=1)
    async with embedder._slots:
        documents = asyncio.ensure_future(embedder.embed_documents(["text"]))
        await embedder.embed_query("text")
        assert not documents.done()
    await documents


@pytest.mark.parametrize("model", ["unordered", "numbers", "shuffled"])
async def test_the_order_is_that_of_the_request(make: Make, model: str) -> None:
    texts = ["one", "two", "three"]
    vectors = await make(model).embed_documents(texts)
    assert np.allclose(vectors, await HashingEmbedder(dimension=32).embed_documents(texts), atol=1e-6)
