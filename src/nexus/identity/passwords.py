"""Passwords: argon2id in threads of its own, and the refusal of passwords that are guessed first."""

import asyncio
import base64
import os
import re
import secrets
import sys
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from nexus.identity.errors import WeakPasswordError

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256
_NICENESS: Final = 10

_ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)
_LEET = str.maketrans("013457@$!", "oleastasi")
_COMMON_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "password passwort passwords motdepasse contrasena senha parola wachtwoord geheim secret topsecret "
        "changeme changethis changeit letmein letmeinnow welcome welcomehome willkommen bienvenue admin "
        "administrator adminadmin root rootroot superuser superadmin user username login guest temp temporary "
        "test testing testtest tester default demo example sample nexus nexusnexus company business office "
        "iloveyou ilovegod lovely princess sunshine superman batman spiderman starwars pokemon football "
        "baseball basketball liverpool arsenal chelsea barcelona juventus dragon monkey shadow master killer "
        "freedom whatever trustnoone internet computer samsung google facebook microsoft windows charlie "
        "michael jennifer jordan ashley nicole daniel jessica thomas london berlin paris summer winter spring "
        "autumn sommer january february march april june july august september october november december "
        "monday tuesday wednesday thursday friday saturday sunday asdfasdf asdfghjkl qwerty qwertyuiop qwertz "
        "qazwsx qazwsxedc zaqwsx abcabc passpass passw passwd mypassword thepassword "
        "correcthorsebatterystaple hunter security supersecret nopassword ",
    )
)


def _give_way() -> None:
    """The thread works when nothing else of this machine wants the processor: who signs in waits for who works.

    Elsewhere than on Linux there is no such thing for a single thread.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class PasswordHasher:
    """Hashes and verifies in few threads of its own, which give way, so that a rush of sign-ins delays nothing else.

    The defaults are OWASP's for argon2id: 19 MiB, 2 passes, 1 lane.
    """

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456, parallelism: int = 1, threads: int = 2) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password", initializer=_give_way)
        salt, digest = (_base64(secrets.token_bytes(size)) for size in (16, 32))
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={time_cost},p={parallelism}${salt}${digest}"

    async def hash(self, password: str) -> str:
        """Call it outside any transaction: it takes tens of milliseconds."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._argon2.hash, _normalised(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Takes as long when nothing is stored (nobody has this address) as when the password is wrong."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._verify, stored, _normalised(password))

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            return self._argon2.verify(stored or self._nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _normalised(password: str) -> str:
    # The same keys give other code points on other systems (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)


def generate_password() -> str:
    """96 random bits, for an account that an administrator opens."""
    return secrets.token_urlsafe(12)


def check_strength(password: str, *, email: str, name: str) -> None:
    """Raises WeakPasswordError. Length and guessability only: rules of composition make passwords worse."""
    folded = _normalised(password).casefold()
    if len(folded) < MIN_LENGTH:
        raise WeakPasswordError(f"Use at least {MIN_LENGTH} characters.")
    if len(set(folded)) < 5:
        raise WeakPasswordError("Use more different characters.")
    if any(folded in row or folded[::-1] in row for row in _ROWS):
        raise WeakPasswordError("This is a row of the keyboard. Choose something nobody would try first.")
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    if core in _COMMON_WORDS or core.translate(_LEET) in _COMMON_WORDS:
        raise WeakPasswordError("This is one of the passwords that are tried first. Choose another one.")
    personal = re.findall(r"\w{4,}", f"{email.partition('@')[0]} {name}".casefold())
    if email.casefold() in folded or any(part in folded for part in personal):
        raise WeakPasswordError("The password must not contain your name or e-mail address.")
