"""Grants, their errors and their explanations, example by example."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from nexus.access import service as access
from nexus.access.explanation import AccountState, Code, Question, Step, Verdict
from nexus.access.filters import governed, visible
from nexus.access.models import Level, ResourceKind
from nexus.access.principal import (
    ROLE_PERMISSIONS,
    KeyScope,
    Permission,
    Principal,
    Role,
    SubjectKind,
    parse_subject,
    subject,
)
from nexus.core.db import AsyncSession, Database, create_engine
from nexus.core.errors import ForbiddenError, NotFoundError
from nexus.core.ids import new_id
from nexus.core.migrate import migrate
from nexus.core.settings import Settings
from nexus.knowledge.models import Document, KnowledgeBase

TENANT, USER, GROUP, SHELF, DOCUMENT = (new_id() for _ in range(5))
GROUP_WORD = subject(SubjectKind.GROUP, GROUP)
ADA = Principal(USER, TENANT, Role.USER, frozenset({subject(SubjectKind.USER, USER), GROUP_WORD}))
BOB = Principal(new_id(), TENANT, Role.SUPER_ADMIN, frozenset({subject(SubjectKind.USER, new_id())}))
OPEN_DOCUMENT = access.GuardedDocument(DOCUMENT, TENANT, SHELF, restricted=False)
CLOSED_DOCUMENT = access.GuardedDocument(DOCUMENT, TENANT, SHELF, restricted=True)


@pytest.fixture
async def session(settings: Settings) -> AsyncGenerator[AsyncSession, None]:
    settings.data_dir.mkdir(parents=True)
    db = Database(create_engine(settings.database_url))
    await migrate(db.engine)
    async with db.write() as session:
        yield session
    await db.aclose()


async def grant(
    session: AsyncSession,
    level: Level = Level.READ,
    *,
    on: UUID = SHELF,
    kind: ResourceKind = ResourceKind.KNOWLEDGE_BASE,
    to: UUID = GROUP,
) -> None:
    await access.add_grant(
        session,
        tenant_id=TENANT,
        kind=kind,
        resource_id=on,
        subject_kind=SubjectKind.GROUP,
        subject_id=to,
        level=level,
    )


async def test_what_is_not_granted_is_as_good_as_absent(session: AsyncSession) -> None:
    await grant(session)

    async def refusal(principal: Principal, shelf: UUID, tenant_id: UUID = TENANT) -> str:
        with pytest.raises(NotFoundError) as refused:
            await access.require(session, principal, ResourceKind.KNOWLEDGE_BASE, shelf, tenant_id=tenant_id)
        return refused.value.detail

    wordings = {
        await refusal(BOB, SHELF),
        await refusal(BOB, new_id()),
        await refusal(ADA, new_id()),
        await refusal(ADA, SHELF, tenant_id=new_id()),
    }
    with pytest.raises(NotFoundError) as unreadable:
        await access.index_filter(session, BOB, knowledge_bases=[SHELF])
    assert wordings == {unreadable.value.detail}
    assert (await access.index_filter(session, BOB)).knowledge_bases == frozenset()
    assert (await access.index_filter(session, ADA, knowledge_bases=[])).knowledge_bases == frozenset()


async def test_reading_is_not_managing_and_managing_is_reading(session: AsyncSession) -> None:
    await grant(session)
    await access.require(session, ADA, ResourceKind.KNOWLEDGE_BASE, SHELF, tenant_id=TENANT)
    with pytest.raises(ForbiddenError):
        await access.require(session, ADA, ResourceKind.KNOWLEDGE_BASE, SHELF, Level.MANAGE, tenant_id=TENANT)
    with pytest.raises(ForbiddenError):
        await access.require_document(session, ADA, OPEN_DOCUMENT, Level.MANAGE)
    await grant(session, Level.MANAGE)
    for level in Level:
        await access.require(session, ADA, ResourceKind.KNOWLEDGE_BASE, SHELF, level, tenant_id=TENANT)
        await access.require_document(session, ADA, OPEN_DOCUMENT, level)
    with pytest.raises(NotFoundError):
        await access.require_document(session, ADA, CLOSED_DOCUMENT)


async def test_a_second_grant_to_the_same_changes_the_level(session: AsyncSession) -> None:
    for level in (Level.READ, Level.MANAGE, Level.READ):
        await grant(session, level)
        (row,) = await access.list_grants(session, ADA, ResourceKind.KNOWLEDGE_BASE, SHELF)
        assert (row.subject, row.level) == (GROUP_WORD, level)
    whom = {"subject_kind": SubjectKind.GROUP, "subject_id": GROUP}
    where = {"tenant_id": TENANT, "kind": ResourceKind.KNOWLEDGE_BASE, "resource_id": SHELF}
    await access.remove_grant(session, **where, **whom)
    with pytest.raises(NotFoundError):
        await access.remove_grant(session, **where, **whom)


async def test_the_same_grant_at_the_same_moment_is_one(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> None:
    await grant(session)
    change_level, looks = access.queries._change_level, []

    async def late(session: AsyncSession, wanted: object) -> object:
        # The first look comes before the other's commit.
        looks.append(wanted)
        return None if len(looks) == 1 else await change_level(session, wanted)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(access.queries, "_change_level", late)
    await grant(session, Level.MANAGE)
    (row,) = await access.list_grants(session, ADA, ResourceKind.KNOWLEDGE_BASE, SHELF)
    assert row.level == Level.MANAGE


async def test_readers_of_restricted_documents(session: AsyncSession) -> None:
    nobody = new_id()
    await grant(session, on=DOCUMENT, kind=ResourceKind.DOCUMENT)
    await grant(session, on=DOCUMENT)
    readers = await access.document_readers(session, [DOCUMENT, nobody, *(new_id() for _ in range(6_000))])
    assert len(readers) == 6_002
    assert readers[DOCUMENT] == {GROUP_WORD}
    assert readers[nobody] == frozenset()
    await access.forget_resources(session, ResourceKind.DOCUMENT, [DOCUMENT])
    assert (await access.document_readers(session, [DOCUMENT]))[DOCUMENT] == frozenset()
    assert len(await access.list_grants(session, ADA, ResourceKind.KNOWLEDGE_BASE, DOCUMENT)) == 1


def test_documents_cannot_be_guarded_without_their_place() -> None:
    with pytest.raises(ValueError, match="readable_document"):
        visible(ADA, ResourceKind.DOCUMENT, Document.id, Document.tenant_id)


async def test_nor_required_without_it(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="require_document"):
        await access.require(session, ADA, ResourceKind.DOCUMENT, DOCUMENT, tenant_id=TENANT)


class TestExplanations:
    NAMES: ClassVar = {GROUP_WORD: "group “Pilots”"}

    async def words(
        self, session: AsyncSession, principal: Principal, document: access.GuardedDocument
    ) -> tuple[bool, list[str]]:
        explanation = await access.explain(session, principal, document)
        assert explanation.subjects <= {GROUP_WORD}
        return explanation.readable, explanation.in_words(self.NAMES)

    async def test_readable_by_inheritance(self, session: AsyncSession) -> None:
        await grant(session)
        assert await self.words(session, ADA, OPEN_DOCUMENT) == (
            True,
            [
                "It belongs to this person's tenant.",
                "Their account is active.",
                "The knowledge base is granted to group “Pilots” (read).",
                "The document has no readers of its own: whoever may read its knowledge base may read it.",
            ],
        )

    async def test_no_grant_on_the_knowledge_base(self, session: AsyncSession) -> None:
        await grant(session, Level.MANAGE)
        assert await self.words(session, BOB, OPEN_DOCUMENT) == (
            False,
            [
                "It belongs to this person's tenant.",
                "Their account is active.",
                (
                    "No grant on the knowledge base names this person, one of their groups, their department or "
                    "their tenant. They are not in any of: group “Pilots” (manage)."
                ),
            ],
        )

    async def test_restricted_to_others_and_to_one(self, session: AsyncSession) -> None:
        await grant(session)
        readable, words = await self.words(session, ADA, CLOSED_DOCUMENT)
        assert not readable
        assert words[-1].endswith("one of their groups, their department or their tenant.")
        await grant(session, on=DOCUMENT, kind=ResourceKind.DOCUMENT)
        readable, words = await self.words(session, ADA, CLOSED_DOCUMENT)
        assert readable
        assert words[-1] == "The restricted document is granted to group “Pilots” (read)."

    async def test_another_tenant_ends_the_chain_and_tells_nothing(self, session: AsyncSession) -> None:
        await grant(session)
        foreign = access.GuardedDocument(DOCUMENT, new_id(), SHELF, restricted=False)
        explanation = await access.explain(session, ADA, foreign)
        assert [step.question for step in explanation.steps] == [Question.TENANT]
        assert explanation.in_words({}) == ["It belongs to another tenant."]
        assert not explanation.readable

    async def test_a_deactivated_account_hides_nothing_else_that_stands_in_the_way(self, session: AsyncSession) -> None:
        await grant(session)
        off = AccountState.DEACTIVATED
        ada, bob = [await access.explain(session, who, OPEN_DOCUMENT, account=off) for who in (ADA, BOB)]
        assert (ada.readable, ada.verdict, ada.level) == (False, Verdict.DEACTIVATED, Level.READ)
        assert (bob.readable, bob.verdict, bob.level) == (False, Verdict.DENIED, None)
        assert ada.summary("Ada", "document") == "Ada is signed out; could read this document if reactivated."
        invited = await access.explain(session, ADA, OPEN_DOCUMENT, account=AccountState.INVITED)
        assert invited.verdict is Verdict.READS
        assert "invitation" in invited.in_words({})[1]

    async def test_governing_is_told_apart_from_reading(self, session: AsyncSession) -> None:
        admin = replace(BOB, role=Role.ADMIN)
        found = await access.explain(session, admin, OPEN_DOCUMENT, governable=True)
        assert [step.code for step in found.steps][2:] == [Code.BASE_NOT_GRANTED, Code.GOVERNS_ONLY]
        personal = await access.explain(session, admin, OPEN_DOCUMENT)
        assert personal.steps[-1].code is Code.BASE_NOT_GRANTED

    async def test_a_key_without_the_scope_only_reads(self, session: AsyncSession) -> None:
        await grant(session, Level.MANAGE)
        key = replace(ADA, scopes=frozenset({KeyScope.ASK}))
        found = await access.explain(session, key, OPEN_DOCUMENT)
        assert (found.verdict, found.manageable) == (Verdict.READS, False)
        assert Code.KEY_READS_ONLY in {step.code for step in found.steps}
        assert (await access.explain(session, ADA, OPEN_DOCUMENT)).verdict is Verdict.MANAGES

    async def test_content_that_no_search_finds(self, session: AsyncSession) -> None:
        await grant(session)
        found = await access.explain(session, ADA, OPEN_DOCUMENT)
        waiting = found.with_step(Step(Question.CONTENT, Code.WAITING))
        assert (waiting.readable, waiting.searchable, waiting.verdict) == (True, False, Verdict.NOT_SEARCHABLE)
        replacing = found.with_step(Step(Question.CONTENT, Code.REPLACING))
        assert (replacing.searchable, replacing.verdict) == (True, Verdict.READS)

    async def test_whoever_is_gone_is_called_so(self, session: AsyncSession) -> None:
        await grant(session)
        found = await access.explain(session, ADA, OPEN_DOCUMENT)
        assert "The knowledge base is granted to somebody who is gone (read)." in found.in_words({})
        # What nobody can join is no way in.
        missed = await access.explain(session, BOB, OPEN_DOCUMENT)
        assert "not in any of" not in missed.in_words({})[-1]


def test_every_code_has_a_sentence() -> None:
    for code in Code:
        assert Step(Question(code.partition(".")[0]), code).in_words({}).endswith(".")


def test_administrators_govern_shared_knowledge_bases_of_their_tenant_without_reading() -> None:
    def condition(role: Role) -> str:
        principal = Principal(USER, TENANT, role, frozenset())
        shelf = aliased(KnowledgeBase)
        where = governed(principal, shelf.tenant_id, shelf.personal)
        return str(select(shelf.id).where(where)).partition("WHERE")[2]

    for role, allowed in ROLE_PERMISSIONS.items():
        governs = Permission.KNOWLEDGE_ADMINISTER in allowed
        assert ("tenant_id" in condition(role)) is governs
        assert ("personal" in condition(role)) is governs


@pytest.mark.parametrize("kind", SubjectKind)
def test_subjects_are_words(kind: SubjectKind) -> None:
    assert parse_subject(subject(kind, USER)) == (kind, USER)


ID = "018f0000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "word", ["", "user", "user:", "user:x", f"user:{ID}", f"users:{ID.replace('-', '')}", f"kb:{ID.replace('-', '')}"]
)
def test_other_words_are_no_subjects(word: str) -> None:
    with pytest.raises(ValueError):
        parse_subject(word)


def test_roles_reach_down() -> None:
    order = [Role.USER, Role.CONTENT_MANAGER, Role.ADMIN, Role.SUPER_ADMIN]
    for n, role in enumerate(order):
        assert [role.reaches(other) for other in order] == [m <= n for m in range(4)]
    for lower, higher in pairwise(order):
        assert ROLE_PERMISSIONS[lower] < ROLE_PERMISSIONS[higher]


def test_a_permission_is_required() -> None:
    access.require_permission(ADA, Permission.ASK)
    with pytest.raises(ForbiddenError) as refused:
        access.require_permission(ADA, Permission.OPERATE)
    assert refused.value.extra == {"permission": Permission.OPERATE}
