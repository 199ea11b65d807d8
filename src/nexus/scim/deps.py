"""Who speaks, and in which format they are answered."""

import json
import math
import time
from collections import OrderedDict, deque
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Header, Query, Request
from starlette.responses import JSONResponse, Response

from nexus.core.http.deps import Db, provided
from nexus.core.http.problems import ProblemParts, speak
from nexus.identity.deps import SettingsInUse, client_ip
from nexus.identity.errors import InvalidTokenError, NotAuthenticatedError, TooManyAttemptsError
from nexus.identity.limits import RateLimits
from nexus.scim.attributes import Document
from nexus.scim.discovery import MAX_RESULTS
from nexus.scim.errors import InvalidSyntaxError, TooLargeError
from nexus.scim.mapping import version_of
from nexus.scim.projection import project
from nexus.scim.tokens import PREFIX, ScimClient, load_client

PREFIX_PATH: Final = "/scim/v2"
_LARGEST: Final = 8 * 1024 * 1024
_REMEMBERED: Final = 10_000
_NAMED: Final = {"taken": "uniqueness", "invalid": "invalidValue"}
"""Errors of other rooms, by slug, as SCIM calls them."""


class ScimResponse(JSONResponse):
    media_type = "application/scim+json"


def scim_problem(parts: ProblemParts) -> Response:
    # SCIM has no 422: a value that cannot be accepted is a bad request.
    status = 400 if parts.status == 422 else parts.status
    scim_type = parts.extra.get("scimType") or _NAMED.get(parts.slug)
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": str(status),
        **({"scimType": scim_type} if scim_type else {}),
        "detail": parts.detail,
    }
    return ScimResponse(body, status, headers={"Cache-Control": "no-store", **parts.headers})


async def speaks_scim(request: Request) -> None:
    """First of all dependencies: whatever goes wrong after it is said in SCIM's words."""
    speak(request, scim_problem)


class Failures:
    """How often each network address came with a bad token: after some in a minute it is told to wait.

    Only failures are counted and only they are refused. Behind a proxy everybody has one address, and
    somebody who knocks with made-up tokens must not keep the directory out.
    """

    def __init__(self, *, limit: int = 20, window_seconds: float = 60) -> None:
        self._limit = limit
        self._window = window_seconds
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, ip: str) -> None:
        """Raises TooManyAttemptsError."""
        moment = time.monotonic()
        moments = self._moments.setdefault(ip, deque(maxlen=self._limit))
        self._moments.move_to_end(ip)
        while len(self._moments) > _REMEMBERED:
            self._moments.popitem(last=False)
        if len(moments) == self._limit and (wait := moments[0] + self._window - moment) > 0:
            raise TooManyAttemptsError(math.ceil(wait))
        moments.append(moment)


def scim_resources() -> dict[type[Any], Any]:
    """What this room needs registered in the web process, by type."""
    return {Failures: Failures()}


async def scim_client(
    request: Request,
    db: Db,
    failures: Annotated[Failures, Depends(provided(Failures))],
    limits: Annotated[RateLimits, Depends(provided(RateLimits))],
    authorization: Annotated[str, Header()] = "",
) -> ScimClient:
    """The directory that calls.

    Raises NotAuthenticatedError, InvalidTokenError, TooManyAttemptsError, TooManyRequestsError.
    """
    scheme, _, presented = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticatedError("This address takes a SCIM token as a bearer token.")
    try:
        if not presented.strip().startswith(PREFIX):
            raise InvalidTokenError("The token is unknown, replaced or has expired.")
        client = await load_client(db, presented.strip())
    except InvalidTokenError:
        failures.count(client_ip(request))
        raise
    if allowance := await limits.admit_directory(client.token_id):
        request.state.extra_headers = allowance.headers
    return client


Client = Annotated[ScimClient, Depends(scim_client)]


async def _base(settings: SettingsInUse) -> str:
    return f"{settings.public_url}{PREFIX_PATH}"


Base = Annotated[str, Depends(_base)]


class Asked:
    """What the caller wants to see, and of a list which part of it."""

    def __init__(
        self,
        attributes: Annotated[str, Query(max_length=4000)] = "",
        excluded: Annotated[str, Query(alias="excludedAttributes", max_length=4000)] = "",
        start_index: Annotated[int, Query(alias="startIndex")] = 1,
        count: Annotated[int, Query()] = 100,
        wanted: Annotated[str | None, Query(alias="filter")] = None,
    ) -> None:
        self.attributes = attributes
        self.excluded = excluded
        self.wanted = wanted
        # The standard reads what is too small as the least, and lets the server say what is too much.
        self.start = min(max(start_index, 1), 2**31) - 1
        self.count = min(max(count, 0), MAX_RESULTS)

    def one(self, resource: Document, status: int = 200) -> Response:
        headers = {"Cache-Control": "no-store"}
        if version := version_of(resource):
            headers["ETag"] = version
        if status == 201:
            headers["Location"] = resource["meta"]["location"]
        return ScimResponse(project(resource, self.attributes, self.excluded), status, headers=headers)

    def page(self, total: int, resources: list[Document]) -> Response:
        return listing([project(each, self.attributes, self.excluded) for each in resources], total, self.start + 1)


View = Annotated[Asked, Depends()]


def listing(resources: list[Document], total: int, start_index: int = 1) -> Response:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
    return ScimResponse(body, headers={"Cache-Control": "no-store"})


async def read_object(request: Request) -> dict[str, Any]:
    """The body, whatever type it says it is. Raises InvalidSyntaxError, TooLargeError."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise TooLargeError("The body is too large. Send the members in several requests.")
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidSyntaxError("The body is not JSON.") from error
    if not isinstance(given, dict):
        raise InvalidSyntaxError("The body must be an object.")
    return cast("dict[str, Any]", given)


Body = Annotated[dict[str, Any], Depends(read_object)]
IfMatch = Annotated[str | None, Header(alias="If-Match")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
