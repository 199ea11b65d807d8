"""How much of a file the parsers are willing to read."""

from dataclasses import dataclass

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Generous for documents that people write, small for files made to hurt. Beyond one: ParseError."""

    input_bytes: int = 200 * _MEBIBYTE
    inflated_bytes: int = 256 * _MEBIBYTE
    """Sum over the entries of an Office file, unpacked."""
    inflation: int = 200
    """Unpacked bytes per packed byte of an entry larger than 16 MiB; office files have 5 to 50."""
    archive_entries: int = 10_000
    text_characters: int = 20_000_000
    """About 8,000 pages."""
    pages: int = 10_000
    cells: int = 2_000_000
    columns: int = 2_000
    depth: int = 200
    """Levels of nesting in JSON and mail."""
    attachments: int = 50
    """Of one mail, those of mails inside it not counted."""
    attached_bytes: int = 100 * _MEBIBYTE
    """Of all attachments of one mail."""
    attached_depth: int = 3
    """Mails in mails."""
    pixels: int = 80_000_000
    """Of one picture: a sheet of A3 at 600 dots an inch has 70 million."""
    drawn_pixels: int = 26_000_000
    """Of a picture that is given to text recognition: A3 at 300 dots an inch has 17 million."""
    values: int = 1_000_000
    """Single values in JSON."""
