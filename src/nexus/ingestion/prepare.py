"""From a file to everything that can be known without a model: text, pages, chunks and their words.

Runs in a limited child process, because both the file and the text in it are hostile until proved otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from nexus.core.ids import new_id
from nexus.core.text.analysis import count_terms
from nexus.core.text.languages import detect_language
from nexus.core.text.normalise import normalise
from nexus.ingestion.chunking import Chunk, ChunkOptions, Counter, chunk
from nexus.ingestion.sheet_tables import MOST_TABLES, SheetTableRead, read_tables
from nexus.knowledge.packing import pack_terms
from nexus.providers.parsers.attached import Enclosure, with_attachments
from nexus.providers.parsers.base import Page, PageWords, ParsedDocument, ParseError, Parser, Sheet
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.vectors.base import ChunkTerms


@dataclass(frozen=True, slots=True)
class PreparedTable:
    """A table of a sheet and the span `[start, end)` of its rows in the document's text."""

    table: SheetTableRead
    start: int
    end: int


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
    tables: tuple[PreparedTable, ...] = ()


def prepare(
    parser: Parser,
    counter: Counter,
    path: Path,
    filename: str,
    options: ChunkOptions,
    recognised: tuple[PageWords, ...] = (),
    enclosures: tuple[Enclosure, ...] = (),
) -> Prepared:
    """Parses, chunks and analyses. Raises ParseError for anything that is wrong with the file.

    `enclosures` is what was attached to it.
    """
    document = parser.parse(path, filename, recognised)
    if enclosures:
        document = with_attachments(document, enclosures, ParseLimits())
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
        tables=tuple(_tables(document, _sheets(parser, path, filename), Path(filename).stem)),
    )


def _sheets(parser: Parser, path: Path, filename: str) -> tuple[Sheet, ...]:
    """What cannot be calculated with can be searched all the same."""
    try:
        return parser.sheets(path, filename)
    except ParseError:
        return ()


def _tables(document: ParsedDocument, sheets: tuple[Sheet, ...], name: str) -> Iterator[PreparedTable]:
    found = 0
    for sheet in sheets:
        tables = read_tables(sheet, name)[: MOST_TABLES - found]
        found += len(tables)
        if tables:
            page = next((page for page in document.pages if page.number == sheet.page), None)
            start, end = (page.start, page.end) if page else (0, len(document.text))
            lines = _lines(document.text, start, end, sheet)
            for table in tables:
                spans = [lines[row] for row in range(table.first_row, table.last_row + 1) if row in lines]
                yield PreparedTable(table, *((spans[0][0], spans[-1][1]) if spans else (start, end)))


def _lines(text: str, start: int, end: int, sheet: Sheet) -> dict[int, tuple[int, int]]:
    """Where each row of the sheet stands in the text; nothing where rows and lines do not match."""
    spans: list[tuple[int, int]] = []
    at = start
    for line in text[start:end].split("\n"):
        if line.strip():
            spans.append((at, at + len(line)))
        at += len(line) + 1
    # The sheet's name stands above its rows.
    spans = spans[len(spans) - len(sheet.rows) :] if 0 <= len(spans) - len(sheet.rows) <= 1 else []
    return {row.number: span for row, span in zip(sheet.rows, spans, strict=False)}


def table_rows(version_id: UUID, prepared: Prepared) -> list[dict[str, Any]]:
    """Rows of `SheetTable`."""
    return [
        {
            "id": new_id(),
            "version_id": version_id,
            "ordinal": ordinal,
            "page": each.table.page,
            "sheet": each.table.sheet[:300],
            "title": each.table.title,
            "name": each.table.name,
            "cells": each.table.cells,
            "start": each.start,
            "end": each.end,
            "columns": [[c.name, c.header, c.kind, c.letter, c.unit, c.odd] for c in each.table.columns],
            "row_count": each.table.row_count,
            "total_count": each.table.total_count,
            "content": each.table.content,
        }
        for ordinal, each in enumerate(prepared.tables)
    ]
