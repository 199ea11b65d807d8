"""Changes to the embedded index: each makes a new state from the present one and publishes it whole."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from nexus.providers.vectors.base import DocumentAttributes, IndexedDocument
from nexus.providers.vectors.checks import check_document
from nexus.providers.vectors.documents import Bools, DocumentTable, unpack_ids
from nexus.providers.vectors.segment import Segment, build_segments, settle
from nexus.providers.vectors.state import IndexState

_IDLE_SLOTS = 1_024


class IndexWriter:
    """Called from one thread at a time. `state` may be read from any: it is replaced, never changed."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._slots: dict[UUID, int] = {}
        self.state = IndexState.empty()

    def upsert(self, documents: Sequence[IndexedDocument]) -> None:
        latest = list({document.document_id: document for document in documents}.values())
        for document in latest:
            check_document(self._dimension, document)
        if not latest:
            return
        table = self.state.table
        first = len(table)
        replaced = [slot for slot in map(self._slots.get, (doc.document_id for doc in latest)) if slot is not None]
        added = build_segments(latest, first)
        table = table.appended(latest).without(replaced)
        self._slots.update((document.document_id, first + place) for place, document in enumerate(latest))
        self._publish(table, [*self.state.segments, *added])

    def update_attributes(self, documents: Sequence[DocumentAttributes]) -> None:
        known = [(self._slots[change.document_id], change) for change in documents if change.document_id in self._slots]
        if known:
            self._publish(self.state.table.updated(known), self.state.segments)

    def remove(self, document_ids: Sequence[UUID]) -> None:
        gone = [
            slot for slot in (self._slots.pop(document_id, None) for document_id in document_ids) if slot is not None
        ]
        if gone:
            self._publish(self.state.table.without(gone), self.state.segments)

    def replace(self, state: IndexState) -> None:
        """Hold what `state` holds and forget the rest."""
        self._slots = _slots_of(state.table)
        self.state = state

    def _publish(self, table: DocumentTable, segments: Sequence[Segment]) -> None:
        settled = settle(segments, table.alive)
        if _idle(table):
            keep = table.alive | _referenced(table, settled)
            renumbered = (np.cumsum(keep) - 1).astype(np.int32)
            table = table.compacted(keep)
            settled = tuple(segment.with_documents(renumbered[segment.documents]) for segment in settled)
            self._slots = _slots_of(table)
        self.state = IndexState(table, settled)


def _idle(table: DocumentTable) -> bool:
    """Whether more is kept of former documents and permissions than of present ones."""
    living = int(np.count_nonzero(table.alive))
    kept = max(len(table), len(table.vocabularies.readers))
    return kept > 2 * living + _IDLE_SLOTS


def _referenced(table: DocumentTable, segments: Sequence[Segment]) -> Bools:
    """The slots that still have rows, dead ones among them."""
    referenced = np.zeros(len(table), np.bool_)
    for segment in segments:
        referenced[segment.documents] = True
    return referenced


def _slots_of(table: DocumentTable) -> dict[UUID, int]:
    slots = np.flatnonzero(table.alive)
    return dict(zip(unpack_ids(table.ids[slots]), slots.tolist(), strict=True))
