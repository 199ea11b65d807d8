"""PPTX: a slide is a page, its title a heading; tables, diagrams and speaker notes included."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lxml has no types.

from collections.abc import Iterator
from pathlib import Path

from nexus.providers.parsers.base import ParsedDocument
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.office import RELATIONSHIPS, Element, Package
from nexus.providers.parsers.tables import begins_with_header
from nexus.providers.parsers.writing import TextWriter

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"dt", "ftr", "hdr", "sldNum", "sldImg"}
_PRESENTATION = "ppt/presentation.xml"


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    writer = TextWriter(limits)
    with Package(path, limits) as package:
        related = package.related(_PRESENTATION)
        listed = package.xml(_PRESENTATION).iter(f"{_P}sldId")
        parts = [related.get(node.get(f"{RELATIONSHIPS}id", ""), ("", ""))[1] for node in listed]
        for number, part in enumerate(parts, start=1):
            writer.start_page(f"Slide {number}")
            if part in package:
                _Slide(package, part, writer).write()
        return writer.finish(MEDIA_TYPES["pptx"], package.title())


class _Slide:
    def __init__(self, package: Package, part: str, writer: TextWriter) -> None:
        self._package = package
        self._part = part
        self._writer = writer
        self._related = package.related(part)

    def write(self) -> None:
        shapes = list(_shapes(self._package.xml(self._part).find(f"{_P}cSld/{_P}spTree")))
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        for shape in titles:
            self._writer.heading(" ".join(text for _, text in _paragraphs(shape)), 1)
        for shape in shapes:
            if shape not in titles and _placeholder(shape) not in _FURNITURE:
                self._shape(shape)
        for kind, part in self._related.values():
            if kind == "notesSlide" and part in self._package:
                self._notes(part)

    def _shape(self, shape: Element) -> None:
        if (table := next(shape.iter(f"{_A}tbl"), None)) is not None:
            rows = [[_cell(cell) for cell in row.iter(f"{_A}tc")] for row in table.iter(f"{_A}tr")]
            self._writer.table(rows, header=begins_with_header(rows))
        elif (diagram := next(shape.iter(f"{_DIAGRAM}relIds"), None)) is not None:
            part = self._related.get(diagram.get(f"{RELATIONSHIPS}dm", ""), ("", ""))[1]
            if part in self._package:
                self._writer.items(f"• {text}" for _, text in _paragraphs(self._package.xml(part)))
        else:
            self._text(list(_paragraphs(shape)), is_list=_placeholder(shape) in {"body", "obj", ""})

    def _text(self, paragraphs: list[tuple[int, str]], *, is_list: bool) -> None:
        """A placeholder's paragraphs are bullets unless there is only one; a text box has paragraphs."""
        if is_list and len(paragraphs) > 1:
            self._writer.items(f"{'  ' * level}• {text}" for level, text in paragraphs)
        else:
            for _, text in paragraphs:
                self._writer.paragraph(text)

    def _notes(self, part: str) -> None:
        for shape in _shapes(self._package.xml(part).find(f"{_P}cSld/{_P}spTree")):
            if _placeholder(shape) == "body":
                text = "\n".join(text for _, text in _paragraphs(shape))
                if text:
                    self._writer.paragraph(f"Notes: {text}")


def _shapes(tree: Element) -> Iterator[Element]:
    """The shapes of a slide in their order, those in groups included."""
    for node in () if tree is None else tree:
        if node.tag == f"{_P}grpSp":
            yield from _shapes(node)
        elif node.tag == f"{_COMPATIBILITY}AlternateContent":
            yield from _shapes(node.find(f"{_COMPATIBILITY}Choice"))
        elif node.tag in {f"{_P}sp", f"{_P}graphicFrame", f"{_P}cxnSp"}:
            yield node


def _placeholder(shape: Element) -> str | None:
    """The role of a shape in the layout: empty for the unnamed one (the content), None for a free shape."""
    node = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return None if node is None else node.get("type", "")


def _paragraphs(shape: Element) -> Iterator[tuple[int, str]]:
    for paragraph in shape.iter(f"{_A}p"):
        text = _text(paragraph).strip()
        if text:
            properties = paragraph.find(f"{_A}pPr")
            level = properties.get("lvl", "0") if properties is not None else "0"
            yield min(int(level), 8) if level.isdigit() else 0, text


def _text(paragraph: Element) -> str:
    pieces = ("\n" if node.tag == f"{_A}br" else node.text or "" for node in paragraph.iter(f"{_A}t", f"{_A}br"))
    return "".join(pieces)


def _cell(cell: Element) -> str:
    if cell.get("hMerge") or cell.get("vMerge"):
        return ""
    return "\n".join(_text(paragraph) for paragraph in cell.iter(f"{_A}p"))
