"""Installations with any number of chunks, made by writing rows: what a long ingestion would have left.

A hundred knowledge bases hold the same number of documents each; three people may read all, ten, or one of them.
Texts are about topics, with words by Zipf's law mixed in; vectors lie around those that the real model gives to texts
about the topic, so that real questions find what they are about. Made once and kept below `benchmarks/out`.
"""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product as pairs
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import insert
from sqlalchemy.schema import CreateTable

from benchmarks.corpora import OUT
from benchmarks.product import FOUNDER, Product
from benchmarks.prose import TOPICS, Writer
from nexus import tables
from nexus.access.models import Level, ResourceKind
from nexus.access.principal import Role, SubjectKind
from nexus.access.service import add_grant
from nexus.core.db import AsyncSession, Database, create_engine
from nexus.core.ids import new_id
from nexus.core.migrate import migrate
from nexus.core.text.analysis import count_terms
from nexus.identity import service as identity
from nexus.knowledge.models import Chunk, ChunkVector, Document, DocumentVersion, IndexState, KnowledgeBase
from nexus.knowledge.packing import pack_terms, pack_vectors
from nexus.providers.embeddings.base import Vectors
from nexus.providers.embeddings.local import LocalEmbedder
from nexus.providers.vectors.base import ChunkTerms

READERS = {"100 %": "everything@bench.example", "10 %": "tenth@bench.example", "1 %": "hundredth@bench.example"}
"""The share of chunks they may read → who."""
_SHELVES = 100
_READABLE = {"100 %": _SHELVES, "10 %": _SHELVES // 10, "1 %": 1}
_CHUNKS = 10
"""Of a document."""
_SUBJECTS = 400
_SAMPLES = 5
"""Texts of each subject that the model really embeds."""
_NOISE = 0.03
"""Of each component: cosines of 0.8 and more to the sample, 0.6 and more between two of the same."""
_VOCABULARY = 50_000
_MIXED_IN = 0.3
_VERSION = 2
"""Of what is made here; a change makes it anew."""


@contextmanager
def copy_of(chunks: int) -> Generator[Path, None, None]:
    """A data folder of its own with so many chunks and a snapshot of the index; gone at the end."""
    kept = _provide(chunks)
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as temporary:
        yield Path(shutil.copytree(kept, Path(temporary) / "data"))


def subjects() -> list[str]:
    """What the documents are about, in the order of their chunks."""
    chosen = list(pairs(TOPICS, TOPICS))[:: len(TOPICS) ** 2 // _SUBJECTS][:_SUBJECTS]
    return [f"{first} and {second}" for first, second in chosen]


def questions(count: int, seed: int) -> list[str]:
    """Different ones for every seed, so that no vector of a question is remembered."""
    writer, about = Writer(seed), subjects()
    return [writer.question(writer.random.choice(about)) for _ in range(count)]


def sentences(count: int, seed: int) -> list[str]:
    """Sentences of the documents, as questions that certainly find something: where every answer must be written."""
    chosen, about = Writer(seed).random, subjects()
    texts = (_sample_texts(number, about[number])[0] for number in chosen.choices(range(len(about)), k=count))
    return [chosen.choice(text.removesuffix(".").split(". ")) for text in texts]


def _provide(chunks: int) -> Path:
    folder = OUT / f"rows-{chunks}-{_fingerprint()}"
    if not (folder / "complete").exists():
        for former in OUT.glob(f"rows-{chunks}-*"):
            shutil.rmtree(former)
        folder.mkdir(parents=True)
        asyncio.run(_fill(folder, chunks))
        with Product(folder) as first:
            # Reads the rows; writes the snapshot as it ends.
            (folder / "complete").write_text(f"{first.started_in:.1f} s to read the rows\n")
    return folder


def _fingerprint() -> str:
    """Of what is made here and of the tables it is written to."""
    statements = [str(CreateTable(table)) for table in tables.metadata.sorted_tables]
    return hashlib.sha256("\n".join([str(_VERSION), *statements]).encode()).hexdigest()[:8]


async def _fill(folder: Path, chunks: int) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{folder / 'nexus.db'}")
    await migrate(engine)
    db = Database(engine)
    embedder = LocalEmbedder()
    try:
        samples = [text for number, about in enumerate(subjects()) for text in _sample_texts(number, about)]
        vectors = await embedder.embed_documents(samples)
        texts = _Texts(samples, vectors, embedder.spec.name)
        async with db.write() as session:
            tenant, shelves = await _people_and_shelves(session)
        each = max(1, chunks // _CHUNKS // _SHELVES)
        for revision, shelf in enumerate(shelves, 1):
            async with db.write(durable=False) as session:
                await _add_documents(session, texts, tenant, shelf, each, revision)
        async with db.write() as session:
            session.add(
                IndexState(
                    id=1,
                    revision=len(shelves),
                    embedding_model=embedder.spec.name,
                    dimension=embedder.spec.dimension,
                )
            )
    finally:
        await embedder.aclose()
        await db.aclose()


def _sample_texts(number: int, about: str) -> list[str]:
    writer = Writer(50_000 + number)
    return [writer.paragraph(about) for _ in range(_SAMPLES)]


async def _people_and_shelves(session: AsyncSession) -> tuple[UUID, list[UUID]]:
    tenant = await identity.create_tenant(session, name="Bench")

    async def person(email: str, role: Role) -> UUID:
        made = await identity.create_user(
            session,
            tenant_id=tenant.id,
            email=email,
            name="Somebody",
            role=role,
            password_hash=None,
            is_founder=role is Role.SUPER_ADMIN,
        )
        return made.id

    founder = await person(FOUNDER, Role.SUPER_ADMIN)
    shelves = [
        KnowledgeBase(id=new_id(), tenant_id=tenant.id, name=f"Shelf {number}", created_by=founder)
        for number in range(_SHELVES)
    ]
    session.add_all(shelves)
    await session.flush()
    for share, email in READERS.items():
        reader = await person(email, Role.USER)
        for shelf in shelves[: _READABLE[share]]:
            await add_grant(
                session,
                tenant_id=tenant.id,
                kind=ResourceKind.KNOWLEDGE_BASE,
                resource_id=shelf.id,
                subject_kind=SubjectKind.USER,
                subject_id=reader,
                level=Level.READ,
            )
    return tenant.id, [shelf.id for shelf in shelves]


async def _add_documents(
    session: AsyncSession, texts: "_Texts", tenant: UUID, shelf: UUID, count: int, revision: int
) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {Document: [], DocumentVersion: [], Chunk: [], ChunkVector: []}
    for _ in range(count):
        for table, made in texts.document(tenant, shelf, revision).items():
            rows[table] += made
    for table, made in rows.items():
        await session.execute(insert(table), made)


@dataclass(frozen=True, slots=True)
class _Made:
    text: str
    terms: bytes
    vector: bytes
    words: int


class _Texts:
    """Draws chunks around samples."""

    def __init__(self, samples: Sequence[str], vectors: Vectors, model: str) -> None:
        self._random = np.random.default_rng(17)
        self._samples = [text.split() for text in samples]
        self._vectors = vectors
        self._model = model
        self._rare = _made_up_words(self._random)
        frequency = 1 / (np.arange(_VOCABULARY) + 2.7)
        self._zipf = np.cumsum(frequency / frequency.sum())
        self._terms: dict[str, np.ndarray] = {}
        self._drawn = 0

    def document(self, tenant: UUID, shelf: UUID, revision: int) -> dict[Any, list[dict[str, Any]]]:
        """The rows of one, by table."""
        document_id, version_id = new_id(), new_id()
        title = f"Report {self._drawn // _CHUNKS}"
        made = [self._chunk() for _ in range(_CHUNKS)]
        text = "\n\n".join(chunk.text for chunk in made)
        shared = {"tenant_id": tenant, "sha256": document_id.hex * 2, "size": len(text), "title": title}
        chunk_rows: list[dict[str, Any]] = []
        vector_rows: list[dict[str, Any]] = []
        start = 0
        for ordinal, chunk in enumerate(made):
            chunk_id, end = new_id(), start + len(chunk.text)
            page = ordinal // 3 + 1
            chunk_rows.append(
                {
                    "id": chunk_id,
                    "version_id": version_id,
                    "ordinal": ordinal,
                    "start": start,
                    "end": end,
                    "page": page,
                    "page_end": page,
                    "heading_path": [],
                    "context": title,
                    "text": chunk.text,
                    "token_count": chunk.words,
                    "terms": chunk.terms,
                }
            )
            vector_rows.append({"chunk_id": chunk_id, "model": self._model, "vector": chunk.vector})
            start = end + 2
        document = shared | {
            "id": document_id,
            "knowledge_base_id": shelf,
            "path": f"{title}.txt",
            "name": f"{title}.txt",
            "media_type": "text/plain",
            "language": "en",
            "state": "ready",
            "active_version_id": version_id,
            "index_revision": revision,
            "modified_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
        version = shared | {
            "id": version_id,
            "document_id": document_id,
            "number": 1,
            "state": "active",
            "media_type": "text/plain",
            "text": text,
            "page_count": 4,
            "pages": _pages(chunk_rows),
            "chunk_count": len(made),
            "token_count": sum(chunk.words for chunk in made),
            "embedding_model": self._model,
        }
        return {Document: [document], DocumentVersion: [version], Chunk: chunk_rows, ChunkVector: vector_rows}

    def _chunk(self) -> _Made:
        # Subjects in turn: every knowledge base has something about each.
        sample = self._drawn % _SUBJECTS * _SAMPLES + int(self._random.integers(_SAMPLES))
        self._drawn += 1
        words = list(self._samples[sample])
        places = self._random.choice(len(words) - 1, int(len(words) * _MIXED_IN), replace=False)
        drawn = self._zipf.searchsorted(self._random.random(len(places))).clip(max=_VOCABULARY - 1)
        for place, word in zip(places.tolist(), drawn.tolist(), strict=True):
            if words[place][-1].isalnum():
                words[place] = self._rare[word]
        vector = self._vectors[sample] + _NOISE * self._random.standard_normal(self._vectors.shape[1], np.float32)
        packed = pack_vectors((vector / np.linalg.norm(vector))[None])[0]
        return _Made(" ".join(words), self._pack(words), packed, len(words))

    def _pack(self, words: Sequence[str]) -> bytes:
        """The words' terms as ingestion would count them, word by word."""
        for word in words:
            if word not in self._terms:
                found = count_terms(word, "en")
                self._terms[word] = found.ids.repeat(found.counts)
        every = np.concatenate([self._terms[word] for word in words])
        ids, counts = np.unique(every, return_counts=True)
        return pack_terms(ChunkTerms(ids, counts.clip(max=255).astype(np.uint8), len(every)))


def _pages(chunk_rows: Sequence[dict[str, Any]]) -> list[list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in chunk_rows:
        page = found.setdefault(row["page"], [row["page"], row["start"], row["end"], ""])
        page[2] = row["end"]
    return list(found.values())


def _made_up_words(random: np.random.Generator) -> list[str]:
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "er")]
    drawn = random.integers(len(syllables), size=(_VOCABULARY, 3))
    return ["".join(syllables[index] for index in row) for row in drawn.tolist()]
