"""What the company knows, as rows: the truth from which the index can always be rebuilt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id


class KnowledgeBase(Base):
    """A shelf of documents; who may read it is said by grants alone."""

    __tablename__ = "knowledge_base"
    __table_args__ = (Index(None, "tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    """The department it belongs to, for filters; no right follows from it."""
    personal: Mapped[bool] = mapped_column(default=False)
    """Its creator's alone: it takes no grants and no administrator governs it."""
    conversation_id: Mapped[UUID | None] = mapped_column(unique=True)
    """The conversation whose attached files stand here: a shelf that no list has, readable within it alone. Deleted
    and restored with the conversation, purged with it."""
    chunking: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Strategy, target tokens and overlap; empty means the defaults."""
    keep_originals: Mapped[bool] = mapped_column(default=True)
    kept_versions: Mapped[int | None]
    """Former contents of a document that are kept; None: as its tenant says."""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[datetime | None]
    """Its documents are out of reach with it, each as it is: nothing else says so of them."""
    deleted_by: Mapped[UUID | None]
    purge_after: Mapped[datetime | None]
    """Until then a deleted one can be restored; the purge, once begun, sets it to `deleted_at`."""
    purged_at: Mapped[datetime | None]
    former_department_id: Mapped[UUID | None]
    """Of a deleted one: where it belonged. No reference, so that the department can be deleted meanwhile."""


class Document(Base):
    """A file as people know it; its content is in its versions.

    `state`: uploaded, queued, processing, ready, failed. A failed re-upload leaves the version before it
    active. `index_revision` is the `IndexState.revision` of its last change that the index must follow.
    """

    __tablename__ = "document"
    __table_args__ = (
        Index(None, "knowledge_base_id", "path"),
        # None begins with the tenant: SQLite would walk all of its documents to find the few that were named.
        Index(None, "knowledge_base_id", "state"),
        Index(None, "knowledge_base_id", "language"),
        Index(None, "knowledge_base_id", "updated_at"),
        Index(
            "ix_document_restricted",
            "knowledge_base_id",
            "id",
            sqlite_where=text("restricted"),
            postgresql_where=text("restricted"),
        ),
        # One living document a path: two uploads of the same file at once meet here. Restricted ones stand outside,
        # or a refused name would tell those who may not read them that they exist.
        Index(
            "uq_document_living_path",
            "knowledge_base_id",
            "path",
            unique=True,
            sqlite_where=text("deleted_at IS NULL AND NOT restricted"),
            postgresql_where=text("deleted_at IS NULL AND NOT restricted"),
        ),
        Index(
            "ix_document_deleted",
            "knowledge_base_id",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL AND purged_at IS NULL"),
            postgresql_where=text("deleted_at IS NOT NULL AND purged_at IS NULL"),
        ),
        Index(
            "ix_document_purge_after",
            "purge_after",
            sqlite_where=text("purged_at IS NULL"),
            postgresql_where=text("purged_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    knowledge_base_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_base.id"))
    path: Mapped[str] = mapped_column(String(1000))
    """Folder and name as uploaded, `/` between; unique among the living of its knowledge base."""
    name: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(String(500), default="")
    media_type: Mapped[str] = mapped_column(String(100), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    """What most of its text is in (ISO 639-1)."""
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes of the newest upload."""
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    page_count: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of the active version, as `chunk_count`: lists show them and sort by them."""
    chunk_count: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str] = mapped_column(String(16), default="uploaded")
    stage: Mapped[str] = mapped_column(String(16), default="")
    """While processing: scan (where there is a virus scanner), parse, recognise, embed, index."""
    failure_code: Mapped[str | None] = mapped_column(String(32))
    failure: Mapped[str | None] = mapped_column(Text)
    """What the person should do about it."""
    pages_to_recognise: Mapped[int] = mapped_column(default=0, server_default="0")
    """Pages that are pictures and whose text is recognised; while more than `pages_recognised`, that goes on, though
    the document may be ready by its other pages."""
    pages_recognised: Mapped[int] = mapped_column(default=0, server_default="0")
    unread_pages: Mapped[int] = mapped_column(default=0, server_default="0")
    """Pages that are pictures and stay so."""
    unread_reason: Mapped[str | None] = mapped_column(String(32))
    """Why, as the code of a failure."""
    restricted: Mapped[bool] = mapped_column(default=False)
    """Readable only by those whom a grant on the document names, on top of reading its knowledge base."""
    active_version_id: Mapped[UUID | None]
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    source_url: Mapped[str | None] = mapped_column(Text)
    modified_at: Mapped[datetime] = mapped_column(default=now)
    """When the content last changed, as far as its source says."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[UUID | None]
    purge_after: Mapped[datetime | None]
    """As that of a knowledge base."""
    purged_at: Mapped[datetime | None]
    """From then on the row is a tombstone: an index that was away must learn of the deletion."""
    index_revision: Mapped[int] = mapped_column(BigInteger, default=0, index=True)


class DocumentVersion(Base):
    """One upload's content: original, text, pages. `state`: building, active, superseded, failed; pruned: nobody
    sees it any more, and its file is about to go."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="building")
    blob_key: Mapped[str | None] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100), default="")
    title: Mapped[str] = mapped_column(String(500), default="")
    text: Mapped[str | None] = mapped_column(Text, deferred=True)
    """Normalised once; every span of this version counts its characters (code points)."""
    pages: Mapped[list[Any]] = mapped_column(default=list)
    """`[number, start, end, label]` each."""
    page_count: Mapped[int] = mapped_column(default=0)
    chunk_count: Mapped[int] = mapped_column(default=0)
    token_count: Mapped[int] = mapped_column(default=0)
    embedding_model: Mapped[str] = mapped_column(String(200), default="")
    recipe: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """By what it was made (`knowledge.recipe`)."""
    restored_from: Mapped[int | None]
    """The number of the version whose file it is made of once more."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def has_original(self) -> bool:
        return self.blob_key is not None


class RecognisedPage(Base):
    """A page of a version that is a picture, and the words on it as soon as they are recognised."""

    __tablename__ = "recognised_page"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[list[Any]] = mapped_column(default=list, deferred=True)
    """`[text, left, top, right, bottom, confidence, line]` each, places in fractions of the page."""
    shape: Mapped[float] = mapped_column(default=1.0)
    """Height divided by width."""
    confidence: Mapped[float] = mapped_column(default=0.0)
    """The mean of its words', from 0 to 1."""
    failure: Mapped[str | None] = mapped_column(String(32))
    """The code of what kept it from being read."""
    is_read: Mapped[bool] = mapped_column(default=False)


class Chunk(Base):
    """A citable passage: exactly `text[start:end]` of its version."""

    __tablename__ = "chunk"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    start: Mapped[int]
    end: Mapped[int]
    page: Mapped[int]
    page_end: Mapped[int]
    heading_path: Mapped[list[str]]
    context: Mapped[str] = mapped_column(Text)
    """Put before the text for embedding and words: title, headings, a table's header row."""
    text: Mapped[str] = mapped_column(Text)
    token_count: Mapped[int]
    terms: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The analysed words, packed by `knowledge.packing`."""


class SheetTable(Base):
    """A table that was found in a sheet of a version: what its columns are called and hold, and its rows."""

    __tablename__ = "sheet_table"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("document_version.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    page: Mapped[int]
    sheet: Mapped[str] = mapped_column(String(300))
    """Its name, behind that of the attachment and a colon where it came with a mail."""
    title: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(100))
    """What a query calls it."""
    cells: Mapped[str] = mapped_column(String(40))
    """Its range in the sheet, as `A3:F120`."""
    start: Mapped[int]
    end: Mapped[int]
    """Where its rows stand in the version's text."""
    columns: Mapped[list[Any]] = mapped_column(default=list)
    """`[name, header, kind, letter, unit, odd]` each (`ingestion.sheet_tables.Column`)."""
    row_count: Mapped[int]
    total_count: Mapped[int]
    """Rows that sum others up, which are kept apart from those."""
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """As `ingestion.sheet_tables.pack` makes it."""


class ChunkVector(Base):
    """The vector of one chunk by one embedding model, float16 little-endian."""

    __tablename__ = "chunk_vector"

    chunk_id: Mapped[UUID] = mapped_column(ForeignKey("chunk.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class DocumentRules(Base):
    """How a tenant keeps documents, where it has said so."""

    __tablename__ = "document_rules"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    deleted_days: Mapped[int | None]
    """Days in which what was deleted can be restored; None: as the installation says."""
    kept_versions: Mapped[int | None]
    """Former contents of a document that are kept where its knowledge base says nothing; None: all."""


class IndexState(Base):
    """One row. Its revision grows in the transaction of every change that the index must follow.

    The row's lock makes commits happen in the order of revisions, so a follower that has seen
    revision n has seen everything up to n.
    """

    __tablename__ = "index_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
    embedding_model: Mapped[str] = mapped_column(String(200))
    """The model whose vectors are searched; another one's may be growing beside them."""
    dimension: Mapped[int]
    """The length of its vectors."""


class VectorSet(Base):
    """A set of vectors on a server that all processes search, and who follows the rows for all of them.

    One of an engine is live. Another one may be building beside it; the live one becomes old when that takes its place,
    and is dropped when no process can be searching it any more.
    """

    __tablename__ = "index_set"
    __table_args__ = (
        Index(
            "uq_index_set_engine_state",
            "engine",
            "state",
            unique=True,
            sqlite_where=text("state <> 'old'"),
            postgresql_where=text("state <> 'old'"),
        ),
    )

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    engine: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(200))
    dimension: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    """building, live or old."""
    changed_at: Mapped[datetime]
    """When it came into this state."""
    revision: Mapped[int] = mapped_column(BigInteger)
    """It holds everything up to this one, and may hold something later."""
    turn: Mapped[int] = mapped_column(BigInteger)
    """Grows with each turn of a process to write to it: what an earlier one still writes is refused."""
    turn_until: Mapped[datetime | None]
    """Until when the turn is somebody's, unless it is given back or prolonged."""


class KnowledgeBaseRevision(Base):
    """The newest revision of each knowledge base that ever had a document: while it is the same, so is everything that
    can be found in it. Written under the lock of the index state's row alone, which is why it is no column beside what
    people change."""

    __tablename__ = "knowledge_base_revision"

    knowledge_base_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)


class ResumableUpload(Base):
    """A file on its way, part by part. Its bytes lie beside the database until it is whole and becomes a document."""

    __tablename__ = "resumable_upload"
    __table_args__ = (Index(None, "user_id", "created_at"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    """Whose it is; nobody else learns of it."""
    knowledge_base_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_base.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(1000))
    described: Mapped[str] = mapped_column(Text, default="")
    """What the sender said of it, as it came: the protocol has it told back."""
    modified_at: Mapped[datetime | None]
    length: Mapped[int] = mapped_column(BigInteger)
    """Bytes of the whole file."""
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    """So many of them are safely on disk. All of them only together with `document_id`."""
    document_id: Mapped[UUID | None]
    """What it became."""
    outcome: Mapped[str | None] = mapped_column(String(16))
    duplicate_of: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class Reprocessing(Base):
    """One passage of a knowledge base's documents through the pipeline. `state`: running, paused, succeeded,
    cancelled. One at a time; a new one takes the place of the last."""

    __tablename__ = "reprocessing"
    __table_args__ = (
        Index(None, "knowledge_base_id"),
        Index(
            "uq_reprocessing_open",
            "knowledge_base_id",
            unique=True,
            sqlite_where=text("state IN ('running', 'paused')"),
            postgresql_where=text("state IN ('running', 'paused')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    knowledge_base_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_base.id"))
    which: Mapped[str] = mapped_column(String(16))
    """all, stale, failed, chosen."""
    state: Mapped[str] = mapped_column(String(16), default="running")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class ReprocessingItem(Base):
    """One document of it. `state`: waiting, queued, done, failed, skipped (it is gone, or it was cancelled)."""

    __tablename__ = "reprocessing_item"
    __table_args__ = (Index(None, "reprocessing_id", "state", "document_id"), Index(None, "document_id"))

    reprocessing_id: Mapped[UUID] = mapped_column(ForeignKey("reprocessing.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    version_id: Mapped[UUID | None]
    """The version that is being made of it."""
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it failed, and what to do."""
