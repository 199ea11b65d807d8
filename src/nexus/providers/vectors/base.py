"""The port to the index. An engine returns candidates with raw scores; fusion stands above it (`retrieval.ranking`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.core.errors import NexusError, UnavailableError

Half = NDArray[np.float16]


class SnapshotError(NexusError):
    """The file cannot be trusted or is not there; the index must be rebuilt from the rows."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "index-snapshot"
    title: ClassVar[str] = "The index snapshot cannot be used"


class IndexUnavailableError(UnavailableError):
    """The server that keeps the index does not answer, or not in time."""

    slug: ClassVar[str] = "index-unavailable"
    title: ClassVar[str] = "The search index does not answer"


class SetGoneError(IndexUnavailableError):
    """The set of vectors is not on the server: another one has taken its place, or the server was emptied."""


class StaleTurnError(IndexUnavailableError):
    """Somebody with a later turn has written since: nothing was written."""


@dataclass(frozen=True, slots=True)
class IndexFilter:
    """What a search may see at all. Only `access` builds one; no engine has a default for it.

    A chunk passes when its document is active, of this tenant, in one of `knowledge_bases`, and has
    one of `principals` among its readers, and the optional conditions hold. Empty sets let nothing pass. With `also`,
    one of those must be among its readers too: for showing somebody what somebody else finds.
    """

    tenant_id: UUID
    principals: frozenset[str]
    knowledge_bases: frozenset[UUID]
    media_types: frozenset[str] | None = None
    modified_from: datetime | None = None
    modified_before: datetime | None = None
    also: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ChunkTerms:
    """The words of one chunk, for the keyword side: parallel arrays, `ids` ascending and distinct."""

    ids: NDArray[np.uint64]
    """Stable 64-bit hashes of analysed terms (`core.text.analysis`)."""
    counts: NDArray[np.uint8]
    """Occurrences, saturating at 255."""
    length: int
    """Number of terms in the chunk, repetitions included."""


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """One document's active version as the index holds it. Replaces whatever stood under `document_id`."""

    document_id: UUID
    version_id: UUID
    tenant_id: UUID
    knowledge_base_id: UUID
    readers: frozenset[str]
    media_type: str
    modified_at: datetime
    active: bool
    chunk_ids: Sequence[UUID]
    vectors: Half
    """`(len(chunk_ids), dimension)`, unit length before rounding to float16."""
    terms: Sequence[ChunkTerms]


@dataclass(frozen=True, slots=True)
class DocumentAttributes:
    """The part of a document that can change without its content: a move, a grant, a soft delete."""

    document_id: UUID
    knowledge_base_id: UUID
    readers: frozenset[str]
    modified_at: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a question: any of `ids` (its stems in several languages) counts as the word."""

    ids: tuple[int, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk with its raw scores. `None` means that this engine did not compute that side for it."""

    chunk_id: UUID
    document_id: UUID
    version_id: UUID
    dense: float | None
    """Cosine of the chunk and the question, -1 to 1."""
    keyword: float | None
    """BM25, 0 when no word of the question occurs."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a search found. The statistics are of the chunks that pass the filter, never of others."""

    hits: Sequence[Candidate]
    """The union of the true top-k by cosine and the true top-k by BM25, in no particular order."""
    searched: int
    """How many chunks passed the filter."""
    dense_median: float
    """Median cosine among them (0.0 when nothing passed)."""
    term_chunks: Sequence[int]
    """Per query term: how many of those chunks hold it (its document frequency under the filter)."""


@dataclass(frozen=True, slots=True)
class IndexStatistics:
    documents: int
    chunks: int
    dead_chunks: int
    memory_bytes: int


class VectorIndex(Protocol):
    """Dense and keyword search under a filter. Every method may be awaited from many tasks at once.

    Scores of a search depend only on the chunks that pass its filter: word frequencies and average
    length are those of the permitted part, so that a hidden document changes nothing anybody sees.
    """

    @property
    def dimension(self) -> int: ...

    async def upsert(self, documents: Sequence[IndexedDocument]) -> None: ...

    async def update_attributes(self, documents: Sequence[DocumentAttributes]) -> None:
        """Unknown ids are ignored."""
        ...

    async def remove(self, document_ids: Sequence[UUID]) -> None:
        """Unknown ids are ignored."""
        ...

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        """`vector` None searches by words only; `terms` empty by meaning only. `limit` is k of each side."""
        ...

    async def contents(self, tenant_id: UUID) -> dict[UUID, tuple[UUID, int]]:
        """Document id → (version id, number of chunks): what `nexus index check` compares with the rows."""
        ...

    async def statistics(self) -> IndexStatistics: ...

    async def aclose(self) -> None: ...


class ReplayedIndex(VectorIndex, Protocol):
    """An engine in this process's memory, which its owner fills from the committed rows at each start."""

    async def snapshot(self, path: Path, revision: int) -> None:
        """Writes all that is held, atomically; `revision` says how far that goes."""
        ...

    async def restore(self, path: Path) -> int:
        """Replaces all that is held; returns the revision. Raises SnapshotError and changes nothing."""
        ...


class SharedEngine(Protocol):
    """Sets of vectors on a server that every process of an installation searches. Each set is a `VectorIndex`.

    What an engine owes, and `knowledge.shared_index` builds on:

    - What a write has returned from is found, and what it removed is not, by the next search of any process.
    - A search sees a document as one write left it, never half of it.
    - Nothing waits for ever: a call that the server does not answer in time raises IndexUnavailableError. A write that
      failed so may have happened; it is repeated until it succeeds, so all writes are idempotent.
    - A set that is not there raises SetGoneError, in reading as in writing.
    - One process at a time writes to a set, by turns with growing numbers. A server that can do so refuses the
      writes of an earlier turn with StaleTurnError. One that cannot accepts them; then `nexus index check` finds what a
      process wrote that had slept through its turn.
    """

    @property
    def name(self) -> str:
        """As `NEXUS_INDEX__ENGINE` spells it. A row of `index_set` carries it."""
        ...

    async def make_set(self, name: str, dimension: int) -> None:
        """Makes an empty set, unless it is there. A name is a small letter and then small letters or digits."""
        ...

    def open_set(self, name: str, dimension: int, turn: int = 0) -> VectorIndex:
        """A set to search, or to write to in this turn. Asks the server nothing; its `aclose` closes nothing."""
        ...

    async def newest_turn(self, name: str) -> int | None:
        """The last turn that wrote to the set, 0 if none did or it is not remembered; None when it is not there."""
        ...

    async def settle(self, name: str) -> None:
        """All of a new set has been written: what makes searching it fast may be done now."""
        ...

    async def drop_set(self, name: str) -> None:
        """Removes a set; one that is not there is gone already."""
        ...

    async def aclose(self) -> None: ...
