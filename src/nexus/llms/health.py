"""How a model does, as this process has seen it, and whether it is asked at all: a circuit breaker."""

import statistics
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from nexus.core.clock import now
from nexus.providers.llm.base import LlmError
from nexus.providers.llm.failures import Failure

State = Literal["unused", "healthy", "failing", "open"]

FAILURES: Final = 4
"""So many within the window open the circuit."""
WINDOW_SECONDS: Final = 60.0
COOLDOWN_SECONDS: Final = 20.0
"""Until one call may try again whether it answers."""
_REMEMBERED: Final = 50

_ASKERS_FAULT: Final = frozenset({Failure.TOO_LONG.detail, Failure.REJECTED.detail})
"""What was asked may be the reason: nobody shall be able to close a model to others by asking too much."""


def is_models_fault(error: LlmError) -> bool:
    return error.code != "empty" and error.detail not in _ASKERS_FAULT


@dataclass(slots=True)
class Health:
    """Of one model of one provider. `clock` counts seconds, monotonically."""

    clock: Callable[[], float] = time.monotonic
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure: str | None = None
    _failures: deque[float] = field(default_factory=lambda: deque[float](maxlen=FAILURES))
    _first_tokens: deque[float] = field(default_factory=lambda: deque[float](maxlen=_REMEMBERED))
    _opened_at: float | None = None
    _probing: bool = False

    @property
    def state(self) -> State:
        if self._opened_at is not None:
            return "open"
        if self.last_success_at is None and self.last_failure_at is None:
            return "unused"
        return "failing" if self._failures else "healthy"

    @property
    def first_token_ms(self) -> int | None:
        """The median of the last answers."""
        return round(statistics.median(self._first_tokens) * 1000) if self._first_tokens else None

    @property
    def is_due(self) -> bool:
        """Whether `admits` would say yes."""
        if self._opened_at is None:
            return True
        return not self._probing and self.clock() - self._opened_at >= COOLDOWN_SECONDS

    def admits(self) -> bool:
        """Whether to ask it; where the circuit is open, one call at a time finds out whether it answers again."""
        if not self.is_due:
            return False
        self._probing = self._opened_at is not None
        return True

    def began(self, seconds: float) -> None:
        """The first token came after so long."""
        self._first_tokens.append(seconds)

    def succeeded(self) -> None:
        self.last_success_at = now()
        self._failures.clear()
        self._opened_at, self._probing = None, False

    def failed(self, error: LlmError) -> None:
        self.last_failure_at, self.last_failure = now(), error.detail
        if not is_models_fault(error):
            # It answered, if only to refuse: that it does not answer is not proved any more.
            self._opened_at, self._probing = None, False
            return
        moment = self.clock()
        self._failures.append(moment)
        many = len(self._failures) == FAILURES and moment - self._failures[0] <= WINDOW_SECONDS
        if many or self._opened_at is not None:
            self._opened_at = moment
        self._probing = False

    def left(self) -> None:
        """Nobody waited for the outcome: the next call may be the probe."""
        self._probing = False
