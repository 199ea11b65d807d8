"""What is attached to a mail: each file is read by itself in the sandbox, so that a bad one costs nobody else."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path, PurePath
from time import monotonic
from typing import Final

from nexus.core.sandbox.limits import SandboxError
from nexus.ingestion.pipeline import Pipeline
from nexus.providers.parsers.attached import Enclosure
from nexus.providers.parsers.base import (
    Attachment,
    OlderFormatError,
    ParsedDocument,
    ParseError,
    describe_sandbox_error,
)
from nexus.providers.parsers.limits import ParseLimits

logger = logging.getLogger(__name__)

_MOST: Final = 100
"""Attachments of a mail, those of mails inside it included."""
_SECONDS: Final = 300.0
"""For all of them together."""


class _Budget:
    def __init__(self) -> None:
        self._left = _MOST
        self._until = monotonic() + _SECONDS

    def objection(self) -> str:
        """The code of why no further one is read; empty where one may be."""
        self._left -= 1
        return "too-many" if self._left < 0 else "timeout" if monotonic() > self._until else ""


async def read_enclosures(pipeline: Pipeline, path: Path, name: str) -> tuple[Enclosure, ...]:
    """What is attached to the file; nothing where it is no mail. Raises ParseError and SandboxError for the mail."""
    return await _read_all(pipeline, path, name, _Budget(), 1)


async def _read_all(pipeline: Pipeline, path: Path, name: str, budget: _Budget, depth: int) -> tuple[Enclosure, ...]:
    found: tuple[Attachment, ...] = await pipeline.sandbox.run(pipeline.parser.attachments, path, name)
    return tuple([await _read(pipeline, each, budget, depth) for each in found])


async def _read(pipeline: Pipeline, attachment: Attachment, budget: _Budget, depth: int) -> Enclosure:
    code = attachment.code or budget.objection()
    if code:
        return Enclosure(attachment.name, code=code)
    try:
        async with _stored(attachment) as path:
            document = await _parse(pipeline, path, attachment.name)
            if not document.text:
                return Enclosure(attachment.name, code="no-text")
            inner = await _inner(pipeline, path, attachment.name, budget, depth)
            return Enclosure(attachment.name, document, enclosures=inner)
    except SandboxError as error:
        logger.warning("reading an attachment ended its child process: %s", error)
        return Enclosure(attachment.name, code=describe_sandbox_error(error.reason).code)
    except ParseError as error:
        return Enclosure(attachment.name, code=error.code)


async def _inner(pipeline: Pipeline, path: Path, name: str, budget: _Budget, depth: int) -> tuple[Enclosure, ...]:
    """What is attached to an attachment. A mail whose own attachments cannot be told is read all the same."""
    try:
        if depth < ParseLimits().attached_depth:
            return await _read_all(pipeline, path, name, budget, depth + 1)
        found: tuple[Attachment, ...] = await pipeline.sandbox.run(pipeline.parser.attachments, path, name)
    except (ParseError, SandboxError):
        return ()
    return tuple(Enclosure(each.name, code="too-deep") for each in found)


async def _parse(pipeline: Pipeline, path: Path, name: str) -> ParsedDocument:
    try:
        return await pipeline.sandbox.run(pipeline.parser.parse, path, name)
    except OlderFormatError as older:
        async with pipeline.converter.convert(path, older) as newer:
            return await pipeline.sandbox.run(pipeline.parser.parse, newer, name)


@asynccontextmanager
async def _stored(attachment: Attachment) -> AsyncGenerator[Path]:
    """As a file for as long as the block lasts, under a name of ours."""
    with tempfile.TemporaryDirectory(prefix="nexus-mail-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"attachment{PurePath(attachment.name).suffix[:10]}"
        await asyncio.to_thread(path.write_bytes, attachment.content)
        yield path
