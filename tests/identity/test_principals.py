"""Every request sees the rows of its moment, whatever credential it carries."""

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import event, update

from factories import World, sign_in
from nexus.access.principal import Principal, Role, SubjectKind, subject
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.errors import NotFoundError
from nexus.identity import service
from nexus.identity.errors import InvalidTokenError
from nexus.identity.models import User
from nexus.identity.principals import load_principal, principal_in_question
from nexus.identity.tokens import Credential, OperatorCredential, OperatorToken, SessionCredential, Tokens


async def load(db: Database, credential: Credential) -> Principal:
    async with db.read() as session:
        return await load_principal(session, credential)


async def session_of(app: FastAPI, client: httpx2.AsyncClient, email: str) -> SessionCredential:
    headers = await sign_in(client, email)
    return app.state.resources[Tokens].read_access(headers["Authorization"].removeprefix("Bearer "))


async def test_a_principal_is_its_user_groups_department_and_tenant(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    credential = await session_of(app, client, "user@acme.test")
    principal = await load(db, credential)
    assert principal == Principal(
        user_id=world.user,
        tenant_id=world.acme,
        role=Role.USER,
        subjects=frozenset(
            {
                subject(SubjectKind.USER, world.user),
                subject(SubjectKind.GROUP, world.group),
                subject(SubjectKind.DEPARTMENT, world.department),
                subject(SubjectKind.TENANT, world.acme),
            }
        ),
        login_session_id=credential.session_id,
    )


async def test_it_takes_one_query(app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World) -> None:
    credential = await session_of(app, client, "user@acme.test")
    statements: list[str] = []
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    await load(db, credential)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


async def test_role_groups_and_department_count_from_the_next_request_on(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    credential = await session_of(app, client, "user@acme.test")
    async with db.write() as session:
        group = await service.create_group(session, tenant_id=world.acme, name="Chess")
        await service.add_member(session, tenant_id=world.acme, group_id=group.id, user_id=world.user)
        await service.remove_member(session, tenant_id=world.acme, group_id=world.group, user_id=world.user)
        await session.execute(update(User).where(User.id == world.user).values(department_id=None, role="admin"))
    principal = await load(db, credential)
    assert principal.role is Role.ADMIN
    assert principal.subjects == {
        subject(SubjectKind.USER, world.user),
        subject(SubjectKind.GROUP, group.id),
        subject(SubjectKind.TENANT, world.acme),
    }


async def test_deactivation_reaches_every_kind_of_credential(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    credential = await session_of(app, client, "user@acme.test")
    founder = await session_of(app, client, "founder@acme.test")
    async with db.write() as session:
        await session.execute(update(User).values(active=False))
    for gone in (credential, founder, OperatorCredential("user@acme.test"), OperatorCredential(None)):
        with pytest.raises(InvalidTokenError):
            await load(db, gone)


async def test_a_sign_in_is_good_for_its_own_user_only(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    credential = await session_of(app, client, "user@acme.test")
    with pytest.raises(InvalidTokenError):
        await load(db, SessionCredential(world.founder, credential.session_id))
    with pytest.raises(InvalidTokenError):
        await load(db, SessionCredential(world.user, world.user))


async def test_the_operator_acts_as_the_founder_or_as_whom_they_name(
    app: FastAPI, client: httpx2.AsyncClient, world: World
) -> None:
    bearer = {"Authorization": f"Bearer {app.state.resources[OperatorToken].value}"}
    me = await client.get("/api/me", headers=bearer)
    assert me.json()["user"]["email"] == "founder@acme.test"
    me = await client.get("/api/me", headers=bearer | {"X-Nexus-Act-As": "User@Other.test"})
    assert me.json()["user"]["email"] == "user@other.test"
    assert me.json()["tenant"]["name"] == "Other"
    nobody = await client.get("/api/me", headers=bearer | {"X-Nexus-Act-As": "nobody@other.test"})
    assert nobody.status_code == 401
    forged = await client.get("/api/me", headers={"Authorization": "Bearer nxo_" + "A" * 43})
    assert forged.status_code == 401


async def test_acting_as_somebody_is_for_the_operator_alone(client: httpx2.AsyncClient, world: World) -> None:
    headers = await sign_in(client, "user@acme.test")
    me = await client.get("/api/me", headers=headers | {"X-Nexus-Act-As": "founder@acme.test"})
    assert me.json()["user"]["email"] == "user@acme.test"


async def test_before_the_set_up_the_operator_is_told_so(app: FastAPI, client: httpx2.AsyncClient) -> None:
    answer = await client.get(
        "/api/me", headers={"Authorization": f"Bearer {app.state.resources[OperatorToken].value}"}
    )
    assert answer.status_code == 401
    assert "set this up" in answer.json()["detail"]


async def test_one_speaks_about_people_of_ones_own_tenant_active_or_not(db: Database, world: World) -> None:
    asker = await load(db, OperatorCredential("admin@acme.test"))
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.user).values(active=False))
        await session.execute(update(User).where(User.id == world.manager).values(deleted_at=now()))
        assert (await principal_in_question(session, asker, world.user)).user_id == world.user
        for unknown in (world.other_user, world.manager, world.group):
            with pytest.raises(NotFoundError):
                await principal_in_question(session, asker, unknown)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer nonsense", "nonsense", "Bearer a.b.c"]
)
async def test_without_a_good_bearer_one_is_asked_to_sign_in(
    client: httpx2.AsyncClient, world: World, authorization: str
) -> None:
    answer = await client.get("/api/me", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "urn:nexus:problem:not-authenticated"
