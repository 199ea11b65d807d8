"""Nothing is lost: servers and workers are killed at random moments while documents come, change and go and answers are
being given; whoever tries again finds everything there, once and whole."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import func, select
from tests.doubles.openai_chat import OpenAIDouble
from tests.doubles.openai_embeddings import EmbeddingsDouble

from e2e.household import Household, make_files
from e2e.processes import PATIENCE, Client, Process
from nexus.chat.models import RunEvent

pytest_plugins = ("servers",)

SEED = 20261121
Open = Callable[..., Awaitable[Household]]


@pytest.fixture
async def open_household(tmp_path: Path) -> AsyncGenerator[Open, None]:
    async with AsyncExitStack() as stack:
        embeddings = await stack.enter_async_context(EmbeddingsDouble(32))
        language_model = stack.enter_context(OpenAIDouble())

        async def go(database_url: str = "", redis_url: str = "", workers: int = 0) -> Household:
            data = tmp_path / "data"
            environment = {
                "NEXUS_EMBEDDINGS__KIND": "openai",
                "NEXUS_EMBEDDINGS__BASE_URL": embeddings.base_url,
                "NEXUS_EMBEDDINGS__MODEL": "normal",
                "NEXUS_EMBEDDINGS__DIMENSION": "32",
                "NEXUS_LLM__BASE_URL": language_model.base_url,
                "NEXUS_LLM__MODEL": "words?rate=40&tokens=2000",
                "NEXUS_JOBS__LEASE_SECONDS": "2",
                "NEXUS_DOCUMENTS__DELETED_DAYS": "0",
                "NEXUS_JOBS__POLL_SECONDS": "0.2",
            }
            if database_url:
                environment |= {
                    "NEXUS_DB__URL": database_url,
                    "NEXUS_REDIS__URL": redis_url,
                    "NEXUS_JOBS__MODE": "celery",
                }
            server = Process("serve", tmp_path, environment)
            crew = [Process("worker", tmp_path, environment) for _ in range(workers)]
            client = Client(server, tmp_path)
            stack.push_async_callback(client.aclose)
            for process in (server, *crew):
                stack.push_async_callback(process.kill)
                process.start()
            url = database_url or f"sqlite+aiosqlite:///{data / 'nexus.db'}"
            return Household(server, crew, client, url, data, random.Random(SEED))

        yield go


async def live_through(household: Household, *, kills: int) -> None:
    """Documents come, change, go and are asked about, while processes die `kills` times."""
    files = make_files(household.rng)
    client = household.client
    shelf = (await client.call("POST", "/knowledge-bases", json={"name": "Shelf"}))["id"]

    coming = asyncio.create_task(household.upload(shelf, files))
    await household.kill_some(kills // 2, coming)
    await coming
    await household.verify(shelf, files)

    changing = asyncio.create_task(household.change(shelf, files))
    await household.kill_some(kills - kills // 2, changing)
    await changing
    await household.verify(shelf, files)

    for _ in range(2):
        await interrupt_an_answer(household)
    await household.verify(shelf, files)
    for process in household.processes:
        assert not process.faults(), process.faults()[:5]


@dataclass
class Heard:
    """What reached the person of an answer."""

    run_id: str = ""
    text: str = ""
    last: int = 0
    deltas: int = 0


async def listen(household: Household, heard: Heard, deltas: int) -> None:
    """Asks, and has the server die after so many pieces of the answer. Raises httpx2.TransportError then."""
    connection = await household.client.connection()
    question = {"question": "What about the harbour?"}
    async with connection.stream("POST", "/api/ask/stream", json=question) as stream:
        kind = ""
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                heard.last = int(value)
            elif name == "data" and kind == "run.started":
                heard.run_id = json.loads(value)["run_id"]
            elif name == "data" and kind == "text.delta":
                heard.text += json.loads(value)["text"]
                heard.deltas += 1
                if heard.deltas == deltas:
                    await household.kill([household.server])


async def interrupt_an_answer(household: Household) -> None:
    """The server dies in the middle of a sentence: what was said is kept, and the run says that it was cut short."""
    client, heard = household.client, Heard()
    with pytest.raises(httpx2.TransportError):
        await listen(household, heard, deltas=5)
    household.server.start()
    if household.workers:
        await client.connection()
        await household.expire_runs()
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while (answer := await client.call("GET", f"/runs/{heard.run_id}"))["run"]["state"] in ("queued", "running"):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.1)
    assert (answer["run"]["state"], answer["run"]["failure_code"]) == ("failed", "interrupted")
    assert answer["run"]["kind"] == "generated"
    assert answer["message"]["text"].startswith(heard.text.strip())
    numbers = select(func.count()).where(RunEvent.run_id == UUID(heard.run_id))
    last = select(func.max(RunEvent.number)).where(RunEvent.run_id == UUID(heard.run_id))
    assert await household.query(numbers) == await household.query(last) > heard.last
    replay = await client.once("GET", f"/runs/{heard.run_id}/events")
    assert replay.text.rstrip().rpartition("event: ")[2].startswith("run.failed")


async def test_kills_lose_nothing(open_household: Open) -> None:
    household = await open_household()
    await live_through(household, kills=12)
    print(f"kills: {dict(household.kills)}, requests tried again: {household.client.retries}")


async def test_kills_lose_nothing_scaled_out(open_household: Open, postgres_url: str, redis_url: str) -> None:
    household = await open_household(postgres_url, redis_url, workers=2)
    await live_through(household, kills=12)
    print(f"kills: {dict(household.kills)}, requests tried again: {household.client.retries}")
