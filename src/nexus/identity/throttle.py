"""Slows down guessing at the door, in this process's memory."""

import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from nexus.identity.errors import TooManyAttemptsError

_REMEMBERED: Final = 10_000
"""Keys kept; the least recently used ones are forgotten first."""


class LoginThrottle:
    """At most so many failed attempts a window from one network address, and on one e-mail address.

    Attempts that are refused do not count, and windows are a minute, so nobody is kept out for longer than
    guessing goes on. An address from which a person has signed in before is not bound by what others do to
    their e-mail address.
    """

    def __init__(
        self,
        *,
        per_ip: int = 60,
        per_email: int = 10,
        window_seconds: float = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = {"ip": per_ip, "email": per_email, "pair": per_email}
        self._window = window_seconds
        self._clock = clock
        self._attempts: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def admit(self, ip: str, email: str) -> None:
        """Counts an attempt that is about to be made. Raises TooManyAttemptsError."""
        moment = self._clock()
        keys = self._keys(ip, email)
        waits = [wait for key in keys if (wait := self._wait(key, moment)) > 0]
        if waits:
            raise TooManyAttemptsError(math.ceil(max(waits)))
        for key in keys:
            self._attempts.setdefault(key, deque()).append(moment)
            self._attempts.move_to_end(key)
        while len(self._attempts) > _REMEMBERED:
            self._attempts.popitem(last=False)

    def succeeded(self, ip: str, email: str) -> None:
        """Takes the attempt back: only failures count."""
        for key in self._keys(ip, email):
            if attempts := self._attempts.get(key):
                attempts.pop()
        self._known[_network(ip), email] = None
        self._known.move_to_end((_network(ip), email))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _keys(self, ip: str, email: str) -> list[tuple[str, str]]:
        network = _network(ip)
        known = (network, email) in self._known
        return [("ip", network), ("pair", f"{network} {email}") if known else ("email", email)]

    def _wait(self, key: tuple[str, str], moment: float) -> float:
        attempts = self._attempts.get(key)
        if attempts is None:
            return 0
        while attempts and attempts[0] <= moment - self._window:
            attempts.popleft()
        if len(attempts) < self._limits[key[0]]:
            return 0
        return attempts[-self._limits[key[0]]] + self._window - moment


def _network(ip: str) -> str:
    """An IPv6 customer has a whole /64 to call from."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return ip
