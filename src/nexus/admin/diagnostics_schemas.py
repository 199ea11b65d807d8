"""Bodies about how an installation is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from nexus.core.jobs.models import JobState


class CheckOut(BaseModel):
    """One thing that was looked at."""

    name: Literal[
        "database",
        "schema",
        "index",
        "consistency",
        "queue",
        "jobs",
        "files",
        "disk",
        "embedder",
        "recognition",
        "scanner",
        "identity",
        "mail",
        "models",
    ]
    state: Literal["ok", "warning", "fault", "off"] = Field(description="off: not set up, which is no fault.")
    detail: str = Field(description="What was found.")
    advice: str = Field(default="", description="What to do about it.")
    values: Mapping[str, str | int | float] = Field(
        default={}, description="What varies in `detail`, for who says it in another language."
    )


class DatabaseFactsOut(BaseModel):
    kind: Literal["sqlite", "postgresql"]
    version: str
    size: int = Field(description="Bytes.")
    revision: str = Field(description="Of its schema.")
    newest_revision: str = Field(description="Of the schema that this version speaks.")
    milliseconds: float = Field(description="What an answer takes.")


class IndexFactsOut(BaseModel):
    engine: str
    embedding_model: str
    revision: int = Field(description="Up to which change it has followed.")
    committed_revision: int
    documents: int
    chunks: int
    memory: int = Field(description="Bytes.")


class QueueOut(BaseModel):
    """Jobs of one kind."""

    kind: str
    queued: int
    running: int
    failed: int
    oldest_due: datetime | None = Field(description="Since when the first of them could have run.")


class DiskFactsOut(BaseModel):
    free: int = Field(description="Bytes, where the data folder is.")
    total: int
    originals: int = Field(description="Bytes of the original files that versions name.")
    cache: int = Field(description="Bytes of what can be made again.")


class LibraryOut(BaseModel):
    name: str
    version: str


class DiagnosticsOut(BaseModel):
    at: datetime
    checks: list[CheckOut]
    database: DatabaseFactsOut
    index: IndexFactsOut
    queues: list[QueueOut]
    disk: DiskFactsOut
    versions: list[LibraryOut]


class IndexCheckOut(BaseModel):
    """A comparison of rows, index and files, and what came of it."""

    id: UUID
    state: Literal["running", "succeeded", "failed"] = Field(
        description="failed: it could not be made, which says nothing of the index."
    )
    begun_at: datetime
    ended_at: datetime | None
    is_asked: bool = Field(description="Somebody asked for it; otherwise its day had come.")
    is_ok: bool | None
    documents: int
    chunks: int
    amiss: dict[str, int] = Field(description="How many of what was amiss; `GET /api/index/check` names them.")


class JobOut(BaseModel):
    id: UUID
    kind: str
    state: JobState
    subject: dict[str, str] = Field(description="The ids of what it is about.")
    attempts: int = Field(description="That failed.")
    interruptions: int = Field(description="Processes that died under it since it last came on.")
    run_at: datetime = Field(description="When it is due.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str = Field(description="Why the last attempt failed.")
    retryable: bool
    cancellable: bool
