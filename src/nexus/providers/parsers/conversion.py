"""The port from a file of an older format to one of its successor, which the parsers read."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from nexus.providers.parsers.base import OlderFormatError


class Converter(Protocol):
    """Belongs to one event loop."""

    def convert(self, path: Path, older: OlderFormatError) -> AbstractAsyncContextManager[Path]:
        """The file in its newer format, for as long as the block lasts. Raises `older` where nothing converts here,
        ParseError for what cannot be converted, SandboxError for what is beyond the program."""
        ...


class NoConverter:
    """Stands where no program is installed, or conversion is switched off."""

    @asynccontextmanager
    async def convert(self, path: Path, older: OlderFormatError) -> AsyncGenerator[Path]:
        del path
        raise older
        yield
