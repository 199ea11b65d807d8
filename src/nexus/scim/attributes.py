"""Which attributes Nexus keeps of people and groups, and the cleaning of what a client sends for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from nexus.core.text.storable import is_storable
from nexus.scim.errors import InvalidValueError
from nexus.scim.expressions import CORE_GROUP, CORE_USER, ENTERPRISE, read_boolean

Document = dict[str, Any]

_LONGEST: Final = 1024
_MOST: Final = 50
"""Values of one attribute of a person, such as telephone numbers. Members of groups are not kept here."""


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    description: str = ""
    kind: str = "string"
    multi: bool = False
    parts: tuple["Attribute", ...] = ()
    required: bool = False
    mutability: str = "readWrite"
    uniqueness: str = "none"
    case_exact: bool = False

    def part(self, name: str) -> "Attribute | None":
        return find(self.parts, name)


def find(attributes: Iterable[Attribute], name: str) -> Attribute | None:
    return next((each for each in attributes if each.name.lower() == name.lower()), None)


def _values(name: str, description: str) -> Attribute:
    parts = (
        Attribute("value", "The value itself."),
        Attribute("type", "work, home and the like."),
        Attribute("display", "How people read it."),
        Attribute("primary", "Whether it is the one to use.", "boolean"),
    )
    return Attribute(name, description, "complex", multi=True, parts=parts)


USER: Final = (
    Attribute("userName", "What the person is called at sign-in.", required=True, uniqueness="server"),
    Attribute(
        "name",
        "The parts of the name.",
        "complex",
        parts=tuple(
            Attribute(part)
            for part in ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
        ),
    ),
    Attribute("displayName", "The name that colleagues see."),
    Attribute("nickName"),
    Attribute("profileUrl", kind="reference"),
    Attribute("title"),
    Attribute("userType"),
    Attribute("preferredLanguage"),
    Attribute("locale"),
    Attribute("timezone"),
    Attribute("active", "False ends every credential of the person at once.", "boolean"),
    _values("emails", "The primary one, else the one for work, is the person's address in Nexus."),
    _values("phoneNumbers", "Telephone numbers."),
    Attribute(
        "addresses",
        "Postal addresses.",
        "complex",
        multi=True,
        parts=(
            *(
                Attribute(part)
                for part in ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type")
            ),
            Attribute("primary", kind="boolean"),
        ),
    ),
)
ENTERPRISE_USER: Final = (
    Attribute("employeeNumber"),
    Attribute("costCenter"),
    Attribute("organization"),
    Attribute("division"),
    Attribute("department", "The name of a department, or of region and department: UK/HR."),
    Attribute("manager", "The id of the manager.", "complex", parts=(Attribute("value"), Attribute("displayName"))),
)
EXTERNAL_ID: Final = Attribute("externalId", "The client's own id.", case_exact=True)
_MEMBER_PARTS: Final = (
    Attribute("value", "The id of a user.", mutability="immutable"),
    Attribute("display", mutability="readOnly"),
    Attribute("type", mutability="immutable"),
    Attribute("$ref", kind="reference", mutability="readOnly"),
)
GROUP: Final = (
    Attribute("displayName", "The name of the group.", required=True, uniqueness="server"),
    Attribute("members", "The people in it.", "complex", multi=True, parts=_MEMBER_PARTS),
)
GROUPS_OF_USER: Final = Attribute(
    "groups", "The groups of the person.", "complex", multi=True, parts=_MEMBER_PARTS, mutability="readOnly"
)
READ_ONLY: Final = frozenset({"id", "meta", "groups", "schemas"})
NOT_KEPT: Final = frozenset({"password", "ims", "photos", "entitlements", "roles", "x509certificates"})
"""Attributes of the standard that Nexus has no use for: taken without complaint and forgotten."""

SCHEMAS: Final = {CORE_USER: (*USER, GROUPS_OF_USER), ENTERPRISE: ENTERPRISE_USER, CORE_GROUP: GROUP}


def clean_document(body: Mapping[str, Any]) -> Document:
    """What Nexus keeps of a user as a client sent them, under the standard's spelling. Raises InvalidValueError."""
    document: Document = {}
    for name, value in body.items():
        if name.lower() == ENTERPRISE.lower():
            if (kept := clean(Attribute(ENTERPRISE, kind="complex", parts=ENTERPRISE_USER), value)) is not None:
                document[ENTERPRISE] = kept
            continue
        attribute = find((*USER, EXTERNAL_ID), name)
        if attribute is not None and (kept := clean(attribute, value)) is not None:
            document[attribute.name] = kept
    return document


def clean(attribute: Attribute, value: Any) -> Any:
    """The value in the standard's spelling, None for an empty one. Raises InvalidValueError for a wrong type."""
    if value is None:
        return None
    if not attribute.multi:
        return clean_one(attribute, value)
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    if len(values) > _MOST:
        raise InvalidValueError(f"{attribute.name} may have {_MOST} values at most.")
    cleaned = [kept for each in values if (kept := clean_one(attribute, each)) is not None]
    return cleaned or None


def clean_one(attribute: Attribute, value: Any) -> Any:
    """One value of the attribute, None for an empty one."""
    if attribute.kind == "complex":
        return _clean_complex(attribute, value)
    if attribute.kind == "boolean":
        if value in (None, ""):
            return None
        if (boolean := read_boolean(value)) is None:
            raise InvalidValueError(f"{attribute.name} must be true or false.")
        return boolean
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST or not is_storable(value):
        raise InvalidValueError(f"{attribute.name} must be a text of {_LONGEST} characters at most.")
    return value.strip() or None


def _clean_complex(attribute: Attribute, value: Any) -> Document | None:
    if isinstance(value, str) and attribute.part("value"):
        # Entra sends a manager's id, and some clients an address, without the object around it.
        value = {"value": value}
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidValueError(f"{attribute.name} must be an object.")
    given = cast("dict[str, Any]", value)
    kept: Document = {}
    for name, inner in given.items():
        part = attribute.part(name)
        if part is not None and (cleaned := clean_one(part, inner)) is not None:
            kept[part.name] = cleaned
    return kept or None
