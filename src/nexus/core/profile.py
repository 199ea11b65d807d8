"""What a profile does not start with: everything is said at once, a sentence each."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from nexus.core.secrets import given_keys
from nexus.core.settings import Settings, SettingsError
from nexus.core.settings_security import is_loopback

SHORTEST_KEY: Final = 32
"""Characters."""

_FEWEST_LETTERS: Final = 8
"""Different characters of a key: 32 random ones of hexadecimal miss that once in ten million."""
_EXAMPLE: Final = re.compile(
    r"(?i)change|example|sample|insert|replace|secret|password|default|placeholder|nexus|1234567|\b(?:your|test|demo)\b|[<>$]"
)
"""What stands in documents and templates; fewer than one random key in a hundred thousand has one of these words."""


def require_safe(settings: Settings) -> None:
    """Raises SettingsError with every reason why a process must not start with these settings."""
    problems = [*_developer_problems(settings)]
    if settings.profile == "production":
        problems += _production_problems(settings)
    if problems:
        raise SettingsError(
            "\n".join(["Nexus does not start with these settings:", *(f"- {text}" for text in problems)])
        )


def _developer_problems(settings: Settings) -> Iterator[str]:
    if not settings.developer_user:
        return
    off = "Take NEXUS_DEVELOPER_USER away: it lets people in without a password, which is"
    if settings.profile != "development":
        yield f"{off} for the development profile only."
    address = urlsplit(settings.http.public_url).hostname
    if not is_loopback(settings.http.host) or (address is not None and not is_loopback(address)):
        yield f"{off} only for a server that this machine alone can reach (NEXUS_HTTP__HOST=127.0.0.1)."


def _production_problems(settings: Settings) -> Iterator[str]:
    signing = settings.secret_key.get_secret_value()
    if not signing:
        yield "Set NEXUS_SECRET_KEY: the production profile does not make up the key that signs access tokens."
    else:
        yield from _weak("NEXUS_SECRET_KEY", signing)
    sealing = given_keys(settings)
    if not sealing:
        where = "NEXUS_SECRETS__KEYS or NEXUS_SECRETS__KEYS_FILE"
        yield f"Set {where}: the production profile does not make up the key that encrypts stored secrets."
    for key, origin in sealing:
        yield from _weak(origin, key)
    if any(key == signing for key, _ in sealing):
        yield "NEXUS_SECRET_KEY and NEXUS_SECRETS__KEYS must not be the same key."
    if not settings.public_url.startswith("https://"):
        yield "Set NEXUS_HTTP__PUBLIC_URL to an address that begins with https://: else cookies can be read underway."


def _weak(name: str, key: str) -> Iterator[str]:
    made = "`nexus secrets new-key` makes one."
    if len(key) < SHORTEST_KEY:
        yield f"{name} has a key that is too short: it needs at least {SHORTEST_KEY} characters. {made}"
    elif len(set(key)) < _FEWEST_LETTERS or _EXAMPLE.search(key):
        yield f"{name} has a key that can be guessed, or that stands in an example. {made}"
