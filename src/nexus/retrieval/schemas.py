"""Bodies of the search API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


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
