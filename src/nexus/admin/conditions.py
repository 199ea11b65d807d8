"""What is said of each part of an installation: how it is, and what to do about it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final

from nexus.admin.diagnostics_queries import DatabaseFacts
from nexus.admin.diagnostics_schemas import CheckOut, DiskFactsOut, IndexFactsOut, QueueOut
from nexus.admin.models import IndexCheck
from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.core.settings import Settings
from nexus.ingestion.scanning import Guard
from nexus.llms.choosing import Models
from nexus.providers.blobs.base import BlobStore
from nexus.providers.embeddings.base import Embedder, EmbeddingError
from nexus.providers.parsers.recognition import NoRecogniser, Recogniser
from nexus.providers.scanner.base import ScannerAwayError

_PATIENCE: Final = 10.0
"""Seconds in which whatever is asked must answer."""
_LATE: Final = timedelta(minutes=10)
"""A job that is due for so long has nobody who takes it."""
_BEHIND: Final = 1000
"""Changes that the index may be behind before that is worth a word."""
_LITTLE: Final = 1 << 30
"""Bytes of disk below which a warning is due; a tenth of it is a fault."""


def database(facts: DatabaseFacts) -> CheckOut:
    detail = f"{facts.kind} {facts.version} answers in {facts.milliseconds:.1f} ms."
    slow = facts.milliseconds > 250
    advice = "Look at the load of the database's machine, and at the way there." if slow else ""
    values = {"kind": facts.kind, "version": facts.version, "milliseconds": round(facts.milliseconds, 1)}
    return CheckOut(name="database", state="warning" if slow else "ok", detail=detail, advice=advice, values=values)


def schema(facts: DatabaseFacts) -> CheckOut:
    values = {"revision": facts.revision or "none", "newest": facts.newest_revision}
    if facts.revision == facts.newest_revision:
        return CheckOut(name="schema", state="ok", detail=f"Revision {facts.revision}, the newest.", values=values)
    detail = f"Revision {facts.revision or 'none'}, but this version speaks {facts.newest_revision}."
    advice = "Run `nexus migrate`, and restart every process."
    return CheckOut(name="schema", state="fault", detail=detail, advice=advice, values=values)


def index(facts: IndexFactsOut) -> CheckOut:
    behind = max(0, facts.committed_revision - facts.revision)
    detail = f"Documents: {facts.documents:,}; passages: {facts.chunks:,}; changes behind: {behind:,}."
    values = {"documents": facts.documents, "chunks": facts.chunks, "behind": behind}
    if behind <= _BEHIND:
        return CheckOut(name="index", state="ok", detail=detail, values=values)
    advice = "Searches wait until it has caught up. If it does not, run `nexus index check` and `nexus index rebuild`."
    return CheckOut(name="index", state="warning", detail=detail, advice=advice, values=values)


def consistency(compared: Sequence[IndexCheck]) -> CheckOut:
    last = next((each for each in compared if each.state != "running"), None)
    if last is None:
        detail = "Rows, index and files have not been compared yet."
        return CheckOut(name="consistency", state="off", detail=detail)
    when = f"on {last.begun_at:%Y-%m-%d at %H:%M} UTC"
    values: dict[str, str | int | float] = {"when": last.begun_at.isoformat(), "documents": last.documents}
    if last.state == "failed":
        advice = "Compare them again; if that fails too, see the log of the serving process."
        detail = f"Comparing rows, index and files broke off, {when}."
        return CheckOut(name="consistency", state="warning", detail=detail, advice=advice, values=values)
    if last.is_ok:
        detail = f"Rows, index and files agreed, {when} (documents: {last.documents:,})."
        return CheckOut(name="consistency", state="ok", detail=detail, values=values)
    what = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in last.amiss.items())
    advice = "`nexus index check` names them; `nexus index rebuild` repairs the index. Then compare again."
    detail = f"Amiss {when}: {what}."
    return CheckOut(name="consistency", state="fault", detail=detail, advice=advice, values=values | last.amiss)


def queue(queues: Sequence[QueueOut]) -> CheckOut:
    waiting, running = sum(each.queued for each in queues), sum(each.running for each in queues)
    detail = f"Jobs waiting: {waiting:,}; running: {running:,}."
    late = [each for each in queues if each.oldest_due is not None and each.oldest_due < now() - _LATE]
    kinds = ", ".join(each.kind for each in late)
    values = {"waiting": waiting, "running": running, "kinds": kinds}
    if not late:
        return CheckOut(name="queue", state="ok", detail=detail, values=values)
    if running:
        state, told = "warning", f"Some have waited for more than ten minutes: {kinds}."
        advice = "There is more to do than the processes manage. Add workers, or wait."
    else:
        state, told = "fault", f"Nobody takes them, for more than ten minutes: {kinds}."
        advice = "Start a worker (`nexus worker`), and see that it and Redis can be reached."
    return CheckOut(name="queue", state=state, detail=f"{detail} {told}", advice=advice, values=values)


def jobs(queues: Sequence[QueueOut]) -> CheckOut:
    failed = sum(each.failed for each in queues)
    if not failed:
        return CheckOut(name="jobs", state="ok", detail="No job has failed.")
    kinds = ", ".join(f"{each.failed} {each.kind}" for each in queues if each.failed)
    advice = "Each says why, on the page Diagnostics or by `GET /api/jobs?state=failed`. Repair that, then try again."
    return CheckOut(name="jobs", state="warning", detail=f"Failed: {kinds}.", advice=advice, values={"kinds": kinds})


async def files(blobs: BlobStore) -> CheckOut:
    try:
        async with asyncio.timeout(_PATIENCE):
            # To begin a listing is to have reached the store.
            keys = blobs.keys()
            async for _ in keys:
                break
    except (OSError, TimeoutError) as error:
        reason = type(error).__name__
        detail = f"The store of original files cannot be read: {reason}."
        advice = "See that the folder is there and is ours."
        return CheckOut(name="files", state="fault", detail=detail, advice=advice, values={"reason": reason})
    return CheckOut(name="files", state="ok", detail="The store of original files can be read.")


def disk(facts: DiskFactsOut) -> CheckOut:
    detail = f"{facts.free / (1 << 30):,.1f} of {facts.total / (1 << 30):,.1f} GiB are free."
    values = {"free": facts.free, "total": facts.total}
    if facts.free >= _LITTLE:
        return CheckOut(name="disk", state="ok", detail=detail, values=values)
    advice = "Make room, or move the data folder: without it nothing can be uploaded, and nothing deleted."
    state = "warning" if facts.free > _LITTLE // 10 else "fault"
    return CheckOut(name="disk", state=state, detail=detail, advice=advice, values=values)


async def embedder(embedder: Embedder) -> CheckOut:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE):
            # Words that nobody has asked for before, or a memory of them would answer.
            await embedder.embed_query(f"diagnostics {new_id().hex[-12:]}")
    except (EmbeddingError, TimeoutError) as error:
        reason = error.detail if isinstance(error, EmbeddingError) else "It did not answer in ten seconds."
        advice = "Searches go by words alone meanwhile. See NEXUS_EMBEDDINGS__*, and that its server can be reached."
        detail, values = f"{embedder.spec.name}: {reason}", {"model": embedder.spec.name, "reason": reason}
        return CheckOut(name="embedder", state="fault", detail=detail, advice=advice, values=values)
    milliseconds = round((time.perf_counter() - begun) * 1000)
    detail = f"{embedder.spec.name} answers in {milliseconds} ms."
    told = {"model": embedder.spec.name, "milliseconds": milliseconds}
    return CheckOut(name="embedder", state="ok", detail=detail, values=told)


async def recognition(recogniser: Recogniser) -> CheckOut:
    reason = await recogniser.why_not()
    if not reason:
        detail = f"Text in pictures is recognised by {recogniser.name}."
        return CheckOut(name="recognition", state="ok", detail=detail, values={"engine": recogniser.name})
    if isinstance(recogniser, NoRecogniser):
        return CheckOut(name="recognition", state="off", detail="Text in pictures is not recognised.")
    advice = "Install Tesseract with the languages of NEXUS_RECOGNITION__LANGUAGES, then process such documents again."
    return CheckOut(name="recognition", state="fault", detail="Tesseract cannot be used here.", advice=advice)


async def scanner(guard: Guard | None) -> CheckOut:
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


def set_up(settings: Settings, models: Models) -> list[CheckOut]:
    """What stands in the settings; whether it answers is tried where it is set up, for that costs or shows itself."""
    mail, sign_in, own = settings.mail, settings.oidc, models.environment
    way = "the company's accounts" if sign_in.is_on else "passwords"
    return [
        CheckOut(
            name="identity",
            state="ok" if sign_in.is_on else "off",
            detail=f"People sign in with {way}.",
        ),
        CheckOut(
            name="mail",
            state="ok" if mail.is_on else "off",
            detail=f"Mail goes through {mail.host}." if mail.is_on else "No mail is sent; links are handed on.",
            values={"host": mail.host},
        ),
        CheckOut(
            name="models",
            state="ok" if own else "off",
            detail=f"The installation's own model is {own}." if own else "No model of its own.",
            values={"model": own or ""},
        ),
    ]
