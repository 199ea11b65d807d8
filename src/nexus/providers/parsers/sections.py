"""From groups of lines to blocks: headings are what is written in larger letters than the rest."""

from collections import Counter
from collections.abc import Iterator

from nexus.providers.parsers.base import Block
from nexus.providers.parsers.pdf_layout import Group, Line
from nexus.providers.parsers.tables import begins_with_header

_HEADING_SIZE = 1.12
"""How much larger than the body's letters those of a heading are."""
_HEADING_LENGTH = 200


def find_blocks(text: str, groups: list[tuple[int, Group]]) -> Iterator[Block]:
    """The blocks that groups of lines make, each with the offset of its page; headings by the size of their letters."""
    body, sizes = _letter_sizes(groups)
    levels = {size: level for level, size in enumerate(sorted(sizes, reverse=True)[:5], start=1)}
    for offset, group in groups:
        start, end = offset + group.lines[0].start, offset + group.lines[-1].end
        if start == end:
            continue
        level = _heading_level(text[start:end], group, body, levels)
        if group.kind == "table":
            yield _table(text, offset, group)
        elif level:
            yield Block("heading", start, end, level)
        else:
            yield Block("list" if group.kind == "list" else "paragraph", start, end)


def _heading_level(text: str, group: Group, body: float, levels: dict[float, int]) -> int:
    """The level by the size of the letters, bold ones of the body's size below; 0 for what is no heading."""
    size = _size(group.lines[0])
    is_short = len(text) <= _HEADING_LENGTH and len(group.lines) <= 3 and not text.rstrip().endswith((".", ",", ";"))
    if not is_short or sum(map(str.isalpha, text)) * 3 < len(text):
        return 0
    if size in levels:
        return levels[size]
    return len(levels) + 1 if group.kind == "text" and group.lines[0].bold and size >= body else 0


def _letter_sizes(groups: list[tuple[int, Group]]) -> tuple[float, set[float]]:
    """The size that most letters have, and the larger ones that headings have."""
    letters: Counter[float] = Counter()
    for _, group in groups:
        for line in group.lines:
            letters[_size(line)] += line.end - line.start
    body = letters.most_common(1)[0][0] if letters else 0.0
    total = letters.total()
    # A size in which a fifth of the text is written is not that of headings.
    return body, {size for size, count in letters.items() if size > body * _HEADING_SIZE and count * 5 < total}


def _size(line: Line) -> float:
    return round(line.size * 2) / 2


def _table(text: str, offset: int, group: Group) -> Block:
    rows = tuple((offset + line.start, offset + line.end) for line in group.lines)
    cells = [text[start:end].split(" | ") for start, end in rows]
    header = rows[0] if begins_with_header(cells) else None
    return Block("table", rows[0][0], rows[-1][1], header=header, rows=rows)
