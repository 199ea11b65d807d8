"""What of a resource a client wants to see: `attributes` and `excludedAttributes` (RFC 7644, section 3.9). Pure."""

from collections.abc import Callable
from typing import Any, Final, cast

from nexus.scim.attributes import Document
from nexus.scim.expressions import CORE_GROUP, CORE_USER, ENTERPRISE

_ALWAYS: Final = frozenset({"schemas", "id"})


def project(resource: Document, attributes: str, excluded: str) -> Document:
    """The resource as the two lists want it; schemas and id always stay."""
    if attributes.strip():
        return _only(resource, _names(attributes))
    unwanted = _names(excluded)
    shown: Document = {}
    for name, value in resource.items():
        inner = None if name in _ALWAYS else _below(unwanted, name)
        if inner is None:
            shown[name] = value
        elif inner:
            shown[name] = _parts(value, inner.isdisjoint)
    return shown


def _only(resource: Document, wanted: set[str]) -> Document:
    shown: Document = {}
    for name, value in resource.items():
        inner = _below(wanted, name)
        if name in _ALWAYS or inner == set():
            shown[name] = value
        elif inner:
            shown[name] = _parts(value, lambda part, inner=inner: not inner.isdisjoint(part))
    return shown


def _names(listed: str) -> set[str]:
    names: set[str] = set()
    for each in listed.split(","):
        name = each.strip().lower()
        for core in (CORE_USER, CORE_GROUP):
            name = name.removeprefix(f"{core.lower()}:")
        extension = ENTERPRISE.lower()
        names.add(f"{extension}.{name[len(extension) + 1 :]}" if name.startswith(f"{extension}:") else name)
    return names - {""}


def _below(names: set[str], attribute: str) -> set[str] | None:
    """The parts of the attribute that are named, none for the whole of it; None where it is not named at all."""
    lowered = attribute.lower()
    if lowered in names:
        return set()
    inner = {name[len(lowered) + 1 :] for name in names if name.startswith(f"{lowered}.")}
    return inner or None


def _parts(value: Any, keeps: Callable[[set[str]], bool]) -> Any:
    """The object, or each of the list, with the parts that are kept."""
    if isinstance(value, list):
        return [_parts(each, keeps) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: inner for name, inner in cast("Document", value).items() if keeps({name.lower()})}
    return value


def wants_members(attributes: str, excluded: str) -> bool:
    """Whether a group's members have to be read for this projection."""
    if attributes.strip():
        return _below(_names(attributes), "members") is not None
    return _below(_names(excluded), "members") != set()
