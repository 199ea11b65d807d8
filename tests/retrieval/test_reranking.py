"""A reranker decides the order where it answers, and is missed by nobody where it doesn't."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.doubles.reranker import RerankerDouble

from hub import Hub, found_company
from nexus.core.settings import RerankerSettings, load_settings


@contextmanager
def served(fault: str) -> Generator[RerankerDouble, None, None]:
    """The double on a loop of its own: the hub's thread must not wait for the test's."""
    double, ready, over = RerankerDouble(fault), threading.Event(), threading.Event()

    async def serve() -> None:
        async with double:
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield double
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("fault", ["normal", "500"])
async def test_the_reranker_decides_where_it_answers(tmp_path: Path, fault: str) -> None:
    with served(fault) as double:
        reranker = RerankerSettings(base_url=double.base_url, model="any", timeout_seconds=5)
        settings = load_settings(data_dir=tmp_path, reranker=reranker, _env_file=None)
        with Hub(settings) as hub:
            async with hub.client() as client:
                company = await found_company(hub, client)
                shelf = await company.owner.make_shelf()
                near = await company.owner.add(shelf, "near.md", "leave carried over: five days of leave, leave, leave")
                whole = await company.owner.add(shelf, "whole.md", "how many days may be carried over")
                hits = await company.owner.search("how many leave days may be carried over")
    assert {hit["document_id"] for hit in hits} == {near, whole}
    assert double.requests[0]["query"] == "how many leave days may be carried over"
    reranked = [any(reason.startswith("reranker") for reason in hit["reasons"]) for hit in hits]
    assert all(reranked) is (fault == "normal")
    if fault == "normal":
        assert hits[0]["document_id"] == whole
