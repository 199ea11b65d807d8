"""Between a SCIM user and ours: what Nexus makes of a document, and what it shows of a row. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nexus.core.settings import EMAIL_PATTERN
from nexus.identity.models import Group, User
from nexus.scim.attributes import Document
from nexus.scim.errors import InvalidValueError
from nexus.scim.expressions import CORE_GROUP, CORE_USER, ENTERPRISE

_EMAIL: Final = re.compile(EMAIL_PATTERN)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]+")
_OWN_COLUMNS: Final = frozenset({"active", "externalId"})
"""Parts of the document that live in columns, because administrators change them too or an index finds them."""


@dataclass(frozen=True, slots=True)
class Person:
    """What Nexus understands of a document."""

    user_name: str
    external_id: str | None
    email: str
    name: str
    active: bool | None
    """None where the document does not say."""
    department: str | None
    directory: Document
    """The document without what has a column of its own."""


def read_person(document: Document) -> Person:
    """Raises InvalidValueError where there is no user name or no e-mail address."""
    user_name = document.get("userName")
    if not user_name or len(user_name) > 320:
        raise InvalidValueError("A user needs a userName of 320 characters at most.")
    external_id = document.get("externalId")
    if external_id is not None and len(external_id) > 255:
        raise InvalidValueError("An externalId may have 255 characters at most.")
    return Person(
        user_name=user_name,
        external_id=external_id,
        email=_email(document, user_name),
        name=_name(document, user_name),
        active=document.get("active"),
        department=document.get(ENTERPRISE, {}).get("department"),
        directory={name: value for name, value in document.items() if name not in _OWN_COLUMNS},
    )


def _email(document: Document, user_name: str) -> str:
    addresses = [each for each in document.get("emails", []) if each.get("value")]
    addresses.sort(key=lambda each: (not each.get("primary"), each.get("type", "").lower() != "work"))
    email = str(addresses[0]["value"] if addresses else user_name).strip().lower()
    if len(email) > 320 or not _EMAIL.fullmatch(email) or _UNPRINTABLE.search(email):
        raise InvalidValueError("A user needs an e-mail address, in emails or as the userName.")
    return email


def _name(document: Document, user_name: str) -> str:
    parts: Document = document.get("name", {})
    whole = " ".join(str(parts[part]) for part in ("givenName", "familyName") if parts.get(part))
    name = document.get("displayName") or parts.get("formatted") or whole or user_name
    return _UNPRINTABLE.sub(" ", str(name)).strip()[:200].strip() or user_name[:200]


def document_of(user: User) -> Document:
    """The document as the client left it, with the columns of this moment."""
    document: Document = {"userName": user.user_name, **(user.directory or {}), "active": user.active}
    if user.external_id is not None:
        document["externalId"] = user.external_id
    return document


def render_user(user: User, groups: Iterable[Group], base: str) -> Document:
    """`base` is the address before /Users."""
    document = document_of(user)
    listed = [
        {"value": str(group.id), "display": group.name, "type": "direct", "$ref": f"{base}/Groups/{group.id}"}
        for group in groups
    ]
    resource = {
        "schemas": [CORE_USER, *([ENTERPRISE] if ENTERPRISE in document else [])],
        "id": str(user.id),
        **document,
        "groups": listed,
        "meta": {
            "resourceType": "User",
            "created": _moment(user.created_at),
            "location": f"{base}/Users/{user.id}",
        },
    }
    return _versioned(resource)


def render_group(group: Group, members: Sequence[tuple[UUID, str]] | None, base: str) -> Document:
    """`members` are ids and names; None leaves them out, and with them the version, which they are a part of."""
    resource: Document = {
        "schemas": [CORE_GROUP],
        "id": str(group.id),
        "displayName": group.name,
        **({"externalId": group.external_id} if group.external_id is not None else {}),
        "meta": {
            "resourceType": "Group",
            "created": _moment(group.created_at),
            "location": f"{base}/Groups/{group.id}",
        },
    }
    if members is None:
        return resource
    resource["members"] = [
        {"value": str(user_id), "display": name, "type": "User", "$ref": f"{base}/Users/{user_id}"}
        for user_id, name in members
    ]
    return _versioned(resource)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _versioned(resource: Document) -> Document:
    """The version is made from what is shown, so it changes exactly when that does, whoever changed it."""
    written = json.dumps(resource, sort_keys=True, separators=(",", ":")).encode()
    resource["meta"]["version"] = f'W/"{hashlib.sha256(written).hexdigest()[:24]}"'
    return resource


def version_of(resource: Document) -> str | None:
    return resource["meta"].get("version")


def matches(header: str, version: str | None) -> bool:
    """Whether If-Match or If-None-Match names this version; tags are compared weakly."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or (version or "").removeprefix("W/") in tags
