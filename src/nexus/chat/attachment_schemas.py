"""Bodies of what the chat room says of attached files."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from nexus.knowledge.schemas import DocumentOut
from nexus.retrieval.schemas import Scope


class QuestionScope(Scope):
    """Where a question looks: besides what is named, always in the files attached to its conversation."""

    attachments_only: bool = Field(default=False, description="In those files, and nowhere else.")


class AttachmentOut(BaseModel):
    """A file that was attached with a question. With `available` false it was removed, and nothing else is told."""

    available: bool
    document_id: UUID | None = None
    name: str | None = None
    media_type: str | None = None


class LeftOutOut(BaseModel):
    """An attached file that the answer has nothing of."""

    document_id: UUID
    name: str
    state: Literal["not_ready", "failed"]
    failure_code: str | None
    failure: str | None


class AttachmentsOut(BaseModel):
    items: list[DocumentOut]
