"""A report as DOCX: headings, lists and tables in Word's own styles, so that people can go on writing."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingTypeStubs=false, reportPrivateUsage=false, reportUnknownLambdaType=false
# python-docx is typed in part.

from io import BytesIO
from typing import Any, Final

from nexus.providers.documents.base import Report, Source
from nexus.providers.documents.blocks import Block, Run, clean, read_blocks

_LINK: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
_INDENT: Final = 18
"""Points for each step into a list or quote."""


def write_docx(report: Report) -> bytes:
    from docx import Document  # noqa: PLC0415 - a quarter of a second, in the child that needs it
    from docx.shared import Pt, RGBColor  # noqa: PLC0415

    document: Any = Document()
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = clean(report.title)[:250], "", ""
    document.add_heading(_line(report.title), level=0)
    if report.subtitle:
        run = document.add_paragraph().add_run(_line(report.subtitle))
        run.font.color.rgb = RGBColor(0x5B, 0x61, 0x6E)
    for section in report.sections:
        if section.heading:
            document.add_heading(_line(section.heading), level=1)
        for block in read_blocks(section.markdown, report.origin, report.allowed_links):
            _add(document, block)
        for heading, sources in ((report.sources_heading, section.sources), (report.web_heading, section.web)):
            if sources:
                document.add_heading(_line(heading), level=2)
            for source in sources:
                _add_source(document, source)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _add(document: Any, block: Block) -> None:
    from docx.shared import Pt  # noqa: PLC0415

    if block.kind == "table":
        _add_table(document, block)
        return
    if block.kind == "heading":
        paragraph = document.add_heading(level=min(block.level + 1, 6))
    else:
        paragraph = document.add_paragraph()
    paragraph.paragraph_format.left_indent = Pt(_INDENT * block.depth)
    if block.marker:
        paragraph.paragraph_format.first_line_indent = Pt(-_INDENT)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(_INDENT * block.depth))
        paragraph.add_run(f"{block.marker}\t")
    if block.kind == "rule":
        paragraph.add_run("* * *")
    for run in block.runs:
        _add_run(paragraph, run, italic=block.is_quote)


def _add_run(paragraph: Any, run: Run, *, italic: bool = False, bold: bool = False) -> None:
    from docx.shared import RGBColor  # noqa: PLC0415

    text = clean(run.text)
    if run.link:
        made = _link(paragraph, run.link)
        made.text = text
        made.font.underline = True
        made.font.color.rgb = RGBColor(0x1F, 0x4F, 0xA8)
    else:
        made = paragraph.add_run(text)
    made.bold, made.italic = run.bold or bold or None, run.italic or italic or None
    made.font.strike = run.strike or None
    if run.code:
        made.font.name = "Consolas"


def _link(paragraph: Any, address: str) -> Any:
    """A run in a hyperlink at the paragraph's end; the address has been looked at."""
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.oxml.parser import OxmlElement  # noqa: PLC0415
    from docx.text.run import Run as WordRun  # noqa: PLC0415

    element: Any = OxmlElement("w:hyperlink")
    inner: Any = OxmlElement("w:r")
    element.set(qn("r:id"), paragraph.part.relate_to(address, _LINK, is_external=True))
    element.append(inner)
    paragraph._p.append(element)  # noqa: SLF001 - the library has no words for links
    return WordRun(inner, paragraph)


def _add_table(document: Any, block: Block) -> None:
    width = max(len(row) for row in block.rows)
    table = document.add_table(rows=0, cols=width, style="Table Grid")
    for number, row in enumerate(block.rows):
        cells = table.add_row().cells
        for cell, runs in zip(cells, row, strict=False):
            for run in runs:
                _add_run(cell.paragraphs[0], run, bold=number == 0)
    document.add_paragraph()


def _add_source(document: Any, source: Source) -> None:
    from docx.shared import Pt  # noqa: PLC0415

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.left_indent = Pt(_INDENT * 1.5)
    paragraph.paragraph_format.first_line_indent = Pt(-_INDENT * 1.5)
    paragraph.add_run(f"[{source.number}] ")
    _add_run(paragraph, Run(_line(source.title), bold=True, link=source.url))
    if source.place:
        paragraph.add_run(f", {_line(source.place)}")
    if source.quote:
        paragraph.add_run(f": “{_line(source.quote)}”").italic = True
