"""Text recognition of a version's pages, some at a time, so that a long scan does not keep other documents waiting.

Every page is stored as soon as it is read: a process that dies loses one page's work.
"""

import logging
from statistics import fmean
from typing import Final

from nexus.core.jobs.runner import JobContext
from nexus.core.sandbox.limits import SandboxError
from nexus.ingestion import queries, reading
from nexus.ingestion.enclosing import picture
from nexus.ingestion.pipeline import Pipeline
from nexus.ingestion.reading import Work
from nexus.providers.parsers.base import ParseError, Word, describe_sandbox_error

logger = logging.getLogger(__name__)

PAGES_A_TURN: Final = 8


async def recognise(pipeline: Pipeline, work: Work, context: JobContext) -> bool:
    """Reads the next pages. True when all are read; else the rest is queued and the job has ended."""
    if sentence := await pipeline.recogniser.why_not():
        raise ParseError("no-recognition", sentence)
    for _ in range(PAGES_A_TURN):
        async with pipeline.db.read() as session:
            number = await queries.next_page(session, work.version_id)
        if number is None:
            return True
        shape, words, failure = await _read_page(pipeline, work, number)
        async with pipeline.db.write(durable=False) as session:
            if (wanted := await reading.find_wanted(session, work, newest=True)) is None:
                await context.finish(session)
                return False
            await queries.store_page(
                session,
                work.version_id,
                number,
                words=[[w.text, w.left, w.top, w.right, w.bottom, w.confidence, w.line] for w in words],
                shape=shape,
                confidence=round(fmean(w.confidence for w in words), 3) if words else 0.0,
                failure=failure,
            )
            document = wanted[0]
            # The last one counts when it can be found.
            read = await queries.count_pages(session, work.version_id, read=True)
            document.pages_recognised = min(read, document.pages_to_recognise - 1)
            await context.save(session, page=number)
    async with pipeline.db.write(durable=False) as session:
        # At the end of the queue: others come between two turns.
        if (wanted := await reading.find_wanted(session, work)) is not None:
            await reading.enqueue_again(session, wanted[0], work.version_id)
        await context.finish(session)
    return False


async def _read_page(pipeline: Pipeline, work: Work, number: int) -> tuple[float, tuple[Word, ...], str | None]:
    """Height by width, the words, and the code of what went wrong. A page that cannot be read is no more than that."""
    try:
        async with pipeline.blobs.open_path(work.blob_key) as path:
            drawn = await picture(pipeline, path, work.name, number)
        words = await pipeline.recogniser.recognise(drawn)
    except FileNotFoundError:
        raise ParseError("gone", "The stored file is missing. Upload it again.") from None
    except SandboxError as error:
        logger.warning("page %d of document %s cannot be recognised: %s", number, work.document_id, error)
        return 1.0, (), describe_sandbox_error(error.reason).code
    except ParseError as error:
        return 1.0, (), error.code
    return round(drawn.height / drawn.width, 5), words, None
