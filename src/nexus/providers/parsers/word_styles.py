"""What the styles and the numbering of a DOCX say about its paragraphs."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lxml has no types.

import re
from dataclasses import dataclass

from nexus.providers.parsers.office import Element, Package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_HEADING = re.compile(r"heading (\d)")
_BODY_LEVEL = 9
_LONGEST_CHAIN = 12
"""Styles that are based on one another; damaged files have circles."""
_ROMAN = dict(m=1000, cm=900, d=500, cd=400, c=100, xc=90, l=50, xl=40, x=10, ix=9, v=5, iv=4, i=1)  # noqa: C408


@dataclass(frozen=True, slots=True)
class Style:
    heading: int = 0
    """Level from 1; 0 for body text."""
    is_title: bool = False
    numbering: tuple[str, int] | None = None
    """Id of the numbering and level from 0."""


@dataclass(slots=True)
class _Level:
    format: str
    text: str
    start: int


def value(node: Element, name: str) -> str:
    """The `w:val` of a child; empty when there is none."""
    child = node.find(f"{W}{name}")
    return child.get(f"{W}val", "") if child is not None else ""


class Styles:
    """Resolves the style of a paragraph: its own properties first, then its style's, then the style's base."""

    def __init__(self, package: Package) -> None:
        root = package.xml("word/styles.xml") if "word/styles.xml" in package else ()
        self._styles: dict[str, Element] = {
            node.get(f"{W}styleId", ""): node for node in root if node.tag == f"{W}style"
        }
        self._resolved: dict[str, Style] = {}

    def of(self, paragraph: Element) -> Style:
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return self._resolve("")
        base = self._resolve(value(properties, "pStyle"))
        own = _own(properties)
        level = value(properties, "outlineLvl")
        heading = _outline(level) if level else base.heading
        numbering = own if own is not None else base.numbering
        if own is not None and base.numbering is not None and not own[0]:
            numbering = (base.numbering[0], own[1])
        return Style(heading, base.is_title, numbering)

    def _resolve(self, identifier: str) -> Style:
        if identifier not in self._resolved:
            self._resolved[identifier] = self._walk(identifier)
        return self._resolved[identifier]

    def _walk(self, identifier: str) -> Style:
        heading, is_title = 0, False
        numbering: tuple[str, int] | None = None
        for _ in range(_LONGEST_CHAIN):
            node = self._styles.get(identifier)
            if node is None:
                break
            name = value(node, "name").lower()
            properties = node.find(f"{W}pPr")
            if not heading:
                if match := _HEADING.fullmatch(name):
                    heading = int(match[1])
                elif name == "title":
                    heading, is_title = 1, True
                elif properties is not None and (level := value(properties, "outlineLvl")):
                    heading = _outline(level)
            if numbering is None and properties is not None:
                numbering = _own(properties)
            identifier = value(node, "basedOn")
        return Style(heading, is_title, numbering)


def _outline(level: str) -> int:
    return int(level) + 1 if level.isdigit() and int(level) < _BODY_LEVEL else 0


def _own(properties: Element) -> tuple[str, int] | None:
    numbering = properties.find(f"{W}numPr")
    if numbering is None:
        return None
    level = value(numbering, "ilvl")
    return value(numbering, "numId"), min(int(level), 8) if level.isdigit() else 0


class Numbering:
    """Counts the paragraphs of each list as Word does, to write the numbers that readers see."""

    def __init__(self, package: Package) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._counters: dict[str, dict[int, int]] = {}
        if "word/numbering.xml" not in package:
            return
        root = package.xml("word/numbering.xml")
        for node in root.iter(f"{W}abstractNum"):
            self._levels[node.get(f"{W}abstractNumId", "")] = dict(map(_level, node.iter(f"{W}lvl")))
        for node in root.iter(f"{W}num"):
            self._lists[node.get(f"{W}numId", "")] = value(node, "abstractNumId")

    def mark(self, numbering: tuple[str, int] | None) -> tuple[str, int] | None:
        """What stands before the next paragraph of a list, and its level; None outside of lists."""
        if numbering is None or numbering[0] in {"", "0"}:
            return None
        identifier, level = numbering
        # Lists of one definition count on together; separate ones are rare and look the same.
        levels = self._levels.get(self._lists.get(identifier, ""), {})
        definition = levels.get(level)
        if definition is None or definition.format == "bullet":
            return "•", level
        counters = self._counters.setdefault(identifier, {})
        counters[level] = counters.get(level, definition.start - 1) + 1
        for deeper in [key for key in counters if key > level]:
            del counters[deeper]
        label = definition.text
        for above in range(level + 1):
            known = levels.get(above, definition)
            label = label.replace(f"%{above + 1}", _number(counters.get(above, known.start), known.format))
        return (label or "•"), level


def _level(node: Element) -> tuple[int, _Level]:
    start, index = value(node, "start"), node.get(f"{W}ilvl", "0")
    return (
        int(index) if index.isdigit() else 0,
        _Level(value(node, "numFmt") or "decimal", value(node, "lvlText")[:40], int(start) if start.isdigit() else 1),
    )


def _number(number: int, style: str) -> str:
    match style:
        case "lowerLetter" | "upperLetter":
            letters = chr(ord("a") + (number - 1) % 26) * min(1 + (number - 1) // 26, 20)
            return letters.upper() if style == "upperLetter" else letters
        case "lowerRoman" | "upperRoman":
            roman = _roman(number)
            return roman.upper() if style == "upperRoman" else roman
        case "none":
            return ""
        case "decimalZero":
            return f"{number:02}"
        case _:
            return str(number)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    letters = ""
    for letter, amount in _ROMAN.items():
        letters += letter * (number // amount)
        number %= amount
    return letters
