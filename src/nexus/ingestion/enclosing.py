"""What is attached to a mail: each file is read by itself in the sandbox, so that a bad one costs nobody else.

A page of an attachment that is a picture of text has a number among those of the whole mail, for text recognition:
it says which attachment of which mail in the mail, and which page. It is the same however the others fare.
"""

import asyncio
import logging
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from time import monotonic
from typing import Final

from nexus.core.sandbox.limits import SandboxError
from nexus.ingestion.pipeline import Pipeline
from nexus.ingestion.prepare import read_file
from nexus.providers.parsers.attached import Enclosure
from nexus.providers.parsers.base import (
    Attachment,
    OlderFormatError,
    PageWords,
    ParsedDocument,
    ParseError,
    Picture,
    Sheet,
    describe_sandbox_error,
)
from nexus.providers.parsers.limits import ParseLimits

logger = logging.getLogger(__name__)

_MOST: Final = 100
"""Attachments of a mail, those of mails inside it included."""
_SECONDS: Final = 300.0
"""For all of them together."""


_LIMITS: Final = ParseLimits()
_PAGES: Final = _LIMITS.pages + 1
_PLACES: Final = _LIMITS.attachments + 1


def _place(within: int, ordinal: int, depth: int) -> int:
    """Of an attachment, from that of the mail it is attached to, in which it is the `ordinal`th, from 1."""
    return within + ordinal * _PLACES ** (_LIMITS.attached_depth - depth)


def _ordinals(place: int) -> list[int]:
    """Which attachment it is of the mail, which one of that, and so on."""
    powers = [_PLACES**power for power in reversed(range(_LIMITS.attached_depth))]
    ordinals = [place // power % _PLACES for power in powers]
    return [ordinal for ordinal in ordinals if ordinal]


@dataclass(slots=True)
class _Reading:
    """All of a mail's attachments being read, within bounds."""

    pipeline: Pipeline
    recognised: Sequence[PageWords]
    left: int
    until: float

    def objection(self) -> str:
        """The code of why no further one is read; empty where one may be."""
        self.left -= 1
        return "too-many" if self.left < 0 else "timeout" if monotonic() > self.until else ""

    def words(self, place: int) -> tuple[PageWords, ...]:
        """What was recognised in an attachment, its pages numbered as its own."""
        first = place * _PAGES
        return tuple(
            replace(page, number=page.number - first) for page in self.recognised if page.number // _PAGES == place
        )

    async def read_all(self, path: Path, name: str, within: int, depth: int) -> tuple[Enclosure, ...]:
        found = await _attachments(self.pipeline, path, name)
        return tuple(
            [await self._read(each, _place(within, ordinal, depth), depth) for ordinal, each in enumerate(found, 1)]
        )

    async def _read(self, attachment: Attachment, place: int, depth: int) -> Enclosure:
        name = attachment.name
        if code := attachment.code or self.objection():
            return Enclosure(name, code=code)
        try:
            async with _stored(attachment) as path:
                document, sheets = await self._parse(path, name, self.words(place))
                unread = tuple(place * _PAGES + number for number in document.unread)
                if not document.text:
                    return Enclosure(name, code="unread" if unread else "no-text", unread=unread)
                inner = await self._inner(path, name, place, depth)
                return Enclosure(name, document, sheets=sheets, enclosures=inner, unread=unread)
        except SandboxError as error:
            logger.warning("reading an attachment ended its child process: %s", error)
            return Enclosure(name, code=describe_sandbox_error(error.reason).code)
        except ParseError as error:
            return Enclosure(name, code=error.code)

    async def _inner(self, path: Path, name: str, place: int, depth: int) -> tuple[Enclosure, ...]:
        """What is attached to an attachment. A mail whose own attachments cannot be told is read all the same."""
        try:
            if depth < _LIMITS.attached_depth:
                return await self.read_all(path, name, place, depth + 1)
            found = await _attachments(self.pipeline, path, name)
        except (ParseError, SandboxError):
            return ()
        return tuple(Enclosure(each.name, code="too-deep") for each in found)

    async def _parse(
        self, path: Path, name: str, words: tuple[PageWords, ...]
    ) -> tuple[ParsedDocument, tuple[Sheet, ...]]:
        run, parser = self.pipeline.sandbox.run, self.pipeline.parser
        try:
            return await run(read_file, parser, path, name, words)
        except OlderFormatError as older:
            async with self.pipeline.converter.convert(path, older) as newer:
                return await run(read_file, parser, newer, name, words)


async def read_enclosures(
    pipeline: Pipeline, path: Path, name: str, recognised: Sequence[PageWords] = ()
) -> tuple[Enclosure, ...]:
    """What is attached to the file, with what was `recognised` in it; nothing where it is no mail.

    Raises ParseError and SandboxError for the mail.
    """
    return await _Reading(pipeline, recognised, _MOST, monotonic() + _SECONDS).read_all(path, name, 0, 1)


async def picture(pipeline: Pipeline, path: Path, name: str, number: int) -> Picture:
    """A page of the file, or of what is attached to it, as its reader sees it. Raises ParseError and SandboxError."""
    place, page = divmod(number, _PAGES)
    async with AsyncExitStack() as stack:
        for ordinal in _ordinals(place):
            attachment = (await _attachments(pipeline, path, name))[ordinal - 1]
            path, name = await stack.enter_async_context(_stored(attachment)), attachment.name
        return await pipeline.sandbox.run(pipeline.parser.picture, path, name, page)


async def _attachments(pipeline: Pipeline, path: Path, name: str) -> tuple[Attachment, ...]:
    return await pipeline.sandbox.run(pipeline.parser.attachments, path, name)


@asynccontextmanager
async def _stored(attachment: Attachment) -> AsyncGenerator[Path]:
    """As a file for as long as the block lasts, under a name of ours."""
    with tempfile.TemporaryDirectory(prefix="nexus-mail-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"attachment{PurePath(attachment.name).suffix[:10]}"
        await asyncio.to_thread(path.write_bytes, attachment.content)
        yield path
