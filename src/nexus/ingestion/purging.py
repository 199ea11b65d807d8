"""What was deleted goes for good: chunks, vectors, texts, versions, files, grants. A tombstone stays of each document.

Every step is a short transaction and can be taken again: a crash in between leaves nothing behind.
"""

from datetime import datetime
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import ResourceKind
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.jobs.models import enqueue
from nexus.core.jobs.runner import JobContext
from nexus.ingestion import purging_queries
from nexus.ingestion.pipeline import Pipeline
from nexus.knowledge import queries as knowledge
from nexus.knowledge import reprocessing_queries
from nexus.knowledge.messages import PurgeDocument, PurgeKnowledgeBase
from nexus.knowledge.models import Document, KnowledgeBase


def is_due(row: Document | KnowledgeBase) -> bool:
    """Deleted, and its time has come."""
    return row.deleted_at is not None and row.purge_after is not None and row.purge_after <= now()


async def purge_due(db: Database) -> None:
    """Asks for what is due, one job each: one that fails keeps no other from going."""
    async with db.write(durable=False) as session:
        for knowledge_base_id, tenant_id in await purging_queries.due_knowledge_bases(session):
            message = PurgeKnowledgeBase(knowledge_base_id=knowledge_base_id)
            await enqueue(session, message, tenant_id=tenant_id, dedup_key=f"purge-knowledge-base:{knowledge_base_id}")
    after: UUID | None = None
    while True:
        async with db.write(durable=False) as session:
            due = await purging_queries.due_documents(session, after)
            for document_id, tenant_id in due:
                message = PurgeDocument(document_id=document_id)
                await enqueue(session, message, tenant_id=tenant_id, dedup_key=f"purge:{document_id}")
        if len(due) < purging_queries.DOCUMENTS:
            return
        after = due[-1][0]


async def purge_document(pipeline: Pipeline, document_id: UUID, context: JobContext) -> None:
    """Removes a deleted document's content. One that was restored meanwhile, or is not due, stays."""
    async with pipeline.db.write() as session:
        document = await knowledge.lock_document(session, document_id)
        if document is None or document.purged_at is not None or not is_due(document):
            return
        # From here on it is too late to restore it, whatever a clock says.
        document.purge_after = document.deleted_at
    await _erase(pipeline, document_id, context)


async def purge_knowledge_base(pipeline: Pipeline, knowledge_base_id: UUID, context: JobContext) -> None:
    """As `purge_document`, for all that it holds."""
    async with pipeline.db.write() as session:
        shelf = await purging_queries.lock_knowledge_base(session, knowledge_base_id)
        if shelf is None or shelf.purged_at is not None or shelf.deleted_at is None or not is_due(shelf):
            return
        deleted_at = shelf.purge_after = shelf.deleted_at
    while documents := await _leaving(pipeline.db, knowledge_base_id, deleted_at):
        for document_id in documents:
            await _erase(pipeline, document_id, context)
    async with pipeline.db.write() as session:
        await access.forget_resources(session, ResourceKind.KNOWLEDGE_BASE, [knowledge_base_id])
        await reprocessing_queries.forget_knowledge_base(session, knowledge_base_id)
        shelf = await purging_queries.lock_knowledge_base(session, knowledge_base_id)
        if shelf is not None:
            # The tombstones of its documents stand on it.
            shelf.name = shelf.description = ""
            shelf.conversation_id = shelf.deleted_by = shelf.former_department_id = None
            shelf.chunking, shelf.purged_at = {}, now()


async def _leaving(db: Database, knowledge_base_id: UUID, moment: datetime) -> "list[UUID]":
    async with db.write() as session:
        documents = list(await purging_queries.unpurged_in(session, knowledge_base_id))
        await purging_queries.mark_deleted(session, documents, moment)
    return documents


async def _erase(pipeline: Pipeline, document_id: UUID, context: JobContext) -> None:
    db = pipeline.db
    erased = int(context.checkpoint.get("erased", 0))
    while True:
        async with db.write(durable=False) as session:
            count = await purging_queries.delete_some_chunks(session, document_id)
            erased += count
            # A process that dies now and then is not the fault of a job that goes on.
            await context.save(session, erased=erased)
        if count < purging_queries.CHUNKS:
            break
    async with db.write() as session:
        keys = await purging_queries.empty_versions(session, document_id)
        shared = {key for key in keys if await purging_queries.is_file_of_others(session, document_id, key)}
    # The rows keep the names of the files until those are gone.
    for key in keys - shared:
        await pipeline.blobs.delete(key)
    async with db.write() as session:
        await purging_queries.delete_versions(session, document_id)
        await reprocessing_queries.forget_document(session, document_id)
        await access.forget_resources(session, ResourceKind.DOCUMENT, [document_id])
        if document := await knowledge.lock_document(session, document_id):
            _bury(document)


def _bury(document: Document) -> None:
    """An index that was away must learn of the deletion, and of nothing else."""
    document.path = f"deleted/{document.id}"
    document.name = document.title = document.media_type = document.language = document.sha256 = document.stage = ""
    document.size = document.page_count = document.chunk_count = 0
    document.failure = document.failure_code = document.source_url = None
    document.active_version_id = document.uploaded_by = document.deleted_by = None
    document.state, document.restricted = "deleted", False
    document.modified_at = document.deleted_at or now()
    document.purged_at = now()
