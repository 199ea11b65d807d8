"""From a file to everything that can be known without a model: text, pages, chunks and their words.

Runs in a limited child process, because both the file and the text in it are hostile until proved otherwise.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from nexus.core.text.analysis import count_terms
from nexus.core.text.languages import detect_language
from nexus.core.text.normalise import normalise
from nexus.ingestion.chunking import Chunk, ChunkOptions, Counter, chunk
from nexus.knowledge.packing import pack_terms
from nexus.providers.parsers.base import Page, PageWords, ParseError, Parser
from nexus.providers.vectors.base import ChunkTerms


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be embedded. `terms[i]` belongs to `chunks[i]`, packed as it is stored."""

    media_type: str
    title: str
    language: str
    text: str
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    terms: tuple[bytes, ...]
    unread: tuple[int, ...] = ()
    """Pages that are pictures of text. Only where there are any can the rest be empty."""


def prepare(
    parser: Parser,
    counter: Counter,
    path: Path,
    filename: str,
    options: ChunkOptions,
    recognised: tuple[PageWords, ...] = (),
) -> Prepared:
    """Parses, chunks and analyses. Raises ParseError for anything that is wrong with the file."""
    document = parser.parse(path, filename, recognised)
    if not document.title:
        # A chunk is found and understood better when it says what it is from.
        document = replace(document, title=normalise(Path(filename).stem))
    chunks = chunk(document, counter, options)
    if not chunks and recognised:
        raise ParseError(
            "no-text",
            "No text was recognised in it. Upload a sharper scan, or the document that the picture was made from.",
        )
    if not chunks and not document.unread:
        raise ParseError("empty", "The file holds no text. Check that it is the right one, then upload it again.")
    language = detect_language(document.text[:20_000])
    terms = [count_terms(c.with_context(document.text), language) for c in chunks]
    return Prepared(
        media_type=document.media_type,
        title=document.title,
        language=language,
        text=document.text,
        pages=document.pages,
        chunks=tuple(chunks),
        terms=tuple(pack_terms(ChunkTerms(t.ids, t.counts, t.length)) for t in terms),
        unread=document.unread,
    )
