"""Tools of MCP servers, over streamable HTTP: the part of the protocol that lists tools and calls them.

A server is an address that somebody configured: it is called through the guard alone, within deadlines and sizes, and
whatever it says is data.
"""

import asyncio
import hashlib
import itertools
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx2

from nexus.agents.tools import ToolError
from nexus.core.bodies import TooLongError, json_object, read_within
from nexus.core.egress import Egress, EgressError, guarded_transport

SECONDS: Final = 20.0
_VERSION: Final = "2025-06-18"
_LARGEST: Final = 1 << 20
_SESSIONS: Final = 200
_MOST_TOOLS: Final = 64
_PAGES: Final = 8
_LONGEST_DESCRIPTION: Final = 1000
_LARGEST_SCHEMA: Final = 8000
_TOO_LONG: Final = "The tool's server said more than anybody can read."
_LOST: Final = 404
_UNAUTHORISED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, and what it asks for at the door; empty where it asks for nothing."""

    url: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool as its server describes it, within our bounds. All of it is the server's word."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    read_only: bool

    @property
    def hash(self) -> str:
        """Of all that a model would be told, and of what the server says the tool does."""
        told = [self.name, self.description, self.parameters, self.read_only]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Session:
    id: str
    version: str


class NotAcceptedError(ToolError):
    """The server does not take the token, or wants one."""


class _LostError(Exception):
    """The server does not know the session any more."""


class McpClient:
    """Calls any number of servers; sessions are kept, and begun anew when a server has lost one."""

    def __init__(self, egress: Egress) -> None:
        self._http = httpx2.AsyncClient(
            transport=guarded_transport(egress), trust_env=False, follow_redirects=False, timeout=SECONDS
        )
        self._sessions: OrderedDict[Server, _Session] = OrderedDict()
        self._numbers = itertools.count(1)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def list_tools(self, server: Server) -> list[OfferedTool]:
        """Those within our bounds. Raises ToolError."""
        found: list[OfferedTool] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await self._request(server, "tools/list", {"cursor": cursor} if cursor else {})
            entries = page.get("tools")
            for entry in cast("list[Any]", entries) if isinstance(entries, list) else []:
                if (tool := _offered(entry)) is not None and tool.name not in {each.name for each in found}:
                    found.append(tool)
            following = page.get("nextCursor")
            cursor = following if isinstance(following, str) and following else None
            if cursor is None or len(found) >= _MOST_TOOLS:
                break
        return found[:_MOST_TOOLS]

    async def call(self, server: Server, name: str, arguments: Mapping[str, Any]) -> str:
        """What the tool said, as text. Raises ToolError."""
        result = await self._request(server, "tools/call", {"name": name, "arguments": dict(arguments)})
        content = result.get("content")
        texts = [_text(item) for item in (cast("list[Any]", content) if isinstance(content, list) else [])]
        if not texts and isinstance(result.get("structuredContent"), dict):
            texts = [json.dumps(result["structuredContent"], ensure_ascii=False)]
        said = "\n".join(texts).encode(errors="replace").decode().replace("\x00", "")
        return f"The tool reports a failure.\n{said}" if result.get("isError") is True else said

    async def _request(self, server: Server, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(SECONDS):
                try:
                    return await self._in_session(server, method, params)
                except _LostError:
                    self._sessions.pop(server, None)
                    return await self._in_session(server, method, params)
        except (_LostError, TimeoutError):
            raise ToolError("The tool's server took too long, or keeps forgetting who is calling.") from None
        except EgressError as error:
            raise ToolError(str(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError):
            raise ToolError("The tool's server cannot be reached.") from None

    async def _in_session(self, server: Server, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        session = self._sessions.get(server)
        if session is None:
            hello = {
                "protocolVersion": _VERSION,
                "capabilities": {},
                "clientInfo": {"name": "nexus", "version": "1"},
            }
            answer, session_id = await self._post(server, None, "initialize", hello)
            version = answer.get("protocolVersion")
            session = _Session(session_id, version if isinstance(version, str) and len(version) < 32 else _VERSION)
            await self._post(server, session, "notifications/initialized", None)
            self._sessions[server] = session
            while len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)
        answer, _ = await self._post(server, session, method, params)
        return answer

    async def _post(
        self, server: Server, session: _Session | None, method: str, params: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], str]:
        """The result and the session's id. `params` None: a notification, which nobody answers."""
        number = None if params is None else next(self._numbers)
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        message |= {} if number is None else {"id": number, "params": dict(params or {})}
        headers = {"Accept": "application/json, text/event-stream"}
        headers |= {"Authorization": f"Bearer {server.token}"} if server.token else {}
        if session is not None:
            headers["MCP-Protocol-Version"] = session.version
            headers |= {"Mcp-Session-Id": session.id} if session.id else {}
        async with self._http.stream("POST", server.url, json=message, headers=headers) as response:
            if response.status_code == _LOST and session is not None and session.id:
                raise _LostError
            if response.status_code in _UNAUTHORISED:
                sentence = "The tool's server did not accept its credential. An administrator has to check it."
                raise NotAcceptedError(sentence)
            if not response.is_success:
                raise ToolError("The tool's server refused the call. An administrator has to check its address.")
            session_id = response.headers.get("mcp-session-id", "")[:200]
            if number is None:
                return {}, session_id
            return await _result(response, number), session_id


async def _result(response: httpx2.Response, number: int) -> dict[str, Any]:
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        data: list[str] = []
        async for line in _lines(response):
            if line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))
            elif not line and data:
                answer = _parsed("\n".join(data))
                data.clear()
                if answer.get("id") == number:
                    return _result_of(answer)
        raise ToolError("The tool's server broke off.")
    try:
        whole = await read_within(response, _LARGEST)
    except TooLongError:
        raise ToolError(_TOO_LONG) from None
    answer = _parsed(whole.decode(errors="replace"))
    if answer.get("id") != number:
        raise ToolError("The tool's server sent what is no answer.")
    return _result_of(answer)


async def _lines(response: httpx2.Response) -> AsyncGenerator[str]:
    held, size = b"", 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > _LARGEST:
            raise ToolError(_TOO_LONG)
        *lines, held = (held + piece).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r").decode(errors="replace")


def _parsed(text: str) -> dict[str, Any]:
    parsed = json_object(text)
    if parsed is None:
        raise ToolError("The tool's server sent what is no answer.")
    return parsed


def _result_of(answer: dict[str, Any]) -> dict[str, Any]:
    result = answer.get("result")
    if not isinstance(result, dict):
        raise ToolError("The tool's server could not do it.")
    return cast("dict[str, Any]", result)


def _text(item: Any) -> str:
    match item:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "resource", "resource": {"text": str(text)}}:
            return text
        case _:
            return "(Something that is no text was left out.)"


def _offered(entry: Any) -> OfferedTool | None:
    """None for what does not fit: no name, or a schema that is none or too large."""
    match entry:
        case {"name": str(name), "inputSchema": dict()} if 0 < len(name) <= 128 and name.isprintable():
            schema = cast("dict[str, Any]", entry["inputSchema"])
        case _:
            return None
    if schema.get("type") != "object" or len(json.dumps(schema)) > _LARGEST_SCHEMA or "\\u0000" in json.dumps(schema):
        return None
    described = entry.get("description")
    described = " ".join(described.split()) if isinstance(described, str) else ""
    hints = entry.get("annotations")
    read_only = isinstance(hints, dict) and cast("dict[str, Any]", hints).get("readOnlyHint") is True
    clean = described.encode(errors="replace").decode().replace("\x00", "")
    return OfferedTool(name, clean[:_LONGEST_DESCRIPTION], schema, read_only)
