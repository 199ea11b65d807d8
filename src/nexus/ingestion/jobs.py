"""The handlers of what `knowledge` asks to have done."""

from dataclasses import dataclass

from nexus.core.db import AsyncSession
from nexus.core.jobs.runner import Handler, JobContext
from nexus.ingestion import service
from nexus.ingestion.pipeline import Pipeline
from nexus.knowledge.messages import EmbedAgain, IngestVersion, PurgeDocument


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
class PurgeHandler:
    pipeline: Pipeline
    message_type: type[PurgeDocument] = PurgeDocument

    async def handle(self, message: PurgeDocument, _context: JobContext) -> None:
        await service.purge(self.pipeline, message.document_id)

    async def gave_up(self, session: AsyncSession, message: PurgeDocument, reason: str) -> None:
        """The document is hidden already; the failed job itself tells the operator."""


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
    made: list[Handler] = [IngestHandler(pipeline), PurgeHandler(pipeline), EmbedAgainHandler(pipeline)]
    return {handler.message_type.kind: handler for handler in made}
