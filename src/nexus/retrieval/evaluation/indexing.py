"""Parsing, cutting, embedding and indexing the documents of a question set."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

import numpy as np

from nexus.core.text.analysis import count_terms
from nexus.core.text.languages import detect_language
from nexus.core.text.normalise import normalise_with_offsets
from nexus.providers.embeddings.base import Embedder
from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.vectors.base import ChunkTerms, IndexedDocument, IndexFilter, VectorIndex
from nexus.retrieval.evaluation.questions import QuestionSet, SourceDocument

_NOBODY = UUID(int=0)
_EVERYBODY = "evaluation"
_CHARACTERS_AT_ONCE = 500_000
_COMMON_LANGUAGE = 0.05
"""A language of at least this share of the documents is one that questions may be in."""

SHELVES = 10
"""Over so many knowledge bases the documents are spread in turn."""


def without(shelves: Collection[int]) -> IndexFilter:
    """The set without the documents of these shelves: what is left when some documents are taken away."""
    left = (UUID(int=shelf) for shelf in range(SHELVES) if shelf not in shelves)
    return IndexFilter(_NOBODY, frozenset({_EVERYBODY}), frozenset(left))


WHOLE_SET = without(())


class EvaluatedChunk(Protocol):
    """What is asked of a chunk; `ingestion.chunking.Chunk` is one."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def ordinal(self) -> int: ...
    @property
    def token_count(self) -> int: ...
    @property
    def context(self) -> str: ...
    def with_context(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class EvaluationTools:
    """The pieces under test, chosen by the composition root."""

    parse: Callable[[Path], ParsedDocument]
    """Raises ParseError."""
    chunk: Callable[[ParsedDocument], Sequence[EvaluatedChunk]]
    embedder: Embedder
    index: Callable[[int], VectorIndex]
    """An empty index for vectors of this dimension."""
    report: Callable[[str], None] = field(default=lambda _: None)
    """Told what is being done, for the person who waits."""


@dataclass(frozen=True, slots=True)
class CorpusChunk:
    """A chunk, and what of the set it stands for."""

    document: str
    context: str
    text: str
    start: int
    """Where it is in the original text, for spans."""
    end: int
    pages: tuple[tuple[str, str], ...]
    """The pages it stands for: id and the text of the chunk on it, the one with most of it first."""
    ordinal: int
    """Its place among the chunks of its document, from 0."""
    tokens: int
    """With its context."""

    @property
    def read(self) -> str:
        """What is searched and embedded."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(slots=True)
class Corpus:
    """The indexed documents of a set."""

    index: VectorIndex
    chunks: dict[UUID, CorpusChunk] = field(default_factory=dict[UUID, CorpusChunk])
    languages: dict[str, int] = field(default_factory=dict[str, int])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    shelves: dict[str, int] = field(default_factory=dict[str, int])
    """On which one a document stands."""
    documents: int = 0
    unreadable: int = 0

    def common_languages(self) -> list[str]:
        return [name for name, count in self.languages.items() if count >= _COMMON_LANGUAGE * self.documents]


async def index_documents(questions: QuestionSet, tools: EvaluationTools) -> Corpus:
    """Documents that cannot be parsed are counted and left out. Raises EmbeddingError."""
    corpus = Corpus(tools.index(tools.embedder.spec.dimension))
    waiting: list[tuple[ParsedDocument, SourceDocument]] = []
    held = 0
    with tempfile.TemporaryDirectory(prefix="nexus-eval-") as folder:
        for source in questions.documents():
            try:
                parsed = _parse(source, Path(folder), tools)
            except ParseError:
                corpus.unreadable += 1
                continue
            waiting.append((parsed, source))
            held += len(parsed.text)
            if held > _CHARACTERS_AT_ONCE:
                await _add(waiting, questions, corpus, tools)
                waiting, held = [], 0
                tools.report(f"{questions.name}: {corpus.documents:,} documents, {len(corpus.chunks):,} chunks")
    await _add(waiting, questions, corpus, tools)
    return corpus


def _parse(source: SourceDocument, folder: Path, tools: EvaluationTools) -> ParsedDocument:
    if source.path is not None:
        return tools.parse(source.path)
    path = folder / "document.md"
    path.write_text(source.text, encoding="utf-8", errors="replace", newline="")
    parsed = tools.parse(path)
    return replace(parsed, title=source.title or parsed.title)


async def _add(
    documents: Sequence[tuple[ParsedDocument, SourceDocument]],
    questions: QuestionSet,
    corpus: Corpus,
    tools: EvaluationTools,
) -> None:
    chunked = [(parsed, source, tools.chunk(parsed)) for parsed, source in documents]
    texts = [chunk.with_context(parsed.text) for parsed, _, chunks in chunked for chunk in chunks]
    if not texts:
        return
    vectors = (await tools.embedder.embed_documents(texts)).astype(np.float16)
    indexed: list[IndexedDocument] = []
    done = 0
    for parsed, source, chunks in chunked:
        corpus.documents += 1
        corpus.texts[source.id] = parsed.text
        language = detect_language(parsed.text)
        corpus.languages[language] = corpus.languages.get(language, 0) + 1
        corpus.shelves[source.id] = corpus.documents % SHELVES
        ids: list[UUID] = []
        for chunk in _located(parsed, source, chunks, questions):
            ids.append(UUID(int=len(corpus.chunks) + 1))
            corpus.chunks[ids[-1]] = chunk
        counted = [count_terms(text, language) for text in texts[done : done + len(ids)]]
        indexed.append(
            IndexedDocument(
                document_id=UUID(int=corpus.documents),
                version_id=UUID(int=corpus.documents),
                tenant_id=_NOBODY,
                knowledge_base_id=UUID(int=corpus.shelves[source.id]),
                readers=frozenset({_EVERYBODY}),
                media_type=parsed.media_type,
                modified_at=datetime(2000, 1, 1, tzinfo=UTC),
                active=True,
                chunk_ids=ids,
                vectors=vectors[done : done + len(ids)],
                terms=[ChunkTerms(one.ids, one.counts, one.length) for one in counted],
            )
        )
        done += len(ids)
    await corpus.index.upsert(indexed)


def _located(
    parsed: ParsedDocument, source: SourceDocument, chunks: Sequence[EvaluatedChunk], questions: QuestionSet
) -> Iterator[CorpusChunk]:
    """Chunks with the places that the set speaks of: spans of the original text, pages from zero."""
    place = _original_places(parsed, source) if questions.unit == "span" else None
    for chunk in chunks:
        start, end = place(chunk.start, chunk.end) if place else (chunk.start, chunk.end)
        pages = _pages(parsed, source, chunk) if questions.unit == "page" else ()
        text = parsed.text[chunk.start : chunk.end]
        yield CorpusChunk(source.id, chunk.context, text, start, end, pages, chunk.ordinal, chunk.token_count)


def _original_places(parsed: ParsedDocument, source: SourceDocument) -> Callable[[int, int], tuple[int, int]]:
    raw = source.text if source.path is None else source.path.read_bytes().decode("utf-8")
    normalised = normalise_with_offsets(raw)
    shift = len(normalised.text) - len(parsed.text)
    if not normalised.text.endswith(parsed.text):
        raise ParseError("unsupported", f"{source.id}: spans can be followed through text and Markdown files only.")
    return lambda start, end: normalised.raw_span(start + shift, end + shift)


def _pages(parsed: ParsedDocument, source: SourceDocument, chunk: EvaluatedChunk) -> tuple[tuple[str, str], ...]:
    on_page = [
        (f"{source.id}:{page.number - 1}", parsed.text[max(chunk.start, page.start) : min(chunk.end, page.end)])
        for page in parsed.pages
        if page.start < chunk.end and chunk.start < page.end
    ]
    return tuple(sorted(on_page, key=lambda one: -len(one[1])))
