"""What must not be read in a log, taken out of its finished text: registered secrets, and whatever looks like one."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretStr

GONE: Final = "[redacted]"
SHORTEST: Final = 4
"""A shorter word would black out half of the log, and protects nothing."""

_NAMES: Final = (
    "password|passwd|client_secret|secret|secret_key|api_key|apikey|access_token|refresh_token|id_token|id_token_hint|"
    "token|code_verifier|client_assertion|assertion"
)
_IN_ADDRESSES: Final = f"{_NAMES}|code|state|nonce|challenge|key|sig|signature|logout_hint"
"""Words that mean other things outside of an address."""
_HEADERS: Final = "(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|api-key"
_PATTERNS: Final = [
    (re.compile(pattern), put)
    for pattern, put in (
        # Headers: `Authorization: …`, {'authorization': '…'}, (b'authorization', b'…').
        (rf"(?i)(\b(?:{_HEADERS})\b(?:\\?[\"']\s*[,:=]|\s*[:=])\s*(?:b?\\?[\"'])?)[^\"'\\\r\n]+", rf"\1{GONE}"),
        (r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}", rf"\1 {GONE}"),
        # Ours, those of model providers, and every JWT.
        (r"\b(nx[a-z]_|sk-|xox[a-z]-|gh[opsu]_)[\w-]{10,}", rf"\1{GONE}"),
        (r"\beyJ[\w-]{4,}\.[\w-]*(?:\.[\w-]*)*", GONE),
        # Addresses and forms: ?code=…, #token=…, password=…
        (rf"(?i)([?&#;](?:{_IN_ADDRESSES})=)[^&\s\"'#<>]+", rf"\1{GONE}"),
        (rf"(?i)((?:^|[,\s\"'({{])(?:{_NAMES})=)[^&\s\"'#<>,;)}}]+", rf"\1{GONE}"),
        # JSON, and how Python writes a dictionary.
        (rf"(?i)(\\?[\"'](?:{_NAMES})\\?[\"']\s*:\s*b?\\?[\"'])[^\"'\\]+", rf"\1{GONE}"),
        # //user:password@host
        (r"(//[^/\s:@\"']*:)[^/\s@\"']+@", rf"\1{GONE}@"),
        (r"(?s)-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(?:-----END \1-----|\Z)", GONE),
    )
]


class Redactor:
    """Takes them out. One for a process, whose log is one."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None

    def register(self, secrets: Iterable[str]) -> None:
        """From now on these are in no line, as they are or as addresses, JSON, Python and Basic write them."""
        self._secrets.update(form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret))
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def clean(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(GONE, text)
        for pattern, put in _PATTERNS:
            text = pattern.sub(put, text)
        return text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield repr(secret)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    if len(encoded) >= 2 * SHORTEST:
        yield encoded


def secrets_in(settings: BaseModel) -> Iterator[str]:
    """Every SecretStr of the settings, however deep; of several in one, each."""
    for name in type(settings).model_fields:
        value: Any = getattr(settings, name)
        if isinstance(value, SecretStr):
            yield from filter(None, {value.get_secret_value(), *re.split(r"[,\s]+", value.get_secret_value())})
        elif isinstance(value, BaseModel):
            yield from secrets_in(value)
