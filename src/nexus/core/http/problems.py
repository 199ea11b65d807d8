"""Every error leaves as an RFC 9457 problem that carries the request's id."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nexus.core.errors import NexusError, NotFoundError
from nexus.core.ids import new_id
from nexus.core.origin import Origin, set_origin

logger = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Problem(BaseModel):
    """The body of every error (`application/problem+json`)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ProblemParts:
    """What an error says, before it is written in anybody's format."""

    status: int
    slug: str
    detail: str
    extra: Mapping[str, object] = field(default_factory=dict[str, object])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


ProblemFormat = Callable[[ProblemParts], Response]

_FORMAT: Final = "nexus.problem_format"


def speak(request: Request, form: ProblemFormat) -> None:
    """From here on the request's errors leave in this format: for protocols that have one of their own."""
    request.scope[_FORMAT] = form


def problem_response(
    request: Request,
    status: int,
    slug: str,
    title: str,
    detail: str,
    *,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    form: ProblemFormat | None = request.scope.get(_FORMAT)
    if form is not None:
        return form(ProblemParts(status, slug, detail, extra or {}, headers or {}))
    body = {
        "type": f"urn:nexus:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id(request),
        **(extra or {}),
    }
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


def request_id(request: Request) -> str:
    return str(request.scope.get("nexus.request_id", ""))


class RequestIdMiddleware:
    """Gives each request an id (the caller's own, where it is sane), returned as `X-Request-Id`, and its origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given, user_agent = (_header(scope, name) for name in (b"x-request-id", b"user-agent"))
        scope["nexus.request_id"] = given if _REQUEST_ID.fullmatch(given) else new_id().hex
        ip = scope["client"][0] if scope.get("client") else "unknown"
        set_origin(Origin(ip, user_agent, scope["nexus.request_id"]))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = scope["nexus.request_id"]
            await send(message)

        await self._app(scope, receive, send_with_id)


def _header(scope: Scope, name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in scope["headers"] if k == name), "")


async def _on_nexus_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, NexusError):
        raise error
    return problem_response(
        request,
        error.status,
        error.slug,
        error.title,
        error.detail,
        extra=error.extra,
        headers=error.headers,
    )


async def _on_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = [{"at": ".".join(str(part) for part in e["loc"]), "message": str(e["msg"])} for e in error.errors()]
    detail = "; ".join(f"{f['at']}: {f['message']}" for f in found)
    return problem_response(request, 422, "invalid", "A value cannot be accepted", detail, extra={"errors": found})


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    phrase = HTTPStatus(error.status_code).phrase
    slug = phrase.lower().replace(" ", "-")
    return problem_response(request, error.status_code, slug, phrase, str(error.detail), headers=error.headers)


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    """Whoever sent the request has gone in the middle of it: nobody's fault, and nobody reads the answer."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _on_fault(request: Request, error: Exception) -> Response:
    logger.error("request %s failed", request_id(request), exc_info=error)
    detail = "Something went wrong on the server. Give the request id to your administrator."
    return problem_response(request, 500, "internal", "Internal error", detail)


async def unknown_api_path() -> None:
    """Ends every path under /api that no room serves."""
    raise nothing_here()


def nothing_here() -> NotFoundError:
    """For what is switched off, too: the two look the same."""
    return NotFoundError("There is nothing at this address.")


def install_problems(app: FastAPI) -> None:
    app.add_exception_handler(NexusError, _on_nexus_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_fault)
    app.add_middleware(RequestIdMiddleware)
