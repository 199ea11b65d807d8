"""The words of uploads that can be resumed."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class ResumableUploadOut(BaseModel):
    """A file on its way; with `document_id` it has arrived."""

    id: UUID
    knowledge_base_id: UUID
    path: str
    length: int = Field(description="Bytes of the whole file.")
    offset: int = Field(description="So many of them are safely stored.")
    document_id: UUID | None
    outcome: Literal["created", "replaced", "unchanged"] | None
    duplicate_of: UUID | None = Field(description="Another document here with the same bytes.")
    modified_at: datetime | None = Field(description="When the file was changed, as its sender said.")
    created_at: datetime
    expires_at: datetime
