"""Former versions that a knowledge base or its tenant no longer keeps go: texts, pages, files, rows.

Nobody sees them from the first transaction on; every later step can be taken again.
"""

from collections.abc import Sequence
from uuid import UUID

from nexus.core.db import Database
from nexus.ingestion.pipeline import Pipeline
from nexus.knowledge import queries as knowledge
from nexus.knowledge import version_queries, versions
from nexus.knowledge.models import Document, DocumentVersion


async def prune_crowded(db: Database) -> None:
    """Asks for what has to be pruned, one job a document."""
    after: UUID | None = None
    while True:
        async with db.write(durable=False) as session:
            crowded = await version_queries.crowded_documents(session, after)
            for document_id, tenant_id in crowded:
                await versions.ask_to_prune(session, document_id, tenant_id)
        if len(crowded) < version_queries.BATCH:
            return
        after = crowded[-1][0]


async def prune(pipeline: Pipeline, document_id: UUID) -> None:
    """Of a living document. What is deleted stays as it is: it can be restored, or goes as a whole."""
    async with pipeline.db.write() as session:
        document = await knowledge.lock_document(session, document_id)
        if document is None or document.deleted_at is not None:
            return
        most = await version_queries.kept_versions(session, document_id)
        if most is not None and (
            superfluous := _superfluous(document, await knowledge.versions_of(session, document_id), most)
        ):
            await version_queries.hide(session, superfluous)
        leaving = await version_queries.hidden(session, document_id)
        keys = {key for _, key in leaving if key}
        # A version that nobody sees is never restored, so from here on nobody else comes to name its file.
        keys -= await version_queries.still_named(session, keys)
    for key in keys:
        await pipeline.blobs.delete(key)
    async with pipeline.db.write(durable=False) as session:
        await version_queries.delete_versions(session, [version_id for version_id, _ in leaving])


def _superfluous(document: Document, found: Sequence[DocumentVersion], most: int) -> list[UUID]:
    """Of versions, newest first, those past the `most` newest former contents. What was made of one file by processing
    it again counts once, and stays or goes together."""
    active = next((each for each in found if each.id == document.active_version_id), None)
    kept = {document.sha256} | ({active.sha256} if active else set[str]())
    former: list[str] = []
    for version in found:
        if version.state == "superseded" and version.sha256 not in kept and version.sha256 not in former:
            former.append(version.sha256)
    kept |= set(former[:most])
    return [each.id for each in found if each.state in ("superseded", "failed") and each.sha256 not in kept]
