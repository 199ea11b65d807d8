"""API keys: made once, good within their scopes and as long as their owner is, and no longer."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from hub import Company, Hub, Person
from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.identity.api_keys import MOST_KEYS, KeyUses
from nexus.identity.models import ApiKey
from nexus.identity.tokens import token_hash

QUESTION = {"question": "days of annual leave"}


@dataclass(frozen=True)
class Program(Person):
    """Something that has a person's API key."""

    secret: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


async def program(person: Person, *scopes: str, days: int = 90) -> tuple[Program, dict[str, Any]]:
    body = {"name": "Nightly report", "scopes": scopes or ["ask"], "expires_in_days": days}
    made = await person.post("/me/api-keys", body, 201)
    return Program(person.client, person.email, person.id, made["secret"]), made["key"]


@pytest.fixture
async def shelf(company: Company) -> str:
    shelf = await company.owner.make_shelf("Leave", grants=[company.grants["member"]])
    await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    return shelf


async def test_a_key_acts_as_its_owner_and_is_shown_once(hub: Hub, company: Company, shelf: str) -> None:
    key, view = await program(company.member)
    assert key.secret.startswith("nxk_")
    assert view["ending"] == key.secret[-4:]
    assert (await key.get("/me"))["user"]["email"] == company.member.email
    answer = await key.post("/ask", QUESTION)
    assert answer["message"]["citations"][0]["document_name"] == "leave.md"
    [listed] = await company.member.get("/me/api-keys")
    assert listed["last_used_at"] is not None
    assert listed | {"last_used_at": None} == view
    assert key.secret not in str(listed)
    async with hub.database() as db, db.read() as session:
        row = await session.get_one(ApiKey, UUID(listed["id"]))
        assert row.token_hash == token_hash(key.secret)


async def test_scopes_bound_what_a_key_may(company: Company, shelf: str) -> None:
    ask, _ = await program(company.owner, "ask")
    knowledge, _ = await program(company.owner, "knowledge")
    both, _ = await program(company.admin, "ask", "administer")
    assert (await ask.get(f"/knowledge-bases/{shelf}"))["level"] == "read"
    await ask.post("/knowledge-bases", {"name": "New"}, 403)
    await ask.patch(f"/knowledge-bases/{shelf}", {"name": "Renamed"}, 403)
    assert (await ask.call("POST", f"/knowledge-bases/{shelf}/documents?path=x.md", content=b"x")).status_code == 403
    document = (await ask.get("/documents", knowledge_base_id=shelf))["items"][0]["id"]
    await ask.delete(f"/documents/{document}", 403)
    await ask.get("/users", 403)
    await knowledge.post("/ask", QUESTION, 403)
    assert (await knowledge.post("/search", {"query": "leave"}))["hits"]
    assert (await knowledge.patch(f"/knowledge-bases/{shelf}", {"name": "Renamed"}))["name"] == "Renamed"
    await both.get("/users")
    await both.post("/knowledge-bases", {"name": "New"}, 403)
    assert "users.manage" in (await both.get("/me"))["permissions"]
    # What its owner may not do, no scope allows.
    everything, _ = await program(company.member, "ask", "knowledge", "administer")
    await everything.get("/users", 403)


async def test_a_key_makes_no_keys_and_changes_no_password(company: Company) -> None:
    key, view = await program(company.owner, "ask", "knowledge", "administer")
    await key.get("/me/api-keys", 403)
    await key.post("/me/api-keys", {"name": "Another"}, 403)
    await key.delete(f"/me/api-keys/{view['id']}", 403)
    await key.get("/me/second-factor", 403)
    await key.post("/me/second-factor/off", {"password": "x"}, 403)
    await key.delete("/me/sessions", 403)
    await key.post("/me/password", {"current_password": "x", "new_password": "y"}, 403)


async def test_a_revoked_an_expired_and_an_unknown_key_look_the_same(hub: Hub, company: Company) -> None:
    revoked, view = await program(company.member)
    expired, old = await program(company.member)
    await company.member.delete(f"/me/api-keys/{view['id']}")
    await company.member.delete(f"/me/api-keys/{view['id']}", 404)
    async with hub.database() as db, db.write() as session:
        (await session.get_one(ApiKey, UUID(old["id"]))).expires_at = now()
    unknown = Program(company.member.client, company.member.email, company.member.id, "nxk_" + "x" * 43)
    answers = [await each.call("GET", "/me") for each in (revoked, expired, unknown)]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert [key["id"] for key in await company.member.get("/me/api-keys")] == [old["id"]]


async def test_whoever_is_deactivated_has_no_keys_any_more(company: Company) -> None:
    key, _ = await program(company.member)
    await key.get("/me")
    await company.admin.patch(f"/users/{company.member.id}", {"active": False})
    await key.get("/me", 401)
    await company.admin.patch(f"/users/{company.member.id}", {"active": True})
    await key.get("/me", 401)


async def test_a_changed_role_and_a_left_group_count_at_once(company: Company) -> None:
    shelf = await company.owner.make_shelf("Group", grants=[company.grants["group"]])
    key, _ = await program(company.member, "ask", "administer")
    await key.get(f"/knowledge-bases/{shelf}")
    await company.admin.patch(f"/users/{company.member.id}", {"group_ids": []})
    await key.get(f"/knowledge-bases/{shelf}", 404)
    await key.get("/users", 403)
    await company.admin.patch(f"/users/{company.member.id}", {"role": "content_manager"})
    await key.get("/users")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "expires_in_days": 366},
        {"name": "x", "user_id": str(new_id())},
    ],
)
async def test_what_cannot_be_meant_is_refused(company: Company, body: dict[str, Any]) -> None:
    await company.member.post("/me/api-keys", body, 422)


async def test_nobody_sees_or_revokes_anothers(company: Company) -> None:
    _, view = await program(company.member)
    assert await company.admin.get("/me/api-keys") == []
    await company.admin.delete(f"/me/api-keys/{view['id']}", 404)


async def test_there_is_an_end_to_them(company: Company) -> None:
    for _ in range(MOST_KEYS):
        await program(company.member)
    refused = await company.member.post("/me/api-keys", {"name": "One more"}, 409)
    assert "Revoke" in refused["detail"]


async def test_a_use_is_stored_once_a_minute(hub: Hub, company: Company) -> None:
    _, view = await program(company.member)
    moments = iter((1000.0, 1030.0, 1061.0))
    uses = KeyUses(clock=lambda: next(moments))
    async with hub.database() as db:
        seen: list[str] = []
        for _ in range(3):
            await uses.note(db, UUID(view["id"]))
            [listed] = await company.member.get("/me/api-keys")
            seen.append(listed["last_used_at"])
    assert seen[0] == seen[1] < seen[2]


@pytest.mark.parametrize("end", ["revoke", "deactivate"])
async def test_a_stream_ends_with_the_right_to_it(company: Company, shelf: str, end: str) -> None:
    key, view = await program(company.member)
    async with (
        asyncio.timeout(8),
        key.client.stream("GET", f"/api/knowledge-bases/{shelf}/changes", headers=key.headers) as response,
    ):
        lines = response.aiter_lines()
        assert await anext(lines)
        if end == "revoke":
            await company.member.delete(f"/me/api-keys/{view['id']}")
        else:
            await company.admin.patch(f"/users/{company.member.id}", {"active": False})
        # It ends, and not because nothing came any more.
        assert [line async for line in lines]
