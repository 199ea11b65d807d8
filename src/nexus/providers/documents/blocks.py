"""Markdown as blocks of runs: the little that every kind of file has. Nothing in it can fetch, link or run anything
that the report does not allow: images are their words, HTML is text, and an address is a link only if it may be one."""

# pyright: reportUnknownMemberType=false

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import regex

if TYPE_CHECKING:
    from markdown_it.token import Token

DEEPEST: Final = 6
"""Quotes and lists inside each other are drawn no deeper than this."""
_INVISIBLE = regex.compile(r"[\p{C}\s]")
_OWN_PAGE = regex.compile(r"/(?!api(?:/|$))(?:[\w-]+/)*[\w-]*", regex.IGNORECASE)
# What XML does not know, and marks that hide or reorder text.
_UNWRITABLE = regex.compile(
    r"[\p{Cs}\p{Cn}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look. `link` empty: none."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    strike: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """`kind`: heading, paragraph, item, code, rule, table."""

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 1
    """Of a heading."""
    depth: int = 0
    """How deep in lists and quotes."""
    marker: str = ""
    """What stands before an item's first block: `•` or `3.`."""
    is_quote: bool = False
    rows: tuple[tuple[tuple[Run, ...], ...], ...] = ()
    """Of a table; the first is its head."""


def clean(text: str) -> str:
    """Without characters that no file may hold."""
    return _UNWRITABLE.sub("", text)


def safe_target(href: str, origin: str, allowed: frozenset[str]) -> str:
    """Where a link may lead, or nothing: addresses of the sources and pages of our own, as on the page."""
    if not regex.match(r"https?:|/(?!/)", href, regex.IGNORECASE) or _INVISIBLE.search(href) or "\\" in href:
        return ""
    try:
        target = urljoin(origin, href)
        parts, own = urlsplit(target), urlsplit(origin)
        if parts.scheme not in {"http", "https"} or parts.username or parts.password:
            return ""
    except ValueError:
        return ""
    if own.netloc and (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
        return target if _OWN_PAGE.fullmatch(parts.path or "/") else ""
    return href if href in allowed else ""


@dataclass
class _Place:
    """Where the reader of tokens stands."""

    depth: int = 0
    quotes: int = 0
    lists: list[int | None] = field(default_factory=list[int | None])
    """The next number of each list around; None for bullets."""
    marker: str = ""


def read_blocks(markdown: str, origin: str, allowed: frozenset[str]) -> list[Block]:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only where a file is made

    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable(["table", "strikethrough"])
    # A definition makes links of words elsewhere in the text: it stays what was written.
    tokens = reader.disable(["reference"]).parse(clean(markdown))
    return list(_Reader(origin, allowed).blocks(tokens))


class _Reader:
    def __init__(self, origin: str, allowed: frozenset[str]) -> None:
        self._origin = origin
        self._allowed = allowed
        self._place = _Place()

    def blocks(self, tokens: Sequence["Token"]) -> Iterator[Block]:
        heading = 0
        table: list[list[tuple[Run, ...]]] | None = None
        for token in tokens:
            match token.type:
                case "heading_open":
                    heading = int(token.tag[1])
                case "heading_close":
                    heading = 0
                case "table_open":
                    table = []
                case "tr_open" if table is not None:
                    table.append([])
                case "table_close" if table is not None:
                    yield self._block(Block("table", rows=tuple(map(tuple, table))))
                    table = None
                case "inline" if table is not None:
                    table[-1].append(self._runs(token.children or []))
                case "inline":
                    kind = "heading" if heading else "paragraph"
                    yield self._block(Block(kind, self._runs(token.children or []), level=heading or 1))
                case "fence" | "code_block":
                    yield self._block(Block("code", (Run(token.content.rstrip("\n"), code=True),)))
                case "hr":
                    yield self._block(Block("rule"))
                case _:
                    self._move(token)

    def _move(self, token: "Token") -> None:
        """Into or out of lists and quotes."""
        place = self._place
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                start = token.attrGet("start")
                place.lists.append(None if token.type == "bullet_list_open" else int(start if start is not None else 1))
                place.depth += 1
            case "bullet_list_close" | "ordered_list_close":
                place.lists.pop()
                place.depth -= 1
            case "list_item_open":
                number = place.lists[-1]
                place.marker = "•" if number is None else f"{number}."
                if number is not None:
                    place.lists[-1] = number + 1
            case "list_item_close":
                place.marker = ""
            case "blockquote_open":
                place.quotes += 1
                place.depth += 1
            case "blockquote_close":
                place.quotes -= 1
                place.depth -= 1
            case _:
                return

    def _block(self, block: Block) -> Block:
        place = self._place
        marker, place.marker = place.marker, ""
        return replace(block, depth=min(place.depth, DEEPEST), is_quote=place.quotes > 0, marker=marker)

    def _runs(self, tokens: Sequence["Token"]) -> tuple[Run, ...]:
        runs: list[Run] = []
        look = Run("")
        for token in tokens:
            match token.type:
                case "strong_open" | "strong_close":
                    look = replace(look, bold=token.nesting > 0)
                case "em_open" | "em_close":
                    look = replace(look, italic=token.nesting > 0)
                case "s_open" | "s_close":
                    look = replace(look, strike=token.nesting > 0)
                case "link_open":
                    href = str(token.attrGet("href") or "")
                    look = replace(look, link=safe_target(href, self._origin, self._allowed))
                case "link_close":
                    look = replace(look, link="")
                case "code_inline":
                    runs.append(replace(look, text=token.content, code=True))
                case "softbreak":
                    runs.append(replace(look, text=" "))
                case "hardbreak":
                    runs.append(replace(look, text="\n"))
                case "image":
                    runs.append(replace(look, text=token.content))
                case _ if token.content:
                    runs.append(replace(look, text=token.content))
                case _:
                    pass
        return tuple(runs)
