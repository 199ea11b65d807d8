"""Every route of the application with an id: somebody else's looks exactly like one that does not exist."""

from typing import Any
from uuid import UUID

import pytest

from factories import living_session, make_user
from hub import Company, Hub, Person, told
from nexus.access.principal import Role
from nexus.core.ids import new_id
from nexus.identity.models import ExternalIdentity

NEEDED = {"path": "x.md", "start": 0, "end": 1}
"""Query parameters that some routes insist on."""
OWN_TO_ALL = "/api/tenants/{tenant_id}"
"""A super admin looks after every tenant."""


def operations(hub: Hub) -> list[tuple[str, str]]:
    """Method and path of every described route with an id in its path."""
    return [
        (method.upper(), path)
        for path, item in hub.app.openapi()["paths"].items()
        for method in item
        if "_id}" in path and not path.startswith(OWN_TO_ALL)
    ]


def body_of(path: str, method: str, person: Person) -> dict[str, Any] | None:
    if method == "PUT" and path.endswith("/grants"):
        return {"subject_kind": "user", "subject_id": str(person.id)}
    if path.startswith("/api/external-identities/"):
        return {"user_id": str(person.id)} if method == "PUT" else None
    if path.endswith("/feedback"):
        return {"rating": "up"} if method == "PUT" else None
    if path in {"/api/regions/{region_id}", "/api/groups/{group_id}"}:
        return {"name": "New name"}
    return {} if method in {"POST", "PATCH", "PUT"} and "/documents" not in path.rpartition("}")[2] else None


@pytest.fixture
async def theirs(hub: Hub, company: Company) -> dict[str, str]:
    """An id for each name that stands in a path; all of it the owner's, and real."""
    shelf = await company.owner.make_shelf(department_id=str(company.department))
    document = await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    async with hub.database() as db, db.write() as session:
        session_id = await living_session(session, company.member.id)
    run = (await company.owner.post("/ask", {"question": "days of annual leave"}))["run"]
    assert run["answer_id"]
    known = ExternalIdentity(
        tenant_id=company.tenant,
        user_id=company.member.id,
        issuer="https://id.test",
        provider_tenant="",
        subject=shelf,
        email=company.member.email,
        name="Member",
    )
    async with hub.database() as db, db.write() as session:
        session.add(known)
    token = (await company.admin.post("/scim-tokens", {"name": "Entra"}, 201))["scim_token"]
    return {
        "identity_id": str(known.id),
        "token_id": token["id"],
        "knowledge_base_id": shelf,
        "document_id": document,
        "run_id": run["id"],
        "message_id": run["answer_id"],
        "api_key_id": (await company.owner.post("/me/api-keys", {"name": "Mine"}, 201))["key"]["id"],
        "conversation_id": run["conversation_id"],
        "user_id": str(company.member.id),
        "session_id": str(session_id),
        "group_id": str(company.group),
        "region_id": str(company.region),
        "department_id": str(company.department),
        "subject_kind": "user",
        "subject_id": str(company.owner.id),
    }


async def answers(person: Person, method: str, path: str, ids: dict[str, str]) -> list[tuple[int, Any]]:
    """To the real ids, and to unknown ones."""
    unknown = {name: value if name == "subject_kind" else str(new_id()) for name, value in ids.items()}
    return [
        told(
            await person.call(
                method,
                path.removeprefix("/api").format(**each),
                params=NEEDED if method == "GET" or path.endswith("/documents") else None,
                json=body_of(path, method, person),
            )
        )
        for each in (ids, unknown)
    ]


async def test_another_tenants_ids_are_unknown_even_to_its_super_admin(
    hub: Hub, company: Company, theirs: dict[str, str]
) -> None:
    async with hub.database() as db, db.write() as session:
        user = await make_user(session, company.rivals, f"chief@{new_id().hex}.test", role=Role.SUPER_ADMIN)
    chief = Person(company.owner.client, user.email, user.id)
    checked = operations(hub)
    assert len(checked) > 40
    for method, path in checked:
        real, unknown = await answers(chief, method, path, theirs)
        assert real == unknown, f"{method} {path}"
        assert real[0] == 404, f"{method} {path}: {real}"


async def test_a_colleagues_ids_are_unknown_to_whom_nothing_was_granted(
    hub: Hub, company: Company, theirs: dict[str, str]
) -> None:
    rooms = ("/api/knowledge-bases", "/api/documents", "/api/runs", "/api/conversations", "/api/messages", "/api/me")
    for method, path in operations(hub):
        if not path.startswith(rooms):
            continue
        real, unknown = await answers(company.stranger, method, path, theirs)
        assert real == unknown, f"{method} {path}"
        assert real[0] == 404, f"{method} {path}: {real}"
    # And nothing of it has changed.
    assert (await company.owner.get(f"/documents/{theirs['document_id']}"))["state"] == "ready"
    assert (await company.owner.get(f"/runs/{theirs['run_id']}"))["run"]["state"] == "succeeded"


@pytest.mark.parametrize(
    ("method", "path", "name", "body"),
    [
        ("POST", "/search", "knowledge_base_id", {"query": "x", "scope": {"knowledge_base_ids": ["ID"]}}),
        ("POST", "/ask", "knowledge_base_id", {"question": "x", "scope": {"knowledge_base_ids": ["ID"]}}),
        ("POST", "/ask/stream", "knowledge_base_id", {"question": "x", "scope": {"knowledge_base_ids": ["ID"]}}),
        ("POST", "/runs", "knowledge_base_id", {"question": "x", "scope": {"knowledge_base_ids": ["ID"]}}),
        ("POST", "/ask", "conversation_id", {"question": "x", "conversation_id": "ID"}),
        ("POST", "/knowledge-bases", "department_id", {"name": "x", "department_id": "ID"}),
        ("PATCH", "/knowledge-bases/OWN", "department_id", {"department_id": "ID"}),
        ("PUT", "/knowledge-bases/OWN/grants", "user_id", {"subject_kind": "user", "subject_id": "ID"}),
        ("PUT", "/knowledge-bases/OWN/grants", "group_id", {"subject_kind": "group", "subject_id": "ID"}),
        ("PATCH", "/documents/DOCUMENT", "knowledge_base_id", {"knowledge_base_id": "ID"}),
        ("PUT", "/documents/DOCUMENT/grants", "user_id", {"subject_kind": "user", "subject_id": "ID"}),
        ("GET", "/documents?knowledge_base_id=ID", "knowledge_base_id", None),
        ("GET", "/documents/DOCUMENT/access?user_id=ID", "user_id", None),
        ("GET", "/knowledge-bases/OWN/access?user_id=ID", "user_id", None),
        ("POST", "/search/as", "user_id", {"query": "x", "user_id": "ID", "knowledge_base_ids": ["OWN"]}),
        ("POST", "/search/as", "knowledge_base_id", {"query": "x", "user_id": "ME", "knowledge_base_ids": ["ID"]}),
    ],
)
async def test_ids_inside_bodies_and_queries_are_checked_like_those_in_paths(
    company: Company, theirs: dict[str, str], method: str, path: str, name: str, body: dict[str, Any] | None
) -> None:
    own = await company.rival.make_shelf()
    document = await company.rival.add(own, "mine.md", "A document of the rivals.")

    def filled(value: Any, row_id: str | UUID) -> Any:
        match value:
            case dict():
                return {key: filled(inner, row_id) for key, inner in value.items()}
            case list():
                return [filled(inner, row_id) for inner in value]
            case str():
                filled_in = value.replace("ID", str(row_id)).replace("OWN", own).replace("DOCUMENT", document)
                return filled_in.replace("ME", str(company.rival.id))
            case _:
                return value

    real, unknown = [
        told(await company.rival.call(method, filled(path, row_id), json=filled(body, row_id)))
        for row_id in (theirs[name], new_id())
    ]
    assert real == unknown
    assert real[0] == 404, real
