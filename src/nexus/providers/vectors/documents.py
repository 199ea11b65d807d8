"""The documents of the embedded index as columns, and the filter evaluated over them."""

import threading
from array import array
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import DocumentAttributes, IndexedDocument, IndexFilter

Bools = NDArray[np.bool_]
Codes = NDArray[np.int32]
Ids = NDArray[np.uint64]

_Value = TypeVar("_Value", bound=Hashable)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LOW = (1 << 64) - 1


def pack_ids(ids: Iterable[UUID]) -> Ids:
    """UUIDs as `(n, 2)` unsigned halves, high half first: rows compare as the UUIDs do."""
    return np.array([(value.int >> 64, value.int & _LOW) for value in ids], dtype=np.uint64).reshape(-1, 2)


def unpack_ids(ids: Ids) -> list[UUID]:
    return [UUID(int=high << 64 | low) for high, low in ids.tolist()]


def microseconds(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970, without a detour through floats."""
    return (moment - _EPOCH) // _MICROSECOND


class Interner(Generic[_Value]):
    """A small integer for each distinct value, in order of first sight. Grows only; one thread writes, any reads."""

    def __init__(self, values: Iterable[_Value] = ()) -> None:
        self.values: list[_Value] = []
        self._codes: dict[_Value, int] = {}
        for value in values:
            self.code(value)

    def __len__(self) -> int:
        return len(self.values)

    def code(self, value: _Value) -> int:
        code = self._codes.get(value)
        if code is None:
            code = len(self.values)
            self.values.append(value)  # before the code is published: a reader sizes its table by `len`
            self._codes[value] = code
        return code

    def find(self, value: _Value) -> int | None:
        return self._codes.get(value)

    def flags(self, chosen: Iterable[_Value]) -> Bools:
        """A table by code: whether the value is one of `chosen`."""
        codes = [code for code in map(self._codes.get, chosen) if code is not None]
        table = np.zeros(len(self.values), np.bool_)
        table[codes] = True
        return table


class ReaderSets:
    """The distinct sets of readers. Documents share few of them, so a filter is decided per set, not per document."""

    def __init__(self, sets: Iterable[frozenset[str]] = ()) -> None:
        self._sets: Interner[frozenset[str]] = Interner()
        self._holders: dict[str, array[int]] = {}
        self._lock = threading.Lock()
        for readers in sets:
            self.code(readers)

    def __len__(self) -> int:
        return len(self._sets)

    @property
    def sets(self) -> Sequence[frozenset[str]]:
        return self._sets.values

    def code(self, readers: frozenset[str]) -> int:
        known = self._sets.find(readers)
        if known is not None:
            return known
        with self._lock:
            code = self._sets.code(readers)
            for reader in readers:
                self._holders.setdefault(reader, array("i")).append(code)
        return code

    def flags(self, principals: Iterable[str]) -> Bools:
        """A table by code: whether the set holds any of `principals`."""
        with self._lock:  # an array cannot grow while NumPy looks at it
            table = np.zeros(len(self._sets), np.bool_)
            for holder in map(self._holders.get, principals):
                if holder is not None:
                    table[np.frombuffer(holder, np.intc)] = True
        return table


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """What the codes in the columns stand for. Shared by successive tables: a code never changes its meaning."""

    tenants: Interner[UUID]
    knowledge_bases: Interner[UUID]
    media_types: Interner[str]
    readers: ReaderSets

    @classmethod
    def empty(cls) -> "Vocabularies":
        return cls(Interner(), Interner(), Interner(), ReaderSets())


@dataclass(frozen=True, slots=True, eq=False)
class DocumentTable:
    """One row ("slot") for each document version the index took in. Immutable: a change makes a new table.

    A replaced or removed document keeps its slot, no longer `alive`, until `compacted` drops it: chunks
    refer to slots, so clearing one flag hides all chunks of a document at once.
    """

    vocabularies: Vocabularies
    ids: Ids
    versions: Ids
    tenants: Codes
    knowledge_bases: Codes
    media_types: Codes
    readers: Codes
    modified: NDArray[np.int64]
    chunks: Codes
    active: Bools
    alive: Bools

    @classmethod
    def empty(cls) -> "DocumentTable":
        codes = np.zeros(0, np.int32)
        ids = np.zeros((0, 2), np.uint64)
        flags = np.zeros(0, np.bool_)
        return cls(
            Vocabularies.empty(), ids, ids, codes, codes, codes, codes, np.zeros(0, np.int64), codes, flags, flags
        )

    def __len__(self) -> int:
        return len(self.alive)

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in self.columns().values())

    def columns(self) -> dict[str, NDArray[np.generic]]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "vocabularies"}

    def passing(self, index_filter: IndexFilter) -> Bools:
        """`(slots,)`: which documents this filter lets through. What it does not allow by name, it hides."""
        words = self.vocabularies
        tenant = words.tenants.find(index_filter.tenant_id)
        if tenant is None:
            return np.zeros(len(self), np.bool_)
        passing = self.alive & self.active
        passing &= self.tenants == tenant
        passing &= words.knowledge_bases.flags(index_filter.knowledge_bases)[self.knowledge_bases]
        passing &= words.readers.flags(index_filter.principals)[self.readers]
        if index_filter.also is not None:
            passing &= words.readers.flags(index_filter.also)[self.readers]
        if index_filter.media_types is not None:
            passing &= words.media_types.flags(index_filter.media_types)[self.media_types]
        if index_filter.modified_from is not None:
            passing &= self.modified >= microseconds(index_filter.modified_from)
        if index_filter.modified_before is not None:
            passing &= self.modified < microseconds(index_filter.modified_before)
        return passing

    def of_tenant(self, tenant_id: UUID) -> NDArray[np.intp]:
        """The living slots of one tenant, inactive documents included."""
        tenant = self.vocabularies.tenants.find(tenant_id)
        if tenant is None:
            return np.zeros(0, np.intp)
        return np.flatnonzero(self.alive & (self.tenants == tenant))

    def appended(self, documents: Sequence[IndexedDocument]) -> "DocumentTable":
        """With a new slot for each document, in order, after the present ones."""
        words = self.vocabularies
        added = DocumentTable(
            vocabularies=words,
            ids=pack_ids(document.document_id for document in documents),
            versions=pack_ids(document.version_id for document in documents),
            tenants=_codes(words.tenants.code(document.tenant_id) for document in documents),
            knowledge_bases=_codes(words.knowledge_bases.code(document.knowledge_base_id) for document in documents),
            media_types=_codes(words.media_types.code(document.media_type) for document in documents),
            readers=_codes(words.readers.code(document.readers) for document in documents),
            modified=np.array([microseconds(document.modified_at) for document in documents], np.int64),
            chunks=_codes(len(document.chunk_ids) for document in documents),
            active=np.array([document.active for document in documents], np.bool_),
            alive=np.ones(len(documents), np.bool_),
        )
        theirs = added.columns()
        return replace(self, **{name: np.concatenate((ours, theirs[name])) for name, ours in self.columns().items()})

    def without(self, slots: Sequence[int]) -> "DocumentTable":
        if not slots:
            return self
        alive = self.alive.copy()
        alive[np.asarray(slots, np.intp)] = False
        return replace(self, alive=alive)

    def updated(self, changes: Sequence[tuple[int, DocumentAttributes]]) -> "DocumentTable":
        """With other attributes at the given slots; of two changes to one slot the later stands."""
        words = self.vocabularies
        knowledge_bases, readers = self.knowledge_bases.copy(), self.readers.copy()
        modified, active = self.modified.copy(), self.active.copy()
        for slot, attributes in changes:
            knowledge_bases[slot] = words.knowledge_bases.code(attributes.knowledge_base_id)
            readers[slot] = words.readers.code(attributes.readers)
            modified[slot] = microseconds(attributes.modified_at)
            active[slot] = attributes.active
        return replace(self, knowledge_bases=knowledge_bases, readers=readers, modified=modified, active=active)

    def compacted(self, keep: Bools) -> "DocumentTable":
        """Only the slots in `keep`, renumbered in order, with vocabularies that hold nothing unused."""
        columns = {name: column[keep] for name, column in self.columns().items()}
        words = self.vocabularies
        tenants, columns["tenants"] = _recoded(words.tenants.values, columns["tenants"])
        bases, columns["knowledge_bases"] = _recoded(words.knowledge_bases.values, columns["knowledge_bases"])
        types, columns["media_types"] = _recoded(words.media_types.values, columns["media_types"])
        readers, columns["readers"] = _recoded(words.readers.sets, columns["readers"])
        vocabularies = Vocabularies(Interner(tenants), Interner(bases), Interner(types), ReaderSets(readers))
        return replace(self, vocabularies=vocabularies, **columns)


def _codes(values: Iterable[int]) -> Codes:
    return np.fromiter(values, np.int32)


def _recoded(values: Sequence[_Value], column: NDArray[np.generic]) -> tuple[list[_Value], Codes]:
    used, recoded = np.unique(column, return_inverse=True)
    return [values[int(code)] for code in used], recoded.astype(np.int32)
