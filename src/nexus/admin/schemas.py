"""Bodies of the administrators' HTTP API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nexus.chat.schemas import CitationOut, FindingOut, Question
from nexus.chat.web_schemas import WebCitationOut
from nexus.core.text.storable import NO_NUL

FeedbackState = Literal["pending", "reviewed", "resolved"]
Rating = Literal["up", "down"]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=NO_NUL)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AuditEventOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    sequence: int = Field(description="Its place in the log, from 1 without gaps.")
    at: datetime
    actor_id: UUID | None = Field(description="The user; null where nobody could be made out.")
    actor_name: str = Field(description="Name and e-mail address, as they were then.")
    credential: str = Field(
        description="How they proved who they are: session, operator, password, setup_link, settings."
    )
    action: str
    outcome: str = Field(description="done or refused.")
    target_kind: str
    target_id: UUID | None
    target_name: str = Field(description="As it was then; empty for what is private to somebody.")
    ip: str
    user_agent: str
    request_id: str
    details: dict[str, Any]
    hash: str = Field(description="SHA-256 of this event and, by the hash it follows, of all before it.")


class NamedPerson(BaseModel):
    id: UUID
    name: str


class RatedAnswer(BaseModel):
    """An answer without its place in somebody's conversations."""

    text: str
    kind: Literal["extractive", "generated"] | None
    model: str
    citations: list[CitationOut]
    web_citations: list[WebCitationOut] = Field(default_factory=list[WebCitationOut])
    support: float | None
    findings: list[FindingOut]


class FeedbackEntry(BaseModel):
    """An answer that somebody rated, as far as its reviewer may read what it rests on."""

    id: UUID
    rating: Rating
    comment: str
    state: FeedbackState
    note: str = Field(description="What the reviewers tell each other.")
    given_by: NamedPerson
    reviewer: NamedPerson | None
    reviewed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    question: str
    answer: RatedAnswer
    evaluation_case_id: UUID | None


class ReviewIn(_In):
    """What is absent stays."""

    state: FeedbackState | None = None
    note: Note | None = None


class FeedbackCounts(BaseModel):
    pending: int
    reviewed: int
    resolved: int


class EvaluationCaseIn(_In):
    """With nothing said, the question as it was asked, and what a good answer cited."""

    question: Question | None = None
    expected: Note = ""


class EvaluationCaseOut(BaseModel):
    id: UUID
    question: str
    expected: str = Field(description="The right answer, in a reviewer's words; may be empty.")
    document_ids: list[UUID] = Field(description="Documents that a right answer cites, of those you may read.")
    feedback_id: UUID | None
    created_at: datetime
