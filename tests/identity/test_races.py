"""What two do at the same moment ends as one of them would alone, on both databases."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from factories import PASSWORD, World, cheap_passwords, make_world
from nexus.access import service as access
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import SubjectKind
from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.core.settings import load_settings
from nexus.identity import service, sign_in
from nexus.identity.errors import LinkSpentError, NotAuthenticatedError
from nexus.identity.login_sessions import SignedIn, Visitor
from nexus.identity.models import ExternalIdentity, GroupMember, LoginSession, Tenant, User
from nexus.identity.principals import load_principal
from nexus.identity.single_sign_on import Answer, Begun, SingleSignOn
from nexus.identity.tokens import OperatorCredential, Tokens
from nexus.providers.oidc.base import Identity

pytest_plugins = ("servers",)

TOKENS = Tokens(b"the secret of this installation")
ADA = Identity("https://id.test", "", "ada", "ada@id.test", "Ada", frozenset({"g"}), frozenset(), {})


@dataclass(frozen=True)
class VouchingFor:
    """The least of an identity provider: what it says about people is not what is asked here."""

    person: Identity

    async def sign_in_url(self, *, redirect_uri: str, state: str, nonce: str, code_challenge: str) -> str:
        return state

    async def redeem(self, *, code: str, code_verifier: str, redirect_uri: str, nonce: str) -> Identity:
        return self.person

    def is_sender(self, issuer: str) -> bool:
        return True

    async def sign_out_url(self, *, return_to: str, logout_hint: str) -> str | None:
        return None

    async def aclose(self) -> None:
        return


async def signed_in(db: Database) -> tuple[World, SignedIn]:
    passwords = cheap_passwords()
    world = await make_world(db, passwords)
    got = await sign_in.sign_in(
        db, passwords, TOKENS, email="user@acme.test", password=PASSWORD, visitor=Visitor("a" * 1000)
    )
    passwords.close()
    assert isinstance(got, SignedIn)
    return world, got


async def refresh(db: Database, token: str) -> SignedIn | None:
    async with db.write() as session:
        return await sign_in.refresh(session, TOKENS, token, Visitor())


async def test_tabs_that_refresh_together_agree(database: Database) -> None:
    _, first = await signed_in(database)
    answers = await asyncio.gather(*(refresh(database, first.refresh_token) for _ in range(6)))
    tokens = {answer.refresh_token for answer in answers if answer}
    assert None not in answers
    assert len(tokens) == 1
    assert first.refresh_token not in tokens


async def test_a_thief_and_the_owner_together_end_the_sign_in(database: Database) -> None:
    _, first = await signed_in(database)
    second = await refresh(database, first.refresh_token)
    assert second is not None
    async with database.write() as session:
        row = (await session.scalars(select(LoginSession))).one()
        row.rotated_at -= timedelta(seconds=11)
        row.created_at -= timedelta(seconds=11)
    await asyncio.gather(refresh(database, first.refresh_token), refresh(database, second.refresh_token))
    # Whoever was first: the spent token has been seen, so nothing of this sign-in is good any more.
    async with database.read() as session:
        assert (await session.scalars(select(LoginSession.revoked_reason))).one() == "reuse"
        with pytest.raises(NotAuthenticatedError):
            await load_principal(session, TOKENS.read_access(second.access_token))


async def test_one_set_up_of_many_founds_the_installation(database: Database, tmp_path: Path) -> None:
    passwords = cheap_passwords()
    link = await sign_in.ensure_first_start(database, load_settings(data_dir=tmp_path, _env_file=None), passwords)
    assert link is not None

    async def set_up(n: int) -> bool:
        try:
            await sign_in.set_up(
                database,
                passwords,
                TOKENS,
                token=link.url.partition("#token=")[2],
                email=f"{n}@acme.test",
                password="velvet-canyon-42",
                name="Ada",
                tenant_name=f"Tenant {n}",
                visitor=Visitor(),
            )
        except LinkSpentError:
            return False
        return True

    assert sorted(await asyncio.gather(*(set_up(n) for n in range(5)))) == [False] * 4 + [True]
    passwords.close()
    async with database.read() as session:
        for table in (User, Tenant, LoginSession):
            assert await session.scalar(select(func.count()).select_from(table)) == 1


async def test_the_same_grant_from_two_people_is_one(database: Database) -> None:
    world, _ = await signed_in(database)
    shelf = new_id()

    async def grant(level: Level) -> None:
        async with database.write() as session:
            await access.add_grant(
                session,
                tenant_id=world.acme,
                kind=ResourceKind.KNOWLEDGE_BASE,
                resource_id=shelf,
                subject_kind=SubjectKind.GROUP,
                subject_id=world.group,
                level=level,
            )

    await asyncio.gather(*(grant(level) for level in [Level.READ, Level.MANAGE] * 3))
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Grant)) == 1


async def test_the_same_member_twice_is_one(database: Database) -> None:
    world, _ = await signed_in(database)

    async def join() -> None:
        async with database.write() as session:
            await service.add_member(session, tenant_id=world.acme, group_id=world.group, user_id=world.admin)

    await asyncio.gather(*(join() for _ in range(6)))
    async with database.read() as session:
        principal = await load_principal(session, OperatorCredential("admin@acme.test"))
    assert len(principal.subjects) == 3


async def test_a_new_person_who_comes_in_six_tabs_is_one_person(database: Database) -> None:
    passwords = cheap_passwords()
    await make_world(database, passwords)
    passwords.close()
    settings = load_settings(oidc={"groups": {"g": "Flyers"}}, _env_file=None)
    sign_on = SingleSignOn(VouchingFor(ADA), settings, b"the secret of this installation")

    async def come() -> str:
        begun = await sign_on.begin("")
        assert isinstance(begun, Begun)
        answer = Answer(state=begun.url, code="a code")
        return (await sign_on.complete(database, TOKENS, answer, begun.sealed, visitor=Visitor())).place

    assert await asyncio.gather(*(come() for _ in range(6))) == ["/chat/"] * 6
    async with database.read() as session:
        (user,) = (await session.scalars(select(User).where(User.email == ADA.email))).all()
        assert await session.scalar(select(func.count()).select_from(ExternalIdentity)) == 1
        assert await session.scalar(select(func.count()).select_from(LoginSession)) == 6
        assert await session.scalar(select(func.count()).select_from(GroupMember).where(GroupMember.user_id == user.id))
