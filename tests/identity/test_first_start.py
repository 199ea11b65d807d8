"""The first start: a link that works once, or the super admin of the settings."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.settings import Settings, SettingsError, load_settings
from nexus.identity.models import OneTimeLink, Tenant, User
from nexus.identity.passwords import PasswordHasher
from nexus.identity.sign_in import ensure_first_start

FORM = {"email": "Ada@Acme.test", "password": "velvet-canyon-42", "name": "Ada Byron", "tenant_name": "Acme"}


async def new_link(app: FastAPI, settings: Settings) -> str:
    """The token of a fresh set-up link."""
    resources = app.state.resources
    link = await ensure_first_start(resources[Database], settings, resources[PasswordHasher])
    assert link is not None
    address, _, token = link.url.partition("#token=")
    assert address == "http://127.0.0.1:8080/setup"
    assert link.expires_at > now()
    return token


async def test_the_link_founds_the_installation_once(
    app: FastAPI, settings: Settings, client: httpx2.AsyncClient, db: Database
) -> None:
    token = await new_link(app, settings)
    methods = {"password": True, "providers": [], "sign_up": False, "reset_by_mail": False, "developer_user": ""}
    assert (await client.get("/api/auth/methods")).json() == methods | {"is_set_up": False}
    answer = await client.post("/api/setup", json=FORM | {"token": token})
    assert answer.status_code == 201
    assert (await client.get("/api/auth/methods")).json() == methods | {"is_set_up": True}
    assert "nexus_refresh" in client.cookies
    me = await client.get("/api/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.json()["user"]["is_founder"] is True
    assert me.json()["user"]["email"] == "ada@acme.test"
    assert me.json()["user"]["role"] == "super_admin"
    assert me.json()["tenant"]["name"] == "Acme"

    again = await client.post("/api/setup", json=FORM | {"token": token, "email": "eve@evil.test"})
    assert again.status_code == 410
    assert await ensure_first_start(db, settings, app.state.resources[PasswordHasher]) is None


async def test_two_at_once_make_one_founder(
    app: FastAPI, settings: Settings, client: httpx2.AsyncClient, db: Database
) -> None:
    token = await new_link(app, settings)
    answers = await asyncio.gather(
        *(client.post("/api/setup", json=FORM | {"token": token, "email": f"{n}@acme.test"}) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410, 410]
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1
        assert await session.scalar(select(func.count()).select_from(Tenant)) == 1


async def test_unknown_replaced_used_and_expired_links_look_the_same(
    app: FastAPI, settings: Settings, client: httpx2.AsyncClient, db: Database
) -> None:
    replaced, expired = await new_link(app, settings), await new_link(app, settings)
    async with db.write() as session:
        (await session.scalars(select(OneTimeLink))).one().expires_at = now()
    answers = [
        await client.post("/api/setup", json=FORM | {"token": token}) for token in ("", "unknown", replaced, expired)
    ]
    # Whether the link is good comes first: nobody's password is judged or hashed for a bad one.
    answers.append(await client.post("/api/setup", json=FORM | {"token": "unknown", "password": "weak"}))
    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_a_weak_password_leaves_the_link_good(
    app: FastAPI, settings: Settings, client: httpx2.AsyncClient
) -> None:
    token = await new_link(app, settings)
    weak = await client.post("/api/setup", json=FORM | {"token": token, "password": "Password123!"})
    assert weak.status_code == 422
    assert weak.json()["type"] == "urn:nexus:problem:weak-password"
    assert (await client.post("/api/setup", json=FORM | {"token": token, "role": "user"})).status_code == 422
    assert (await client.post("/api/setup", json=FORM | {"token": token})).status_code == 201


async def test_the_link_is_stored_as_a_hash(app: FastAPI, settings: Settings, db: Database) -> None:
    token = await new_link(app, settings)
    async with db.read() as session:
        row = (await session.scalars(select(OneTimeLink))).one()
    assert token not in str(vars(row))
    assert len(token) == 43


async def test_the_settings_can_name_the_super_admin(app: FastAPI, client: httpx2.AsyncClient, tmp_path: Path) -> None:
    account = {"email": "Root@Acme.test", "password": "velvet-canyon-42"}
    settings = load_settings(data_dir=tmp_path, super_admin=account, _env_file=None)
    resources = app.state.resources
    for _ in range(2):
        assert await ensure_first_start(resources[Database], settings, resources[PasswordHasher]) is None
    answer = await client.post("/api/auth/login", json=account)
    me = await client.get("/api/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.json()["user"]["is_founder"] is True
    assert me.json()["tenant"]["name"] == "Company"


async def test_processes_that_start_together_make_one_super_admin(app: FastAPI, db: Database, tmp_path: Path) -> None:
    settings = load_settings(
        data_dir=tmp_path, super_admin={"email": "r@acme.test", "password": "velvet-canyon-42"}, _env_file=None
    )
    passwords = app.state.resources[PasswordHasher]
    await asyncio.gather(*(ensure_first_start(db, settings, passwords) for _ in range(3)))
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1


async def test_a_weak_super_admin_stops_the_start_with_the_settings_name(
    app: FastAPI, db: Database, tmp_path: Path
) -> None:
    settings = load_settings(
        data_dir=tmp_path, super_admin={"email": "r@acme.test", "password": "admin12345"}, _env_file=None
    )
    with pytest.raises(SettingsError, match="NEXUS_SUPER_ADMIN__PASSWORD"):
        await ensure_first_start(db, settings, app.state.resources[PasswordHasher])
