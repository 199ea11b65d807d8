"""Blocks to PDF: one column or two, with fixed dates and uncompressed streams, so that the bytes never vary."""

import io
from functools import partial
from html import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    ListFlowable,
    NextPageTemplate,
    PageTemplate,
)
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from demo.markup import Block, Heading, Items, Paragraph, Table

_WIDTH, _HEIGHT = A4
_MARGIN = 20 * mm
_GUTTER = 8 * mm
_BANNER = 38 * mm  # the part of the first page that carries the title, above both columns
_INK = colors.HexColor("#12355b")


def render_pdf(blocks: tuple[Block, ...], *, author: str, columns: int = 1) -> bytes:
    """A4 pages with a footer; the first block must be the title. `columns` is 1 or 2."""
    title, *rest = blocks
    if not isinstance(title, Heading):
        raise TypeError("A document begins with its title.")
    out = io.BytesIO()
    document = BaseDocTemplate(
        out, pagesize=A4, title=title.text, author=author, lang="en-GB", pageCompression=0, invariant=1
    )
    footer = partial(_footer, title=title.text)
    document.addPageTemplates(_templates(columns, footer))
    size = 12 if columns == 1 else 11
    story: list[Flowable] = [Text(escape(title.text), _style("title", size * 1.7, bold=True, colour=_INK))]
    if columns == 2:
        story += [*_flow(rest[0], size), FrameBreak(), NextPageTemplate("later")]
        rest = rest[1:]
    for block in rest:
        story += _flow(block, size)
    document.build(story)
    return out.getvalue()


def _templates(columns: int, footer: partial[None]) -> list[PageTemplate]:
    body = _HEIGHT - 2 * _MARGIN
    width = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GUTTER) / columns

    def frames(height: float) -> list[Frame]:
        return [
            Frame(_MARGIN + i * (width + _GUTTER), _MARGIN, width, height, 0, 0, 0, 0, id=f"column-{i}")
            for i in range(columns)
        ]

    if columns == 1:
        return [PageTemplate("only", frames(body), onPage=footer)]
    banner = Frame(_MARGIN, _HEIGHT - _MARGIN - _BANNER, _WIDTH - 2 * _MARGIN, _BANNER, 0, 0, 0, 0, id="banner")
    first = PageTemplate("first", [banner, *frames(body - _BANNER)], onPage=footer)
    return [first, PageTemplate("later", frames(body), onPage=footer)]


def _footer(canvas: Canvas, _document: BaseDocTemplate, *, title: str) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(colors.grey)
    canvas.drawString(_MARGIN, 12 * mm, f"Hollin & Vane Pumps · {title.partition(':')[0]}")
    canvas.drawRightString(_WIDTH - _MARGIN, 12 * mm, f"Page {canvas.getPageNumber()}")
    canvas.restoreState()


def _flow(block: Block, size: float) -> list[Flowable]:
    body = _style("body", size)
    match block:
        case Heading(level, text):
            scale = {2: 1.35}.get(level, 1.15)
            return [Text(escape(text), _style("heading", size * scale, bold=True, colour=_INK, before=size))]
        case Paragraph(text):
            return [Text(escape(text), body)]
        case Items(ordered, texts):
            entries = [Text(escape(text), body) for text in texts]
            kind = "1" if ordered else "bullet"
            return [ListFlowable(entries, bulletType=kind, leftIndent=14, bulletFontSize=size)]
        case Table(header, rows):
            return [_grid(header, rows)]


def _grid(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Grid:
    head, cell = _style("head", 8.5, bold=True), _style("cell", 8.5)
    cells = [
        [Text(escape(text), style) for text in row] for style, row in ((head, header), *((cell, row) for row in rows))
    ]
    widest = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    widths = [max(length, 16) for length in widest]
    room = _WIDTH - 2 * _MARGIN
    grid = Grid(cells, [room * width / sum(widths) for width in widths], repeatRows=1, spaceBefore=6, spaceAfter=10)
    grid.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, colors.lightgrey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e8eef5")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    return grid


def _style(
    name: str, size: float, *, bold: bool = False, colour: colors.Color = colors.black, before: float = 0
) -> ParagraphStyle:
    return ParagraphStyle(
        name,
        fontName="Helvetica-Bold" if bold else "Helvetica",
        fontSize=size,
        leading=size * 1.45,
        textColor=colour,
        spaceBefore=before,
        spaceAfter=size * 0.7,
        keepWithNext=int(bold and name != "head"),
    )
