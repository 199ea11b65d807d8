"""Bodies about documents that are processed again."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nexus.knowledge.recipe import Reason
from nexus.knowledge.schemas import DocumentOut


class ReprocessIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    which: Literal["all", "stale", "failed", "chosen"] = Field(
        default="all",
        description="stale: what would be made otherwise today. Where documents are named, chosen is the default.",
    )
    document_ids: list[UUID] = Field(default_factory=list[UUID], max_length=1000, description="For `chosen`.")

    @model_validator(mode="after")
    def _check_chosen(self) -> "ReprocessIn":
        if self.document_ids and "which" not in self.model_fields_set:
            self.which = "chosen"
        if (self.which == "chosen") != bool(self.document_ids):
            raise ValueError("document_ids go with chosen, and with nothing else.")
        return self


class ReprocessingOut(BaseModel):
    """How far it has come."""

    which: Literal["all", "stale", "failed", "chosen"]
    state: Literal["running", "paused", "succeeded", "cancelled"]
    documents: int = Field(description="All of them.")
    waiting: int
    queued: int = Field(description="On their way through the pipeline.")
    done: int
    failed: int
    skipped: int = Field(description="Deleted meanwhile, or left out because it was cancelled.")
    created_by: str = Field(description="Who began it; empty when they are gone.")
    created_at: datetime
    finished_at: datetime | None


class ReprocessingFailureOut(BaseModel):
    document_id: UUID
    path: str
    reason: str


class CareOut(BaseModel):
    """What wants looking after, of the documents you may read."""

    failed: int
    stale: int = Field(description="Would be made otherwise today: by a newer pipeline, or cut in another way.")


class StaleDocumentOut(DocumentOut):
    reasons: list[Reason]
    original_kept: bool = Field(description="Without its original it must be uploaded again.")
