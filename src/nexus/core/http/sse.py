"""Event streams as browsers read them: numbered, resumable, kept alive."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from starlette.responses import StreamingResponse

KEEP_ALIVE_SECONDS: Final = 15.0
_PING: Final = b": ping\n\n"


def encode_event(number: int, kind: str, data: dict[str, Any]) -> bytes:
    """One event; JSON has no raw line ends, so one `data:` line is enough."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {number}\nevent: {kind}\ndata: {body}\n\n".encode()


async def with_pings(events: AsyncIterator[bytes], every: float = KEEP_ALIVE_SECONDS) -> AsyncGenerator[bytes, None]:
    """The same events, and a comment whenever none came for `every` seconds, so that no proxy closes the stream."""
    pending: asyncio.Task[bytes] | None = None
    try:
        while True:
            pending = pending or asyncio.get_running_loop().create_task(_next(events))
            done, _ = await asyncio.wait((pending,), timeout=every)
            if not done:
                yield _PING
                continue
            try:
                event = pending.result()
            except StopAsyncIteration:
                return
            finally:
                pending = None
            yield event
    finally:
        if pending is not None:
            pending.cancel()


async def _next(events: AsyncIterator[bytes]) -> bytes:
    return await anext(events)


def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def last_event_id(header: str | None) -> int:
    """The number in `Last-Event-ID`; 0, which is the whole stream, when it is absent or nonsense."""
    return int(header) if header and header.isascii() and header.isdigit() and len(header) < 12 else 0
