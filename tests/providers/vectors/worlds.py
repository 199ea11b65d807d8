"""Random documents, filters and questions for the index: small vocabularies, so that everything collides."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from nexus.core.ids import new_id
from nexus.providers.vectors.base import ChunkTerms, IndexedDocument, IndexFilter, QueryTerm

DIMENSION = 24
START = datetime(2024, 1, 1, tzinfo=UTC)


class World:
    """Everything is drawn from `seed` but the ids, which are new each time."""

    def __init__(self, seed: int, *, tenants: int = 2, knowledge_bases: int = 3, readers: int = 12) -> None:
        self.random = np.random.default_rng(seed)
        self.tenants = [new_id() for _ in range(tenants)]
        self.knowledge_bases = [new_id() for _ in range(knowledge_bases)]
        self.readers = [f"group:{number}" for number in range(readers)]
        self.media_types = ["text/plain", "text/markdown", "application/pdf"]
        self.words = np.unique(self.random.integers(1, 2**64 - 1, 400, dtype=np.uint64))
        self.random.shuffle(self.words)
        self.centres = self.random.standard_normal((12, DIMENSION))

    def vectors(self, count: int) -> np.ndarray:
        around = self.centres[self.random.integers(len(self.centres), size=count)]
        drawn = around + 0.7 * self.random.standard_normal((count, DIMENSION))
        return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)

    def terms(self) -> ChunkTerms:
        size = int(self.random.integers(0, 60))
        words = self.words[np.minimum(self.random.zipf(1.3, size), len(self.words)) - 1]
        ids, counts = np.unique(words, return_counts=True)
        return ChunkTerms(ids, counts.astype(np.uint8), size)

    def some(self, values: list, least: int = 0) -> frozenset:
        size = int(self.random.integers(least, max(least, len(values) // 3) + 1))
        return frozenset(values[at] for at in self.random.permutation(len(values))[:size])

    def document(self, *, chunks: int | None = None, **given: Any) -> IndexedDocument:
        count = int(self.random.integers(0, 7)) if chunks is None else chunks
        vectors, terms = self.vectors(count), [self.terms() for _ in range(count)]
        for place in range(1, count):
            if self.random.random() < 0.2:  # the same passage twice: equal scores on both sides
                vectors[place], terms[place] = vectors[place - 1], terms[place - 1]
        drawn: dict[str, Any] = {
            "document_id": new_id(),
            "version_id": new_id(),
            "tenant_id": self.tenants[int(self.random.integers(len(self.tenants)))],
            "knowledge_base_id": self.knowledge_bases[int(self.random.integers(len(self.knowledge_bases)))],
            "readers": self.some(self.readers),
            "media_type": self.media_types[int(self.random.integers(len(self.media_types)))],
            "modified_at": START + timedelta(hours=int(self.random.integers(0, 1000))),
            "active": bool(self.random.random() < 0.9),
            "chunk_ids": [new_id() for _ in range(count)],
            "vectors": vectors,
            "terms": terms,
        }
        return IndexedDocument(**{**drawn, **given})

    def documents(self, count: int, **given: Any) -> list[IndexedDocument]:
        return [self.document(**given) for _ in range(count)]

    def filter(self, tenant: UUID | None = None) -> IndexFilter:
        draw = self.random.random
        start = START + timedelta(hours=int(self.random.integers(0, 1000)))
        return IndexFilter(
            tenant_id=tenant or self.tenants[0],
            principals=self.some(self.readers),
            knowledge_bases=self.some(self.knowledge_bases * 3),
            media_types=self.some(self.media_types * 2) if draw() < 0.3 else None,
            modified_from=start if draw() < 0.2 else None,
            modified_before=start + timedelta(hours=400) if draw() < 0.2 else None,
            also=self.some(self.readers) if draw() < 0.2 else None,
        )

    def everything(self, tenant: UUID | None = None) -> IndexFilter:
        return IndexFilter(tenant or self.tenants[0], frozenset(self.readers), frozenset(self.knowledge_bases))

    def vector(self) -> np.ndarray:
        return self.vectors(1)[0].astype(np.float32)

    def question(self, words: int = 5) -> list[QueryTerm]:
        drawn = np.minimum(self.random.zipf(1.3, (words, 2)), len(self.words)) - 1
        return [
            QueryTerm(
                tuple(int(self.words[place]) for place in pair[: 1 + int(self.random.integers(2))]),
                weight=float(self.random.choice([1.0, 0.5])),
            )
            for pair in drawn
        ]
