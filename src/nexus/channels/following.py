"""A run's events as the adapters of this room want them: decoded, and cut off when the listener may not hear more."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from nexus.chat.events import FINAL, Event
from nexus.core.http.sse import CHECK_SECONDS, StillAllowed

STEP_SECONDS: Final = 0.25
"""How often somebody who waits for one whole answer is looked for."""


async def while_allowed(events: AsyncIterator[Event], still_allowed: StillAllowed) -> AsyncGenerator[Event, None]:
    """The events to the run's last one; fewer when what opened the stream opens nothing any more."""
    clock = asyncio.get_running_loop().time
    check_at = clock() + CHECK_SECONDS
    pending: asyncio.Task[Event] | None = None
    try:
        while True:
            pending = pending or asyncio.get_running_loop().create_task(_next(events))
            await asyncio.wait((pending,), timeout=max(0.0, check_at - clock()))
            if clock() >= check_at:
                if not await still_allowed():
                    return
                check_at = clock() + CHECK_SECONDS
            if pending.done():
                try:
                    event = pending.result()
                except StopAsyncIteration:
                    return
                finally:
                    pending = None
                yield event
                if event.kind in FINAL:
                    return
    finally:
        if pending is not None:
            pending.cancel()


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)
