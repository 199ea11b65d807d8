"""Addresses in a text that nobody vouches for: where they stand, however they are dressed up, and which may stay.

A document can talk a model into an address that carries away what it has read. What may stay is an address that
stands, character for character, in what was read: whoever wrote it there could not know what it would carry.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote

import regex

LONGEST: Final = 2000
"""Characters of an address that may stay."""
_MOST: Final = 50
"""Addresses of one text that may stay."""
_ROUNDS: Final = 3
"""How often a text may be encoded within itself."""

_START: Final = (
    r"(?<![a-z])"
    r"(?:(?:https?|ftps?|wss?|javascript|vbscript|mailto|xmpp):(?=\S)|(?:[a-z][a-z0-9+.-]*)?:[/\\]{2}|data:[\w/+.-]*[;,]|www\.)"
)
"""Where an address begins, of the kinds that a renderer makes links of wherever they stand."""
_RUN: Final = re.compile(rf"{_START}[^\s<>\"`|\[\]{{}}“”„«»]*", re.IGNORECASE)
_HIDDEN: Final = re.compile(
    rf"{_START}|(?<=\]\()[a-z][a-z0-9+.-]*:"
    r"|<(?:tel|sms|file|blob|intent|about|callto|skype|slack|vscode|zoommtg|magnet|view-source|ms-[a-z]+):"
    r"|(?:(?<=[(<=\"'])|(?<=^\x00))[/\\]{2}[^\s/\\]",
    re.IGNORECASE,
)
_DESTINATION: Final = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}|www\.", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_INVISIBLE: Final = regex.compile(r"[\p{C}\p{Z}\s\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]+")
_ENDS: Final = ".,;:!?'\"*_~)"
"""What may stand behind an address without belonging to it."""
_SIMPLE: Final = re.compile(r"[A-Za-z0-9,;!?()'\"*_-]*\.?")
"""Most words: nothing hides in them."""
_OWN_PAGE: Final = re.compile(r"/(?!api(?:/|$|\?|#))(?:[\w-]+/)*[\w-]*(?:[?#][\w=&.%-]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """The slice `[start, end)` of a text."""

    start: int
    end: int
    text: str


def find_addresses(text: str) -> list[Address]:
    """As they are written, without what only stands behind them."""
    found: list[Address] = []
    match = _RUN.search(text)
    while match is not None:
        run = _balanced(match[0])
        found.append(Address(match.start(), match.start() + len(run), run))
        match = _RUN.search(text, max(found[-1].end, match.start() + 1))
    return found


def addresses_of(texts: Iterable[str | None]) -> list[str]:
    """The addresses that stand in these texts, each once: what an answer that rests on them may repeat."""
    found = {address.text: None for text in texts if text for address in find_addresses(text)}
    return [address for address in found if _may_be_followed(address)][:_MOST]


def reads_as_address(token: str, *, at_destination: bool = False) -> bool:
    """Whether something would lead elsewhere, once a renderer has decoded it. The token holds no white space.

    `at_destination`: it begins where a link's address is expected.
    """
    if not at_destination and _SIMPLE.fullmatch(token):
        return False
    lead = "\x00" if at_destination else ""
    return any(_HIDDEN.search(lead + plain) for plain in _readings(token))


def leads_elsewhere(destination: str) -> bool:
    """Whether what stands in the place of a link's address is more than the name of a page of ours or of a file."""
    return any(_DESTINATION.match(plain) for plain in _readings(destination))


class Allowed:
    """Addresses that may stay, and the pages of our own (`origin`: scheme, host and port; empty where unknown)."""

    def __init__(self, addresses: Iterable[str], origin: str = "") -> None:
        self._keys = set[str]()
        self.add(addresses)
        self._origin = origin.rstrip("/").casefold()

    def add(self, addresses: Iterable[str]) -> None:
        """More was read."""
        self._keys.update(_key(address) for address in addresses if _may_be_followed(address))

    def has(self, address: str) -> bool:
        key = _key(address)
        if key in self._keys:
            return True
        if address.casefold().startswith("www."):
            return bool({f"https://{key}", f"http://{key}"} & self._keys)
        own, beyond = key[: len(self._origin)], key[len(self._origin) :]
        return bool(self._origin) and own.casefold() == self._origin and _OWN_PAGE.fullmatch(beyond or "/") is not None


def _may_be_followed(address: str) -> bool:
    """Wherever a program stands, it is not one that an answer offers."""
    return len(address) <= LONGEST and address.casefold().startswith(("https://", "http://", "www."))


def _balanced(run: str) -> str:
    """Up to a bracket that closes one before the address, and without marks at the end."""
    depth = 0
    for place, sign in enumerate(run):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            run = run[:place]
            break
    while run and run[-1] in _ENDS and not (run[-1] == ")" and run.count("(") >= run.count(")")):
        run = run[:-1]
    return run


def _key(address: str) -> str:
    """Equal for addresses that a renderer takes for the same."""
    plain = unescape(_ESCAPED.sub(r"\1", address))
    return plain[:-1] if plain.endswith("/") and plain.count("/") == len("://x/") - 2 else plain


def _readings(token: str) -> set[str]:
    """The text as it stands, and as one or another renderer may read it."""
    found = {token}
    plain = token
    for _ in range(_ROUNDS):
        plain = normalize("NFKC", _INVISIBLE.sub("", unquote(unescape(plain))))
        found |= {plain, _ESCAPED.sub(r"\1", plain)}
        plain = _ESCAPED.sub(r"\1", plain)
    return found
