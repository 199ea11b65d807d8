"""Slows down guessing at the door, in this process's memory."""

import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final

from nexus.identity.errors import TooManyAttemptsError

_REMEMBERED: Final = 10_000
"""Keys kept; the least recently used ones are forgotten first."""
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0

Key = tuple[str, str]


class LoginThrottle:
    """At most so many failed attempts from one network address, and on one account: a minute, and an hour.

    Attempts that are refused do not count. Nobody can lock anybody else out: a browser with which a person has
    signed in before has a count of its own for that person, which what others do, even from the same network, does
    not touch; so has, for its account, a network address from which they have signed in. An address of mail that
    nobody has is counted like any other, so a refusal does not tell whether there is an account.
    """

    def __init__(
        self,
        *,
        per_ip: int = 60,
        per_email: int = 10,
        window_seconds: float = _MINUTE,
        per_hour: int = 50,
        codes: tuple[int, int] = (10, 30),
        sign_ups: int = 10,
        mails: int = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        account = ((per_email, window_seconds), (per_hour, _HOUR))
        self._limits: dict[str, tuple[tuple[int, float], ...]] = {
            "ip": ((per_ip, window_seconds),),
            "email": account,
            "pair": account,
            "device": account,
            # Whoever gives codes knows the password, so these are counted apart, and strictly.
            "code": ((codes[0], window_seconds), (codes[1], _HOUR)),
            "sign-up": ((sign_ups, _HOUR),),
            "mail": ((mails, _HOUR),),
            # A whole company may leave by one address.
            "mails": ((12 * mails, _HOUR),),
        }
        self._clock = clock
        self._attempts: OrderedDict[Key, deque[float]] = OrderedDict()
        self._known: OrderedDict[Key, None] = OrderedDict()

    def admit(self, ip: str, email: str, device: str | None = None) -> None:
        """Counts an attempt that is about to be made. Raises TooManyAttemptsError."""
        self._admit(self._keys(ip, email, device))

    def forgive(self, ip: str, email: str, device: str | None = None) -> None:
        """Takes the attempt back: only failures count."""
        self._take_back(self._keys(ip, email, device))

    def succeeded(self, ip: str, email: str, device: str | None = None) -> None:
        """Takes the attempt back, and remembers from where it came."""
        self.forgive(ip, email, device)
        self.remember(ip, email)

    def remember(self, ip: str, email: str) -> None:
        """The person is in: from this network address others do not bind them any more."""
        self._known[network(ip), email] = None
        self._known.move_to_end((network(ip), email))
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def admit_code(self, account: str, device: str | None = None) -> None:
        """Counts a code that is about to be tried. Raises TooManyAttemptsError."""
        self._admit([("code", f"{account} {device or ''}")])

    def forgive_code(self, account: str, device: str | None = None) -> None:
        self._take_back([("code", f"{account} {device or ''}")])

    def admit_sign_up(self, ip: str) -> None:
        """Raises TooManyAttemptsError. Successes count too: an account costs more than a guess."""
        self._admit([("sign-up", network(ip))])

    def admit_mail(self, ip: str, email: str) -> None:
        """Nobody's mailbox is filled, and no network fills many. Raises TooManyAttemptsError."""
        self._admit([("mail", email), ("mails", network(ip))])

    def _admit(self, keys: Sequence[Key]) -> None:
        moment = self._clock()
        waits = [wait for key in keys if (wait := self._wait(key, moment)) > 0]
        if waits:
            raise TooManyAttemptsError(math.ceil(max(waits)))
        for key in keys:
            self._attempts.setdefault(key, deque()).append(moment)
            self._attempts.move_to_end(key)
        while len(self._attempts) > _REMEMBERED:
            self._attempts.popitem(last=False)

    def _take_back(self, keys: Sequence[Key]) -> None:
        for key in keys:
            if attempts := self._attempts.get(key):
                attempts.pop()

    def _keys(self, ip: str, email: str, device: str | None) -> list[Key]:
        if device is not None:
            return [("device", f"{device} {email}")]
        place = network(ip)
        known = (place, email) in self._known
        return [("ip", place), ("pair", f"{place} {email}") if known else ("email", email)]

    def _wait(self, key: Key, moment: float) -> float:
        """Seconds until every window has room."""
        attempts = self._attempts.get(key)
        if attempts is None:
            return 0
        limits = self._limits[key[0]]
        longest = max(window for _, window in limits)
        while attempts and attempts[0] <= moment - longest:
            attempts.popleft()
        return max(self._wait_for(attempts, limit, window, moment) for limit, window in limits)

    def _wait_for(self, attempts: deque[float], limit: int, window: float, moment: float) -> float:
        if len(attempts) < limit:
            return 0
        return max(0, attempts[-limit] + window - moment)


def network(ip: str) -> str:
    """An IPv6 customer has a whole /64 to call from."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return ip
