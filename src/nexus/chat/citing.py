"""Citation markers in an answer that arrives in pieces.

A model is told to write `[2]` for passage 2. What reaches the reader is checked: a marker of a passage
that was given becomes a citation, numbered in the order of first appearance; any other is taken out.
Code is left alone, where brackets mean something else.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_LONGEST_MARKER: Final = 48
_OPENINGS: Final = "[【"
_MARKER: Final = re.compile(
    r"\s?(?:\[\^?|【)\s*(?:(?:passages?|sources?|citations?|docs?|quellen?)\s*)?"
    r"(\d{1,9}(?:\s*(?:[,;&–-]|and|und|†[^\]】]{0,24})\s*(?:\d{1,9})?)*)\s*[\]】](?!\()",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(r"(\d+)\s*[–-]\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage that was cited for the first time: its position among those given (from 0) and its number."""

    passage: int
    number: int


@dataclass
class MarkerFilter:
    """Feed the deltas, show what comes out. `passages` is how many the model was given."""

    passages: int
    _held: str = ""
    _fence: str = ""
    _numbers: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def cited(self) -> dict[int, int]:
        """Passage (from 0) → number in the answer."""
        return dict(self._numbers)

    def feed(self, delta: str) -> tuple[str, list[Cited]]:
        """The text that is safe to show now and the passages it cites for the first time."""
        self._held += delta
        return self._drain(final=False)

    def close(self) -> tuple[str, list[Cited]]:
        """The rest, when no more will come."""
        return self._drain(final=True)

    def _drain(self, *, final: bool) -> tuple[str, list[Cited]]:
        shown: list[str] = []
        new: list[Cited] = []
        while self._held:
            if self._fence:
                if not self._pass_code(shown, final=final):
                    break
                continue
            at = min((i for i in map(self._held.find, (*_OPENINGS, "`")) if i >= 0), default=-1)
            if at < 0:
                # A marker takes the blank before it along when it goes, so a last blank waits.
                keep = 1 if self._held[-1].isspace() and not final else 0
                shown.append(self._held[: len(self._held) - keep])
                self._held = self._held[len(self._held) - keep :]
                break
            if self._held[at] == "`":
                if len(self._held) - at < 3 and not final:
                    shown.append(self._held[:at])
                    self._held = self._held[at:]
                    break
                fence = "```" if self._held.startswith("```", at) else "`"
                shown.append(self._held[: at + len(fence)])
                self._held, self._fence = self._held[at + len(fence) :], fence
                continue
            start = at - 1 if at and self._held[at - 1].isspace() else at
            shown.append(self._held[:start])
            self._held = self._held[start:]
            if not self._pass_marker(shown, new, final=final):
                break
        return "".join(shown), new

    def _pass_code(self, shown: list[str], *, final: bool) -> bool:
        """Moves code through untouched up to its closing fence; False when that has not come yet."""
        end = self._held.find(self._fence)
        line_end = self._held.find("\n") if self._fence == "`" else -1
        if line_end >= 0 and (end < 0 or line_end < end):
            # An inline backtick that is not closed on its line was just a backtick.
            self._fence = ""
            return True
        if end < 0:
            keep = 0 if final else min(len(self._held), len(self._fence) - 1)
            shown.append(self._held[: len(self._held) - keep])
            self._held = self._held[len(self._held) - keep :]
            return False
        end += len(self._fence)
        shown.append(self._held[:end])
        self._held, self._fence = self._held[end:], ""
        return True

    def _pass_marker(self, shown: list[str], new: list[Cited], *, final: bool) -> bool:
        """Handles what starts with an opening bracket; False when more text is needed to tell."""
        close = min((i for i in map(self._held.find, "]】") if i >= 0), default=-1)
        undecided = close < 0 or close + 1 == len(self._held)
        if undecided and not final and len(self._held) < _LONGEST_MARKER:
            return False
        match = _MARKER.match(self._held)
        if match is None:
            at = 2 if self._held[0].isspace() else 1
            shown.append(self._held[:at])
            self._held = self._held[at:]
            return True
        rendered = "".join(f"[{self._number(p, new)}]" for p in self._passages(match[1]))
        if rendered:
            blank = match[0][0] if match[0][0].isspace() else ""
            shown.append(blank + rendered)
        self._held = self._held[match.end() :]
        return True

    def _passages(self, inside: str) -> list[int]:
        """The valid passages (from 0) a marker names, each once."""
        inside = re.sub(r"†.*", "", inside)
        named: list[int] = []
        for low, high in _RANGE.findall(inside):
            named += range(int(low), min(int(high), int(low) + 50) + 1)
        named += [int(n) for n in re.findall(r"\d+", _RANGE.sub(" ", inside))]
        return list(dict.fromkeys(n - 1 for n in named if 1 <= n <= self.passages))

    def _number(self, passage: int, new: list[Cited]) -> int:
        if passage not in self._numbers:
            self._numbers[passage] = len(self._numbers) + 1
            new.append(Cited(passage, self._numbers[passage]))
        return self._numbers[passage]
