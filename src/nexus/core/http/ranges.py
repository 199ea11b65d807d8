"""Parts of a file, as RFC 9110 (14.1) asks for them: a viewer reads the pages it shows, a download goes on."""

import re
from typing import ClassVar, Final

from nexus.core.errors import NexusError

_ONE_RANGE: Final = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class RangeError(NexusError):
    """The part that was asked for lies outside of the file."""

    status: ClassVar[int] = 416
    slug: ClassVar[str] = "range-not-satisfiable"
    title: ClassVar[str] = "The file has no such part"


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, of a file of `size` bytes; None when the whole file is the answer.

    Several ranges, other units and what cannot be read count as no wish, which the RFC allows. Raises RangeError.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    first, last = match.groups() if match else ("", "")
    if not first and not last:
        return None
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= stop:
        error = RangeError(f"The file has {size} bytes. Ask for a part that begins before its end.")
        error.headers["Content-Range"] = f"bytes */{size}"
        raise error
    return start, stop
