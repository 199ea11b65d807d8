"""Random companies, asked by everybody for everything, after moves and revocations, and in the middle of them.

The SQL predicates, the index filter, the single checks and the explanation must all agree with an oracle that
knows the rules and none of the code; and so must the second lock, for what the index found under a filter that was
right when the question was asked. `--worlds N` makes N of them on each database, other ones in every run.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, bindparam, create_engine, event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import StaticPool

from nexus.access import service as access
from nexus.access.explanation import AccountState, Code, Explanation, Question, Verdict
from nexus.access.filters import readable_document, visible
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Principal, Role, SubjectKind, subject
from nexus.core import db
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ForbiddenError, NotFoundError
from nexus.core.ids import new_id
from nexus.identity import service as identity
from nexus.identity.errors import InvalidTokenError
from nexus.identity.models import Department, Group, GroupMember, Region, Tenant, User
from nexus.identity.principals import load_principal, person_in_question
from nexus.identity.tokens import OperatorCredential
from nexus.knowledge import queries as knowledge
from nexus.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase
from nexus.providers.vectors.base import IndexFilter
from nexus.tables import metadata

pytest_plugins = ("servers",)

WORLDS, PARTS = {"sqlite": 5_000, "postgresql": 2_000}, 2
"""How many random companies on each database, in how many tests (which may run side by side). A world takes PostgreSQL
three times as long, so `--worlds 5000` is for when there is time."""

TENANTS = [new_id() for _ in range(2)]
# Everything below belongs to the tenant of its index modulo two.
REGIONS = [new_id() for _ in range(2)]
DEPARTMENTS = [new_id() for _ in range(4)]
GROUPS = [new_id() for _ in range(4)]
USERS = [new_id() for _ in range(4)]
SHELVES = [new_id() for _ in range(4)]
DOCUMENTS = [new_id() for _ in range(6)]
VERSIONS = [[new_id() for _ in range(2)] for _ in DOCUMENTS]
CHUNKS = [[new_id() for _ in range(2)] for _ in DOCUMENTS]
"""Of each document's versions, one of which is the active one."""
RESOURCES = [
    *((ResourceKind.KNOWLEDGE_BASE, shelf, TENANTS[n % 2]) for n, shelf in enumerate(SHELVES)),
    *((ResourceKind.DOCUMENT, document, TENANTS[n % 2]) for n, document in enumerate(DOCUMENTS)),
]
SUBJECTS = [
    *((SubjectKind.USER, user) for user in USERS),
    *((SubjectKind.GROUP, group) for group in GROUPS),
    *((SubjectKind.DEPARTMENT, department) for department in DEPARTMENTS),
    *((SubjectKind.TENANT, tenant) for tenant in TENANTS),
    (SubjectKind.GROUP, new_id()),
]
ROLES = list(Role)
Readers = dict[UUID, frozenset[str]]
"""Of each document, as the index has them."""


@dataclass
class World:
    """The oracle: the rules as sets. Lists run parallel to the ids above."""

    departments: list[int | None]
    roles: list[Role]
    active: list[bool]
    members: set[tuple[int, int]]
    shelves: list[int]
    """The knowledge base of each document."""
    restricted: list[bool]
    version: list[int]
    """Which of a document's versions is the active one."""
    deleted: list[bool] = field(default_factory=lambda: [False] * len(DOCUMENTS))
    closed: list[bool] = field(default_factory=lambda: [False] * len(SHELVES))
    """Knowledge bases that were deleted."""
    grants: dict[tuple[UUID, str], tuple[UUID, Level]] = field(default_factory=dict)
    """(resource, subject word) → (tenant of the grant, level)."""

    def words(self, user: int) -> set[str]:
        words = {subject(SubjectKind.USER, USERS[user]), subject(SubjectKind.TENANT, TENANTS[user % 2])}
        words |= {subject(SubjectKind.GROUP, GROUPS[group]) for who, group in self.members if who == user}
        department = self.departments[user]
        return words if department is None else words | {subject(SubjectKind.DEPARTMENT, DEPARTMENTS[department])}

    def level(self, user: int, resource: UUID, words: Collection[str] | None = None) -> Level | None:
        """`words`: those of another moment."""
        words, tenant = self.words(user) if words is None else words, TENANTS[user % 2]
        levels = {
            level
            for (granted, word), (of_tenant, level) in self.grants.items()
            if granted == resource and word in words and of_tenant == tenant
        }
        return max(levels, key=[Level.READ, Level.MANAGE].index, default=None)

    def shelf_level(self, user: int, shelf: int, words: Collection[str] | None = None) -> Level | None:
        return self.level(user, SHELVES[shelf], words) if shelf % 2 == user % 2 else None

    def document_level(self, user: int, document: int, words: Collection[str] | None = None) -> Level | None:
        if document % 2 != user % 2 or (shelf := self.shelf_level(user, self.shelves[document], words)) is None:
            return None
        if not self.restricted[document]:
            return shelf
        own = self.level(user, DOCUMENTS[document], words)
        return None if own is None else max(shelf, own, key=[Level.READ, Level.MANAGE].index)

    def living(self, document: int) -> bool:
        return not self.deleted[document] and not self.closed[self.shelves[document]]


index = {name: st.integers(0, size - 1) for name, size in [("user", 4), ("group", 2), ("shelf", 2), ("document", 6)]}
resource_and_subject = (st.integers(0, len(RESOURCES) - 1), st.integers(0, len(SUBJECTS) - 1))
levels = st.sampled_from(Level)
event_of = st.one_of(
    st.tuples(st.just("grant"), *resource_and_subject, levels),
    st.tuples(st.just("revoke"), *resource_and_subject),
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("join"), index["user"], index["group"]),
    st.tuples(st.just("leave"), index["user"], index["group"]),
    st.tuples(st.just("transfer"), index["user"], st.sampled_from([None, 0, 1])),
    st.tuples(st.just("move"), index["document"], index["shelf"]),
    st.tuples(st.just("restrict"), index["document"], st.booleans()),
    st.tuples(st.just("activate"), index["user"], st.booleans()),
    st.tuples(st.just("promote"), index["user"], st.sampled_from(ROLES)),
    st.tuples(st.just("delete"), index["document"], st.booleans()),
    st.tuples(st.just("replace"), index["document"], st.integers(0, 1)),
    st.tuples(st.just("close"), st.integers(0, 3)),
    st.tuples(st.just("dissolve"), st.integers(0, 3)),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    def each(count: int, strategy: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(strategy, min_size=count, max_size=count))

    world = World(
        departments=[
            None if n is None else 2 * n + who % 2 for who, n in enumerate(each(4, st.sampled_from([None, 0, 1])))
        ],
        roles=each(4, st.sampled_from(ROLES)),
        active=each(4, st.sampled_from([True, True, True, False])),
        members={
            (who, 2 * n + who % 2) for who, n in draw(st.lists(st.tuples(index["user"], index["group"]), max_size=8))
        },
        shelves=[2 * n + of % 2 for of, n in enumerate(each(6, index["shelf"]))],
        restricted=each(6, st.booleans()),
        version=each(6, st.integers(0, 1)),
    )
    # Rows as they should never be are part of it: grants to people of the other tenant, and (astray) of the other
    # tenant on a knowledge base.
    for which, whom, level, astray in draw(
        st.lists(st.tuples(*resource_and_subject, levels, st.integers(0, 2)), max_size=14)
    ):
        kind, resource, tenant = RESOURCES[which]
        if astray == 0 and kind is ResourceKind.KNOWLEDGE_BASE:
            of_tenant = TENANTS[1 - TENANTS.index(tenant)]
        else:
            of_tenant = tenant
        world.grants[resource, subject(*SUBJECTS[whom])] = (of_tenant, level)
    return world


async def open_sqlite() -> Engine:
    """A database in memory, over a driver without threads: the same statements, without the hops between them."""
    engine = create_engine("sqlite://", poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    metadata.create_all(engine)
    with engine.begin() as connection:
        for table, rows in shared_rows():
            connection.execute(insert(table), rows)
    return engine


async def open_postgresql(url: str) -> AsyncEngine:
    engine = db.create_engine(url)
    async with engine.begin() as connection:
        for table, rows in shared_rows():
            await connection.execute(insert(table), rows)
    return engine


def shared_rows() -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """What all worlds have; each changes it in a transaction that is rolled back."""
    yield Tenant, [{"id": t, "name": str(n), "sign_up": False} for n, t in enumerate(TENANTS)]
    for table, ids, extra in [
        (Region, REGIONS, lambda n: {}),
        (Department, DEPARTMENTS, lambda n: {"region_id": REGIONS[n % 2]}),
        (Group, GROUPS, lambda n: {}),
        (User, USERS, lambda n: {"email": f"{n}@x", "role": Role.USER, "active": True, "is_founder": False}),
        (KnowledgeBase, SHELVES, lambda n: {"created_by": USERS[n % 2]}),
        (Document, DOCUMENTS, lambda n: {"knowledge_base_id": SHELVES[n % 2], "path": str(n), "size": 0, "sha256": ""}),
    ]:
        yield table, [{"id": i, "tenant_id": TENANTS[n % 2], "name": str(n)} | extra(n) for n, i in enumerate(ids)]
    yield (
        DocumentVersion,
        [
            {"id": i, "tenant_id": TENANTS[n % 2], "document_id": DOCUMENTS[n], "number": m, "sha256": "", "size": 0}
            for n, versions in enumerate(VERSIONS)
            for m, i in enumerate(versions)
        ],
    )
    span = {"ordinal": 0, "start": 0, "end": 0, "page": 0, "page_end": 0, "heading_path": [], "context": "", "text": ""}
    yield (
        Chunk,
        [
            span | {"id": CHUNKS[n][m], "version_id": i, "token_count": 0, "terms": b""}
            for n, versions in enumerate(VERSIONS)
            for m, i in enumerate(versions)
        ],
    )


@asynccontextmanager
async def session_on(engine: Engine | AsyncEngine) -> AsyncIterator[AsyncSession]:
    if isinstance(engine, AsyncEngine):
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
        return
    session = AsyncSession(expire_on_commit=False)
    session.sync_session.bind = engine
    try:
        yield session
    finally:
        session.sync_session.close()


TABLES = metadata.tables
CHANGED_USER = update(TABLES["user"]).where(TABLES["user"].c.id == bindparam("which"))
CHANGED_DOCUMENT = update(TABLES["document"]).where(TABLES["document"].c.id == bindparam("which"))


async def store(session: AsyncSession, world: World) -> None:
    users = [
        {
            "which": user,
            "role": world.roles[n],
            "active": world.active[n],
            "department_id": None if (d := world.departments[n]) is None else DEPARTMENTS[d],
        }
        for n, user in enumerate(USERS)
    ]
    await session.execute(CHANGED_USER, users)
    documents = [
        {
            "which": document,
            "knowledge_base_id": SHELVES[world.shelves[n]],
            "restricted": world.restricted[n],
            "active_version_id": VERSIONS[n][world.version[n]],
        }
        for n, document in enumerate(DOCUMENTS)
    ]
    await session.execute(CHANGED_DOCUMENT, documents)
    if world.members:
        members = [{"user_id": USERS[user], "group_id": GROUPS[group]} for user, group in world.members]
        await session.execute(insert(TABLES[GroupMember.__tablename__]), members)
    if world.grants:
        kinds = {resource: kind for kind, resource, _ in RESOURCES}
        grants = [
            {
                "resource_kind": kinds[resource],
                "resource_id": resource,
                "subject": word,
                "tenant_id": of,
                "level": level,
            }
            for (resource, word), (of, level) in world.grants.items()
        ]
        await session.execute(insert(TABLES[Grant.__tablename__]), grants)


async def happen(session: AsyncSession, world: World, what: tuple[Any, ...]) -> None:
    """One change, to the rows through the services where there is one, and to the oracle."""
    match what:
        case "grant", which, whom, level:
            await grant(session, world, RESOURCES[which], SUBJECTS[whom], level)
        case "revoke", which, whom:
            await revoke(session, world, RESOURCES[which], SUBJECTS[whom])
        case "withdraw", which:
            await withdraw(session, world, which)
        case "join" | "leave", user, group:
            await change_membership(session, world, user, 2 * group + user % 2, joining=what[0] == "join")
        case "transfer", user, department:
            world.departments[user] = department = None if department is None else 2 * department + user % 2
            to = None if department is None else DEPARTMENTS[department]
            await session.execute(update(User).where(User.id == USERS[user]).values(department_id=to))
        case "activate", user, active:
            world.active[user] = active
            await session.execute(update(User).where(User.id == USERS[user]).values(active=active))
        case "promote", user, role:
            world.roles[user] = role
            await session.execute(update(User).where(User.id == USERS[user]).values(role=role))
        case "close", shelf:
            await close(session, world, shelf)
        case "dissolve", group:
            await dissolve(session, world, group)
        case _:
            await happen_to_document(session, world, what)


async def happen_to_document(session: AsyncSession, world: World, what: tuple[Any, ...]) -> None:
    match what:
        case "move", document, shelf:
            world.shelves[document] = 2 * shelf + document % 2
            await change_document(session, document, knowledge_base_id=SHELVES[world.shelves[document]])
        case "restrict", document, restricted:
            world.restricted[document] = restricted
            await change_document(session, document, restricted=restricted)
        case "delete", document, deleted:
            world.deleted[document] = deleted
            await change_document(session, document, deleted_at=now() if deleted else None)
        case "replace", document, version:
            world.version[document] = version
            await change_document(session, document, active_version_id=VERSIONS[document][version])
        case _:
            raise AssertionError(what)


Resource = tuple[ResourceKind, UUID, UUID]
Subject = tuple[SubjectKind, UUID]


async def grant(session: AsyncSession, world: World, resource: Resource, whom: Subject, level: Level) -> None:
    kind, resource_id, tenant = resource
    key = (resource_id, subject(*whom))
    if world.grants.get(key, (tenant, level))[0] != tenant:
        return
    await access.add_grant(
        session,
        tenant_id=tenant,
        kind=kind,
        resource_id=resource_id,
        subject_kind=whom[0],
        subject_id=whom[1],
        level=level,
    )
    world.grants[key] = (tenant, level)


async def revoke(session: AsyncSession, world: World, resource: Resource, whom: Subject) -> None:
    kind, resource_id, tenant = resource
    key = (resource_id, subject(*whom))
    revoking = access.remove_grant(
        session, tenant_id=tenant, kind=kind, resource_id=resource_id, subject_kind=whom[0], subject_id=whom[1]
    )
    if world.grants.get(key, (None,))[0] == tenant:
        await revoking
        del world.grants[key]
    else:
        with pytest.raises(NotFoundError):
            await revoking


async def withdraw(session: AsyncSession, world: World, which: int) -> None:
    """One of the grants that stand."""
    standing = [
        (resource, whom)
        for resource in RESOURCES
        for whom in SUBJECTS
        if world.grants.get((resource[1], subject(*whom)), (None,))[0] == resource[2]
    ]
    if standing:
        await revoke(session, world, *standing[which % len(standing)])


async def change_membership(session: AsyncSession, world: World, user: int, group: int, *, joining: bool) -> None:
    if await session.get(Group, GROUPS[group]) is None:
        return
    change = identity.add_member if joining else identity.remove_member
    await change(session, tenant_id=TENANTS[user % 2], group_id=GROUPS[group], user_id=USERS[user])
    (world.members.add if joining else world.members.discard)((user, group))


async def dissolve(session: AsyncSession, world: World, group: int) -> None:
    tenant, word = TENANTS[group % 2], subject(SubjectKind.GROUP, GROUPS[group])
    if await session.get(Group, GROUPS[group]) is None:
        return
    await identity.delete_group(session, tenant, GROUPS[group])
    world.members = {each for each in world.members if each[1] != group}
    world.grants = {key: kept for key, kept in world.grants.items() if key[1] != word or kept[0] != tenant}


async def close(session: AsyncSession, world: World, shelf: int) -> None:
    """As a knowledge base is deleted: its documents with it, and every grant on any of them."""
    inside = [n for n, of in enumerate(world.shelves) if of == shelf]
    world.closed[shelf] = True
    shelves = update(KnowledgeBase).where(KnowledgeBase.id == SHELVES[shelf])
    await session.execute(shelves.values(deleted_at=now()))
    await access.forget_resources(session, ResourceKind.KNOWLEDGE_BASE, [SHELVES[shelf]])
    await access.forget_resources(session, ResourceKind.DOCUMENT, [DOCUMENTS[n] for n in inside])
    gone = {SHELVES[shelf], *(DOCUMENTS[n] for n in inside)}
    world.grants = {key: kept for key, kept in world.grants.items() if key[0] not in gone}


async def change_document(session: AsyncSession, document: int, **values: Any) -> None:
    await session.execute(update(Document).where(Document.id == DOCUMENTS[document]).values(**values))


def passes(index_filter: IndexFilter, document: int, world: World, readers: Readers) -> bool:
    """What every engine of the index must do with a document as it is written there."""
    shelf = SHELVES[world.shelves[document]]
    written = readers[DOCUMENTS[document]] if world.restricted[document] else {access.inherited_reader(shelf)}
    return (
        TENANTS[document % 2] == index_filter.tenant_id
        and shelf in index_filter.knowledge_bases
        and bool(written & index_filter.principals)
        and (index_filter.also is None or bool(written & index_filter.also))
    )


async def allowed(check: Any) -> Level | None:
    """The level that `require…(…, MANAGE)` admits to."""
    try:
        await check
    except NotFoundError:
        return None
    except ForbiddenError:
        return Level.READ
    return Level.MANAGE


def as_level(read: bool, manage: bool) -> Level | None:
    assert read or not manage
    return Level.MANAGE if manage else Level.READ if read else None


async def check_user(session: AsyncSession, world: World, user: int, readers: Readers) -> None:
    credential = OperatorCredential(f"{user}@x")
    if not world.active[user]:
        with pytest.raises(InvalidTokenError):
            await load_principal(session, credential)
        await check_explanations(session, world, user)
        return
    principal = await load_principal(session, credential)
    assert principal.subjects == world.words(user)
    await check_explanations(session, world, user)

    shelf_levels = {SHELVES[n]: world.shelf_level(user, n) for n in range(4)}
    document_levels = {DOCUMENTS[n]: world.document_level(user, n) for n in range(6)}
    readable = {i for i, level in document_levels.items() if level}
    statement = select(Document.id).where(
        readable_document(
            principal,
            document_id=Document.id,
            knowledge_base_id=Document.knowledge_base_id,
            tenant_id=Document.tenant_id,
            restricted=Document.restricted,
        )
    )
    assert set((await session.scalars(statement)).all()) == readable
    living = {document for n, document in enumerate(DOCUMENTS) if world.living(n)}
    assert await knowledge.readable_ids(session, principal, DOCUMENTS) == readable & living
    shelf = (principal, ResourceKind.KNOWLEDGE_BASE, KnowledgeBase.id, KnowledgeBase.tenant_id)
    rows = await session.execute(select(KnowledgeBase.id, visible(*shelf), visible(*shelf, level=Level.MANAGE)))
    assert {i: as_level(read, manage) for i, read, manage in rows} == shelf_levels

    await check_search(session, world, user, principal, readable, readers)

    # One of each, chosen by what varies between worlds.
    n, document = (user + len(world.members)) % 4, (user + len(world.grants)) % 6
    shelf_level = await allowed(
        access.require(
            session,
            principal,
            ResourceKind.KNOWLEDGE_BASE,
            SHELVES[n],
            Level.MANAGE,
            tenant_id=TENANTS[n % 2],
        )
    )
    assert shelf_level == shelf_levels[SHELVES[n]]
    guarded = access.GuardedDocument(
        DOCUMENTS[document], TENANTS[document % 2], SHELVES[world.shelves[document]], world.restricted[document]
    )
    document_level = await allowed(access.require_document(session, principal, guarded, Level.MANAGE))
    assert document_level == document_levels[guarded.id]


async def check_explanations(session: AsyncSession, world: World, user: int) -> None:
    """Of one knowledge base and one document: the words say what the rules say, and name the grants that decide."""
    asker = Principal(new_id(), TENANTS[user % 2], Role.ADMIN, frozenset())
    person = await person_in_question(session, asker, USERS[user])
    active = world.active[user]
    assert person.state is (AccountState.ACTIVE if active else AccountState.DEACTIVATED)
    assert person.principal.subjects == world.words(user)
    n, document = (user + len(world.grants)) % 4, (user + len(world.members)) % 6

    found = await access.explain_knowledge_base(
        session, person.principal, SHELVES[n], tenant_id=TENANTS[n % 2], account=person.state, governable=True
    )
    check_explanation(world, user, found, world.shelf_level(user, n), {Question.KNOWLEDGE_BASE: SHELVES[n]})

    shelf = world.shelves[document]
    guarded = access.GuardedDocument(
        DOCUMENTS[document], TENANTS[document % 2], SHELVES[shelf], world.restricted[document]
    )
    found = await access.explain(session, person.principal, guarded, account=person.state)
    places = {Question.KNOWLEDGE_BASE: SHELVES[shelf], Question.DOCUMENT: DOCUMENTS[document]}
    check_explanation(world, user, found, world.document_level(user, document), places)


def check_explanation(
    world: World, user: int, found: Explanation, level: Level | None, places: dict[Question, UUID]
) -> None:
    active, words, tenant = world.active[user], world.words(user), TENANTS[user % 2]
    assert found.level is level
    assert found.readable is (active and level is not None)
    assert found.manageable is (active and level is Level.MANAGE)
    if found.readable:
        assert found.verdict is (Verdict.MANAGES if found.manageable else Verdict.READS)
    else:
        assert found.verdict is (Verdict.DENIED if level is None else Verdict.DEACTIVATED)
    for step in found.steps:
        resource = places.get(step.question)
        inherited = step.code is Code.INHERITED
        granted = {
            word: of_level
            for (granted, word), (of_tenant, of_level) in world.grants.items()
            if granted == resource and of_tenant == tenant and not inherited
        }
        assert {fact.subject: fact.level for fact in step.through} == {w: granted[w] for w in granted if w in words}
        assert {fact.subject: fact.level for fact in step.others} == {w: granted[w] for w in granted if w not in words}
        assert (
            step.holds or step.code in {Code.DEACTIVATED, Code.GOVERNS_ONLY} or step is found.steps[-1] or level is None
        )
    assert all(found.in_words({}))
    assert found.summary("Ada", "document")


async def check_shared_search(session: AsyncSession, world: World, asked: int, readers: Readers) -> None:
    """What one may be shown of what the other finds is what both may read: nothing more, and nothing less."""
    asker, person = [
        await person_in_question(session, Principal(new_id(), TENANTS[user % 2], Role.USER, frozenset()), USERS[user])
        for user in (asked, asked_with(world, asked))
    ]
    index_filter = await access.index_filter(
        session, asker.principal, also=person.principal, knowledge_bases=SHELVES[: 1 + len(world.grants) % 4]
    )
    shown = {DOCUMENTS[n] for n in range(6) if passes(index_filter, n, world, readers)}
    named = SHELVES[: 1 + len(world.grants) % 4]
    both = {
        DOCUMENTS[n]
        for n in range(6)
        if world.document_level(asked, n)
        and world.document_level(asked_with(world, asked), n)
        and SHELVES[world.shelves[n]] in named
    }
    assert shown == both


def asked_with(world: World, asked: int) -> int:
    """Mostly somebody of the same tenant."""
    return (asked + (1 if len(world.grants) % 5 == 0 else 2)) % 4


async def check_search(
    session: AsyncSession,
    world: World,
    user: int,
    principal: Principal,
    readable: set[UUID],
    readers: Readers,
) -> None:
    def found_by(index_filter: IndexFilter) -> set[UUID]:
        return {DOCUMENTS[n] for n in range(6) if passes(index_filter, n, world, readers)}

    everything = await access.index_filter(session, principal)
    assert everything.knowledge_bases == {shelf for shelf in SHELVES if world.level(user, shelf)}
    assert found_by(everything) == readable
    granted = sorted(everything.knowledge_bases)
    some = set(granted[: len(world.members) % (len(granted) + 1)])
    other = SHELVES[len(world.grants) % 4]
    if len(world.members) % 2 or other in everything.knowledge_bases:
        narrow = await access.index_filter(session, principal, knowledge_bases=some)
        assert found_by(narrow) == {
            document
            for document, shelf in zip(DOCUMENTS, world.shelves, strict=True)
            if document in readable and SHELVES[shelf] in some
        }
    else:
        with pytest.raises(NotFoundError):
            await access.index_filter(session, principal, knowledge_bases=some | {other})


@dataclass
class Asked:
    """A question, as far as the index has answered it: what its filter let through when it was asked."""

    user: int
    principal: Principal
    found: set[int]
    """Documents."""
    chunks: list[UUID]
    """Theirs, as they stood in the index then."""


async def ask(session: AsyncSession, world: World, user: int) -> Asked | None:
    if not world.active[user]:
        return None
    principal = await load_principal(session, OperatorCredential(f"{user}@x"))
    index_filter = await access.index_filter(session, principal)
    readers = await access.document_readers(session, DOCUMENTS)
    # What is deleted is taken out of the index with its revision.
    found = {n for n in range(6) if world.living(n) and passes(index_filter, n, world, readers)}
    return Asked(user, principal, found, [CHUNKS[n][world.version[n]] for n in sorted(found)])


async def check_answer(session: AsyncSession, world: World, asked: Asked) -> int:
    """The second lock: of what was found, what may be read now, whatever has happened since. Returns how much it
    held back."""
    words = asked.principal.subjects
    may = {
        CHUNKS[n][world.version[n]]
        for n in range(6)
        if world.living(n) and world.document_level(asked.user, n, words) is not None
    }
    shown = await knowledge.readable_passages(session, asked.principal, asked.chunks)
    assert set(shown) == may & set(asked.chunks)
    # And to whoever asks for everything there is, by name.
    everything = [chunk for chunks in CHUNKS for chunk in chunks]
    assert set(await knowledge.readable_texts(session, asked.principal, everything)) == may
    return len(asked.chunks) - len(shown)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nobody_ever_reads_what_no_grant_gives_them(
    kind: str, part: int, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = request.config.getoption("--worlds") or WORLDS[kind]
    lived = Counter[str]()

    async def live_through(
        engine: Engine | AsyncEngine, world: World, events: list[tuple[Any, ...]], later: list[tuple[Any, ...]]
    ) -> None:
        async with session_on(engine) as session:
            # One person of each tenant is asked about; the other two are there to be confused with them.
            first = 2 * (len(world.grants) % 2)
            asker = first + len(later) % 2
            # Whoever asks had something to read.
            whom = SUBJECTS[asker] if len(world.members) % 2 else (SubjectKind.TENANT, TENANTS[asker % 2])
            for n in (asker % 2, 2 + asker % 2):
                world.grants.setdefault((SHELVES[n], subject(*whom)), (TENANTS[asker % 2], Level.READ))
            await store(session, world)
            for what in events:
                await happen(session, world, what)
            asked = await ask(session, world, asker)
            for what in later:
                await happen(session, world, what)
            await session.flush()
            if asked:
                lived["questions"] += 1
                lived["held back"] += await check_answer(session, world, asked)
            readers = await access.document_readers(session, DOCUMENTS)
            for user in (first, first + 1):
                lived["people"] += 1
                await check_user(session, world, user, readers)
                await check_shared_search(session, world, user, readers)

    with asyncio.Runner() as runner:
        opened = open_sqlite() if kind == "sqlite" else open_postgresql(request.getfixturevalue("postgres_url"))
        engine = runner.run(opened)

        @settings(
            max_examples=wanted // PARTS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
            phases=[Phase.generate, Phase.shrink],
        )
        @given(worlds(), st.lists(event_of, max_size=5), st.lists(event_of, max_size=3))
        def hold(world: World, events: list[tuple[Any, ...]], later: list[tuple[Any, ...]]) -> None:
            lived["worlds"] += 1
            runner.run(live_through(engine, world, events, later))

        hold()
        if isinstance(engine, AsyncEngine):
            runner.run(engine.dispose())
        else:
            engine.dispose()
    with capsys.disabled():
        print(f"\n{kind}: {dict(lived)}", end=" ")
    assert lived["worlds"] >= wanted // PARTS
    assert lived["held back"] >= lived["worlds"] // 100
