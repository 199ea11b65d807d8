"""What administrators send and see about prompts."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nexus.core.text.storable import NO_NUL

PromptText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=NO_NUL)]
PromptNote = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Prompted(StrEnum):
    """The purposes whose prompts a tenant writes: those that answer people."""

    KNOWLEDGE = "knowledge"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PromptOut(BaseModel):
    """The words that a purpose's model is told beside what always holds. Version 0 has none."""

    purpose: Prompted
    active: int
    newest: int
    changes: int = Field(description="To be sent along with a change: if somebody changed it since, 409.")
    text: str


class PromptsOut(BaseModel):
    prompts: list[PromptOut]


class PromptVersionOut(BaseModel):
    number: int
    text: str
    note: str
    created_by: UUID | None
    created_by_name: str = Field(description="Empty where nobody of the tenant has written it, or who did is gone.")
    created_at: datetime
    active: bool


class PromptVersionIn(_Body):
    changes: Number
    text: PromptText
    note: PromptNote = ""
    activate: bool = Field(default=True, description="The next question is answered by it.")


class ActiveVersionIn(_Body):
    """Rolls back, or forward."""

    changes: Number
    number: Number


class DiffLine(BaseModel):
    kind: Literal["same", "removed", "added"]
    text: str


class PromptDiffOut(BaseModel):
    lines: list[DiffLine]
