"""What this room asks to have done later; `ingestion` does it."""

from typing import ClassVar
from uuid import UUID

from nexus.core.jobs.models import Message


class IngestVersion(Message):
    """Make one document version searchable."""

    kind: ClassVar[str] = "ingestion.ingest-version"

    version_id: UUID


class Reprocess(Message):
    """The next few documents of those that are to be processed again."""

    kind: ClassVar[str] = "ingestion.reprocess"

    reprocessing_id: UUID


class PurgeDocument(Message):
    """Remove what a deleted document left: chunks, vectors, texts, files."""

    kind: ClassVar[str] = "ingestion.purge-document"

    document_id: UUID


class PruneVersions(Message):
    """Remove former versions of a document that are no longer kept."""

    kind: ClassVar[str] = "ingestion.prune-versions"

    document_id: UUID


class PurgeKnowledgeBase(Message):
    """As `PurgeDocument`, for all that a deleted knowledge base holds, and what was said of it."""

    kind: ClassVar[str] = "ingestion.purge-knowledge-base"

    knowledge_base_id: UUID


class EmbedAgain(Message):
    """Grow the vectors of a new embedding model beside those in use, then change over."""

    kind: ClassVar[str] = "ingestion.embed-again"

    model: str
