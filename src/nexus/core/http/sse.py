"""Event streams as browsers read them: numbered, resumable, kept alive."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Final

from starlette.responses import StreamingResponse

KEEP_ALIVE_SECONDS: Final = 15.0
CHECK_SECONDS: Final = 3.0
"""How long somebody who may not listen any more still hears something, at most."""
_PING: Final = b": ping\n\n"

StillAllowed = Callable[[], Awaitable[bool]]


def encode_event(number: int, kind: str, data: dict[str, Any]) -> bytes:
    """One event; JSON has no raw line ends, so one `data:` line is enough."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {number}\nevent: {kind}\ndata: {body}\n\n".encode()


async def keep_up(
    events: AsyncIterator[bytes],
    still_allowed: StillAllowed,
    *,
    ping_every: float = KEEP_ALIVE_SECONDS,
    check_every: float = CHECK_SECONDS,
) -> AsyncGenerator[bytes, None]:
    """The same events as long as the listener may hear them, and a comment whenever none came for `ping_every` seconds,
    so that no proxy closes the stream."""
    clock = asyncio.get_running_loop().time
    ping_at, check_at = clock() + ping_every, clock() + check_every
    pending: asyncio.Task[bytes] | None = None
    try:
        while True:
            pending = pending or asyncio.get_running_loop().create_task(_next(events))
            await asyncio.wait((pending,), timeout=max(0.0, min(ping_at, check_at) - clock()))
            if clock() >= check_at:
                if not await still_allowed():
                    return
                check_at = clock() + check_every
            if pending.done():
                try:
                    event = pending.result()
                except StopAsyncIteration:
                    return
                finally:
                    pending = None
                yield event
                ping_at = clock() + ping_every
            elif clock() >= ping_at:
                yield _PING
                ping_at = clock() + ping_every
    finally:
        if pending is not None:
            pending.cancel()


async def _next(events: AsyncIterator[bytes]) -> bytes:
    return await anext(events)


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
