"""How an installation is: what it stands on, what waits, what failed, and what to do about it."""

import asyncio
import platform
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from nexus.admin import checking, diagnostics_queries, job_queries
from nexus.admin.diagnostics_queries import DatabaseFacts
from nexus.admin.diagnostics_schemas import (
    CheckOut,
    DatabaseFactsOut,
    DiagnosticsOut,
    DiskFactsOut,
    IndexFactsOut,
    LibraryOut,
    QueueOut,
)
from nexus.admin.models import IndexCheck
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.core.settings import Settings
from nexus.ingestion.pipeline import Pipeline
from nexus.ingestion.scanning import Guard
from nexus.knowledge import index_queries
from nexus.knowledge.live_index import LiveIndex
from nexus.llms.choosing import Models
from nexus.providers.blobs.base import BlobStore
from nexus.providers.embeddings.base import Embedder, EmbeddingError
from nexus.providers.parsers.recognition import NoRecogniser, Recogniser
from nexus.providers.scanner.base import ScannerAwayError

_LIBRARIES: Final = ("nexus-hub", "fastapi", "pydantic", "sqlalchemy", "numpy")
_PATIENCE: Final = 10.0
"""Seconds in which the embedder must answer."""
_LATE: Final = timedelta(minutes=10)
"""A job that is due for so long has nobody who takes it."""
_BEHIND: Final = 1000
"""Changes that the index may be behind before that is worth a word."""
_LITTLE: Final = 1 << 30
"""Bytes of disk below which a warning is due; a tenth of it is a fault."""


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
        _database(database),
        _schema(database),
        _index(index),
        _consistency(compared),
        _queue(shown),
        _jobs(shown),
        await _files(installation.blobs),
        _disk(disk),
        await _embedder(installation.embedder),
        await _recognition(installation.pipeline.recogniser),
        await _scanner(installation.pipeline.guard),
        *_set_up(installation.settings, installation.models),
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


# --- checks --------------------------------------------------------------------------------------


def _database(facts: DatabaseFacts) -> CheckOut:
    detail = f"{facts.kind} {facts.version} answers in {facts.milliseconds:.1f} ms."
    slow = facts.milliseconds > 250
    advice = "Look at the load of the database's machine, and at the way there." if slow else ""
    return CheckOut(name="database", state="warning" if slow else "ok", detail=detail, advice=advice)


def _schema(facts: DatabaseFacts) -> CheckOut:
    if facts.revision == facts.newest_revision:
        return CheckOut(name="schema", state="ok", detail=f"Revision {facts.revision}, the newest.")
    detail = f"Revision {facts.revision or 'none'}, but this version speaks {facts.newest_revision}."
    return CheckOut(
        name="schema", state="fault", detail=detail, advice="Run `nexus migrate`, and restart every process."
    )


def _index(facts: IndexFactsOut) -> CheckOut:
    behind = facts.committed_revision - facts.revision
    detail = f"{facts.documents:,} documents, {facts.chunks:,} passages, {max(0, behind)} changes behind."
    if behind <= _BEHIND:
        return CheckOut(name="index", state="ok", detail=detail)
    advice = "Searches wait until it has caught up. If it does not, run `nexus index check` and `nexus index rebuild`."
    return CheckOut(name="index", state="warning", detail=detail, advice=advice)


def _consistency(compared: Sequence[IndexCheck]) -> CheckOut:
    last = next((each for each in compared if each.state != "running"), None)
    if last is None:
        detail = "Rows, index and files have not been compared yet."
        return CheckOut(name="consistency", state="off", detail=detail)
    when = f"on {last.begun_at:%Y-%m-%d at %H:%M} UTC"
    if last.state == "failed":
        advice = "Compare them again; if that fails too, see the log of the serving process."
        detail = f"Comparing rows, index and files broke off, {when}."
        return CheckOut(name="consistency", state="warning", detail=detail, advice=advice)
    if last.is_ok:
        detail = f"Rows, index and files agreed on {last.documents:,} documents, {when}."
        return CheckOut(name="consistency", state="ok", detail=detail)
    what = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in last.amiss.items())
    advice = "`nexus index check` names them; `nexus index rebuild` repairs the index. Then compare again."
    return CheckOut(name="consistency", state="fault", detail=f"Amiss {when}: {what}.", advice=advice)


def _queue(queues: Sequence[QueueOut]) -> CheckOut:
    waiting, running = sum(each.queued for each in queues), sum(each.running for each in queues)
    detail = f"{waiting:,} jobs wait, {running:,} run."
    late = [each for each in queues if each.oldest_due is not None and each.oldest_due < now() - _LATE]
    if not late:
        return CheckOut(name="queue", state="ok", detail=detail)
    kinds = ", ".join(each.kind for each in late)
    if running:
        return CheckOut(
            name="queue",
            state="warning",
            detail=f"{detail} Some have waited for more than ten minutes: {kinds}.",
            advice="There is more to do than the processes manage. Add workers, or wait.",
        )
    return CheckOut(
        name="queue",
        state="fault",
        detail=f"{detail} Nobody takes them, for more than ten minutes: {kinds}.",
        advice="Start a worker (`nexus worker`), and see that it and Redis can be reached.",
    )


def _jobs(queues: Sequence[QueueOut]) -> CheckOut:
    failed = sum(each.failed for each in queues)
    if not failed:
        return CheckOut(name="jobs", state="ok", detail="No job has failed.")
    kinds = ", ".join(f"{each.failed} {each.kind}" for each in queues if each.failed)
    advice = "Each says why, on the page Diagnostics or by `GET /api/jobs?state=failed`. Repair that, then try again."
    return CheckOut(name="jobs", state="warning", detail=f"Failed: {kinds}.", advice=advice)


async def _files(blobs: BlobStore) -> CheckOut:
    try:
        async with asyncio.timeout(_PATIENCE):
            # To begin a listing is to have reached the store.
            keys = blobs.keys()
            async for _ in keys:
                break
    except (OSError, TimeoutError) as error:
        detail = f"The store of original files cannot be read: {type(error).__name__}."
        return CheckOut(name="files", state="fault", detail=detail, advice="See that the folder is there and is ours.")
    return CheckOut(name="files", state="ok", detail="The store of original files can be read.")


def _disk(facts: DiskFactsOut) -> CheckOut:
    detail = f"{facts.free / (1 << 30):,.1f} of {facts.total / (1 << 30):,.1f} GiB are free."
    if facts.free >= _LITTLE:
        return CheckOut(name="disk", state="ok", detail=detail)
    advice = "Make room, or move the data folder: without it nothing can be uploaded, and nothing deleted."
    return CheckOut(
        name="disk", state="warning" if facts.free > _LITTLE // 10 else "fault", detail=detail, advice=advice
    )


async def _embedder(embedder: Embedder) -> CheckOut:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE):
            # Words that nobody has asked for before, or a memory of them would answer.
            await embedder.embed_query(f"diagnostics {new_id().hex[-12:]}")
    except (EmbeddingError, TimeoutError) as error:
        reason = error.detail if isinstance(error, EmbeddingError) else "It did not answer in ten seconds."
        advice = "Searches go by words alone meanwhile. See NEXUS_EMBEDDINGS__*, and that its server can be reached."
        return CheckOut(name="embedder", state="fault", detail=f"{embedder.spec.name}: {reason}", advice=advice)
    milliseconds = (time.perf_counter() - begun) * 1000
    return CheckOut(name="embedder", state="ok", detail=f"{embedder.spec.name} answers in {milliseconds:.0f} ms.")


async def _recognition(recogniser: Recogniser) -> CheckOut:
    reason = await recogniser.why_not()
    if not reason:
        detail = f"Text in pictures is recognised by {recogniser.name}."
        return CheckOut(name="recognition", state="ok", detail=detail)
    if isinstance(recogniser, NoRecogniser):
        return CheckOut(name="recognition", state="off", detail="Text in pictures is not recognised.")
    advice = "Install Tesseract with the languages of NEXUS_RECOGNITION__LANGUAGES, then process such documents again."
    return CheckOut(name="recognition", state="fault", detail="Tesseract cannot be used here.", advice=advice)


async def _scanner(guard: Guard | None) -> CheckOut:
    if guard is None:
        return CheckOut(name="scanner", state="off", detail="Files are not scanned for viruses.")

    async def harmless() -> AsyncIterator[bytes]:
        yield b"diagnostics"

    try:
        async with asyncio.timeout(_PATIENCE):
            await guard.scanner.scan(harmless())
    except (ScannerAwayError, TimeoutError):
        advice = "Documents wait for it, and fail after a while. See NEXUS_SCANNER__CLAMD, and that it can be reached."
        return CheckOut(name="scanner", state="fault", detail="The virus scanner does not answer.", advice=advice)
    return CheckOut(name="scanner", state="ok", detail="The virus scanner answers.")


def _set_up(settings: Settings, models: Models) -> list[CheckOut]:
    """What stands in the settings; whether it answers is tried where it is set up, for that costs or shows itself."""
    mail = (
        f"Mail goes through {settings.mail.host}." if settings.mail.is_on else "No mail is sent; links are handed on."
    )
    sign_in = "People sign in with the company's accounts." if settings.oidc.is_on else "People sign in with passwords."
    model = f"The installation's own model is {models.environment}." if models.environment else "No model of its own."
    return [
        CheckOut(name="identity", state="ok" if settings.oidc.is_on else "off", detail=sign_in),
        CheckOut(name="mail", state="ok" if settings.mail.is_on else "off", detail=mail),
        CheckOut(name="models", state="ok" if models.environment else "off", detail=model),
    ]
