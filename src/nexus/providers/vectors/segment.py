"""Segments: immutable runs of chunks with their vectors and postings, and when to merge them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import Half, IndexedDocument
from nexus.providers.vectors.dense import VectorBlock
from nexus.providers.vectors.documents import Bools, Codes, Ids, pack_ids
from nexus.providers.vectors.keyword import Postings

CAPACITY = 65_536
"""Rows of the largest segment: what 16 bits can number."""
_SMALL = 1_024
_FAN = 4
_DEAD_SHARE = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """At least one chunk, at most `CAPACITY`. A chunk is deleted by the table of documents, never here."""

    documents: Codes
    """Per row, the slot of its document."""
    chunk_ids: Ids
    lengths: NDArray[np.uint32]
    """Per row, its number of terms."""
    vectors: VectorBlock
    postings: Postings
    hashes: NDArray[np.uint64] = field(init=False)
    """Per row, a hash of its chunk id: the order in which chunks are drawn for statistics."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hashes", mixed(self.chunk_ids))

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def nbytes(self) -> int:
        own = self.documents.nbytes + self.chunk_ids.nbytes + self.lengths.nbytes + self.hashes.nbytes
        return own + self.vectors.halves.nbytes + self.postings.nbytes

    def with_documents(self, documents: Codes) -> "Segment":
        return replace(self, documents=documents)


def build_segments(documents: Sequence[IndexedDocument], first_slot: int) -> list[Segment]:
    """The chunks of `documents`, whose slots are consecutive from `first_slot`, cut at the capacity."""
    sizes = [len(document.chunk_ids) for document in documents]
    total = sum(sizes)
    if not total:
        return []
    slots = np.repeat(np.arange(first_slot, first_slot + len(documents), dtype=np.int32), sizes)
    chunk_ids = pack_ids(chain.from_iterable(document.chunk_ids for document in documents))
    halves: Half = np.concatenate([document.vectors for document in documents if len(document.chunk_ids)])
    terms = list(chain.from_iterable(document.terms for document in documents))
    lengths = np.fromiter((chunk.length for chunk in terms), np.uint32, total)
    return [
        Segment(
            documents=slots[start : start + CAPACITY],
            chunk_ids=chunk_ids[start : start + CAPACITY],
            lengths=lengths[start : start + CAPACITY],
            vectors=VectorBlock(halves[start : start + CAPACITY]),
            postings=Postings.build(terms[start : start + CAPACITY]),
        )
        for start in range(0, total, CAPACITY)
    ]


def settle(segments: Sequence[Segment], alive: Bools) -> tuple[Segment, ...]:
    """The same living chunks in good order: no segment a quarter dead, few small ones.

    Merging is tiered: four of a size make one of the next, so a chunk is copied a handful of times on
    its way to a full segment, however small the writes are.
    """
    settled: list[Segment] = []
    for segment in segments:
        living = int(np.count_nonzero(alive[segment.documents]))
        if living >= (1 - _DEAD_SHARE) * len(segment):
            settled.append(segment)
        elif living:
            settled.append(merge([segment], alive))
    while chosen := _crowded(settled):
        rest = [segment for place, segment in enumerate(settled) if place not in chosen]
        settled = [*rest, merge([settled[place] for place in sorted(chosen)], alive)]
    return tuple(settled)


def merge(segments: Sequence[Segment], alive: Bools) -> Segment:
    """One segment with the living rows of several; at least one row must live."""
    keeps = [alive[segment.documents] for segment in segments]
    pairs = [(segment, keep) for segment, keep in zip(segments, keeps, strict=True) if keep.any()]
    postings = [segment.postings if keep.all() else segment.postings.kept(keep) for segment, keep in pairs]
    return Segment(
        documents=np.concatenate([segment.documents[keep] for segment, keep in pairs]),
        chunk_ids=np.concatenate([segment.chunk_ids[keep] for segment, keep in pairs]),
        lengths=np.concatenate([segment.lengths[keep] for segment, keep in pairs]),
        vectors=VectorBlock(np.concatenate([segment.vectors.halves[keep] for segment, keep in pairs])),
        postings=Postings.merged(postings, [int(keep.sum()) for _, keep in pairs]),
    )


def _crowded(segments: Sequence[Segment]) -> frozenset[int]:
    """Places of segments of one size that should become one; empty when all is well."""
    tiers: dict[int, list[int]] = {}
    for place, segment in enumerate(segments):
        tiers.setdefault(_tier(len(segment)), []).append(place)
    for _, places in sorted(tiers.items()):
        if len(places) >= _FAN:
            chosen = _fitting(sorted(places, key=lambda place: len(segments[place])), segments)
            if len(chosen) > 1:
                return chosen
    return frozenset()


def _tier(size: int) -> int:
    tier = 0
    while size > _SMALL:
        size //= _FAN
        tier += 1
    return tier


def _fitting(places: Iterable[int], segments: Sequence[Segment]) -> frozenset[int]:
    chosen: list[int] = []
    total = 0
    for place in places:
        total += len(segments[place])
        if total > CAPACITY:
            break
        chosen.append(place)
    return frozenset(chosen)


def mixed(ids: Ids) -> NDArray[np.uint64]:
    """A 64-bit hash of each id: the finaliser of splitmix64 (Steele, Lea and Flood, 2014)."""
    mixed = ids[:, 0] * np.uint64(0x9E3779B97F4A7C15) + ids[:, 1]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
