"""Files that people of a world attach to conversations: each has a word that nobody may see outside of its own."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete

from e2e.company import Company, Paper, User, canary
from e2e.stage import Stage, add_version
from nexus.chat import attachments, conversations, sharing
from nexus.chat.schemas import ShareIn
from nexus.core.ids import new_id
from nexus.knowledge import index_queries
from nexus.knowledge.documents import Upload
from nexus.knowledge.models import DocumentVersion
from nexus.providers.blobs.base import StoredBlob


@dataclass
class AttachedFile:
    """A file in a conversation of the user's."""

    user: User
    conversation_id: UUID
    paper: Paper
    """Its place among the shelves says nothing."""
    gone: bool = False

    @property
    def canary(self) -> str:
        return self.paper.canary

    def is_within(self, user: User, conversation_id: UUID | None) -> bool:
        """Whether the user may see it there."""
        return not self.gone and self.user is user and self.conversation_id == conversation_id


async def attach_file(stage: Stage, company: Company, user: User) -> AttachedFile:
    """By the product's own way, and then as if it had been read."""
    principal, word = await stage.principal(user.email), canary()
    async with stage.db.write() as session:
        conversation = await attachments.begin(session, principal)
        upload = Upload(f"{word}.txt", StoredBlob(new_id().hex, 1, word))
        document = (await attachments.attach(session, principal, conversation.id, upload)).document
        await session.execute(delete(DocumentVersion).where(DocumentVersion.document_id == document.id))
        paper = Paper(document.id, new_id(), 0, restricted=False, chunks=2, canary=word)
        await add_version(session, company.tenants[user.tenant], paper, 1)
        document.state, document.title, document.media_type = "ready", f"About {word}", "text/plain"
        document.active_version_id = paper.version
        await session.flush()
        document.index_revision = await index_queries.next_revision(session, [document.knowledge_base_id])
    return AttachedFile(user, conversation.id, paper)


async def delete_conversation(stage: Stage, file: AttachedFile) -> None:
    principal = await stage.principal(file.user.email)
    async with stage.db.write() as session:
        await conversations.delete_conversation(session, principal, file.conversation_id)
    file.gone = True


async def shared_with(stage: Stage, file: AttachedFile, reader: User) -> str:
    """What a colleague is shown of the conversation's answers. The questions are the owner's own words."""
    owner, colleague = await stage.principal(file.user.email), await stage.principal(reader.email)
    async with stage.db.write() as session:
        share = await sharing.create_share(session, owner, file.conversation_id, ShareIn())
    async with stage.db.read() as session:
        shared = await sharing.open_share(session, colleague, share.id)
    answers = [message for message in sharing.render_shared(shared.messages) if message.role == "assistant"]
    return "".join(message.model_dump_json() for message in answers)
