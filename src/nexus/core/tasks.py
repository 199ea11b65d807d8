"""Background tasks that are not forgotten: held until done, cancelled at the end, their failures logged."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, NoReturn

logger = logging.getLogger(__name__)


class BackgroundTasks:
    """A set of tasks that belongs to the process. `aclose` cancels what still runs and waits for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("background task %s failed", task.get_name(), exc_info=error)

    async def aclose(self) -> None:
        # A task may start another one on its way out, hence the loop.
        while tasks := list(self._tasks):
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def repeat(
    step: Callable[[], Awaitable[object]], *, every: timedelta, wake: asyncio.Event | None = None
) -> NoReturn:
    """Takes `step` now, and again whenever `every` has passed or `wake` is set, until cancelled.

    A step that fails is logged and taken again at the next turn: a database that is away for a moment must
    not end the loop that depends on it. A wake-up during a step is not lost.
    """
    wake = wake or asyncio.Event()
    while True:
        wake.clear()
        try:
            await step()
        except Exception:
            name = getattr(step, "__qualname__", repr(step))
            logger.exception("%s failed, next try in %.1f s", name, every.total_seconds())
        try:
            async with asyncio.timeout(every.total_seconds()):
                await wake.wait()
        except TimeoutError:
            continue
