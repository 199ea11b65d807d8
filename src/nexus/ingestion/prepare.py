"""From a file to everything that can be known without a model: text, pages, chunks and their words.

Runs in a limited child process, because both the file and the text in it are hostile until proved otherwise.
"""

from collections.abc import Iterator, Sequence
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
from nexus.providers.parsers.attached import Enclosure, PlacedSheet, place_sheets, with_attachments
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
    document, own = read_file(parser, path, filename, recognised)
    sheets = tuple(place_sheets(document, own))
    if enclosures:
        document, sheets = with_attachments(document, enclosures, ParseLimits())
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
        tables=tuple(_tables(document, sheets, filename)),
    )


def read_file(
    parser: Parser, path: Path, filename: str, recognised: tuple[PageWords, ...]
) -> tuple[ParsedDocument, tuple[Sheet, ...]]:
    """A file's text and its sheets. Raises ParseError for the text: what cannot be calculated with can be searched."""
    document = parser.parse(path, filename, recognised)
    try:
        return document, parser.sheets(path, filename)
    except ParseError:
        return document, ()


def _tables(document: ParsedDocument, sheets: Sequence[PlacedSheet], filename: str) -> Iterator[PreparedTable]:
    left = MOST_TABLES
    for each in sheets:
        found = read_tables(each.sheet, Path(each.file or filename).stem)[:left]
        left -= len(found)
        if found:
            lines = _lines(document.text, each.start, each.end, each.sheet)
            page = next((page.number for page in document.pages if page.start <= each.start < page.end), 1)
            for table in found:
                spans = [lines[row] for row in range(table.first_row, table.last_row + 1) if row in lines]
                start, end = (spans[0][0], spans[-1][1]) if spans else (each.start, each.end)
                sheet = ": ".join(filter(None, (each.file, table.sheet)))
                yield PreparedTable(replace(table, page=page, sheet=sheet), start, end)


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
