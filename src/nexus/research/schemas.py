"""Bodies of the research room's HTTP API."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from nexus.chat.schemas import QuestionIn, RunOut
from nexus.core.text.storable import NO_NUL

MOST_PARTS: Final = 8

Heading = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=NO_NUL)]
Asked = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=NO_NUL)]


class ResearchIn(QuestionIn):
    """A question that is worth a report."""


class Part(BaseModel):
    """One part of a plan: a section of the report, and the question that it answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: Heading
    question: Asked

    @field_validator("heading", "question", mode="before")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        return " ".join(value.split()) if isinstance(value, str) else value


class StartIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    plan: list[Part] = Field(min_length=1, max_length=MOST_PARTS, description="The parts in the order of the report.")


class PartOut(BaseModel):
    heading: str
    question: str
    state: Literal["waiting", "running", "done"]
    searches: int
    found: int = Field(description="Passages that tell something, when they were read.")


class ResearchOut(BaseModel):
    id: UUID
    conversation_id: UUID
    question_id: UUID
    title: str
    state: Literal["planned", "running", "stopped", "finished"] = Field(
        description="planned: waits for you to start it. stopped: it can go on from where it was."
    )
    plan: list[PartOut]
    run: RunOut | None = Field(description="The newest run that works on it.")
    created_at: datetime
