"""JSON and JSON Lines: one line a value, one paragraph a record, so that what belongs together is found together."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.parsers.encodings import read_text
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.writing import TextWriter

_HEADING_LEVELS = 3
"""Objects nested no deeper than this become sections; below, their keys are joined: `address.city: Bern`."""


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    text, encoding = read_text(path, limits)
    is_lines, value = _load(text, limits)
    writer = TextWriter(limits)
    _Values(writer, limits).write(value)
    return writer.finish(MEDIA_TYPES["jsonl" if is_lines else "json"], _title(value), {"encoding": encoding})


def _load(text: str, limits: ParseLimits) -> tuple[bool, Any]:
    try:
        return False, _decode(text, limits)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or error.lineno < 2:
            raise _invalid(error) from error
    try:
        return True, [_decode(line, limits) for line in lines]
    except json.JSONDecodeError as error:
        raise _invalid(error) from error


def _decode(text: str, limits: ParseLimits) -> Any:
    """Numbers stay as they are written: no digit of theirs is lost or made up."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as error:
        raise _too_deep(limits) from error


class _Values:
    def __init__(self, writer: TextWriter, limits: ParseLimits) -> None:
        self._writer = writer
        self._limits = limits
        self._count = 0

    def write(self, value: Any) -> None:
        self._section(value, 1)

    def _section(self, value: Any, level: int) -> None:
        if isinstance(value, dict):
            self._object(cast("dict[str, Any]", value), level)
        elif isinstance(value, list):
            self._array(cast("list[Any]", value))
        else:
            self._writer.paragraph(self._scalar(value))

    def _object(self, value: dict[str, Any], level: int) -> None:
        """The plain values together, then a section for each of the others."""
        plain = {key: item for key, item in value.items() if _is_plain(item)}
        self._record(plain)
        for key, item in value.items():
            if key not in plain:
                self._writer.heading(key, level)
                if level < _HEADING_LEVELS or isinstance(item, list):
                    self._section(item, level + 1)
                else:
                    self._record(item)

    def _array(self, values: list[Any]) -> None:
        if _is_flat(values):
            self._writer.items(f"• {self._scalar(value)}" for value in values)
            return
        for value in values:
            self._record(value)

    def _record(self, value: Any) -> None:
        lines = [f"{path}: {text}" if path else text for path, text in self._lines(value, "", 1)]
        self._writer.paragraph("\n".join(lines))

    def _lines(self, value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
        if depth > self._limits.depth:
            raise _too_deep(self._limits)
        if isinstance(value, dict):
            for key, item in cast("dict[str, Any]", value).items():
                yield from self._lines(item, f"{path}.{key}" if path else key, depth + 1)
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            if _is_flat(items):
                text = ", ".join(self._scalar(item) for item in items)
                if text:
                    yield path, text
                return
            for number, item in enumerate(items):
                yield from self._lines(item, f"{path}[{number}]", depth + 1)
        elif value is not None and value != "":
            yield path, self._scalar(value)

    def _scalar(self, value: Any) -> str:
        self._count += 1
        if self._count > self._limits.values:
            raise ParseError(
                "too-large", f"The file has more than {self._limits.values:,} values. Split it and upload the parts."
            )
        if value is None or isinstance(value, bool):
            return "" if value is None else str(value).lower()
        return str(value)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list) or _is_flat(value)


def _is_flat(value: Any) -> bool:
    """Whether it is a list of plain values."""
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in cast("list[Any]", value))


def _title(value: Any) -> str:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        for key in ("title", "name", "subject"):
            if isinstance(fields.get(key), str):
                return fields[key]
    return ""


def _invalid(error: json.JSONDecodeError) -> ParseError:
    where = f"line {error.lineno}, column {error.colno}"
    return ParseError("damaged", f"The file is not valid JSON: see {where}. Correct it and upload it again.")


def _too_deep(limits: ParseLimits) -> ParseError:
    return ParseError(
        "damaged", f"The JSON is nested more than {limits.depth} levels deep. Export it in a flatter form."
    )
