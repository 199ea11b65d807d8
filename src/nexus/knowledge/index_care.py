"""Checks of the rows against the index and the files, and the rebuild."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError
from nexus.knowledge import index_queries
from nexus.knowledge.live_index import HeldVectors, LiveIndex
from nexus.knowledge.messages import IngestVersion
from nexus.knowledge.schemas import IndexedModel, IndexReport
from nexus.providers.blobs.base import BlobStore

_PAUSES: Final = (0.05, 0.1, 0.2, 0.4)
"""Seconds. A job takes some steps one after the other, and each may wait for its turn to write."""
_AMISS: Final = tuple(name for name, field in IndexReport.model_fields.items() if field.annotation == list[UUID])


async def check(db: Database, index: LiveIndex, blobs: BlobStore) -> IndexReport:
    """Everything that ought to be true of rows, index and files, and whatever is not.

    Rows, index and files are read one after the other, so while documents come and go a difference may be time's
    alone: what seems amiss is looked at again, and only what was amiss every time is told.
    """
    report = await _compare(db, index, blobs)
    for pause in _PAUSES:
        if report.ok:
            break
        await asyncio.sleep(pause)
        report = _still(report, await _compare(db, index, blobs))
    return report


def _still(before: IndexReport, after: IndexReport) -> IndexReport:
    """What is amiss in both."""
    lists = {name: sorted(set(getattr(before, name)) & set(getattr(after, name))) for name in _AMISS}
    stray = min(before.stray_chunks, after.stray_chunks)
    return after.model_copy(update={**lists, "stray_chunks": stray, "ok": not (stray or any(lists.values()))})


async def _compare(db: Database, index: LiveIndex, blobs: BlobStore) -> IndexReport:
    files = blobs.keys()
    keys = {key async for key in files}
    async with db.read() as session:
        state = await index_queries.index_state(session)
        if state is None:
            raise ConflictError("The installation has not been started yet.")
        stored = await index_queries.stored_versions(session, index.model)
        tenants = await index_queries.tenants_with_documents(session)
        stray = await index_queries.count_stray_chunks(session)
        stuck = await _stuck(session)
        vectors = await index_queries.count_vectors(session)
    await index.catch_up(state.revision)
    missing, ghosts, wrong = await index.check(stored, tenants)
    amiss = {
        "missing_documents": missing,
        "ghost_documents": ghosts,
        "wrong_versions": wrong,
        "missing_chunks": [s.document_id for s in stored if s.chunks != s.chunk_count],
        "missing_vectors": [s.document_id for s in stored if s.vectors != s.chunks],
        "missing_originals": [s.document_id for s in stored if s.blob_key is not None and s.blob_key not in keys],
        "stuck_documents": stuck,
    }
    return IndexReport(
        ok=not (stray or any(amiss.values())),
        documents=len(stored),
        chunks=sum(s.chunks for s in stored),
        revision=index.revision,
        engine=index.engine,
        embedding_model=index.model,
        models=_models(await index.held(), vectors),
        stray_chunks=stray,
        **amiss,
    )


def _models(held: Sequence[HeldVectors], stored: Mapping[str, int]) -> list[IndexedModel]:
    models = [
        IndexedModel(model=each.model, state=each.state, stored=stored.get(each.model, 0), indexed=each.chunks)
        for each in held
    ]
    known = {each.model for each in held}
    models += [
        IndexedModel(model=model, state="growing", stored=count, indexed=0)
        for model, count in sorted(stored.items())
        if model not in known
    ]
    return models


async def _stuck(session: AsyncSession) -> list[UUID]:
    waiting = await index_queries.waiting_versions(session)
    open_jobs = await index_queries.open_job_subjects(session, IngestVersion.kind, "version_id")
    return [document_id for document_id, version_id in waiting if str(version_id) not in open_jobs]
