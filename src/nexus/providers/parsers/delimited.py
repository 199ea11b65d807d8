"""CSV and its relatives: the separator is found by trying, the rows become one table."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.parsers.encodings import read_text
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.tables import GridWriter
from nexus.providers.parsers.writing import TextWriter

_SEPARATORS = ",;\t|"
_SAMPLE_ROWS = 60
_SAMPLE_CHARACTERS = 64 * 1024


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    text, encoding = read_text(path, limits)
    text = text.replace("\0", "")
    csv.field_size_limit(limits.text_characters)
    writer = TextWriter(limits)
    separator = separator_of(text)
    GridWriter(writer, limits).write(_rows(text, separator, limits))
    return writer.finish(MEDIA_TYPES["csv"], properties={"encoding": encoding})


def _rows(text: str, separator: str, limits: ParseLimits) -> Iterator[dict[int, str]]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        if len(row) > limits.columns:
            raise ParseError(
                "too-large", f"The file has more than {limits.columns:,} columns. Export the columns that matter."
            )
        yield {column: cell for column, cell in enumerate(row) if cell.strip()}


def separator_of(text: str) -> str:
    """The separator under which most rows have the same number of cells, and then the one with more cells."""
    sample = text[:_SAMPLE_CHARACTERS]

    def merit(separator: str) -> tuple[float, int]:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        widths = Counter(len(row) for row, _ in zip(rows, range(_SAMPLE_ROWS), strict=False) if row)
        several = Counter({width: count for width, count in widths.items() if width > 1})
        if not several:
            return 0.0, 0
        width, count = several.most_common(1)[0]
        return round(count / widths.total(), 1), width

    return max(_SEPARATORS, key=merit)
