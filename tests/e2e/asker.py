"""Somebody who sends ids that are not theirs, and all that they are told."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx2

from e2e.places import Description, Place
from hub import Person
from nexus.core.ids import new_id
from nexus.core.origin import origin

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
        # How a commit is to be made is said only where the one before was made otherwise, whosever that was.
        if (request_id := origin().request_id) and not statement.startswith("PRAGMA"):
            self.statements[request_id].append(statement)


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

    watcher: Watcher
    person: Person
    own: dict[str, str]
    foreign: dict[str, str]
    """What must be unknown to them."""
    theirs: dict[str, str]
    """Everything of the others, some of which a colleague may know."""
    others: tuple[Person, ...]
    """Whose it is, and who sees what is the tenant's."""
    hidden: tuple[str, ...]
    """Words that stand in it."""
    heard: str = ""
    """The last answer, to the letter."""
    asked: int = 0
    tried: int = 0

    async def tell(self, method: str, path: str, **options: Any) -> Told:
        request_id = new_id().hex
        headers = self.person.headers | {"X-Request-Id": request_id} | options.pop("headers", {})
        self.asked += 1
        async with self.person.client.stream(method, path, headers=headers, **options) as answer:
            streams = answer.headers.get("content-type", "").startswith("text/event-stream")
            raw = await (_first_event(answer) if streams else answer.aread())
        self.heard = words = raw.decode(errors="replace")
        assert not any(word in words for word in self.hidden), f"{method} {path} {options}: {words}"
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
