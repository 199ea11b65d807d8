"""PATCH (RFC 7644, section 3.5.2) on a user's document, in the dialects of Entra and of Okta.

Entra capitalises the operations, writes booleans as texts, leaves the path out and puts dotted or long names
into the value instead, and sets parts of values that are not there yet. Okta sends whole objects without a path.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, cast

from nexus.scim.attributes import (
    ENTERPRISE_USER,
    EXTERNAL_ID,
    NOT_KEPT,
    READ_ONLY,
    USER,
    Attribute,
    Document,
    clean,
    clean_document,
    clean_one,
    find,
)
from nexus.scim.errors import InvalidPathError, InvalidSyntaxError, InvalidValueError, MutabilityError, NoTargetError
from nexus.scim.expressions import ENTERPRISE, And, Compare, Expression, PatchPath, holds, parse_path

_MOST: Final = 5000
"""Operations in one request: clients that know no lists send one for each member."""
_EXTENSION: Final = ENTERPRISE.lower()


@dataclass(frozen=True, slots=True)
class Operation:
    kind: str
    """add, replace or remove."""
    path: PatchPath | None
    value: Any


def read_operations(body: Mapping[str, Any]) -> list[Operation]:
    """The operations of a PatchOp message. Raises InvalidSyntaxError, InvalidPathError, NoTargetError."""
    listed = next((value for name, value in body.items() if name.lower() == "operations"), None)
    if not isinstance(listed, list) or not listed:
        raise InvalidSyntaxError("The body needs a list of Operations.")
    operations = cast("list[Any]", listed)
    if len(operations) > _MOST:
        raise InvalidSyntaxError(f"A request may have {_MOST} operations at most.")
    return [_operation(each) for each in operations]


def _operation(given: Any) -> Operation:
    if not isinstance(given, dict):
        raise InvalidSyntaxError("An operation must be an object.")
    fields = {name.lower(): value for name, value in cast("dict[str, Any]", given).items()}
    kind, path, value = fields.get("op"), fields.get("path"), fields.get("value")
    if not isinstance(kind, str) or kind.lower() not in {"add", "replace", "remove"}:
        raise InvalidSyntaxError("The op of an operation is add, replace or remove.")
    if path is not None and not isinstance(path, str):
        raise InvalidPathError("A path must be a text.")
    if not path:
        if kind.lower() == "remove":
            raise NoTargetError("A removal needs a path.")
        if not isinstance(value, dict):
            raise InvalidValueError("Without a path the value must be an object.")
    return Operation(kind.lower(), parse_path(path) if path else None, value)


def patch_user(document: Document, operations: list[Operation]) -> Document:
    """A changed copy. Raises InvalidPathError, InvalidValueError, MutabilityError, NoTargetError."""
    patched = deepcopy(document)
    for operation in operations:
        if operation.path is not None:
            _apply(patched, operation.kind, operation.path, operation.value)
            continue
        for name, value in operation.value.items():
            path = parse_path(name)
            # Whole objects carry ids, metadata and whatever else the client knows: not meant to be set.
            if _is_settable(path):
                _apply(patched, operation.kind, path, value)
    # What was emptied goes, at every depth.
    return clean_document(patched)


def _is_settable(path: PatchPath) -> bool:
    name = path.path[0]
    return name == _EXTENSION or find((*USER, EXTERNAL_ID), name) is not None


def _apply(document: Document, kind: str, path: PatchPath, value: Any) -> None:
    names, attributes = path.path, (*USER, EXTERNAL_ID)
    if names[0] == _EXTENSION:
        document = document.setdefault(ENTERPRISE, {})
        names, attributes = names[1:], ENTERPRISE_USER
        if not names:
            _apply_extension(document, kind, value)
            return
    attribute = find(attributes, names[0])
    if attribute is None:
        _refuse_unless_ignored(names[0])
        return
    part = _part(attribute, path.part or (names[1] if len(names) > 1 else None))
    if path.within is not None and not attribute.multi:
        raise InvalidPathError(f"{attribute.name} has one value: it takes no brackets.")
    if attribute.multi:
        _apply_to_values(document, attribute, kind, path.within, part, value)
    elif part is not None:
        inner = document.setdefault(attribute.name, {})
        _set(inner, part.name, None if kind == "remove" else clean_one(part, value))
    elif attribute.kind == "complex" and kind != "remove":
        document[attribute.name] = document.get(attribute.name, {}) | (clean_one(attribute, value) or {})
    else:
        _set(document, attribute.name, None if kind == "remove" else clean_one(attribute, value))


def _apply_extension(extension: Document, kind: str, value: Any) -> None:
    if kind == "remove":
        extension.clear()
        return
    if not isinstance(value, dict):
        raise InvalidValueError("The value of the extension must be an object.")
    for name, inner in cast("dict[str, Any]", value).items():
        if (attribute := find(ENTERPRISE_USER, name)) is not None:
            _set(extension, attribute.name, clean_one(attribute, inner))


def _refuse_unless_ignored(name: str) -> None:
    if name in READ_ONLY:
        raise MutabilityError(f"{name} cannot be set.")
    if name not in NOT_KEPT:
        raise InvalidPathError(f"There is no attribute {name}.")


def _part(attribute: Attribute, name: str | None) -> Attribute | None:
    if name is None:
        return None
    part = attribute.part(name)
    if part is None:
        raise InvalidPathError(f"{attribute.name} has no part {name}.")
    return part


def _set(place: Document, name: str, value: Any) -> None:
    if value is None:
        place.pop(name, None)
    else:
        place[name] = value


def _apply_to_values(
    document: Document, attribute: Attribute, kind: str, within: Expression | None, part: Attribute | None, value: Any
) -> None:
    values: list[Document] = document.setdefault(attribute.name, [])
    if within is None and part is None:
        document[attribute.name] = _whole(attribute, kind, values, value)
        return
    chosen = [each for each in values if within is None or holds(within, each)]
    if kind == "remove":
        for each in chosen:
            _set(each, part.name, None) if part else each.clear()
        document[attribute.name] = [each for each in values if each.keys() - {"type", "primary"}]
        return
    change = {part.name: clean_one(part, value)} if part else clean_one(attribute, value) or {}
    if not chosen:
        chosen = [_seed(attribute, within)]
        values.append(chosen[0])
    for each in chosen:
        for name, new in change.items():
            _set(each, name, new)
    document[attribute.name] = clean(attribute, [each for each in _one_primary(values, chosen) if each]) or []


def _whole(attribute: Attribute, kind: str, values: list[Document], value: Any) -> list[Document]:
    given: list[Document] = clean(attribute, value) or []
    if kind == "remove":
        # Without a value all of them, else those that the value names.
        return [each for each in values if value is not None and not any(_same(each, other) for other in given)]
    if kind == "replace":
        return given
    added = [each for each in given if each not in values]
    return clean(attribute, _one_primary([*values, *added], added)) or []


def _same(value: Document, other: Document) -> bool:
    return all(value.get(name) == wanted for name, wanted in other.items())


def _seed(attribute: Attribute, within: Expression | None) -> Document:
    """A new value that fulfils `[type eq "work"]`: Entra sets parts of values before there are any."""
    conditions = within.parts if isinstance(within, And) else () if within is None else (within,)
    seed: Document = {}
    for condition in conditions:
        if not isinstance(condition, Compare) or condition.operator != "eq":
            raise NoTargetError("No value fulfils the condition in the brackets.")
        part = _part(attribute, condition.path[0])
        assert part is not None  # noqa: S101 - a name was given
        seed[part.name] = clean_one(part, condition.value)
    return seed


def _one_primary(values: list[Document], changed: list[Document]) -> list[Document]:
    """A value that has just become the primary one takes that from the others."""
    newest = next((each for each in reversed(changed) if each.get("primary")), None)
    if newest is not None:
        for each in values:
            if each is not newest and each.get("primary"):
                each["primary"] = False
    return values
