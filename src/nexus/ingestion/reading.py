"""From a stored version to prepared text, and what becomes of pages that are pictures.

Pages with text of their own are searchable at once. For the others a second version of the same file is begun in the
transaction that publishes the first: its pages are recognised one by one (`recognising`), and then it takes the first
one's place like any newer version, so that what was cited before stays as it was.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from nexus.core.db import AsyncSession
from nexus.core.jobs.models import enqueue
from nexus.core.sandbox.limits import SandboxError
from nexus.ingestion import queries
from nexus.ingestion.chunking import ChunkOptions
from nexus.ingestion.enclosing import read_enclosures
from nexus.ingestion.pipeline import Pipeline
from nexus.ingestion.prepare import Prepared, prepare
from nexus.knowledge import page_queries
from nexus.knowledge import queries as knowledge
from nexus.knowledge.messages import IngestVersion
from nexus.knowledge.models import Document, DocumentVersion, RecognisedPage
from nexus.knowledge.recipe import recipe_of
from nexus.knowledge.schemas import Chunking
from nexus.providers.parsers.attached import Enclosure
from nexus.providers.parsers.base import MAILS, OlderFormatError, PageWords, ParseError, describe_sandbox_error

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """The version as it stood when the job began."""

    version_id: UUID
    document_id: UUID
    blob_key: str
    name: str
    options: ChunkOptions
    keeps_original: bool
    recipe: str
    recognises: bool
    """It is one whose pages are, or have been, recognised."""
    stored: int
    """Chunks of it that an earlier attempt has left."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The pages of a version that are pictures: those whose text will be recognised, and why the rest stays unread."""

    wanted: tuple[int, ...] = ()
    left: int = 0
    code: str = ""
    sentence: str = ""


async def begin(pipeline: Pipeline, version_id: UUID) -> Work | None:
    """None when there is nothing to do: it is gone, done, or overtaken."""
    async with pipeline.db.write(durable=False) as session:
        version = await knowledge.find_version(session, version_id)
        if version is None or version.state != "building" or version.blob_key is None:
            return None
        document = await knowledge.lock_document(session, version.document_id)
        if document is None or document.deleted_at is not None:
            return None
        shelf = await knowledge.find_knowledge_base_row(session, document.knowledge_base_id)
        if shelf is None:
            return None
        if await queries.newest_number(session, document.id) > version.number:
            # A newer upload is on its way: this one will never be asked.
            version.state = "superseded"
            await queries.delete_chunks_from(session, version.id, 0)
            return None
        recognises = await queries.count_pages(session, version.id) > 0
        if not recognises:
            document.pages_to_recognise = document.pages_recognised = 0
        if not (recognises and document.state == "ready"):
            document.state = "processing"
            document.stage = "recognise" if recognises else "scan" if pipeline.guard else "parse"
        chunking = Chunking.model_validate(shelf.chunking)
        options, recipe = _options(chunking), recipe_of(chunking)
        kept = shelf.keep_originals
        stored = await queries.count_chunks(session, version.id)
        name = document.name
        return Work(version.id, document.id, version.blob_key, name, options, kept, recipe, recognises, stored)


def _options(chunking: Chunking) -> ChunkOptions:
    if chunking.strategy == "fixed":
        target = chunking.target_tokens or ChunkOptions().target_tokens
        overlap = min(chunking.overlap_tokens, target // 2)
        return ChunkOptions(strategy="fixed", target_tokens=target, overlap_tokens=overlap)
    if chunking.target_tokens is None:
        return ChunkOptions(strategy=chunking.strategy)
    return ChunkOptions(strategy=chunking.strategy, target_tokens=chunking.target_tokens, overlap_tokens=0)


async def find_wanted(
    session: AsyncSession, work: Work, *, newest: bool = False
) -> tuple[Document, DocumentVersion] | None:
    """The version if it is still being built, and the document's `newest` where that is asked. Locks its document, so
    that it stays so until the commit."""
    document = await knowledge.lock_document(session, work.document_id)
    version = await knowledge.find_version(session, work.version_id)
    if document is None or version is None or version.state != "building":
        return None
    if document.deleted_at is not None:
        # What has been stored so far goes with it, or is made anew when it is restored.
        return None
    if newest and await queries.newest_number(session, document.id) > version.number:
        version.state = "superseded"
        return None
    return document, version


async def read(pipeline: Pipeline, work: Work) -> Prepared:
    """The text with what was recognised so far. Raises ParseError."""
    recognised: tuple[PageWords, ...] = ()
    if work.recognises:
        async with pipeline.db.read() as session:
            pages = await page_queries.recognised_pages(session, work.version_id)
        recognised = tuple(page_queries.page_words(page) for page in pages)
    try:
        async with pipeline.blobs.open_path(work.blob_key) as path:
            try:
                prepared = await _prepare(pipeline, work, path, recognised)
            except OlderFormatError as error:
                async with pipeline.converter.convert(path, error) as newer:
                    prepared = await _prepare(pipeline, work, newer, recognised)
                return replace(prepared, media_type=error.media_type)
            if prepared.media_type not in MAILS:
                return prepared
            enclosed = await read_enclosures(pipeline, path, work.name, recognised)
            return await _prepare(pipeline, work, path, recognised, enclosed) if enclosed else prepared
    except FileNotFoundError:
        raise ParseError("gone", "The stored file is missing. Upload it again.") from None
    except SandboxError as error:
        logger.warning("reading document %s ended its child process: %s", work.document_id, error)
        raise describe_sandbox_error(error.reason) from error


async def _prepare(
    pipeline: Pipeline,
    work: Work,
    path: Path,
    recognised: tuple[PageWords, ...],
    enclosures: tuple[Enclosure, ...] = (),
) -> Prepared:
    return await pipeline.sandbox.run(
        prepare, pipeline.parser, pipeline.counter, path, work.name, work.options, recognised, enclosures
    )


async def weigh(pipeline: Pipeline, work: Work, prepared: Prepared) -> Unread:
    """What is to be done about pages without text. Raises ParseError where there is nothing else and no way to it."""
    pages = prepared.unread
    if work.recognises:
        async with pipeline.db.read() as session:
            failure, failed = await queries.failed_pages(session, work.version_id)
        code = failure or ("too-many-pages" if pages else "")
        return Unread((), failed + len(pages), code)
    if not pages:
        return Unread()
    if sentence := await pipeline.recogniser.why_not():
        if not prepared.chunks:
            raise ParseError("no-recognition", sentence)
        return Unread((), len(pages), "no-recognition", sentence)
    wanted = pages[: pipeline.most_recognised]
    left = len(pages) - len(wanted)
    return Unread(wanted, left, "too-many-pages" if left else "")


async def recognise_later(session: AsyncSession, document: Document, version: DocumentVersion, unread: Unread) -> None:
    """Has the pages of a version recognised that has no text without them."""
    document.stage = "recognise"
    await _queue(session, document, version, unread)


async def follow(session: AsyncSession, document: Document, version: DocumentVersion, unread: Unread) -> None:
    """In the transaction that publishes a version: begins the one that will have the text of its pictures, too."""
    document.unread_pages, document.unread_reason = unread.left, unread.code or None
    if not unread.wanted:
        document.pages_recognised = document.pages_to_recognise
        return
    richer = DocumentVersion(
        document_id=document.id,
        tenant_id=document.tenant_id,
        number=version.number + 1,
        blob_key=version.blob_key,
        sha256=version.sha256,
        size=version.size,
    )
    session.add(richer)
    await session.flush()
    await _queue(session, document, richer, unread)


async def _queue(session: AsyncSession, document: Document, version: DocumentVersion, unread: Unread) -> None:
    document.pages_to_recognise, document.pages_recognised = len(unread.wanted), 0
    session.add_all(RecognisedPage(version_id=version.id, number=number) for number in unread.wanted)
    await session.flush()
    await enqueue_again(session, document, version.id)


async def enqueue_again(session: AsyncSession, document: Document, version_id: UUID) -> None:
    message = IngestVersion(version_id=version_id)
    await enqueue(session, message, tenant_id=document.tenant_id, dedup_key=f"ingest:{version_id}")
