"""What searches and their care know of the index, wherever it is kept: in this process (`own_index`), or on a server
that all processes share (`shared_index`).

Rows are the truth. Every change the index must follow takes the next revision in its own transaction
(`index_queries.next_revision`), and documents are replayed by revision: the index can be ahead of nobody, and
whatever it missed it finds again. A search first reads the revision with its permissions and, when the
index is behind, waits until it has caught up: a deletion or an upload acts on the next question,
whichever process committed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.knowledge.index_queries import StoredVersion
from nexus.knowledge.models import IndexState
from nexus.providers.vectors.base import Candidates, IndexFilter, IndexStatistics, QueryTerm, VectorIndex


@dataclass(frozen=True, slots=True)
class HeldVectors:
    """Vectors of one model that the index holds."""

    model: str
    state: Literal["live", "building", "old"]
    chunks: int


class LiveIndex(Protocol):
    """The index that questions are asked of, level with the rows."""

    @property
    def engine(self) -> str:
        """As `NEXUS_INDEX__ENGINE` spells it."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether it stands outside of this process."""
        ...

    @property
    def revision(self) -> int:
        """Up to which the rows have been followed, as far as this process knows."""
        ...

    @property
    def model(self) -> str:
        """The embedding model whose vectors are searched. It changes while the process runs."""
        ...

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        """Of the engine's own `search`. Call `catch_up` with the revision read beside the permissions first.

        A vector of another length than those that are searched, because the model has just been changed, is ignored.
        """
        ...

    async def catch_up(self, revision: int) -> None:
        """Returns once the rows have been followed to `revision` at least. Raises IndexUnavailableError."""
        ...

    async def open(self, model: str, dimension: int) -> None:
        """At the start: level with the rows, and searching the vectors of `model` or of the one that it replaces."""
        ...

    async def follow(self, state: IndexState) -> None:
        """What is to be done beside the questions: catch up, and change over to the model that `state` names."""
        ...

    async def rebuild(self) -> None:
        """Builds a new index from the rows beside the one that goes on answering, then changes over."""
        ...

    async def save(self) -> None:
        """Keeps what makes the next start fast."""
        ...

    async def check(
        self, stored: Sequence[StoredVersion], tenant_ids: set[UUID]
    ) -> tuple[list[UUID], list[UUID], list[UUID]]:
        """Documents that are missing here, ghosts here, and held with another version or number of chunks."""
        ...

    async def statistics(self) -> IndexStatistics: ...

    async def held(self) -> Sequence[HeldVectors]:
        """All that is held, also what is being built and what waits to be dropped."""
        ...

    async def look(self) -> None:
        """Raises IndexUnavailableError when the server that keeps it does not answer."""
        ...

    async def aclose(self) -> None: ...


async def compare(
    index: VectorIndex, stored: Sequence[StoredVersion], tenant_ids: set[UUID]
) -> tuple[list[UUID], list[UUID], list[UUID]]:
    """`LiveIndex.check` of what one engine holds."""
    held: dict[UUID, tuple[UUID, int]] = {}
    for tenant_id in tenant_ids:
        held |= await index.contents(tenant_id)
    wanted = {s.document_id: (s.version_id, s.chunks) for s in stored}
    missing = [d for d, (_, count) in wanted.items() if d not in held and count]
    ghosts = [d for d in held if d not in wanted]
    wrong = [d for d in held if d in wanted and held[d] != wanted[d]]
    return missing, ghosts, wrong


def fitting(index: VectorIndex, vector: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    """None instead of a vector that is of another model: words find alone then, for this one question."""
    return vector if vector is not None and len(vector) == index.dimension else None
