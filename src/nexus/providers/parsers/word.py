"""DOCX: headings by style and outline level, lists with their numbers, tables, notes; page headers are left out."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lxml has no types.

import re
from collections.abc import Iterator
from pathlib import Path

from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.office import Element, Package
from nexus.providers.parsers.tables import begins_with_header
from nexus.providers.parsers.word_styles import Numbering, Styles, W, value
from nexus.providers.parsers.writing import PAGE_BREAK, TextWriter, tidy

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

_SPACE = re.compile(r"[ \t\n]+")
_CHARACTERS = {"tab": "\t", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
# What was deleted, moved away, or says how a field is computed.
_SKIPPED = {f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "sdtPr", "rt")}
_SKIPPED.add(f"{_COMPATIBILITY}Fallback")


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    with Package(path, limits) as package:
        return _Document(package, limits).parse()


class _Document:
    def __init__(self, package: Package, limits: ParseLimits) -> None:
        self._package = package
        self._limits = limits
        self._writer = TextWriter(limits)
        self._styles = Styles(package)
        self._numbering = Numbering(package)
        self._notes = {kind: self._read_notes(kind) for kind in ("footnote", "endnote")}
        self._called: list[str] = []
        """Notes that the current block refers to; they are written after it."""
        self._boxes: list[Element] = []
        """Text boxes anchored in the current paragraph."""
        self._items: list[str] = []
        self._item_notes: list[str] = []
        self._note_number = 0
        self._cells = 0
        self._title = ""
        self._has_pages = False

    def parse(self) -> ParsedDocument:
        body = self._package.xml("word/document.xml").find(f"{W}body")
        if body is None:
            raise ParseError("damaged", "The document has no body. Open it in Word, save it again and upload the copy.")
        # Word leaves a mark where each page ended when it last showed the document. Without marks there are no pages.
        self._has_pages = next(body.iter(f"{W}lastRenderedPageBreak"), None) is not None
        if self._has_pages:
            self._writer.start_page()
        self._body(body)
        self._flush()
        return self._writer.finish(MEDIA_TYPES["docx"], self._package.title() or self._title)

    def _body(self, container: Element) -> None:
        for node in container:
            match node.tag.rpartition("}")[2] if isinstance(node.tag, str) else "":
                case "p":
                    self._paragraph(node)
                case "tbl":
                    self._flush()
                    self._table(node)
                case "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" | "smartTag":
                    self._body(node)
                case _:
                    continue

    def _paragraph(self, node: Element) -> None:
        text = self._text(node)
        boxes, self._boxes = self._boxes, []
        style = self._styles.of(node)
        mark = self._numbering.mark(style.numbering) if text.strip() else None
        if style.heading and text.strip():
            self._flush()
            if style.is_title and not self._title:
                self._title = tidy(text.replace(PAGE_BREAK, " "))
            self._writer.heading(f"{mark[0]} {text}" if mark and mark[0] != "•" else text, style.heading)
        elif mark and text.strip():
            label, level = mark
            self._items.append(f"{'  ' * level}{label} {_SPACE.sub(' ', text).strip(' ')}")
        elif text.strip() or PAGE_BREAK in text:
            self._flush()
            self._writer.paragraph(text)
        self._write_notes()
        for box in boxes:
            self._flush()
            self._body(box)

    def _flush(self) -> None:
        """Write the list that ends here, and its notes below it."""
        if self._items:
            self._writer.items(self._items)
            self._items = []
            self._called, waiting = self._item_notes, self._called
            self._write_notes()
            self._item_notes, self._called = [], waiting

    def _write_notes(self) -> None:
        called, self._called = self._called, []
        for note in called:
            self._writer.paragraph(note)

    def _text(self, paragraph: Element) -> str:
        return "".join(self._runs(paragraph))

    def _runs(self, node: Element) -> Iterator[str]:
        for child in node:
            tag = child.tag
            if not isinstance(tag, str) or tag in _SKIPPED:
                continue
            name = tag.rpartition("}")[2]
            if name == "t":
                yield child.text or ""
            elif name in _CHARACTERS:
                yield _CHARACTERS[name]
            elif name == "r" and _is_hidden(child):
                continue
            elif name == "br":
                yield "\n" if child.get(f"{W}type") != "page" else " "
            elif name == "lastRenderedPageBreak":
                yield PAGE_BREAK
            elif name == "sym":
                yield _symbol(child)
            elif name in {"footnoteReference", "endnoteReference"}:
                yield self._call_note(name.removesuffix("Reference"), child.get(f"{W}id", ""))
            elif name == "txbxContent":
                self._boxes.append(child)
            else:
                yield from self._runs(child)

    def _call_note(self, kind: str, identifier: str) -> str:
        text = self._notes[kind].get(identifier, "")
        if not text:
            return ""
        self._note_number += 1
        self._called.append(f"[{self._note_number}] {text}")
        return f" [{self._note_number}]"

    def _read_notes(self, kind: str) -> dict[str, str]:
        part = f"word/{kind}s.xml"
        if part not in self._package:
            return {}
        notes: dict[str, str] = {}
        for note in self._package.xml(part).iter(f"{W}{kind}"):
            if note.get(f"{W}type", "normal") == "normal":
                paragraphs = ("".join(_note_text(node)) for node in note.iter(f"{W}p"))
                notes[note.get(f"{W}id", "")] = tidy(" ".join(paragraphs)).replace("\n", " ")
        return notes

    def _table(self, table: Element) -> None:
        rows = list(_rows(table))
        if all(len(cells) == 1 for _, cells in rows):  # a frame around text
            for _, [cell] in rows:
                self._body(cell)
            self._flush()
            return
        lines: list[list[str]] = []
        for _, cells in rows:
            line: list[str] = []
            for cell in cells:
                properties = cell.find(f"{W}tcPr")
                merged = properties.find(f"{W}vMerge") if properties is not None else None
                continues = merged is not None and merged.get(f"{W}val", "continue") == "continue"
                line.append("" if continues else "\n".join(self._text(node) for node in _paragraphs(cell)))
                span = value(properties, "gridSpan") if properties is not None else ""
                line += [""] * (min(int(span), 64) - 1 if span.isdigit() else 0)
            self._cells += len(line)
            if self._cells > self._limits.cells:
                raise ParseError("too-large", f"The document has more than {self._limits.cells:,} table cells.")
            lines.append(line)
        self._boxes.clear()
        self._writer.table(lines, header=bool(rows) and (_repeats(rows[0][0]) or begins_with_header(lines)))
        self._write_notes()


def _paragraphs(node: Element) -> Iterator[Element]:
    """The paragraphs inside of a cell or a text box, each once: what old programs see instead is left out."""
    for child in node:
        if child.tag == f"{W}p":
            yield child
        if child.tag != f"{_COMPATIBILITY}Fallback":
            yield from _paragraphs(child)


def _rows(table: Element) -> Iterator[tuple[Element, list[Element]]]:
    for node in table:
        name = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
        if name == "tr":
            yield node, [cell for cell in node.iter(f"{W}tc") if _owner(cell) is node]
        elif name in {"sdt", "sdtContent", "ins", "customXml"}:
            yield from _rows(node)


def _owner(cell: Element) -> Element:
    """The row a cell belongs to: content controls may stand between, and tables may be nested."""
    node = cell.getparent()
    while node is not None and node.tag != f"{W}tr":
        node = node.getparent()
    return node


def _repeats(row: Element) -> bool:
    properties = row.find(f"{W}trPr")
    return properties is not None and properties.find(f"{W}tblHeader") is not None


def _is_hidden(run: Element) -> bool:
    properties = run.find(f"{W}rPr")
    if properties is None:
        return False
    vanish = properties.find(f"{W}vanish")
    return vanish is not None and vanish.get(f"{W}val", "1") not in {"0", "false", "off"}


def _symbol(node: Element) -> str:
    try:
        return chr(int(node.get(f"{W}char", ""), 16))
    except (ValueError, OverflowError):
        return ""


def _note_text(node: Element) -> Iterator[str]:
    for text in node.iter(f"{W}t", f"{W}tab", f"{_MATH}t"):
        yield text.text or " "
