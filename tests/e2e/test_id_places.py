"""Ids in bodies, query strings, cursors and streams: somebody else's is answered exactly as one that does not exist.

The places are read from the API's description, so a new route is here by itself. The same means: the same status, the
same words, the same headers, and the same statements in the same order, which is what the time of an answer is made of.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from sqlalchemy import event

from e2e.belongings import CANARY, House, house_of, rival_house, settle_in
from e2e.places import Description, Place, kind_of
from factories import make_user
from hub import Company, Hub, Person
from nexus.access.principal import Role
from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.core.origin import origin

ALL_TENANTS = "a super admin looks after every tenant"
LEGITIMATE = {
    ("POST /api/tenants body:parent_id", "tenant_id"): ALL_TENANTS,
    ("PATCH /api/tenants/{tenant_id} body:parent_id", "tenant_id"): ALL_TENANTS,
    ("PATCH /api/tenants/{tenant_id} path:tenant_id", "tenant_id"): ALL_TENANTS,
    ("GET /api/tenants/{tenant_id} path:tenant_id", "tenant_id"): ALL_TENANTS,
}
"""Place and kind of id that is not foreign there, and why."""
EVERYWHERE = {"user_id", "document_id"}
"""Kinds that are tried in paths too where another is meant."""
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?|\"milliseconds\":[\d.e-]+|plum-orbit-[\w-]+|somebody-\d+"
)
"""What differs between any two answers."""
HEADERS = {"date", "x-request-id", "content-length"}


@dataclass
class Watcher:
    """The statements of each request."""

    statements: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if request_id := origin().request_id:
            self.statements[request_id].append(statement)


@pytest.fixture
def watcher(hub: Hub) -> Generator[Watcher, None, None]:
    watcher, db = Watcher(), hub.resource(Database)
    engines = {db.engine.sync_engine, db._writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", watcher.note)
    yield watcher
    for engine in engines:
        event.remove(engine, "before_cursor_execute", watcher.note)


@dataclass(frozen=True)
class Told:
    """All that an answer says."""

    status: int
    words: str
    headers: tuple[tuple[str, str], ...]
    statements: tuple[str, ...] | None
    """None where work goes on after the answer, or beside it."""


@dataclass
class Asker:
    """Somebody who sends ids that are not theirs."""

    hub: Hub
    watcher: Watcher
    person: Person
    own: dict[str, str]
    foreign: dict[str, str]
    asked: int = 0
    tried: int = 0

    async def tell(self, method: str, path: str, **options: Any) -> Told:
        request_id = new_id().hex
        headers = self.person.headers | {"X-Request-Id": request_id} | options.pop("headers", {})
        self.asked += 1
        async with self.person.client.stream(method, path, headers=headers, **options) as answer:
            streams = answer.headers.get("content-type", "").startswith("text/event-stream")
            raw = await (_first_event(answer) if streams else answer.aread())
        words = raw.decode(errors="replace")
        assert CANARY not in words, f"{method} {path} {options}: {words}"
        kept = sorted((name, value) for name, value in answer.headers.items() if name.lower() not in HEADERS)
        goes_on = streams or (method != "GET" and not answer.is_error)
        statements = tuple(self.watcher.statements.pop(request_id, []))
        return Told(
            answer.status_code,
            CHANGING.sub("*", words),
            tuple((name, CHANGING.sub("*", value)) for name, value in kept),
            None if goes_on else statements,
        )

    async def put(self, place: Place, value: str | list[str], beside: dict[str, Any], names: Description) -> Told:
        """The request with this value at the place, and everything else the asker's own."""
        operation = place.operation
        needed = {
            where: {
                one["name"]: names.sample(one["schema"], one["name"], self.own)
                for one in operation.parameters
                if one["in"] == where and one.get("required")
            }
            for where in ("path", "query")
        }
        if place.where != "body":
            needed[place.where][place.name] = value
        options: dict[str, Any] = {"params": needed["query"]}
        if place.where == "body":
            options["json"] = names.body(place, value, beside, self.own)
        elif operation.body is not None:
            options["json"] = names.sample(operation.body, "", self.own)
        return await self.tell(operation.method, operation.path.format(**needed["path"]), **options)


async def _first_event(answer: httpx2.Response) -> bytes:
    seen = b""
    async for line in answer.aiter_lines():
        seen += line.encode() + b"\n"
        if line.startswith("data:"):
            break
    return seen


@pytest.fixture
async def askers(hub: Hub, company: Company, watcher: Watcher) -> list[Asker]:
    """Another tenant's super admin, and a colleague to whom nothing was granted; both have belongings of their own."""
    theirs = await settle_in(hub, await house_of(hub, company))
    rivals = await rival_house(hub, company)
    own = await settle_in(hub, rivals)
    async with hub.database() as db, db.write() as session:
        user = await make_user(session, company.tenant, f"nina@{new_id().hex}.test", role=Role.CONTENT_MANAGER)
    nina = Person(company.owner.client, user.email, user.id)
    hers = await settle_in(hub, House(company.tenant, company.operator, nina, company.member.id, f"Own {new_id().hex}"))
    return [
        Asker(hub, watcher, rivals.person, own.ids, theirs.ids),
        Asker(hub, watcher, nina, hers.ids, theirs.private),
    ]


async def compare(asker: Asker, place: Place, names: Description) -> tuple[set[int], list[str]]:
    """The statuses that were told, and what was told differently."""
    wrong, statuses = list[str](), set[int]()
    for number, beside in enumerate(names.variants(place)):
        await asker.put(place, str(new_id()), beside, names)  # whatever is made the first time is made now
        unknown = await asker.put(place, str(new_id()), beside, names)
        statuses.add(unknown.status)
        for name, value in asker.foreign.items():
            # Every kind of id once where there is one way through; otherwise what would be looked for there.
            fits = name == kind_of(place.name) or (number == 0 and place.where != "path") or name in EVERYWHERE
            if not fits or (str(place), name) in LEGITIMATE:
                continue
            asker.tried += 1
            real = await asker.put(place, value, beside, names)
            if real != unknown:
                wrong.append(f"{place} {beside} {name}:\n  {real}\n  {unknown}")
    return statuses, wrong


async def test_ids_of_others_are_unknown_wherever_they_stand(
    hub: Hub, company: Company, askers: list[Asker], capsys: pytest.CaptureFixture[str]
) -> None:
    names = Description(hub.app.openapi())
    places, wrong = list(names.places()), list[str]()
    assert Counter(place.where for place in places) > Counter(path=50, query=8, body=30)
    for place in places:
        statuses = set[int]()
        for asker in askers:
            told, found = await compare(asker, place, names)
            statuses |= told
            wrong += found
        if not statuses - {401, 403, 422}:
            wrong.append(f"{place}: {statuses}, so nobody came as far as to the id")
        if max(statuses) >= 500:
            wrong.append(f"{place}: {statuses}")
    routes = len({str(place.operation) for place in places})
    with capsys.disabled():
        print(f"\n{routes} routes, {len(places)} places, {sum(asker.tried for asker in askers)} foreign ids", end=", ")
        print(f"{sum(asker.asked for asker in askers)} requests", end=" ")
    assert not wrong, "\n".join(wrong)
    # And nothing of it has changed.
    owner = await company.owner.get(f"/documents/{askers[0].foreign['document_id']}")
    assert (owner["state"], owner["knowledge_base_id"]) == ("ready", askers[0].foreign["knowledge_base_id"])
    assert (await company.owner.get(f"/runs/{askers[0].foreign['run_id']}"))["run"]["state"] == "succeeded"
