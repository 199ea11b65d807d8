"""Slows down guessing at the door: in all processes together where there is Redis, else in this one's memory."""

import ipaddress
import math
from collections.abc import Sequence
from typing import Final

from nexus.identity.attempts import AttemptStore, Key, Limits, MemoryAttempts
from nexus.identity.errors import TooManyAttemptsError

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0


class LoginThrottle:
    """At most so many failed attempts from one network address, and on one account: a minute, and an hour.

    Attempts that are refused do not count. Nobody can lock anybody else out: a browser with which a person has
    signed in before has a count of its own for that person, which what others do, even from the same network, does
    not touch; so has, for its account, a network address from which they have signed in. An address of mail that
    nobody has is counted like any other, so a refusal does not tell whether there is an account.
    """

    def __init__(
        self,
        store: AttemptStore | None = None,
        *,
        per_ip: int = 60,
        per_email: int = 10,
        window_seconds: float = _MINUTE,
        per_hour: int = 50,
        codes: tuple[int, int] = (10, 30),
        sign_ups: int = 10,
        mails: int = 5,
    ) -> None:
        account = ((per_email, window_seconds), (per_hour, _HOUR))
        self._limits: dict[str, Limits] = {
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
        self._store = store or MemoryAttempts()

    async def aclose(self) -> None:
        await self._store.aclose()

    async def admit(self, ip: str, email: str, device: str | None = None) -> None:
        """Counts an attempt that is about to be made. Raises TooManyAttemptsError."""
        await self._admit(await self._keys(ip, email, device))

    async def forgive(self, ip: str, email: str, device: str | None = None) -> None:
        """Takes the attempt back: only failures count."""
        await self._store.take_back(await self._keys(ip, email, device))

    async def succeeded(self, ip: str, email: str, device: str | None = None) -> None:
        """Takes the attempt back, and remembers from where it came."""
        await self.forgive(ip, email, device)
        await self.remember(ip, email)

    async def remember(self, ip: str, email: str) -> None:
        """The person is in: from this network address others do not bind them any more."""
        await self._store.remember(_pair(ip, email))

    async def admit_code(self, account: str, device: str | None = None) -> None:
        """Counts a code that is about to be tried. Raises TooManyAttemptsError."""
        await self._admit([("code", f"{account} {device or ''}")])

    async def forgive_code(self, account: str, device: str | None = None) -> None:
        await self._store.take_back([("code", f"{account} {device or ''}")])

    async def admit_sign_up(self, ip: str) -> None:
        """Raises TooManyAttemptsError. Successes count too: an account costs more than a guess."""
        await self._admit([("sign-up", network(ip))])

    async def admit_mail(self, ip: str, email: str) -> None:
        """Nobody's mailbox is filled, and no network fills many. Raises TooManyAttemptsError."""
        await self._admit([("mail", email), ("mails", network(ip))])

    async def _admit(self, keys: Sequence[Key]) -> None:
        wait = await self._store.take({key: self._limits[key[0]] for key in keys})
        if wait > 0:
            raise TooManyAttemptsError(math.ceil(wait))

    async def _keys(self, ip: str, email: str, device: str | None) -> list[Key]:
        if device is not None:
            return [("device", f"{device} {email}")]
        pair = _pair(ip, email)
        return [("ip", network(ip)), pair if await self._store.knows(pair) else ("email", email)]


def _pair(ip: str, email: str) -> Key:
    return "pair", f"{network(ip)} {email}"


def network(ip: str) -> str:
    """An IPv6 customer has a whole /64 to call from."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return ip
