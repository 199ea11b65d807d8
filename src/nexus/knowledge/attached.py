"""Files of conversations: each conversation's stand on a shelf of their own, which only it can reach.

A shelf is a knowledge base, so that a file arrives, is searched, cited, opened and purged as every other document. Its
one grant names the conversation (`access.principal.conversation_word`): without `Principal.within` it is in nobody's
lists, searches and counts, its owner's and the administrators' included.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.principal import Principal
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError
from nexus.core.jobs.models import enqueue
from nexus.knowledge import attached_queries, index_queries, queries
from nexus.knowledge.deleting import delete_shelf
from nexus.knowledge.documents import Arrival, Upload, receive
from nexus.knowledge.messages import IngestVersion
from nexus.knowledge.models import KnowledgeBase

NAME: Final = "Attached files"
"""What a model, and a citation, calls the shelf."""
MOST_FILES: Final = 20
"""Of one conversation."""


async def attach(session: AsyncSession, principal: Principal, conversation_id: UUID, upload: Upload) -> Arrival:
    """Puts a stored file onto the conversation's shelf. `principal` is within the conversation. The same bytes under
    the same name change nothing; other bytes get a name of their own. Raises ConflictError where the shelf is full."""
    shelf = await _shelf(session, principal, conversation_id)
    known = await attached_queries.list_files(session, principal, shelf.id, limit=MOST_FILES + 1)
    paths = {document.path: document for document in known}
    same = paths.get(upload.path)
    if same is None or same.sha256 != upload.blob.sha256:
        if len(known) >= MOST_FILES:
            raise ConflictError(f"A conversation holds at most {MOST_FILES} files. Remove one of them first.")
        upload = replace(upload, path=_free(upload.path, paths))
    return await receive(session, principal, shelf.id, upload)


def _free(path: str, taken: Collection[str]) -> str:
    if path not in taken:
        return path
    name = PurePosixPath(path)
    numbered = (f"{name.stem[:280]} ({number}){name.suffix[:12]}" for number in range(2, MOST_FILES + 3))
    return next(each for each in numbered if each not in taken)


async def _shelf(session: AsyncSession, principal: Principal, conversation_id: UUID) -> KnowledgeBase:
    """Locked, so that two files at once do not both take the last place."""
    shelf = await attached_queries.find_shelf(session, conversation_id, lock=True)
    if shelf is not None:
        return shelf
    shelf = KnowledgeBase(
        tenant_id=principal.tenant_id,
        name=NAME,
        personal=True,
        conversation_id=conversation_id,
        created_by=principal.user_id,
    )
    if await attached_queries.add_shelf(session, shelf):
        await access.grant_to_conversation(session, principal, shelf.id, conversation_id)
        return shelf
    found = await attached_queries.find_shelf(session, conversation_id, lock=True)
    if found is None:
        raise ConflictError("The conversation is being deleted.")
    return found


async def hide(session: AsyncSession, conversation_ids: Collection[UUID]) -> None:
    """Their files are out of reach with this transaction. `show` takes it back."""
    for shelf in await attached_queries.shelves_of(session, conversation_ids):
        shelf.deleted_at = shelf.deleted_at or now()
        await _touch(session, shelf)


async def show(session: AsyncSession, conversation_id: UUID) -> None:
    """What `hide` hid can be found again; files whose reading was broken off are read once more."""
    for shelf in await attached_queries.shelves_of(session, [conversation_id]):
        shelf.deleted_at = None
        await _touch(session, shelf)
        for document in await queries.documents_of(session, shelf.id):
            versions = await queries.versions_of(session, document.id)
            if versions and versions[0].state == "building":
                message = IngestVersion(version_id=versions[0].id)
                await enqueue(session, message, tenant_id=shelf.tenant_id, dedup_key=f"ingest:{versions[0].id}")


async def _touch(session: AsyncSession, shelf: KnowledgeBase) -> None:
    await session.flush()
    if documents := await queries.documents_of(session, shelf.id):
        await index_queries.touch(session, [each.id for each in documents])


async def forget(session: AsyncSession, conversation_ids: Collection[UUID]) -> None:
    """For conversations that go for good: their files stop answering at once and are purged by jobs."""
    for shelf in await attached_queries.shelves_of(session, conversation_ids):
        await delete_shelf(session, shelf, 0)
