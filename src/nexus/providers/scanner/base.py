"""The port to a virus scanner."""

from collections.abc import AsyncIterator
from typing import Protocol


class ScannerAwayError(Exception):
    """It cannot be reached, or does not answer as it should: nothing is known of the file."""


class TooLargeToScanError(Exception):
    """It takes no files of this size: nothing is known of the file."""


class Scanner(Protocol):
    async def scan(self, pieces: AsyncIterator[bytes]) -> str | None:
        """The name of what was found in the file, or None. Raises ScannerAwayError, TooLargeToScanError."""
        ...
