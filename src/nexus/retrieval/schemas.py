"""Bodies of the search API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nexus.knowledge.schemas import AccessOut, PersonOut


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Scope(_In):
    """Where to look; what is absent does not narrow."""

    knowledge_base_ids: list[UUID] | None = Field(default=None, max_length=200)
    department_id: UUID | None = Field(default=None, description="Only knowledge bases that belong to it.")
    media_types: list[str] | None = Field(default=None, max_length=50)
    modified_from: datetime | None = None
    modified_before: datetime | None = None


class SearchIn(_In):
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
    limit: int = Field(default=10, ge=1, le=50)
    scope: Scope = Scope()


class ScoreOut(BaseModel):
    """What the score is made of, and the raw figures behind it."""

    meaning: float
    words: float
    closeness: float
    cosine: float | None
    bm25: float | None


class HitOut(BaseModel):
    document_id: UUID
    document_name: str
    document_title: str
    knowledge_base_id: UUID
    knowledge_base_name: str
    version_id: UUID
    chunk_id: UUID
    media_type: str
    modified_at: datetime
    source_url: str | None
    page: int
    page_end: int
    page_label: str
    heading_path: list[str]
    start: int = Field(description="First character in the version's text.")
    end: int
    text: str
    score: float
    parts: ScoreOut
    matched: list[str] = Field(description="Words of the question that the passage holds.")
    reasons: list[str] = Field(description="Why it ranked, in words.")


class SearchOut(BaseModel):
    hits: list[HitOut]
    searched: int = Field(description="Passages you may read that passed the filters.")
    knowledge_bases: int
    confident: bool = Field(description="Whether the best hits are good enough to answer with.")
    milliseconds: float


class SimulationIn(_In):
    """A question as somebody else would ask it."""

    user_id: UUID
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
    knowledge_base_ids: list[UUID] = Field(
        min_length=1, max_length=20, description="Where to look: each one whose grants you set."
    )
    limit: int = Field(default=10, ge=1, le=20)


class SimulatedHitOut(HitOut):
    access: AccessOut = Field(description="Why the person sees it.")


class SimulatedBaseOut(BaseModel):
    id: UUID
    name: str
    shown: bool = Field(description="False where you may not read it yourself: nothing of it is shown then.")
    access: AccessOut = Field(description="Why the person may or may not read it.")


class UnseenOut(BaseModel):
    """A document that you may read, whose name holds the question, and that no search of the person finds."""

    document_id: UUID
    document_name: str
    knowledge_base_id: UUID
    access: AccessOut


class SimulationOut(BaseModel):
    """What the person finds, of what you may read yourself. Whether they find more is not said, whatever you ask."""

    person: PersonOut
    knowledge_bases: list[SimulatedBaseOut]
    hits: list[SimulatedHitOut]
    unseen: list[UnseenOut]
    confident: bool


class SearchUseOut(BaseModel):
    """Of the last thirty days."""

    searches: int
    reused: int
    """Of them, those for which an earlier search was used: in the same words, of exactly the same documents."""
    saved_milliseconds: int
