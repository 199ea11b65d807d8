"""A report as PDF, in a font that has Latin, Greek and Cyrillic; it says so where a script has no letters in it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingTypeStubs=false, reportMissingModuleSource=false
# reportlab has no types.

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from nexus.providers.documents.base import DocumentError, Report, Source
from nexus.providers.documents.blocks import Block, Run, clean, read_blocks

_FACES: Final = {
    "Text": "Roboto-Regular",
    "Text-Bold": "Roboto-Bold",
    "Text-Italic": "Roboto-Italic",
    "Text-BoldItalic": "Roboto-BoldItalic",
}
_INDENT: Final = 16
_INK, _QUIET, _LINE, _LINK = "#1c2230", "#5b616e", "#d5d8de", "#1f4fa8"
_INSTEAD: Final = "\ufffd"
_ABSENT_NAMED: Final = 3
_WIDE_TABLE: Final = 12
"""Columns from which on a table is written row by row."""


def write_pdf(report: Report) -> bytes:
    """Raises DocumentError for a script that the font does not have."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415 - only in the child that needs it
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415

    signs = _Signs(_register())
    story = list(_story(report, signs))
    signs.require_letters()
    if signs.replaced:
        story.append(
            _paragraph(escape(report.missing_signs.format(count=signs.replaced)), size=9, color=_QUIET, before=16)
        )
    file = BytesIO()
    template = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=64, rightMargin=64, topMargin=60, bottomMargin=60, title=clean(report.title)[:250]
    )
    template.build(story, onFirstPage=_number_page, onLaterPages=_number_page)
    return file.getvalue()


@cache
def _register() -> frozenset[int]:
    """Makes the font known; the characters that it has."""
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    # The package's own code asks for a module that newer Pythons do not have: only its files are used.
    spec = find_spec("font_roboto")
    if spec is None or spec.origin is None:
        raise DocumentError("This installation has no font for PDF files. Take the Word file.")
    folder = Path(spec.origin).parent / "files"
    for name, file in _FACES.items():
        pdfmetrics.registerFont(TTFont(name, folder / f"{file}.ttf"))
    pdfmetrics.registerFontFamily("Text", "Text", "Text-Bold", "Text-Italic", "Text-BoldItalic")
    font: Any = pdfmetrics.getFont("Text")
    return frozenset(font.face.charToGlyph)


class _Signs:
    """Looks at every character that is written."""

    def __init__(self, known: frozenset[int]) -> None:
        self._known = known
        self._absent: dict[str, None] = {}
        self.replaced = 0

    def fit(self, text: str) -> str:
        """The text with a stand-in for signs that the font does not have."""
        composed = unicodedata.normalize("NFC", clean(text)).replace("\t", "    ")
        return "".join(map(self._fit, composed))

    def _fit(self, character: str) -> str:
        if character == "\n" or ord(character) in self._known:
            return character
        if unicodedata.category(character) in {"Zs", "Cf", "Mn"}:
            return " " if unicodedata.category(character) == "Zs" else ""
        if unicodedata.category(character)[0] == "L":
            script = unicodedata.name(character, "other").split(" ")[0].split("-")[0]
            self._absent["Chinese or Japanese" if script == "CJK" else script.title()] = None
        self.replaced += 1
        return _INSTEAD if ord(_INSTEAD) in self._known else "?"

    def require_letters(self) -> None:
        if self._absent:
            scripts = ", ".join(list(self._absent)[:_ABSENT_NAMED])
            raise DocumentError(
                f"A PDF cannot show the letters of some of the text here ({scripts}). Take the Word file: it has them."
            )


def _story(report: Report, signs: _Signs) -> Iterator[Any]:
    yield _paragraph(_words(report.title, signs), size=20, bold=True, after=4)
    if report.subtitle:
        yield _paragraph(_words(report.subtitle, signs), size=9, color=_QUIET, after=14)
    for section in report.sections:
        if section.heading:
            yield _paragraph(_words(section.heading, signs), size=14, bold=True, before=14, after=6)
        for block in read_blocks(section.markdown, report.origin, report.allowed_links):
            yield from _flow(block, signs)
        for heading, sources in ((report.sources_heading, section.sources), (report.web_heading, section.web)):
            if sources:
                yield _paragraph(_words(heading, signs), size=10, bold=True, color=_QUIET, before=8, after=3)
            for source in sources:
                yield _source(source, signs)


def _words(text: str, signs: _Signs) -> str:
    return escape(" ".join(signs.fit(text).split()))


def _flow(block: Block, signs: _Signs) -> Iterator[Any]:
    from reportlab.platypus import HRFlowable  # noqa: PLC0415

    indent = _INDENT * block.depth
    color = _QUIET if block.is_quote else _INK
    match block.kind:
        case "rule":
            yield HRFlowable(width="100%", color=_LINE, spaceBefore=6, spaceAfter=6)
        case "table" if max(map(len, block.rows), default=0) < _WIDE_TABLE:
            yield _table(block, signs)
        case "table":
            for row in block.rows:
                yield _paragraph("  |  ".join(_markup(runs, signs) for runs in row), size=9)
        case "heading":
            size = max(11, 15 - block.level)
            yield _paragraph(_markup(block.runs, signs), size=size, bold=True, indent=indent, before=8, after=3)
        case "code":
            lines = signs.fit(block.runs[0].text).split("\n")
            text = "<br/>".join(escape(line).replace(" ", "\xa0") for line in lines)
            yield _paragraph(text, size=9, indent=indent + 8, background="#f3f4f7", before=3, after=6)
        case _:
            text = _markup(block.runs, signs)
            yield _paragraph(text, indent=indent, color=color, marker=block.marker, after=3 if block.marker else 6)


def _markup(runs: tuple[Run, ...], signs: _Signs) -> str:
    parts: list[str] = []
    for run in runs:
        text = escape(signs.fit(run.text)).replace("\n", "<br/>")
        for wanted, tag in ((run.bold, "b"), (run.italic, "i"), (run.strike, "strike")):
            text = f"<{tag}>{text}</{tag}>" if wanted else text
        if run.code:
            text = f'<font backColor="#f3f4f7">{text}</font>'
        if run.link:
            text = f"<a href={quoteattr(run.link)} color={quoteattr(_LINK)}>{text}</a>"
        parts.append(text)
    return "".join(parts)


def _paragraph(
    text: str,
    *,
    size: float = 10.5,
    bold: bool = False,
    indent: float = 0,
    color: str = _INK,
    before: float = 0,
    after: float = 6,
    marker: str = "",
    background: str | None = None,
) -> Any:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    make_style: Any = ParagraphStyle
    style = make_style(
        "text",
        fontName="Text-Bold" if bold else "Text",
        bulletFontName="Text",
        fontSize=size,
        leading=size * 1.42,
        textColor=color,
        leftIndent=indent,
        bulletIndent=max(0, indent - _INDENT),
        spaceBefore=before,
        spaceAfter=after,
        backColor=background,
        borderPadding=4 if background else 0,
        splitLongWords=1,
    )
    return Paragraph(text, style, bulletText=marker or None)


def _table(block: Block, signs: _Signs) -> Any:
    from reportlab.platypus import LongTable, TableStyle  # noqa: PLC0415

    width = max(map(len, block.rows))
    rows = [
        [_paragraph(_markup(runs, signs), size=9, bold=number == 0, after=0) for runs in row]
        + [""] * (width - len(row))
        for number, row in enumerate(block.rows)
    ]
    style = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return LongTable(
        rows, colWidths=[467 / width] * width, repeatRows=1, splitInRow=1, style=style, spaceBefore=4, spaceAfter=8
    )


def _source(source: Source, signs: _Signs) -> Any:
    title = _markup((Run(" ".join(source.title.split()), bold=True, link=source.url),), signs)
    place = f", {_words(source.place, signs)}" if source.place else ""
    quote = f": “{_words(source.quote, signs)}”" if source.quote else ""
    return _paragraph(f"[{source.number}] {title}{place}{quote}", size=9, indent=8, color=_QUIET, after=3)


def _number_page(canvas: Any, template: Any) -> None:
    canvas.saveState()
    canvas.setFont("Text", 8)
    canvas.setFillColor(_QUIET)
    canvas.drawRightString(template.pagesize[0] - 64, 36, str(canvas.getPageNumber()))
    canvas.restoreState()
