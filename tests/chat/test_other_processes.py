"""Two serving processes on one PostgreSQL and one Redis: a person may come back to either."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from tests.doubles.openai_chat import OpenAIDouble

from hub import Company, Event, Hub, Person, fold, found_company
from nexus.chat import replaying
from nexus.core.settings import load_settings
from speaking import ChosenScript

pytest_plugins = ("servers",)

QUESTION = {"question": "When is the seal of the Heron pump changed?"}


@pytest.fixture
def hubs(
    postgres_url: str, redis_url: str, tmp_path: Path, double: OpenAIDouble
) -> Generator[tuple[Hub, Hub, ChosenScript]]:
    model = ChosenScript(double.base_url)

    def hub(name: str) -> Hub:
        return Hub(
            load_settings(
                data_dir=tmp_path / name,
                db={"url": postgres_url},
                redis={"url": redis_url},
                _env_file=None,
            ),
            language_model=model,
        )

    with hub("one") as one, hub("two") as two:
        yield one, two, model


@pytest.fixture
async def places(hubs: tuple[Hub, Hub, ChosenScript]) -> AsyncGenerator[tuple[Person, Person, ChosenScript]]:
    """The same person at the one and at the other."""
    one, two, model = hubs
    async with one.client() as here, two.client() as there:
        company: Company = await found_company(one, here)
        shelf = await company.owner.make_shelf("Pumps", grants=[company.grants["member"]])
        await company.owner.add(shelf, "seal.md", "The seal of the Heron pump is changed after 6000 hours.")
        me = company.member
        yield me, Person(there, me.email, me.id), model


async def begin(me: Person) -> tuple[str, list[Event]]:
    """A run that has said something, and what it has told."""
    run = (await me.post("/runs", QUESTION, 201))["id"]
    events: list[Event] = []
    async with me.stream(f"/runs/{run}/events") as stream:
        async for event in stream:
            events.append(event)
            if event.kind == "text.delta":
                break
    return run, events


async def test_a_stream_is_taken_up_at_the_other_process_as_it_goes_on(
    places: tuple[Person, Person, ChosenScript], monkeypatch: pytest.MonkeyPatch
) -> None:
    me, elsewhere, model = places
    model.script = "words?rate=200&tokens=400"
    # Only what it is told of can be in time: it never looks by itself.
    monkeypatch.setattr(replaying, "_HEARING_POLL_SECONDS", 60.0)
    monkeypatch.setattr(replaying, "_POLL_SECONDS", 60.0)

    run, begun = await begin(me)
    rest = await elsewhere.events(f"/runs/{run}/events", after=begun[-1].number)

    everything = await me.events(f"/runs/{run}/events")
    assert [*begun, *rest] == everything
    assert rest[-1].kind == "run.succeeded"
    assert sum(event.kind == "text.delta" for event in rest) > 5
    answer = await elsewhere.get(f"/runs/{run}")
    assert answer["message"]["text"].strip() == fold(everything).strip()


async def test_an_answer_is_stopped_from_the_other_process(places: tuple[Person, Person, ChosenScript]) -> None:
    me, elsewhere, model = places
    model.script = "words?rate=20&tokens=4000"

    run, _ = await begin(me)
    await elsewhere.post(f"/runs/{run}/cancel", status=202)
    events = await elsewhere.events(f"/runs/{run}/events")

    assert events[-1].kind == "run.cancelled"
    answer = await me.get(f"/runs/{run}")
    assert answer["run"]["state"] == "cancelled"
    assert answer["message"]["text"].strip() == fold(events).strip()


async def test_what_is_uploaded_at_one_is_found_at_the_other(places: tuple[Person, Person, ChosenScript]) -> None:
    me, elsewhere, _ = places

    assert await me.found("seal") == await elsewhere.found("seal") != set()
