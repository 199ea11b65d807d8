"""Who leaves the directory is out on the next request, with everything they held."""

import time
from uuid import UUID

import httpx2
import pytest

from directory import Directory
from factories import PASSWORD, cheap_passwords, sign_in
from hub import Company, Hub
from nexus.core.clock import now
from nexus.identity import queries
from nexus.identity.models import OneTimeLink, User

pytest_plugins = ("servers",)


@pytest.mark.parametrize("way", ["PATCH", "PUT", "DELETE"])
async def test_every_credential_ends_at_once(hub: Hub, directory: Directory, company: Company, way: str) -> None:
    user = await directory.add_user()
    path, email = f"/Users/{user['id']}", user["userName"]
    passwords = cheap_passwords()
    hashed = await passwords.hash(PASSWORD)
    passwords.close()
    async with hub.database() as db, db.write() as session:
        row = await queries.find_user_by_email(session, email)
        assert row is not None
        row.password_hash = hashed
        await queries.add(
            session, OneTimeLink(token_hash=email[:64], purpose="reset", user_id=row.id, expires_at=now())
        )
    group = await directory.add_group("Engineers", user["id"])
    async with httpx2.AsyncClient(base_url=hub.url) as browser:
        access = await sign_in(browser, email)
        page = {"X-Nexus-Request": "1", "Sec-Fetch-Site": "same-origin"}
        assert (await browser.get("/api/me", headers=access)).status_code == 200
        made = await browser.post("/api/me/api-keys", headers=access, json={"name": "Script", "scopes": ["ask"]})
        key = {"Authorization": f"Bearer {made.json()['secret']}"}
        assert (await browser.get("/api/knowledge-bases", headers=key)).status_code == 200

        if way == "PATCH":
            await directory.patch(path, {"op": "Replace", "path": "active", "value": "False"})
        elif way == "PUT":
            await directory.ask("PUT", path, user | {"active": False})
        else:
            await directory.ask("DELETE", path, status=204)

        assert (await browser.get("/api/me", headers=access)).status_code == 401
        assert (await browser.get("/api/knowledge-bases", headers=key)).status_code == 401
        assert (await browser.post("/api/auth/refresh", headers=page)).status_code == 401
        again = await browser.post("/api/auth/login", json={"email": email, "password": PASSWORD})
        assert again.status_code == 401
        members = (await directory.get(f"/Groups/{group['id']}"))["members"]
        assert len(members) == (0 if way == "DELETE" else 1)
        async with hub.database() as db, db.read() as session:
            assert await session.get(OneTimeLink, email[:64]) is None
        if way == "DELETE":
            return
        # Who comes back signs in anew: what was ended stays ended.
        await directory.patch(path, {"op": "Replace", "path": "active", "value": "True"})
        assert (await browser.get("/api/me", headers=access)).status_code == 401
        assert (await browser.get("/api/knowledge-bases", headers=key)).status_code == 401
        fresh = await sign_in(browser, email)
        assert (await browser.get("/api/me", headers=fresh)).status_code == 200


async def test_who_was_deleted_leaves_nothing_personal(hub: Hub, directory: Directory, company: Company) -> None:
    user = await directory.add_user(title="Countess")
    await directory.ask("DELETE", f"/Users/{user['id']}", status=204)
    async with hub.database() as db, db.read() as session:
        row = await session.get(User, UUID(user["id"]))
    assert row is not None
    assert (row.name, row.directory, row.user_name, row.external_id) == ("Deleted user", None, None, None)
    assert row.email.endswith("@deleted.invalid")


async def test_what_a_group_could_read_its_former_member_cannot(directory: Directory, company: Company) -> None:
    shelf = await company.owner.make_shelf()
    await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    await company.admin.patch("/scim-settings", {"take_over_accounts": True})
    taken = await directory.ask("POST", "/Users", {"userName": company.stranger.email}, status=201)
    group = await directory.add_group("Readers", taken["id"])
    grant = {"subject_kind": "group", "subject_id": group["id"], "level": "read"}
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", grant, 200)
    assert await company.stranger.found("annual leave")
    remove = {"op": "Remove", "path": f'members[value eq "{taken["id"]}"]'}
    await directory.patch(f"/Groups/{group['id']}", remove, status=204)
    assert not await company.stranger.found("annual leave")


async def test_streams_under_way_end_within_five_seconds(directory: Directory, company: Company) -> None:
    shelf = await company.member.make_shelf()
    await company.admin.patch("/scim-settings", {"take_over_accounts": True})
    taken = await directory.ask("POST", "/Users", {"userName": company.member.email}, status=201)
    changes = f"/api/knowledge-bases/{shelf}/changes"
    async with company.member.client.stream("GET", changes, headers=company.member.headers) as response:
        lines = response.aiter_lines()
        assert "documents.changed" in [await anext(lines), await anext(lines)][1]
        await directory.patch(f"/Users/{taken['id']}", {"op": "Replace", "path": "active", "value": "False"})
        began = time.monotonic()
        assert not [line async for line in lines if line.startswith("event:")]
        assert time.monotonic() - began < 5
