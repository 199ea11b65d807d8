"""HTML: what a reader of the page reads. No scripts, no navigation, nothing that is hidden, nothing fetched."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lxml has no types.

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import html  # pyright: ignore[reportMissingTypeStubs]

from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.parsers.encodings import read_text
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.office import Element
from nexus.providers.parsers.tables import begins_with_header
from nexus.providers.parsers.writing import TextWriter, tidy

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")
_SPACE = re.compile(r"[\s\xa0]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?![.\d])", re.IGNORECASE
)


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DROPPED = _names(
    "script style noscript template svg math canvas iframe object embed audio video "
    "head meta link button select input textarea datalist dialog map frameset"
)
_BOILERPLATE = _names("nav header footer aside menu")
_BOILERPLATE_ROLES = _names("navigation banner contentinfo search complementary menu menubar")
_INLINE = _names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rp rt ruby s samp "
    "small span strike strong sub sup time tt u var wbr picture source o:p"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = _names("ul ol dl")
_BLOCKS_IN_ITEMS = ".//table|.//pre|.//h1|.//h2|.//h3|.//h4|.//h5|.//h6"
_MAIN_CHARACTERS = 200
_DEEPEST = 150
"""Levels of elements that are looked at one by one."""


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    with path.open("rb") as file:
        declared = _CHARSET.search(file.read(4096))
    text, encoding = read_text(path, limits, declared[1].decode("ascii", "replace") if declared else "")
    writer = TextWriter(limits)
    title = write_html(writer, text)
    return writer.finish(MEDIA_TYPES["html"], title, {"encoding": encoding})


def write_html(writer: TextWriter, source: str) -> str:
    """Write the page's content and return its title."""
    source = _DECLARATION.sub("", source.replace("\0", ""))
    if not source.strip():
        return ""
    # The text is not longer than the limits allow; the library's own limit would lose what is nested deeply.
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise ParseError("damaged", "The page is nested too deeply. Save it as PDF from a browser and upload that.")
    title = tidy(root.findtext(".//title") or "").replace("\n", " ")
    body = root.find("body")
    body = root if body is None else body
    content = _main(body)
    written = _Content(writer, drop_boilerplate=True).write(content)
    if not written:
        # A page that is all navigation, or marked up by someone with ideas of their own.
        _Content(writer, drop_boilerplate=False).write(body)
    return title


def _main(body: Element) -> Element:
    """The one main part, if the page has it and it is more than a stub."""
    found = body.xpath(".//main|.//*[@role='main']") or body.xpath(".//article")
    if len(found) == 1 and len("".join(found[0].itertext()).strip()) >= _MAIN_CHARACTERS:
        return found[0]
    return body


class _Content:
    def __init__(self, writer: TextWriter, *, drop_boilerplate: bool) -> None:
        self._writer = writer
        self._drop_boilerplate = drop_boilerplate
        self._inline: list[str] = []
        self._written = False

    def write(self, node: Element) -> bool:
        """Whether there was anything to write."""
        self._children(node, 0)
        self._flush()
        return self._written

    def _children(self, node: Element, depth: int) -> None:
        if depth > _DEEPEST:  # nobody's layout, so nothing is lost but the paragraphs
            self._say("".join(node.itertext()))
            return
        self._say(node.text)
        for child in node:
            self._element(child, depth + 1)
            self._say(child.tail)

    def _element(self, node: Element, depth: int) -> None:
        tag = node.tag
        if self._is_dropped(node):
            return
        if tag == "br":
            self._inline.append("\n")
        elif tag in _INLINE:
            self._children(node, depth)
        elif tag in _HEADINGS:
            self._flush()
            self._writer.heading(self._flat(node), _HEADINGS[tag])
            self._written = True
        elif tag == "pre":
            self._flush()
            self._writer.code("".join(node.itertext()))
            self._written = True
        elif tag in _LISTS and not node.xpath(_BLOCKS_IN_ITEMS):
            self._flush()
            self._list(node)
        elif tag == "table" and _is_data(node):
            self._flush()
            self._table(node)
        else:
            self._flush()
            self._children(node, depth)
            self._flush()

    def _is_dropped(self, node: Element) -> bool:
        tag = node.tag
        if not isinstance(tag, str) or tag in _DROPPED:
            return True
        if node.get("hidden") is not None or node.get("aria-hidden") == "true":
            return True
        if (style := node.get("style")) and _HIDDEN.search(style):
            return True
        if not self._drop_boilerplate:
            return False
        # The header of an article holds its title.
        if tag == "header" and node.find(".//h1") is not None:
            return False
        return tag in _BOILERPLATE or node.get("role") in _BOILERPLATE_ROLES

    def _say(self, text: str | None) -> None:
        if text:
            self._inline.append(_SPACE.sub(" ", text))

    def _flush(self) -> None:
        text = "".join(self._inline)
        self._inline.clear()
        if text.strip():
            self._writer.paragraph(text)
            self._written = True

    def _flat(self, node: Element) -> str:
        return "".join(self._pieces(node, skip=frozenset()))

    def _pieces(self, node: Element, skip: frozenset[str], depth: int = 0) -> Iterator[str]:
        """All text inside of a node as one run; `skip` are elements that are written elsewhere."""
        yield _SPACE.sub(" ", node.text or "")
        for child in node if depth < _DEEPEST else ():
            if child.tag == "br":
                yield "\n"
            elif child.tag not in skip and not self._is_dropped(child):
                inline = child.tag in _INLINE
                yield "" if inline else " "
                yield from self._pieces(child, skip, depth + 1)
                yield "" if inline else " "
            yield _SPACE.sub(" ", child.tail or "")

    def _list(self, node: Element) -> None:
        items = list(self._items(node, 0))
        self._writer.items(items)
        self._written = self._written or bool(items)

    def _items(self, node: Element, level: int) -> Iterator[str]:
        if level > _DEEPEST:
            return
        number = 0
        for child in node:
            if self._is_dropped(child):
                continue
            if child.tag in _LISTS:
                yield from self._items(child, level + 1)
                continue
            number += 1
            text = tidy("".join(self._pieces(child, _LISTS))).replace("\n", " ")
            mark = {"ol": f"{number}. ", "ul": "• "}.get(node.tag, "  " if child.tag == "dd" else "")
            if text:
                yield f"{'  ' * level}{mark}{text}"
            for inner in child.iterdescendants(*_LISTS):
                if next(inner.iterancestors("li", "dd", "dt"), None) is child:
                    yield from self._items(inner, level + 1)

    def _table(self, table: Element) -> None:
        for caption in table.iterchildren("caption"):
            self._writer.paragraph(self._flat(caption))
        rows: list[list[str]] = []
        names_first = False
        for row in table.iter("tr"):
            cells = [cell for cell in row.iterchildren("td", "th") if not self._is_dropped(cell)]
            if not rows:
                parent = row.getparent()
                names_first = bool(cells) and (parent.tag == "thead" or all(cell.tag == "th" for cell in cells))
            line: list[str] = []
            for cell in cells:
                line.append(self._flat(cell))
                span = cell.get("colspan", "1")
                line += [""] * (min(int(span), 64) - 1 if span.isdigit() else 0)
            if any(cell.strip() for cell in line):
                rows.append(line)
        self._writer.table(rows, header=names_first or begins_with_header(rows))
        self._written = self._written or bool(rows)


def _is_data(table: Element) -> bool:
    """Not a table that only lays out a page: those hold other tables, headings, or one cell a row."""
    if table.get("role") in {"presentation", "none"} or table.xpath(_BLOCKS_IN_ITEMS):
        return False
    return any(len(list(row.iterchildren("td", "th"))) > 1 for row in table.iter("tr"))
