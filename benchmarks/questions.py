"""From a question to the first citation a person sees, through the HTTP API, by size and by what the person may read.

Questions come one after another over one connection. Each is new, so each is embedded; nothing but the text of the
knowledge base's permissions and the bitmaps of a filter may be remembered between them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import shelves
from benchmarks.figures import spread
from benchmarks.processes import load_average, peak_rss
from benchmarks.product import Product, ask, environment

_WARM_UP = 20


def run(*, quick: bool = False) -> dict[str, Any]:
    """Milliseconds by number of chunks and share of them that the asker may read; memory in 10^6 bytes."""
    sizes = (10_000,) if quick else (10_000, 100_000, 500_000)
    count = 40 if quick else 200
    return {str(chunks): _measure(chunks, count, where_time_goes=chunks == sizes[len(sizes) // 2]) for chunks in sizes}


def _measure(chunks: int, count: int, *, where_time_goes: bool) -> dict[str, Any]:
    with shelves.copy_of(chunks) as folder:
        with Product(folder) as product:
            measured: dict[str, Any] = {"start_s": round(product.started_in, 2)}
            measured["citation_ms"] = {
                share: _ask_all(product, email, count, seed)
                for seed, (share, email) in enumerate(shelves.READERS.items())
            }
            measured["rss_mb"] = round(product.sample().own_rss)
            measured["peak_mb"] = round(peak_rss(product.pid))
        measured["load"] = load_average()
        if where_time_goes:
            measured["search_ms"] = {
                share: asyncio.run(_search_apart(folder, email, count, 10 + seed))
                for seed, (share, email) in enumerate(shelves.READERS.items())
            }
    return measured


def _ask_all(product: Product, email: str, count: int, seed: int) -> dict[str, float]:
    """The first citation of each answer, and the end of its stream; those that found nothing are counted apart."""
    connection = product.connect()
    headers = product.headers(email)
    before = 0.0
    asked = []
    for number, question in enumerate(shelves.questions(_WARM_UP + count, 100 + seed)):
        if number == _WARM_UP:
            before = product.sample().cpu
        answer = ask(connection, headers, question)
        if number >= _WARM_UP:
            asked.append(answer)
    cpu = (product.sample().cpu - before) * 1000 / count
    connection.close()
    cited = [answer.citation for answer in asked if answer.citation is not None]
    return spread(cited) | {
        "end_p50": spread([answer.end for answer in asked])["p50"],
        "cpu": round(cpu, 2),
        "without": len(asked) - len(cited),
    }


# --- where the time of a search goes, inside the process -------------------------------------------


async def _search_apart(folder: Path, email: str, count: int, seed: int) -> dict[str, float]:
    """Median milliseconds of a whole search and of its parts, one at a time, without HTTP.

    Embedding and permissions overlap, so the parts may add up to more than the whole.
    """
    from nexus.access import service as access
    from nexus.app import build_app
    from nexus.core.db import Database
    from nexus.core.settings import load_settings
    from nexus.identity.principals import load_principal
    from nexus.identity.tokens import OperatorCredential
    from nexus.knowledge import queries
    from nexus.knowledge.own_index import OwnIndex
    from nexus.providers.embeddings.local import LocalEmbedder
    from nexus.retrieval.searches import SearchRequest
    from nexus.retrieval.service import Retriever

    with patch.dict("os.environ", environment(folder)):
        settings = load_settings()
    app = build_app(settings)
    spent: dict[str, list[float]] = {}
    async with app.router.lifespan_context(app):
        retriever, db = app.state.resources[Retriever], app.state.resources[Database]
        async with db.read() as session:
            principal = await load_principal(session, OperatorCredential(email))
        asked = [SearchRequest(question) for question in shelves.questions(_WARM_UP + count, 100 + seed)]
        for request in asked[:_WARM_UP]:
            await retriever.search(principal, request)
        watched = {
            "embed": (LocalEmbedder, "embed_query"),
            "permissions": (access, "index_filter"),
            "index": (OwnIndex, "search"),
            "texts": (queries, "readable_texts"),
            "sources": (queries, "readable_passages"),
        }
        with ExitStack() as stack:
            for name, (owner, function) in watched.items():
                stack.enter_context(_watch(owner, function, spent.setdefault(name, [])))
            whole = spent.setdefault("whole", [])
            quoting = spent.setdefault("quote", [])
            for request in asked[_WARM_UP:]:
                began = time.perf_counter()
                result = await retriever.search(principal, request)
                whole.append((time.perf_counter() - began) * 1000)
                began = time.perf_counter()
                result.quote(result.hits)
                quoting.append((time.perf_counter() - began) * 1000)
    return {name: spread(values)["p50"] for name, values in spent.items()}


@contextmanager
def _watch(owner: Any, name: str, spent: list[float]) -> Generator[None, None, None]:
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return await original(*args, **kwargs)
        finally:
            spent.append((time.perf_counter() - began) * 1000)

    with patch.object(owner, name, timed):
        yield
