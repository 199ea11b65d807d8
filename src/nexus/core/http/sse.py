"""Event streams as browsers read them: numbered, resumable, kept alive."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Final, TypeVar

from starlette.responses import StreamingResponse

KEEP_ALIVE_SECONDS: Final = 15.0
CHECK_SECONDS: Final = 3.0
"""How long somebody who may not listen any more still hears something, at most."""
_PING: Final = b": ping\n\n"

T = TypeVar("T")
StillAllowed = Callable[[], Awaitable[bool]]


def encode_event(number: int, kind: str, data: dict[str, Any]) -> bytes:
    """One event; JSON has no raw line ends, so one `data:` line is enough."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {number}\nevent: {kind}\ndata: {body}\n\n".encode()


async def while_allowed(
    items: AsyncIterator[T],
    still_allowed: StillAllowed,
    *,
    idle: T | None = None,
    idle_every: float = KEEP_ALIVE_SECONDS,
    check_every: float = CHECK_SECONDS,
) -> AsyncGenerator[T, None]:
    """The same items as long as their reader may have them, and `idle` whenever none came for `idle_every` seconds."""
    clock = asyncio.get_running_loop().time
    idle_at, check_at = clock() + idle_every, clock() + check_every
    pending: asyncio.Task[T] | None = None
    try:
        while True:
            pending = pending or asyncio.get_running_loop().create_task(_next(items))
            await asyncio.wait((pending,), timeout=max(0.0, min(idle_at, check_at) - clock()))
            if clock() >= check_at:
                if not await still_allowed():
                    return
                check_at = clock() + check_every
            if pending.done():
                try:
                    item = pending.result()
                except StopAsyncIteration:
                    return
                finally:
                    pending = None
                yield item
                idle_at = clock() + idle_every
            elif clock() >= idle_at:
                idle_at = clock() + idle_every
                if idle is not None:
                    yield idle
    finally:
        if pending is not None:
            pending.cancel()


def keep_up(
    events: AsyncIterator[bytes],
    still_allowed: StillAllowed,
    *,
    ping_every: float = KEEP_ALIVE_SECONDS,
    check_every: float = CHECK_SECONDS,
) -> AsyncGenerator[bytes, None]:
    """`while_allowed` for event streams, with a comment now and then so that no proxy closes them."""
    return while_allowed(events, still_allowed, idle=_PING, idle_every=ping_every, check_every=check_every)


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


def described_stream(data: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: a stream of events whose data is JSON of this schema."""
    text = {"type": "string"}
    event = {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "id": text | {"description": "Where the stream goes on from, as `Last-Event-ID`."},
            "event": text | {"description": "What kind it is."},
            "data": text | {"contentMediaType": "application/json", "contentSchema": data},
        },
    }
    return {200: {"description": "Events, one after the other.", "content": {"text/event-stream": {"schema": event}}}}


def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def last_event_id(header: str | None) -> int:
    """The number in `Last-Event-ID`, as far as a column of 32 bits goes; 0, which is the whole stream, for none and for
    nonsense."""
    return min(int(header), 2**31 - 1) if header and header.isascii() and header.isdigit() and len(header) < 20 else 0
