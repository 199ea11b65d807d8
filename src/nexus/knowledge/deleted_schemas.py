"""Bodies about what was deleted."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class DeletedDocumentOut(BaseModel):
    id: UUID
    knowledge_base_id: UUID
    path: str
    name: str
    title: str
    media_type: str
    size: int = Field(description="Bytes.")
    restricted: bool
    deleted_at: datetime
    deleted_by: str = Field(description="Who deleted it; empty when they are gone.")
    purge_after: datetime = Field(description="Until then it can be restored.")
    taken: bool = Field(description="Whether a document has come to its place meanwhile.")


class DeletedKnowledgeBaseOut(BaseModel):
    id: UUID
    name: str
    personal: bool
    documents: int = Field(description="How many come back with it.")
    deleted_at: datetime
    deleted_by: str = Field(description="Who deleted it; empty when they are gone.")
    purge_after: datetime = Field(description="Until then it can be restored.")


class RestoreIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep_both: bool = Field(
        default=False, description="Where a document has come to its place meanwhile: restores under a free name."
    )


class DocumentRulesIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    deleted_days: int | None = Field(
        ge=0,
        le=3650,
        description="Days in which what is deleted from now on can be restored; 0 purges at once, null takes what the "
        "installation says.",
    )
    kept_versions: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Former contents of a document that are kept, where its knowledge base says nothing; null: all.",
    )


class DocumentRulesOut(BaseModel):
    deleted_days: int
    is_own: bool = Field(description="Whether the tenant has set the days.")
    kept_versions: int | None
