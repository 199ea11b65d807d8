"""Whatever a PATCH says, it ends as a clean document or is refused, and the document it began with is untouched."""

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from directory import ENTERPRISE
from nexus.scim.attributes import clean_document
from nexus.scim.errors import ScimError
from nexus.scim.mapping import read_person
from nexus.scim.patching import patch_user, read_operations

ADA: dict[str, Any] = {
    "userName": "ada@acme.test",
    "externalId": "1",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": "ada@acme.test", "primary": True}, {"type": "home", "value": "a@b.test"}],
    ENTERPRISE: {"department": "Research", "manager": {"value": "2"}},
}
PATHS = [
    "userName", "active", "name", "NAME.GivenName", "emails", "emails.value", 'emails[type eq "work"]', "title",
    'emails[type eq "work"].value', 'emails[type eq "other" and primary eq "True"].value', "emails[not value pr]",
    'phoneNumbers[type eq "mobile"].value', 'addresses[type eq "work"].country', "addresses", "externalId", "id",
    ENTERPRISE, f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value", "roles", "x",
    "urn:ietf:params:scim:schemas:core:2.0:User:displayName", "", "a.b.c", 'name[type eq "x"]', "emails[",
    "meta", "password",
]  # fmt: skip
PARTS = ["value", "type", "primary", "givenName", "department", "userName", "x", f"{ENTERPRISE}:department"]
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
plain |= st.sampled_from(["True", "false", "work", "a@b.test", "\x00", "\ud800", "x" * 2000])
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(PARTS + PATHS), inner, max_size=4),
    max_leaves=8,
)
kinds = st.sampled_from(["add", "Add", "replace", "Replace", "remove", "Remove", "move", 5])
operation = st.fixed_dictionaries({"op": kinds}, optional={"path": st.sampled_from(PATHS) | plain, "value": values})


@given(st.lists(operation | values, max_size=4))
def test_any_operations(operations: list[Any]) -> None:
    before = deepcopy(ADA)
    try:
        patched = patch_user(ADA, read_operations({"Operations": operations}))
    except ScimError:
        return
    finally:
        assert before == ADA
    assert clean_document(patched) == patched
    try:
        person = read_person(patched)
    except ScimError:
        return
    assert person.email == person.email.strip().lower()
    assert person.name.isprintable() or not person.name.isascii()


@given(st.dictionaries(st.sampled_from([*PATHS, "displayName", "emails", "USERNAME"]), values, max_size=5))
def test_any_body(body: dict[str, Any]) -> None:
    try:
        document = clean_document(body)
        read_person(document)
    except ScimError:
        return
    assert clean_document(document) == document
