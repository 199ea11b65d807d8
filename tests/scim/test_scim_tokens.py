"""The tokens of directories: who makes them, what they open, and what they do not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from directory import Directory, make_token
from hub import Company, Hub, Person
from nexus.core.clock import now
from nexus.core.errors import NexusError
from nexus.core.ids import new_id
from nexus.identity import service as identity
from nexus.identity.errors import TooManyAttemptsError
from nexus.scim.deps import Failures
from nexus.scim.models import ScimToken

pytest_plugins = ("servers",)


async def status(hub: Hub, token: str, path: str = "/scim/v2/Users") -> int:
    async with httpx2.AsyncClient(base_url=hub.url) as client:
        return (await client.get(path, headers=[(b"Authorization", f"Bearer {token}".encode("latin-1"))])).status_code


@pytest.fixture(autouse=True)
def patience(hub: Hub) -> None:
    """Failures of one test do not count for the next."""
    hub.resource(Failures)._moments.clear()


async def test_a_tokens_life(hub: Hub, company: Company) -> None:
    made = await company.admin.post("/scim-tokens", {"name": "Entra", "expires_in_days": 30}, 201)
    token, row = made["token"], made["scim_token"]
    assert token.startswith("nxs_")
    assert row["last_used_at"] is None
    assert await status(hub, token) == 200
    listed = await company.admin.get("/scim-tokens")
    assert [each["name"] for each in listed["items"]] == ["Entra"]
    assert listed["items"][0]["last_used_at"] is not None
    assert token not in str(listed)
    async with hub.database() as db, db.read() as session:
        stored = await session.get(ScimToken, UUID(row["id"]))
    assert stored is not None
    assert token not in str(vars(stored))

    rotated = (await company.admin.post(f"/scim-tokens/{row['id']}/rotate", {}))["token"]
    assert await status(hub, token) == 401
    assert await status(hub, rotated) == 200
    await company.admin.delete(f"/scim-tokens/{row['id']}")
    assert await status(hub, rotated) == 401


async def test_it_expires(hub: Hub, company: Company) -> None:
    made = await company.admin.post("/scim-tokens", {"name": "Old"}, 201)
    async with hub.database() as db, db.write() as session:
        row = await session.get(ScimToken, UUID(made["scim_token"]["id"]))
        assert row is not None
        row.expires_at = now() - timedelta(seconds=1)
    assert await status(hub, made["token"]) == 401


async def test_it_opens_scim_and_nothing_else(hub: Hub, company: Company, directory: Directory) -> None:
    token = directory.client.headers["authorization"]
    for path, item in hub.app.openapi()["paths"].items():
        for method, operation in item.items():
            if "security" not in operation:
                continue
            filled = "/".join(str(new_id()) if part.startswith("{") else part for part in path.split("/"))
            answer = await directory.client.request(method, filled, json={}, headers={"Authorization": token})
            assert answer.status_code == 401, f"{method} {path}"


async def test_no_other_credential_opens_scim(hub: Hub, company: Company) -> None:
    for path in ("Users", "Groups", "Schemas", "ServiceProviderConfig", "nothing", f"Users/{new_id()}"):
        answer = await company.operator.client.get(f"/scim/v2/{path}", headers=company.operator.headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/scim+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        hub.resource(Failures)._moments.clear()
    async with httpx2.AsyncClient(base_url=hub.url) as anybody:
        assert (await anybody.get("/scim/v2/Users")).status_code == 401


async def test_nearly_right_is_wrong(hub: Hub, company: Company) -> None:
    token = await make_token(company.admin)
    other = await make_token(company.admin)
    mixed = token[:-20] + other[-20:]
    for wrong in (mixed, token[:-1], token + "A", token.removeprefix("nxs_"), "nxs_", "nxs_\xe9", token.upper()):
        assert await status(hub, wrong) == 401
    assert await status(hub, token) == 200


async def test_guessing_is_slowed_down_and_keeps_nobody_out(hub: Hub, company: Company) -> None:
    token = await make_token(company.admin)
    answers = [await status(hub, f"nxs_{number}") for number in range(25)]
    assert answers[:20] == [401] * 20
    assert answers[20:] == [429] * 5
    assert await status(hub, token) == 200


def test_failures_are_forgotten() -> None:
    failures = Failures(limit=2, window_seconds=0.0)
    for _ in range(10):
        failures.count("10.0.0.1")
    strict = Failures(limit=2)
    strict.count("10.0.0.1")
    strict.count("10.0.0.1")
    with pytest.raises(TooManyAttemptsError) as caught:
        strict.count("10.0.0.1")
    assert isinstance(caught.value, NexusError)
    assert int(caught.value.headers["Retry-After"]) > 0
    strict.count("10.0.0.2")


async def test_only_administrators_of_the_tenant_have_them(hub: Hub, company: Company) -> None:
    made = (await company.admin.post("/scim-tokens", {"name": "Entra"}, 201))["scim_token"]
    rival = Person(company.rival.client, company.rival.email, company.rival.id)
    for person in (company.member, company.owner, rival):
        for method, path in (
            ("GET", "/scim-tokens"),
            ("POST", "/scim-tokens"),
            ("POST", f"/scim-tokens/{made['id']}/rotate"),
            ("DELETE", f"/scim-tokens/{made['id']}"),
            ("GET", "/scim-settings"),
            ("PATCH", "/scim-settings"),
        ):
            assert (await person.call(method, path, json={})).status_code == 403
    assert [each["id"] for each in (await company.admin.get("/scim-tokens"))["items"]] == [made["id"]]


async def test_settings_name_regions_of_the_tenant_alone(hub: Hub, company: Company, rivals: Directory) -> None:
    async with hub.database() as db, db.write() as session:
        foreign = await identity.create_region(session, tenant_id=company.rivals, name="UK")
    answers: list[Any] = []
    for region in (foreign.id, new_id()):
        body = await company.admin.patch("/scim-settings", {"new_departments_region_id": str(region)}, 404)
        answers.append({name: value for name, value in body.items() if name != "request_id"})
    assert answers[0] == answers[1]
    settings = await company.admin.get("/scim-settings")
    assert settings["url"].endswith("/scim/v2")
    assert settings["new_departments_region_id"] is None
    assert settings["take_over_accounts"] is False
