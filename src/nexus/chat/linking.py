"""Links in an answer that arrives in pieces: none leads anywhere that no source names, and no picture is fetched.

The same text gives the same result however it is cut. What was taken out leaves a mark, and its words stay.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import regex

from nexus.chat.addresses import LONGEST, Allowed, find_addresses, leads_elsewhere, reads_as_address

REMOVED: Final = "⟨…⟩"
"""Stands where an address was. The page says it in words."""

_LONGEST_WORDS: Final = 600
"""Characters of a link's words; with more of them it is no link, and its address is looked at alone."""
_DEEPEST: Final = 4
_INNERMOST: Final = regex.compile(
    r"(!?)\[([^\[\]]*)\]\(\s*(<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_KEPT: Final = regex.compile("\x00(\\d+)\x00")
# A word ends at white space. Letters of scripts that set none are words of their own, so that nobody waits for them.
_WORD: Final = regex.compile(r"[^\s\p{Lo}\u3001\u3002]+")
_ATTRIBUTE: Final = regex.compile(r"(?:=[\"']?|\burl\([\"']?|\{|\bsrc(?:set)?\s*[:=]?\s*[\"']?)$", regex.IGNORECASE)
_PLAIN_END: Final = regex.compile(r"[.,;:!?'\"*_~)]*")
_CONTAINERS: Final = regex.compile(r"[\s>*+-]*|\s*\d{1,9}[.)]\s*")
_ASCII_SPACE: Final = " \t\n\r\f\v"
_TAIL: Final = 40


def strip_links(text: str, allowed: Allowed) -> str:
    """A whole text, as `LinkFilter` would let it through."""
    links = LinkFilter(allowed)
    return links.feed(text) + links.close()


@dataclass
class LinkFilter:
    """Feed the pieces, show what comes out."""

    allowed: Allowed
    _unwrapper: "_Unwrapper" = field(init=False)
    _blocker: "_Blocker" = field(init=False)

    def __post_init__(self) -> None:
        self._unwrapper, self._blocker = _Unwrapper(self.allowed), _Blocker(self.allowed)

    @property
    def removed(self) -> int:
        """Addresses taken out so far."""
        return self._blocker.removed

    @property
    def told(self) -> dict[str, Any]:
        """Of the event that says so."""
        return {"count": self.removed, "reason": "not_in_sources"}

    def feed(self, delta: str) -> str:
        """The text that is safe to show now."""
        return self._blocker.feed(self._unwrapper.feed(delta.replace("\x00", "")))

    def close(self) -> str:
        """The rest, when no more will come."""
        return self._blocker.feed(self._unwrapper.feed("", final=True), final=True)


@dataclass
class _Unwrapper:
    """Pictures become their words, and links that may not be any too: so that what is left reads well.

    It makes nothing safe that it does not recognise: that is the blocker's, who reads what comes out here.
    """

    allowed: Allowed
    _held: str = ""

    def feed(self, delta: str, *, final: bool = False) -> str:
        self._held += delta
        shown: list[str] = []
        while self._held:
            start = next((i for i, sign in enumerate(self._held) if sign in "![" and self._opens(i, final=final)), -1)
            if start < 0:
                shown.append(self._held)
                self._held = ""
                break
            shown.append(self._held[:start])
            self._held = self._held[start:]
            end = self._end(final=final)
            if end is None:
                break
            # What is no link is passed on up to the next sign that may begin one.
            shown.append(self._unwrap(self._held[:end]) if end > 1 else self._held[0])
            self._held = self._held[max(end, 1) :]
        return "".join(shown)

    def _opens(self, place: int, *, final: bool) -> bool:
        if self._held[place] == "[":
            return True
        rest = self._held[place + 1 : place + 2]
        return rest == "[" if rest else not final

    def _end(self, *, final: bool) -> int | None:
        """Where the link ends with which what is held begins; 0 when it is none; None when more is needed to tell."""
        words = _closing(self._held, self._held.index("[") if "[" in self._held else 0, "[]", _LONGEST_WORDS)
        if words is None:
            return 0 if final or len(self._held) > _LONGEST_WORDS + 1 else None
        if words < 0:
            return 0
        if words + 1 >= len(self._held):
            return 0 if final else None
        if self._held[words + 1] != "(":
            return 0
        address = _closing(self._held[words + 1 :], 0, "()", 2 * LONGEST)
        if address is None:
            return 0 if final or len(self._held) - words > 2 * LONGEST + 2 else None
        return words + 1 + address + 1 if address >= 0 else 0

    def _unwrap(self, text: str) -> str:
        kept: list[str] = []

        def replace(match: "regex.Match[str]") -> str:
            picture, words, address = match[1], match[2], match[3].strip("<>")
            elsewhere = leads_elsewhere(address)
            if not picture and (not elsewhere or self.allowed.has(address)):
                kept.append(match[0])
                return f"\x00{len(kept) - 1}\x00"
            blank = " " if words and not words[-1].isspace() else ""
            return f"{words}{blank}{REMOVED}" if elsewhere else words

        while (changed := _INNERMOST.sub(replace, text)) != text:
            text = changed
        while _KEPT.search(text):
            text = _KEPT.sub(lambda match: kept[int(match[1])], text)
        return text


def _closing(text: str, start: int, pair: str, longest: int) -> int | None:
    """Where the bracket closes that opens at `start`; None when it does not yet.

    -1 when a blank line comes before, or it nests so deep that nobody means a link: reading on would cost much.
    """
    depth = 0
    for place in range(start, min(len(text), start + longest + 1)):
        sign = text[place]
        depth += (sign == pair[0]) - (sign == pair[1])
        if depth > _DEEPEST or (sign == "\n" and text[place - 1] == "\n"):
            return -1
        if not depth:
            return place
    return None


@dataclass
class _Blocker:
    """Reads word by word. No address passes that is not allowed, in whatever place, script or code it stands."""

    allowed: Allowed
    removed: int = 0
    _held: str = ""
    _tail: str = ""
    """The end of what was let through, in the line and before."""
    _line: str = ""
    _has_picture: bool = False
    """A picture may have begun in this paragraph: no link's address is let through behind it."""

    def feed(self, delta: str, *, final: bool = False) -> str:
        self._held += delta
        shown: list[str] = []
        place = 0
        while place < len(self._held):
            match = _WORD.match(self._held, place)
            if match is None:
                self._pass(self._held[place], shown)
                place += 1
                continue
            if match.end() == len(self._held) and not final:
                break
            self._pass_word(match[0], self._held[match.end() : match.end() + 1], shown)
            place = match.end()
        self._held = self._held[place:]
        return "".join(shown)

    def _pass(self, text: str, shown: list[str]) -> None:
        shown.append(text)
        if text == "\n":
            if not self._line.strip():
                self._has_picture = False
            self._line = ""
        else:
            self._line = (self._line + text)[-LONGEST:]
        self._tail = (self._tail + text)[-_TAIL:]

    def _pass_word(self, word: str, behind: str, shown: list[str]) -> None:
        self._has_picture |= "![" in word or (self._tail.endswith("!") and word.startswith("["))
        word = self._undefine(word)
        parts: list[str] = []
        rest: list[str] = []
        end = 0
        for address in find_addresses(word):
            before, after = word[end : address.start], word[address.end :]
            if self._may_stay(address.text, self._tail + word[: address.start]):
                parts += [before, self._delimited(address.text, word[: address.start], after, behind)]
            else:
                parts += [before, REMOVED]
                self.removed += 1
            rest.append(before)
            end = address.end
        parts.append(word[end:])
        rest.append(word[end:])
        removed = word.count(REMOVED)
        if any(reads_as_address(one, at_destination=self._expects_address(n)) for n, one in enumerate(rest)):
            # What hides cannot be told from what stands around it.
            parts = [REMOVED]
            self.removed += 1
            removed = 0
        self.removed += removed
        self._pass("".join(parts), shown)

    def _may_stay(self, address: str, before: str) -> bool:
        if not self.allowed.has(address) or _ATTRIBUTE.search(before):
            return False
        return not (self._has_picture and before.rstrip("<").endswith("]("))

    def _expects_address(self, part: int) -> bool:
        """Whether the word begins where a link's address is expected: behind `]:` or `=`, maybe on the line before."""
        return part == 0 and self._tail.rstrip().endswith(("] :", "]:", "=", "](", "(", "<"))

    @staticmethod
    def _delimited(address: str, before: str, after: str, behind: str) -> str:
        """The address so that no renderer takes what follows for a part of it."""
        if (before.endswith("](") and after.startswith(")")) or (before.endswith("<") and after.startswith(">")):
            return address
        ends = _PLAIN_END.fullmatch(after) is not None and (not behind or behind in _ASCII_SPACE)
        return address if ends else f"<{address}>"

    def _undefine(self, word: str) -> str:
        """`[name]: address` would make a link or a picture of every `[name]`: a blank makes it a line of text."""
        at = word.find("]:")
        if at < 0:
            return word
        line = self._line + word[:at]
        opening = line.rfind("[")
        defines = opening < 0 or _CONTAINERS.fullmatch(line[:opening]) is not None
        return f"{word[:at]}] :{word[at + 2 :]}" if defines else word
