"""The adapters of this process: made when they are asked for, kept while they are in use, closed afterwards."""

import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from nexus.core.tasks import BackgroundTasks
from nexus.llms.health import Health
from nexus.providers.llm.base import LanguageModel

Key = tuple[Hashable, int, str]
"""Provider, version of its settings, model."""

MOST: Final = 64
_IDLE_SECONDS: Final = 900.0
_MOST_HEALTH: Final = 512


@dataclass(slots=True)
class _Kept:
    model: LanguageModel
    calls: int = 0
    used_at: float = 0.0


class Adapters:
    """Keyed by what they were made from, so that a changed provider gets a new one with its next call."""

    def __init__(self, *, most: int = MOST, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._health: OrderedDict[Key, Health] = OrderedDict()
        self._tasks = BackgroundTasks()

    def __len__(self) -> int:
        return len(self._kept)

    @contextlib.asynccontextmanager
    async def lease(self, key: Key, build: Callable[[], LanguageModel]) -> AsyncGenerator[LanguageModel]:
        """The adapter for one call; it is not closed before the block ends. Raises what `build` raises."""
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(build())
        self._kept.move_to_end(key)
        kept.calls += 1
        kept.used_at = time.monotonic()
        self._close_unused()
        try:
            yield kept.model
        finally:
            kept.calls -= 1
            kept.used_at = time.monotonic()

    def health(self, key: Key) -> Health:
        found = self._health.get(key)
        if found is None:
            found = self._health[key] = Health()
            if len(self._health) > _MOST_HEALTH:
                self._health.popitem(last=False)
        self._health.move_to_end(key)
        return found

    def find_health(self, key: Key) -> Health | None:
        return self._health.get(key)

    def healths(self, provider: tuple[Hashable, int]) -> Sequence[tuple[str, Health]]:
        """Of each of its models, by name."""
        found = [(key[2], health) for key, health in self._health.items() if key[:2] == provider]
        return sorted(found, key=lambda each: each[0])

    async def aclose(self) -> None:
        while self._kept:
            _, kept = self._kept.popitem()
            await kept.model.aclose()
        await self._tasks.aclose()

    def _close_unused(self) -> None:
        """The oldest beyond the bound, and whatever nobody has called for long."""
        before = time.monotonic() - self._idle_seconds
        unused = [key for key, kept in self._kept.items() if not kept.calls]
        surplus = max(len(self._kept) - self._most, 0)
        for number, key in enumerate(unused):
            if number < surplus or self._kept[key].used_at < before:
                self._tasks.start(self._kept.pop(key).model.aclose(), name="model-adapter")
