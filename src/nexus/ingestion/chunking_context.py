"""What is read together with a chunk because it stands above it: title, headings, a table's header."""

from dataclasses import dataclass

from nexus.ingestion.chunking_outline import Section
from nexus.ingestion.chunking_pieces import Counter

_SEPARATOR = " › "


@dataclass(frozen=True, slots=True)
class Limits:
    """The most tokens that each may take."""

    headings: int
    """Title and headings together."""
    heading: int
    """One of them."""
    header: int


@dataclass(frozen=True, slots=True)
class Context:
    """Text and how many tokens it has."""

    text: str
    tokens: int


class Contexts:
    """Writes the contexts of one document's chunks; each distinct line is tokenised once."""

    def __init__(self, title: str, text: str, counter: Counter, limits: Limits) -> None:
        self._title = " ".join(title.split())
        self._text = text
        self._counter = counter
        self._limits = limits
        self._lines: dict[tuple[str, int], Context] = {}
        self._separator = counter.count(_SEPARATOR)

    def write(
        self, section: Section, at: int, header: tuple[int, int] | None = None, limit: int | None = None
    ) -> Context:
        """The context of a chunk that begins at `at`, of at most `limit` tokens.

        Headings from `at` on are in the chunk itself and left out. Where space is short, the inner ones stay.
        """
        row = Context("", 0)
        if header is not None:
            most = self._limits.header if limit is None else min(limit, self._limits.header)
            row = self._line(self._text[slice(*header)], most)
        room = self._limits.headings if limit is None else min(limit - row.tokens, self._limits.headings)
        kept: list[str] = []
        tokens = 0
        for heading in reversed(self._headings(section, at)):
            line = self._line(heading, self._limits.heading)
            cost = line.tokens + (self._separator if kept else 0)
            if not line.text or tokens + cost > room:
                break
            kept.append(line.text)
            tokens += cost
        lines = (_SEPARATOR.join(reversed(kept)), row.text)
        return Context("\n".join(line for line in lines if line), tokens + row.tokens)

    def _headings(self, section: Section, at: int) -> tuple[str, ...]:
        """The title and the headings above `at`, outermost first. What the first heading repeats is said once."""
        above = section.path[: sum(1 for start in section.starts if start < at)]
        if not self._title:
            return above
        title, first = self._title.casefold(), section.path[0].casefold() if section.path else None
        if first == title:
            return above
        return (self._title, *(above[1:] if first is not None and first in title else above))

    def _line(self, text: str, limit: int) -> Context:
        """`text` on one line, cut after a word where it has more than `limit` tokens."""
        key = (text, limit)
        if key not in self._lines:
            line = " ".join(text.split())
            offsets = self._counter.offsets(line)
            if len(offsets) > limit:
                line = line[: offsets[limit][0]]
                line = line[: line.rfind(" ") + 1].rstrip()
                offsets = self._counter.offsets(line)
            self._lines[key] = Context(line, len(offsets))
        return self._lines[key]
