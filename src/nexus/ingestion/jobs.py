"""The handlers of what `knowledge` asks to have done."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from nexus.core.db import AsyncSession, Database
from nexus.core.jobs.models import Message, enqueue
from nexus.core.jobs.runner import Handler, JobContext
from nexus.ingestion import pruning, purging, service
from nexus.ingestion.pipeline import Pipeline
from nexus.knowledge import reprocessing
from nexus.knowledge.messages import (
    EmbedAgain,
    IngestVersion,
    PruneVersions,
    PurgeDocument,
    PurgeKnowledgeBase,
    Reprocess,
)

PURGE_EVERY: Final = timedelta(hours=1)


class PurgeDue(Message):
    """Purges what was deleted long enough ago, and prunes what is kept no longer."""

    kind: ClassVar[str] = "ingestion.purge-due"


async def ask_to_purge(db: Database) -> None:
    """For whoever keeps the time; more than one may."""
    async with db.write(durable=False) as session:
        await enqueue(session, PurgeDue(), dedup_key="ingestion.purge-due")


@dataclass(frozen=True, slots=True)
class IngestHandler:
    pipeline: Pipeline
    message_type: type[IngestVersion] = IngestVersion

    async def handle(self, message: IngestVersion, context: JobContext) -> None:
        await service.ingest(self.pipeline, message.version_id, context)

    async def gave_up(self, session: AsyncSession, message: IngestVersion, _reason: str) -> None:
        sentence = "Processing stopped after several attempts. Try again; if it fails again, tell your administrator."
        await service.mark_failed(session, message.version_id, "gave-up", sentence)


@dataclass(frozen=True, slots=True)
class ReprocessHandler:
    pipeline: Pipeline
    message_type: type[Reprocess] = Reprocess

    async def handle(self, message: Reprocess, context: JobContext) -> None:
        async with self.pipeline.db.write(durable=False) as session:
            await reprocessing.step(session, message.reprocessing_id)
            await context.finish(session)

    async def gave_up(self, session: AsyncSession, message: Reprocess, _reason: str) -> None:
        await reprocessing.end(session, message.reprocessing_id)


@dataclass(frozen=True, slots=True)
class PurgeHandler:
    pipeline: Pipeline
    message_type: type[PurgeDocument] = PurgeDocument

    async def handle(self, message: PurgeDocument, context: JobContext) -> None:
        await purging.purge_document(self.pipeline, message.document_id, context)

    async def gave_up(self, session: AsyncSession, message: PurgeDocument, reason: str) -> None:
        """The document is hidden already; the failed job itself tells the operator."""


@dataclass(frozen=True, slots=True)
class PurgeKnowledgeBaseHandler:
    pipeline: Pipeline
    message_type: type[PurgeKnowledgeBase] = PurgeKnowledgeBase

    async def handle(self, message: PurgeKnowledgeBase, context: JobContext) -> None:
        await purging.purge_knowledge_base(self.pipeline, message.knowledge_base_id, context)

    async def gave_up(self, session: AsyncSession, message: PurgeKnowledgeBase, reason: str) -> None:
        """It is hidden already; the failed job itself tells the operator."""


@dataclass(frozen=True, slots=True)
class PruneHandler:
    pipeline: Pipeline
    message_type: type[PruneVersions] = PruneVersions

    async def handle(self, message: PruneVersions, _context: JobContext) -> None:
        await pruning.prune(self.pipeline, message.document_id)

    async def gave_up(self, session: AsyncSession, message: PruneVersions, reason: str) -> None:
        """Nobody sees what is left of them, and it is asked for again within the hour."""


@dataclass(frozen=True, slots=True)
class PurgeDueHandler:
    pipeline: Pipeline
    message_type: type[PurgeDue] = PurgeDue

    async def handle(self, _message: PurgeDue, _context: JobContext) -> None:
        await purging.purge_due(self.pipeline.db)
        await pruning.prune_crowded(self.pipeline.db)

    async def gave_up(self, session: AsyncSession, message: PurgeDue, reason: str) -> None:
        """The next one comes within the hour; the failed job itself tells the operator."""


@dataclass(frozen=True, slots=True)
class EmbedAgainHandler:
    pipeline: Pipeline
    message_type: type[EmbedAgain] = EmbedAgain

    async def handle(self, message: EmbedAgain, _context: JobContext) -> None:
        await service.embed_again(self.pipeline, message.model)

    async def gave_up(self, session: AsyncSession, message: EmbedAgain, reason: str) -> None:
        """Searches go on with the former model; the next start asks again."""


def handlers(pipeline: Pipeline) -> dict[str, Handler]:
    """Every kind of message that ingestion handles."""
    made: list[Handler] = [
        IngestHandler(pipeline),
        ReprocessHandler(pipeline),
        PurgeHandler(pipeline),
        PurgeKnowledgeBaseHandler(pipeline),
        PruneHandler(pipeline),
        PurgeDueHandler(pipeline),
        EmbedAgainHandler(pipeline),
    ]
    return {handler.message_type.kind: handler for handler in made}
