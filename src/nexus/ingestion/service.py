"""The pipeline: a stored file becomes chunks with vectors, and then, in one transaction, the version that answers.

Prepared text is cheap to make again and the same file always gives the same chunks, so what a checkpoint
keeps is how many of them have been embedded and stored, with a fingerprint of the text they belong to.
"""

import hashlib
from typing import Any, Final
from uuid import UUID

from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.ids import new_id
from nexus.core.jobs.runner import JobContext
from nexus.ingestion import queries, reading, recognising
from nexus.ingestion.pipeline import Pipeline
from nexus.ingestion.prepare import Prepared, table_rows
from nexus.ingestion.reading import Unread, Work
from nexus.ingestion.scanning import let_through
from nexus.knowledge import index_queries
from nexus.knowledge import queries as knowledge
from nexus.knowledge.models import Document, DocumentVersion
from nexus.knowledge.packing import pack_vectors
from nexus.providers.embeddings.base import Embedder
from nexus.providers.parsers.base import ParseError

BATCH: Final = 256
"""Chunks that are embedded, stored and checkpointed together."""


async def ingest(pipeline: Pipeline, version_id: UUID, context: JobContext) -> None:
    """Makes the version searchable, or marks it failed with a sentence for its uploader. What is gone is done."""
    work = await reading.begin(pipeline, version_id)
    if work is not None:
        await _build(pipeline, work, context)
    if work is None or not work.keeps_original:
        await _drop_original(pipeline, version_id)


async def _build(pipeline: Pipeline, work: Work, context: JobContext) -> None:
    try:
        # What is recognised is a file that has passed already.
        if not work.recognises and not await _let_through(pipeline, work, context):
            return
        if work.recognises and not await recognising.recognise(pipeline, work, context):
            return
        prepared = await reading.read(pipeline, work)
        unread = await reading.weigh(pipeline, work, prepared)
    except ParseError as error:
        await _fail(pipeline, work, context, error)
        return
    if not prepared.chunks:
        await _recognise_first(pipeline, work, context, unread)
        return
    fingerprint = hashlib.sha256(prepared.text.encode()).hexdigest()
    done = int(context.checkpoint.get("chunks", 0)) if context.checkpoint.get("text") == fingerprint else 0
    if done > work.stored:
        # The version was given up meanwhile, and its chunks with it.
        done = 0
    total = len(prepared.chunks)
    if total > BATCH or context.checkpoint or work.stored:
        async with pipeline.db.write(durable=False) as session:
            # What an attempt that died between two checkpoints may have left, and what a changed parser made void. A
            # short document has no checkpoints: all of it is stored at once or not at all.
            await context.save(session, chunks=done, text=fingerprint)
            await queries.delete_chunks_from(session, work.version_id, done)
            await _set_stage(session, work.document_id, "embed")
    while done < total:
        upto = min(done + BATCH, total)
        rows, vectors = await _embed(pipeline.embedder, work, prepared, done, upto)
        async with pipeline.db.write(durable=False) as session:
            wanted = await reading.find_wanted(session, work)
            if wanted is None:
                # Deleted or overtaken meanwhile; whoever did that has seen to the chunks that were there.
                await context.finish(session)
                return
            await queries.add_chunks(session, rows, vectors)
            if upto == total:
                wanted[1].recipe = work.recipe
                await _publish(session, pipeline, *wanted, prepared, unread)
                if work.keeps_original:
                    await context.finish(session)
            else:
                await context.save(session, chunks=upto)
        done = upto


async def _let_through(pipeline: Pipeline, work: Work, context: JobContext) -> bool:
    if pipeline.guard is None:
        return True
    passed = await let_through(pipeline.guard, pipeline.db, pipeline.blobs, work.version_id, work.blob_key, context)
    if passed:
        async with pipeline.db.write(durable=False) as session:
            await _set_stage(session, work.document_id, "parse")
    return passed


async def _recognise_first(pipeline: Pipeline, work: Work, context: JobContext, unread: Unread) -> None:
    async with pipeline.db.write(durable=False) as session:
        if (wanted := await reading.find_wanted(session, work)) is not None:
            await reading.recognise_later(session, *wanted, unread)
        await context.finish(session)


async def _set_stage(session: AsyncSession, document_id: UUID, stage: str) -> None:
    if document := await knowledge.lock_document(session, document_id):
        document.stage = stage


async def _embed(
    embedder: Embedder, work: Work, prepared: Prepared, start: int, end: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of chunks `[start, end)` and of their vectors."""
    chunks = prepared.chunks[start:end]
    vectors = pack_vectors(await embedder.embed_documents([c.with_context(prepared.text) for c in chunks]))
    rows: list[dict[str, Any]] = []
    vector_rows: list[dict[str, Any]] = []
    for chunk, terms, vector in zip(chunks, prepared.terms[start:end], vectors, strict=True):
        chunk_id = new_id()
        rows.append(
            {
                "id": chunk_id,
                "version_id": work.version_id,
                "ordinal": chunk.ordinal,
                "start": chunk.start,
                "end": chunk.end,
                "page": chunk.page,
                "page_end": chunk.page_end,
                "heading_path": list(chunk.heading_path),
                "context": chunk.context,
                "text": prepared.text[chunk.start : chunk.end],
                "token_count": chunk.token_count,
                "terms": terms,
            }
        )
        vector_rows.append({"chunk_id": chunk_id, "model": embedder.spec.name, "vector": vector})
    return rows, vector_rows


async def _publish(
    session: AsyncSession,
    pipeline: Pipeline,
    document: Document,
    version: DocumentVersion,
    prepared: Prepared,
    unread: Unread,
) -> None:
    """The new version answers and the one before it does not, from this transaction on."""
    if await queries.newest_number(session, document.id) > version.number:
        await queries.delete_chunks_from(session, version.id, 0)
        version.state = "superseded"
        return
    if document.active_version_id is not None:
        former = await knowledge.find_version(session, document.active_version_id)
        if former is not None:
            # Its text and original stay, so that old citations can still be opened.
            former.state = "superseded"
            await queries.delete_chunks_from(session, former.id, 0)
            await queries.replace_tables(session, former.id, ())
    await queries.replace_tables(session, version.id, table_rows(version.id, prepared))
    version.state = "active"
    version.media_type, version.title, version.text = prepared.media_type, prepared.title[:500], prepared.text
    version.pages = [[p.number, p.start, p.end, p.label] for p in prepared.pages]
    # A format without pages is one page to people.
    version.page_count, version.chunk_count = max(1, len(prepared.pages)), len(prepared.chunks)
    version.token_count = sum(c.token_count for c in prepared.chunks)
    version.embedding_model = pipeline.embedder.spec.name
    document.media_type, document.title = version.media_type, version.title
    document.language = prepared.language
    document.page_count, document.chunk_count = version.page_count, version.chunk_count
    document.active_version_id = version.id
    document.state, document.stage, document.failure, document.failure_code = "ready", "", None, None
    document.updated_at = now()
    await reading.follow(session, document, version, unread)
    await session.flush()
    document.index_revision = await index_queries.next_revision(session, [document.knowledge_base_id])


async def _drop_original(pipeline: Pipeline, version_id: UUID) -> None:
    """Removes the file of a searchable version where its knowledge base keeps none. The row names it until it is
    gone, so that the next attempt finishes what a crash left."""
    async with pipeline.db.read() as session:
        version = await knowledge.find_version(session, version_id)
        if version is None or version.state != "active" or version.blob_key is None:
            return
        key = version.blob_key
        if not await queries.is_original_unwanted(session, version.document_id):
            return
        if await queries.is_file_awaited(session, version.document_id, key):
            return
    await pipeline.blobs.delete(key)
    async with pipeline.db.write(durable=False) as session:
        await queries.forget_file(session, version.document_id, key)


async def _fail(pipeline: Pipeline, work: Work, context: JobContext, error: ParseError) -> None:
    async with pipeline.db.write(durable=False) as session:
        await mark_failed(session, work.version_id, error.code, error.detail)
        await context.finish(session)


async def mark_failed(session: AsyncSession, version_id: UUID, code: str, sentence: str) -> None:
    """The upload failed; the version that answered before goes on answering."""
    version = await knowledge.find_version(session, version_id)
    if version is None or version.state != "building":
        return
    version.state = "failed"
    await queries.delete_chunks_from(session, version.id, 0)
    document = await knowledge.lock_document(session, version.document_id)
    if document is None or await queries.newest_number(session, document.id) > version.number:
        return
    if document.state == "ready" and await queries.count_pages(session, version.id):
        # Its other pages answer, and go on to.
        document.unread_pages, document.unread_reason = document.unread_pages + document.pages_to_recognise, code[:32]
        document.pages_to_recognise = document.pages_recognised = 0
        return
    document.state, document.stage = "failed", ""
    document.pages_to_recognise = document.pages_recognised = 0
    document.failure_code, document.failure = code[:32], sentence


async def embed_again(pipeline: Pipeline, model: str) -> None:
    """Grows the vectors of the configured model beside those in use, and changes over when none is missing."""
    if model != pipeline.embedder.spec.name:
        return
    while True:
        async with pipeline.db.read() as session:
            state = await index_queries.index_state(session)
            chunks = await queries.chunks_without_vector(session, model, BATCH)
        if state is None or state.embedding_model == model:
            return
        if not chunks:
            await _change_over(pipeline, model)
            continue
        texts = [f"{c.context}\n{c.text}" if c.context else c.text for c in chunks]
        packed = pack_vectors(await pipeline.embedder.embed_documents(texts))
        rows = [{"chunk_id": c.id, "model": model, "vector": v} for c, v in zip(chunks, packed, strict=True)]
        async with pipeline.db.write() as session:
            await queries.add_vectors(session, rows)


async def _change_over(pipeline: Pipeline, model: str) -> None:
    """Only when, in this very transaction, nothing is missing."""
    async with pipeline.db.write() as session:
        if not await queries.chunks_without_vector(session, model, 1):
            await queries.change_model(session, model, pipeline.embedder.spec.dimension)
