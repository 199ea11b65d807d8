"""Bodies of the knowledge room's HTTP API."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from nexus.access.explanation import AccountState, Code, Question, Verdict
from nexus.access.models import Level
from nexus.access.principal import SubjectKind
from nexus.core.text.storable import NO_NUL

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL)]

KEPT_VERSIONS: Final = Field(
    default=None,
    ge=0,
    le=1000,
    description="Former contents of a document that are kept beside the one that answers; null as the tenant says.",
)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Chunking(_In):
    """How documents are cut. Sizes are tokens of the embedding model."""

    strategy: Literal["heading", "paragraph", "fixed"] = "heading"
    target_tokens: int | None = Field(default=None, ge=32, le=240)
    overlap_tokens: int = Field(default=0, ge=0, le=64, description="Only for the fixed strategy.")


class GrantIn(_In):
    subject_kind: SubjectKind
    subject_id: UUID
    level: Level = Level.READ


class GrantOut(BaseModel):
    subject_kind: SubjectKind
    subject_id: UUID
    subject_name: str
    level: Level


class KnowledgeBaseIn(_In):
    name: Name
    description: str = Field(default="", max_length=2000, pattern=NO_NUL)
    personal: bool = False
    department_id: UUID | None = None
    chunking: Chunking = Chunking()
    keep_originals: bool = True
    kept_versions: int | None = KEPT_VERSIONS
    grants: list[GrantIn] = Field(default_factory=list[GrantIn], max_length=100)


class KnowledgeBasePatch(_In):
    name: Name | None = None
    description: str | None = Field(default=None, max_length=2000, pattern=NO_NUL)
    department_id: UUID | None = None
    chunking: Chunking | None = None
    keep_originals: bool | None = None
    kept_versions: int | None = KEPT_VERSIONS


class KnowledgeBaseOut(BaseModel):
    id: UUID
    name: str
    description: str
    personal: bool
    department_id: UUID | None
    chunking: Chunking
    keep_originals: bool
    kept_versions: int | None
    level: Level | None = Field(description="Your own right; null when you only govern it.")
    documents: dict[str, int] = Field(description="Documents you may read, by state.")
    created_at: datetime
    updated_at: datetime


class ProgressOut(BaseModel):
    """How far the documents you may read have come."""

    documents: dict[str, int] = Field(description="By state.")
    pages: int
    chunks: int


class DocumentOut(BaseModel):
    id: UUID
    knowledge_base_id: UUID
    path: str
    name: str
    title: str
    media_type: str
    size: int = Field(description="Bytes.")
    page_count: int = Field(default=0, description="Of the version that answers.")
    chunk_count: int = 0
    sha256: str
    state: Literal["uploaded", "queued", "processing", "ready", "failed"]
    stage: str
    failure_code: str | None
    failure: str | None
    pages_to_recognise: int = Field(default=0, description="Pages that are pictures and whose text is recognised.")
    pages_recognised: int = Field(
        default=0, description="So far. A document may be ready by its other pages while this goes on."
    )
    unread_pages: int = Field(default=0, description="Pages that are pictures and stay so.")
    unread_reason: str | None = Field(default=None, description="Why: the code of a failure.")
    restricted: bool
    active_version_id: UUID | None
    source_url: str | None
    modified_at: datetime
    created_at: datetime
    updated_at: datetime


class UploadOut(DocumentOut):
    outcome: Literal["created", "replaced", "unchanged"]
    duplicate_of: UUID | None = Field(description="Another document here with the same bytes.")


class VersionOut(BaseModel):
    id: UUID
    number: int
    state: str
    size: int
    sha256: str
    title: str
    page_count: int
    chunk_count: int
    token_count: int
    restored_from: int | None = Field(
        default=None, description="The number of the version whose file it is made of again."
    )
    has_original: bool = Field(default=False, description="Its file is kept: it can be downloaded, and restored.")
    created_at: datetime


class DocumentDetail(DocumentOut):
    attached: bool = Field(description="To a conversation of yours: it stands in no knowledge base, for nobody else.")
    versions: list[VersionOut]


class DocumentPatch(_In):
    knowledge_base_id: UUID | None = Field(default=None, description="Moves it; needs manage on both.")
    restricted: bool | None = None


class BulkIn(_In):
    action: Literal["delete", "restore", "purge", "reprocess", "move"]
    document_ids: list[UUID] = Field(min_length=1, max_length=200)
    knowledge_base_id: UUID | None = Field(default=None, description="Where to, for `move`.")

    @model_validator(mode="after")
    def _check_target(self) -> Self:
        if (self.action == "move") != (self.knowledge_base_id is not None):
            raise ValueError("knowledge_base_id goes with the action move, and with no other.")
        return self


class SubjectOut(BaseModel):
    """Somebody, or some people, that a grant can name."""

    kind: SubjectKind
    id: UUID
    name: str
    detail: str = Field(description="What tells two of the same name apart: a person's e-mail address.")


class GrantThroughOut(BaseModel):
    """A grant as a link of the chain."""

    subject: str
    kind: SubjectKind
    subject_id: UUID
    name: str = Field(description="What people call it, departments with their region; empty when it is gone.")
    level: Level
    granted_by: str | None = Field(description="Who gave it, where the asker may know.")
    granted_at: datetime | None
    member_since: datetime | None = Field(description="For a group: since when the person is in it, if known.")


class AccessStepOut(BaseModel):
    question: Question
    code: Code
    holds: bool
    sentence: str = Field(description="The step in English; the code and the facts say the same.")
    through: list[GrantThroughOut] = Field(description="The grants that name the person.")
    missing: list[GrantThroughOut] = Field(
        description="Where no grant names the person: what is granted, which would let them read if they belonged to "
        "it. Only for those who set the grants."
    )
    detail: str = Field(description="The code of the failure, where content could not be prepared.")
    note: str = Field(description="The failure in English, with what to do about it.")
    at: datetime | None = Field(description="When it was deleted.")


class PersonOut(BaseModel):
    id: UUID
    name: str
    state: AccountState


class AccessOut(BaseModel):
    """Why somebody may or may not read: the questions in their order."""

    person: PersonOut
    verdict: Verdict
    sentence: str = Field(description="The verdict in English.")
    readable: bool
    manageable: bool
    searchable: bool = Field(description="Whether their searches find it now; of a knowledge base: what is in it.")
    may_ask: bool = Field(description="Whether you may ask the same about other people.")
    steps: list[AccessStepOut]


class RefusedOut(BaseModel):
    document_id: UUID
    detail: str


class BulkOut(BaseModel):
    done: int
    refused: list[RefusedOut]


class ChangesOut(BaseModel):
    """The data of `documents.changed`."""

    documents: list[DocumentOut]
    removed: list[UUID] = Field(default_factory=list[UUID])
    progress: ProgressOut


class PageOut(BaseModel):
    number: int
    start: int
    end: int
    label: str


class TextOut(BaseModel):
    """A slice `[start, end)` of a version's text, in characters."""

    version_id: UUID
    start: int
    end: int
    length: int = Field(description="Characters of the whole text.")
    text: str
    pages: list[PageOut]


class ChunkOut(BaseModel):
    id: UUID
    ordinal: int
    start: int
    end: int
    page: int
    page_end: int
    heading_path: list[str]
    context: str
    text: str
    token_count: int


class BoxOut(BaseModel):
    """A rectangle in fractions of the page, origin at the top left."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


class BoxesOut(BaseModel):
    version_id: UUID
    boxes: list[BoxOut]
    confidence: float | None = Field(
        default=None,
        description="Where the words were recognised in a picture: how sure of them recognition is, from 0 to 1.",
    )


class Accepted(BaseModel):
    """How many documents were queued."""

    documents: int


class IndexedModel(BaseModel):
    """Vectors of one embedding model: while it is being changed, those of two are told."""

    model: str
    state: Literal["live", "building", "old", "growing"] = Field(
        description="live is searched; building is being written to the index; old is about to be dropped; growing is"
        " being embedded, and in no index yet."
    )
    stored: int = Field(description="Vectors in the rows.")
    indexed: int = Field(description="Chunks in the index.")


class IndexReport(BaseModel):
    """The rows against the index: everything but the counts should be empty."""

    ok: bool
    documents: int
    chunks: int
    revision: int
    engine: str = Field(description="Where the index is kept.")
    embedding_model: str
    models: list[IndexedModel]
    missing_documents: list[UUID] = Field(description="Ready, but not in the index.")
    ghost_documents: list[UUID] = Field(description="In the index, but not in the rows.")
    wrong_versions: list[UUID] = Field(description="Documents indexed with another version or number of chunks.")
    missing_chunks: list[UUID] = Field(description="Documents with fewer chunk rows than they should have.")
    missing_vectors: list[UUID] = Field(description="Documents with chunks that have no vector.")
    stray_chunks: int = Field(description="Chunk rows that no document needs.")
    missing_originals: list[UUID] = Field(description="Documents whose original file is not on disk.")
    stuck_documents: list[UUID] = Field(description="Waiting documents without a job.")


class GrantedOut(BaseModel):
    id: UUID
    name: str
    level: Level


class BelongingOut(BaseModel):
    id: UUID
    name: str


class ConsequencesOut(BaseModel):
    """What hangs on a group or a department. Grants end with it; what belongs to a department is moved before."""

    people: int = Field(description="Members of the group, or people of the department.")
    knowledge_bases: int = Field(description="Grants on knowledge bases.")
    documents: int = Field(description="Grants on single documents.")
    agents: int = Field(description="Grants on agents.")
    granted: list[GrantedOut] = Field(description="The first of these knowledge bases, by name.")
    belonging_count: int = Field(description="Knowledge bases that belong to the department; none to a group.")
    belonging: list[BelongingOut] = Field(description="The first of them that are shared, by name.")


class TenantFiguresOut(BaseModel):
    tenant_id: UUID
    people: int
    knowledge_bases: int
