"""How an installation is: what it stands on, what waits, what failed, and what to do about it."""

import asyncio
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from nexus.admin import checking, conditions, diagnostics_queries, job_queries
from nexus.admin.diagnostics_schemas import (
    DatabaseFactsOut,
    DiagnosticsOut,
    DiskFactsOut,
    IndexFactsOut,
    LibraryOut,
    QueueOut,
)
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.settings import Settings
from nexus.ingestion.pipeline import Pipeline
from nexus.knowledge import index_queries
from nexus.knowledge.live_index import LiveIndex
from nexus.llms.choosing import Models
from nexus.providers.blobs.base import BlobStore
from nexus.providers.embeddings.base import Embedder

_LIBRARIES: Final = ("nexus-hub", "fastapi", "pydantic", "sqlalchemy", "numpy")


@dataclass(frozen=True, slots=True)
class Installation:
    """What is looked at."""

    settings: Settings
    db: Database
    index: LiveIndex
    blobs: BlobStore
    embedder: Embedder
    models: Models
    pipeline: Pipeline


async def diagnose(installation: Installation) -> DiagnosticsOut:
    """Looks at everything once; calls nobody outside but the embedding model."""
    db = installation.db
    database = await diagnostics_queries.database_facts(db)
    async with db.read() as session:
        state = await index_queries.index_state(session)
        queues = await job_queries.queues(session)
        originals = await diagnostics_queries.original_bytes(session)
        compared = await checking.list_checks(session)
    index = await _index_facts(installation.index, state.revision if state else 0)
    disk = await asyncio.to_thread(_disk_facts, installation.settings, originals)
    shown = [QueueOut.model_validate(queue, from_attributes=True) for queue in queues]
    checks = [
        conditions.database(database),
        conditions.schema(database),
        conditions.index(index),
        conditions.consistency(compared),
        conditions.queue(shown),
        conditions.jobs(shown),
        await conditions.files(installation.blobs),
        conditions.disk(disk),
        await conditions.embedder(installation.embedder),
        await conditions.recognition(installation.pipeline.recogniser),
        await conditions.scanner(installation.pipeline.guard),
        *conditions.set_up(installation.settings, installation.models),
    ]
    return DiagnosticsOut(
        at=now(),
        checks=checks,
        database=DatabaseFactsOut.model_validate(database, from_attributes=True),
        index=index,
        queues=shown,
        disk=disk,
        versions=[LibraryOut(name="python", version=platform.python_version()), *_versions()],
    )


async def _index_facts(index: LiveIndex, committed: int) -> IndexFactsOut:
    found = await index.statistics()
    return IndexFactsOut(
        engine=index.engine,
        embedding_model=index.model,
        revision=index.revision,
        committed_revision=committed,
        documents=found.documents,
        chunks=found.chunks,
        memory=found.memory_bytes,
    )


def _disk_facts(settings: Settings, originals: int) -> DiskFactsOut:
    usage = shutil.disk_usage(settings.data_dir)
    return DiskFactsOut(free=usage.free, total=usage.total, originals=originals, cache=_size(settings.cache_dir))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else 0


def _versions() -> list[LibraryOut]:
    return [LibraryOut(name=name, version=version(name)) for name in _LIBRARIES]
