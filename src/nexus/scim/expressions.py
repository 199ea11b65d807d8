"""The filters and paths of RFC 7644, sections 3.4.2.2 and 3.5.2: parsed, and evaluated on values in memory."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from nexus.core.text.storable import is_storable
from nexus.scim.errors import InvalidFilterError, InvalidPathError

CORE_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

_TOKEN: Final = re.compile(r'\s*(?:([()\[\]])|("(?:[^"\\]|\\.)*")|([A-Za-z0-9$._:+-]+))', re.DOTALL)
_NAME: Final = re.compile(r"[a-z$][a-z0-9_$-]*")
_OPERATORS: Final = frozenset({"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"})
_LONGEST: Final = 20_000
"""Characters of a filter. Clients that ask for a hundred ids at once stay below."""
_DEEPEST: Final = 40
_MOST: Final = 500
"""Comparisons in one filter: databases limit how large a condition may be."""

AttributePath = tuple[str, ...]
"""Names in lower case; the first is `ENTERPRISE` in lower case for the extension's attributes."""
Literal = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class Compare:
    path: AttributePath
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Present:
    path: AttributePath


@dataclass(frozen=True, slots=True)
class Within:
    """True when one value of a multi-valued attribute fulfils the inner expression, whose paths begin below it."""

    path: AttributePath
    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Expression", ...]


Expression = Compare | Present | Within | Not | And | Or


@dataclass(frozen=True, slots=True)
class PatchPath:
    """`emails[type eq "work"].value`: an attribute, which of its values, and which part of them."""

    path: AttributePath
    within: Expression | None = None
    part: str | None = None


def parse_filter(text: str) -> Expression:
    """Raises InvalidFilterError."""
    parser = _Parser(text)
    expression = parser.expression()
    parser.end()
    return expression


def parse_path(text: str) -> PatchPath:
    """Raises InvalidPathError."""
    try:
        parser = _Parser(text)
        path = attribute_path(parser.word())
        if parser.peek() is None:
            return PatchPath(path)
        within = parser.bracketed()
        part = None
        if parser.peek() is not None:
            part = parser.part()
        parser.end()
    except InvalidFilterError as error:
        raise InvalidPathError(error.detail) from error
    return PatchPath(path, within, part)


def attribute_path(word: str) -> AttributePath:
    """`Name.GivenName` and `urn:…:User:name.givenName` are the same. Raises InvalidFilterError."""
    lowered = word.lower()
    extension = ENTERPRISE.lower()
    if lowered == extension:
        return (extension,)
    prefix: AttributePath = ()
    if lowered.startswith(extension + ":"):
        prefix, lowered = (extension,), lowered[len(extension) + 1 :]
    for core in (CORE_USER, CORE_GROUP):
        lowered = lowered.removeprefix(core.lower() + ":")
    names = tuple(lowered.split("."))
    if len(names) > 2 or not all(_NAME.fullmatch(name) for name in names):
        raise InvalidFilterError(f"{_shown(word)} is not the name of an attribute.")
    return (*prefix, *names)


class _Parser:
    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise InvalidFilterError(f"A filter may have {_LONGEST} characters at most.")
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0
        self._comparisons = 0

    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def end(self) -> None:
        if (rest := self.peek()) is not None:
            raise InvalidFilterError(f"Nothing was expected where {_shown(rest)} stands.")

    def word(self) -> str:
        token = self._next()
        if token[0] in '()[]"':
            raise InvalidFilterError(f"A name was expected where {_shown(token)} stands.")
        return token

    def expression(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InvalidFilterError("The filter has too many brackets inside each other.")
        parts = [self._conjunction()]
        while self._takes("or"):
            parts.append(self._conjunction())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def bracketed(self) -> Expression:
        self._expect("[")
        inner = self.expression()
        self._expect("]")
        return inner

    def part(self) -> str:
        """`.value` behind a bracket."""
        token = self.word()
        name = token.removeprefix(".").lower()
        if not token.startswith(".") or not _NAME.fullmatch(name):
            raise InvalidFilterError(f"A part such as .value was expected where {_shown(token)} stands.")
        return name

    def _conjunction(self) -> Expression:
        parts = [self._term()]
        while self._takes("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _term(self) -> Expression:
        negations = 0
        while self._takes("not"):
            negations += 1
        if self.peek() == "(":
            self._next()
            inner = self.expression()
            self._expect(")")
        else:
            inner = self._comparison()
        return Not(inner) if negations % 2 else inner

    def _comparison(self) -> Expression:
        self._comparisons += 1
        if self._comparisons > _MOST:
            raise InvalidFilterError(f"A filter may have {_MOST} comparisons at most.")
        path = attribute_path(self.word())
        if self.peek() != "[":
            return self._compared(path)
        inner = self.bracketed()
        following = self.peek()
        if following is not None and following.startswith("."):
            inner = And((inner, self._compared((self.part(),))))
        return Within(path, inner)

    def _compared(self, path: AttributePath) -> Expression:
        operator = self.word().lower()
        if operator == "pr":
            return Present(path)
        if operator not in _OPERATORS:
            raise InvalidFilterError(f"{_shown(operator)} is not an operator.")
        return Compare(path, operator, _literal(self._next()))

    def _next(self) -> str:
        token = self.peek()
        if token is None:
            raise InvalidFilterError("The filter ends too early.")
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if (token := self._next()) != wanted:
            raise InvalidFilterError(f"{wanted} was expected where {_shown(token)} stands.")

    def _takes(self, keyword: str) -> bool:
        token = self.peek()
        if token is None or token.lower() != keyword:
            return False
        self._at += 1
        return True


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at, end)
        if match is None:
            raise InvalidFilterError(f"The filter cannot be read from {_shown(text[at:].strip())} on.")
        tokens.append(match[match.lastindex or 0])
        at = match.end()
    return tokens


def _literal(token: str) -> Literal:
    try:
        value = json.loads(token if token.startswith('"') else token.lower())
    except (ValueError, RecursionError) as error:
        raise InvalidFilterError(f"{_shown(token)} is not a value.") from error
    if not _is_literal(value) or not is_storable(value):
        raise InvalidFilterError(f"{_shown(token)} is not a value.")
    return value


def _is_literal(value: Any) -> TypeGuard[Literal]:
    return value is None or isinstance(value, str | bool | int | float)


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def read_boolean(value: Any) -> bool | None:
    """JSON's true, and "True" as Entra writes it; None for what is neither true nor false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return None


def holds(expression: Expression, value: Mapping[str, Any]) -> bool:
    """Whether one value of a multi-valued attribute fulfils the expression of a path."""
    match expression:
        case And(parts):
            return all(holds(part, value) for part in parts)
        case Or(parts):
            return any(holds(part, value) for part in parts)
        case Not(inner):
            return not holds(inner, value)
        case Present(path):
            return _at(value, path) not in (None, "")
        case Within():
            return False
        case Compare(path, operator, wanted):
            return _compare(_at(value, path), operator, wanted)


def _at(value: Mapping[str, Any], path: AttributePath) -> Any:
    return next((found for name, found in value.items() if (name.lower(),) == path), None)


def _compare(found: Any, operator: str, wanted: Literal) -> bool:
    if isinstance(found, bool):
        wanted = read_boolean(wanted)
    if operator == "ne":
        return not _compare(found, "eq", wanted)
    if not isinstance(found, str) or not isinstance(wanted, str):
        return operator == "eq" and found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
    left, right = found.lower(), wanted.lower()
    return {
        "eq": left == right,
        "co": right in left,
        "sw": left.startswith(right),
        "ew": left.endswith(right),
        "gt": left > right,
        "ge": left >= right,
        "lt": left < right,
        "le": left <= right,
    }[operator]
