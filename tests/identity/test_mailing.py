"""Links by mail: brought to whom they are for, and telling nobody else anything."""

import re
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from tests.doubles.mail_server import MailServer

from factories import World, sign_in
from identity.phone import Headers
from nexus.audit.models import AuditEvent
from nexus.core.db import Database
from nexus.core.jobs.models import Job
from nexus.core.jobs.runner import JobContext
from nexus.core.settings import SettingsError, load_settings
from nexus.identity.jobs import MailResetLinkHandler
from nexus.identity.mailing import LinkMail
from nexus.identity.messages import MailResetLink
from nexus.identity.models import OneTimeLink, User
from nexus.providers.mail.base import MailError

ADA = "ada@acme.test"
GOOD = "velvet-canyon-42"


@pytest.fixture
async def admin(client: httpx2.AsyncClient, world: World) -> Headers:
    headers = await sign_in(client, "admin@acme.test")
    client.cookies.clear()
    return headers


@pytest.fixture
async def somebody(db: Database, world: World) -> User:
    """A user of the world, with a password."""
    async with db.read() as session:
        return (await session.scalars(select(User).where(User.role == "user", User.password_hash.is_not(None)))).first()  # pyright: ignore[reportReturnType]


async def forget(client: httpx2.AsyncClient, email: str, language: str = "en") -> httpx2.Response:
    return await client.post("/api/auth/forgotten", json={"email": email, "language": language})


async def waiting(db: Database) -> list[Job]:
    async with db.read() as session:
        return list(await session.scalars(select(Job).where(Job.kind == MailResetLink.kind)))


async def work(app: FastAPI, db: Database) -> None:
    """What the job runner does."""
    handler = MailResetLinkHandler(db, app.state.resources[LinkMail])
    for job in await waiting(db):
        await handler.handle(MailResetLink.model_validate(job.payload), JobContext(job.id, "test", {}))


def link_in(mail: Any) -> str:
    found = re.search(r"https://nexus\.acme\.test/(?:invite|reset)/#token=\S+", mail.get_content())
    assert found, mail.get_content()
    return found[0]


async def test_a_forgotten_password_is_replaced_through_the_mailbox(
    client: httpx2.AsyncClient, app: FastAPI, db: Database, mail_server: MailServer, somebody: User
) -> None:
    assert (await client.get("/api/auth/methods")).json()["reset_by_mail"] is True
    answer = await forget(client, f" {somebody.email.upper()} ", "de")
    assert (answer.status_code, answer.content) == (202, b"null")
    await work(app, db)
    mail = mail_server.wait_for(1)
    assert mail["X-Recipient"] == somebody.email
    assert mail["Subject"] == "Wählen Sie ein neues Passwort für Nexus"
    token = link_in(mail).partition("#token=")[2]
    answer = await client.post("/api/auth/password-reset", json={"token": token, "password": GOOD})
    assert answer.status_code == 200
    assert (await client.post("/api/auth/login", json={"email": somebody.email, "password": GOOD})).status_code == 200
    async with db.read() as session:
        actions = set(await session.scalars(select(AuditEvent.action)))
    assert {"user.reset_link_mailed", "user.password_reset"} <= actions


async def test_whoever_asks_learns_nothing(
    client: httpx2.AsyncClient, app: FastAPI, db: Database, mail_server: MailServer, somebody: User
) -> None:
    known, unknown = await forget(client, somebody.email), await forget(client, "nobody@acme.test")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert len(await waiting(db)) == 2, "the same is done for both"
    async with db.read() as session:
        assert (await session.scalars(select(OneTimeLink))).all() == [], "a secret is made only when it is sent"
    await work(app, db)
    mail_server.wait_for(1)
    assert len(mail_server.mails) == 1
    assert all(set(job.payload) == {"user_id", "language"} for job in await waiting(db))


async def test_nobodys_mailbox_is_filled(client: httpx2.AsyncClient, db: Database, mail_server: MailServer) -> None:
    for _ in range(5):
        assert (await forget(client, "grace@acme.test")).status_code == 202
    refused = await forget(client, "grace@acme.test")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 60


@pytest.mark.parametrize("change", [{"active": False}, {"password_hash": None}, {"deleted": True}])
async def test_whoever_has_no_password_to_forget_gets_no_link(
    client: httpx2.AsyncClient,
    app: FastAPI,
    db: Database,
    mail_server: MailServer,
    somebody: User,
    admin: Headers,
    change: dict[str, Any],
) -> None:
    if "deleted" in change:
        assert (await client.delete(f"/api/users/{somebody.id}", headers=admin)).status_code == 204
    else:
        async with db.write() as session:
            await session.execute(update(User).where(User.id == somebody.id).values(**change))
    assert (await forget(client, somebody.email)).status_code == 202
    await work(app, db)
    assert mail_server.mails == []


async def test_the_job_is_tried_again_while_the_mail_server_is_away(
    client: httpx2.AsyncClient, app: FastAPI, db: Database, mail_server: MailServer, somebody: User
) -> None:
    await forget(client, somebody.email)
    mail_server.fault = "busy"
    with pytest.raises(MailError):
        await work(app, db)
    mail_server.fault = ""
    await work(app, db)
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize(("language", "subject"), [("en", "Acme invites you"), ("de", "Acme lädt Sie")])
async def test_an_invitation_is_brought_and_still_shown(
    client: httpx2.AsyncClient, mail_server: MailServer, admin: Headers, language: str, subject: str
) -> None:
    new = {"email": "grace@acme.test", "name": "Grace Hopper"}
    answer = await client.post("/api/users/invitations", headers=admin, json=new, params={"language": language})
    link = answer.json()["link"]
    assert link["mailed"] is True
    mail = mail_server.wait_for(1)
    assert mail["Subject"].startswith(subject)
    assert "Grace Hopper" in mail.get_content()
    assert link_in(mail) == link["url"]


async def test_a_mail_that_fails_leaves_the_link_to_hand_on(
    client: httpx2.AsyncClient, mail_server: MailServer, admin: Headers, somebody: User
) -> None:
    mail_server.fault = "unknown mailbox"
    answer = await client.post(f"/api/users/{somebody.id}/reset-link", headers=admin)
    assert (answer.status_code, answer.json()["mailed"]) == (201, False)
    token = answer.json()["url"].partition("#token=")[2]
    seen = await client.post("/api/auth/link", json={"purpose": "reset", "token": token})
    assert seen.json()["email"] == somebody.email


async def test_without_a_mail_server_nothing_is_promised(
    client: httpx2.AsyncClient, db: Database, world: World, admin: Headers, somebody: User
) -> None:
    assert (await client.get("/api/auth/methods")).json()["reset_by_mail"] is False
    refused = await forget(client, somebody.email)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (404, "no-mail")
    answer = await client.post(f"/api/users/{somebody.id}/reset-link", headers=admin)
    assert answer.json()["mailed"] is None
    assert await waiting(db) == []


async def test_a_job_that_outlives_the_mail_server_is_done(app: FastAPI, db: Database, somebody: User) -> None:
    handler = MailResetLinkHandler(db, app.state.resources[LinkMail])
    await handler.handle(MailResetLink(user_id=somebody.id, language="en"), JobContext(UUID(int=1), "test", {}))


@pytest.mark.parametrize(
    "mail",
    [
        {"host": "mail.acme.test"},
        {"host": "mail.acme.test", "sender": "nobody"},
        {"host": "mail.acme.test", "sender": "a@acme.test", "security": "none", "user": "a", "password": "b"},
    ],
)
def test_settings_that_cannot_work_are_refused_at_start(mail: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="NEXUS_MAIL__"):
        load_settings(mail=mail, _env_file=None)
