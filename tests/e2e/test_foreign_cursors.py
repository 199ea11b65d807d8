"""Cursors of another's lists, places in another's streams, and what nobody ever gave: they open nothing, and break
nothing. What a list or a stream shows is decided by who asks."""

import asyncio
import base64
import json
from collections.abc import Generator
from typing import Any

import pytest

from e2e.asker import CHANGING, Asker
from e2e.places import Description, Operation
from hub import Hub, Person
from nexus.core.http.pagination import encode_cursor
from nexus.core.ids import new_id
from nexus.core.settings import load_settings

pytest_plugins = ("servers",)

MADE_UP = [
    "",
    "x",
    "=" * 500,
    "é",
    base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    *(
        base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")
        for text in ("null", "[]", "{}", "0", '"ab"', "[" * 300, "[1e999]", "[NaN]", '{"0": 1}', '"\ud800"')
    ),
]
PARTS: list[Any] = [
    *(None, True, -1, 0, 10**30, -(10**30), 1.5, float("inf"), "", "x", "\x00", "\ud800", "' OR 1=1 --", [], {}, ["x"]),
    *("2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00Z", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-14:00", "1" * 400, str(new_id())),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Hub, None, None]:
    """On each of the databases: they differ in what a column can be compared with."""
    url = ""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create_database())
    settings = load_settings(data_dir=tmp_path_factory.mktemp("cursors"), db={"url": url}, _env_file=None)
    with Hub(settings) as hub:
        yield hub


def forged(model: str | None) -> list[str]:
    """What the list never gave: of the shape of one that it gave, with each part replaced by every kind of thing."""
    keys = [read(model)] if model else [[""], [0, str(new_id())]]
    made = [[*key[:n], part, *key[n + 1 :]] for key in keys for n in range(len(key)) for part in PARTS]
    texts = [json.dumps(key) for key in made]
    return MADE_UP + [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in texts if len(text) < 370]


def read(cursor: str) -> list[Any]:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def path_of(operation: Operation, ids: dict[str, str]) -> str:
    return operation.path.removeprefix("/api").format(**{"purpose": "knowledge"} | ids)


async def cursor_of(person: Person, path: str) -> str | None:
    answer = await person.call("GET", path, params={"limit": 1})
    return answer.json()["next_cursor"] if answer.is_success else None


async def test_a_cursor_opens_nothing_and_breaks_nothing(
    hub: Hub, askers: list[Asker], capsys: pytest.CaptureFixture[str]
) -> None:
    operations = Description(hub.app.openapi()).with_cursor()
    assert len(operations) > 10
    lists, tried = 0, 0
    for asker in askers:
        for operation in operations:
            path = path_of(operation, asker.own)
            if (await asker.person.call("GET", path)).status_code == 403:
                continue
            lists += 1
            own = {json.dumps(item) for item in await asker.person.read_pages(path, limit=200)}
            theirs = [await cursor_of(one, path_of(operation, asker.theirs)) for one in asker.others]
            mine = await cursor_of(asker.person, path)
            taken = [cursor for cursor in theirs if cursor]
            for cursor in [*taken, *forged(mine)]:
                tried += 1
                told = await asker.tell("GET", f"/api{path}", params={"cursor": cursor, "limit": 200})
                assert told.status in {200, 422}, f"{operation} {cursor}: {told}"
                if told.status == 200:
                    shown = {json.dumps(item) for item in json.loads(asker.heard)["items"]}
                    assert shown <= own, f"{operation} {cursor}"
            for cursor in [*taken, *([mine] if mine else [])]:
                unknown = encode_cursor(*(str(new_id()) if _is_id(part) else part for part in read(cursor)))
                real, other = [
                    await asker.tell("GET", f"/api{path}", params={"cursor": each, "limit": 1})
                    for each in (cursor, unknown)
                ]
                assert (real.status, real.headers, real.statements) == (other.status, other.headers, other.statements)
    with capsys.disabled():
        print(f"\n{len(operations)} routes, {lists} lists, {tried} cursors", end=" ")


def _is_id(part: Any) -> bool:
    return isinstance(part, str) and CHANGING.sub("*", part) == "*" and "T" not in part


def _has_places(operation: Operation) -> bool:
    """Others tell the state of things, and have no place to go on from."""
    return any(one["name"] == "Last-Event-ID" for one in operation.parameters)


EARLY = "1970-01-02T00:00:00+00:00/00000000-0000-0000-0000-000000000000"
"""A place before all events of every stream."""
PLACES_IN_STREAMS = ["-1", "0", "999999999", "99999999999", "1e3", "٣", "x", "/", "2026-01-31/x", "\x7f"]


async def position_in(asker: Asker, operation: Operation) -> str:
    """The number of the first event that the others' stream gives them."""
    other = asker.others[0]
    headers = other.headers | {"Last-Event-ID": EARLY}
    path = operation.path.format(**asker.theirs)
    async with asyncio.timeout(30), other.client.stream("GET", path, headers=headers) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                return line.removeprefix("id: ")
    raise AssertionError(f"{operation} gave no event")


async def test_a_place_in_anothers_stream_shows_nothing_of_it(hub: Hub, askers: list[Asker]) -> None:
    streams = [one for one in Description(hub.app.openapi()).operations if one.is_stream and _has_places(one)]
    assert len(streams) > 1
    for asker in askers:
        for operation in streams:
            taken = await position_in(asker, operation)
            unknown = "/".join(str(new_id()) if _is_id(part) else part for part in taken.split("/"))
            for place in (taken, unknown, EARLY, *PLACES_IN_STREAMS):
                headers = {"Last-Event-ID": place.encode()}
                # One's own stream shows one's own events, from wherever on.
                told = await asker.tell("GET", operation.path.format(**asker.own), headers=headers)
                assert told.status == 200, f"{operation} {place}: {told}"
                # Another's is an unknown one, from anywhere on.
                real, other = [
                    await asker.tell("GET", operation.path.format(**ids), headers=headers)
                    for ids in (asker.theirs, dict.fromkeys(asker.theirs, str(new_id())))
                ]
                assert real == other
                assert real.status == 404
