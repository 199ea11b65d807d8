"""`nexus seed --demo`: a made-up company with people, grants and documents."""

import asyncio
import secrets
from importlib.resources import as_file
from uuid import UUID

from nexus.access.models import Level, ResourceKind
from nexus.access.principal import Role, SubjectKind
from nexus.access.service import add_grant
from nexus.audit.acts import Action, Actor, Credential
from nexus.audit.service import record
from nexus.cli.connection import RefusedError, connect
from nexus.cli.ingesting import bring
from nexus.core.db import AsyncSession, Database, create_engine
from nexus.core.migrate import migrate
from nexus.core.settings import load_settings
from nexus.demo.company import DemoCompany, DemoKnowledgeBase, load
from nexus.identity import service as identity
from nexus.identity.passwords import PasswordHasher
from nexus.identity.queries import has_users
from nexus.knowledge.models import KnowledgeBase


def seed(*, demo: bool) -> None:
    """Makes the company's rows, then brings its documents in as its content managers would."""
    if not demo:
        raise RefusedError("Say what to fill it with: `nexus seed --demo`.")
    company = load()
    password = secrets.token_urlsafe(9)
    shelves = asyncio.run(_create(company, password))
    with connect() as connection:
        for shelf in company.knowledge_bases:
            print(f"{shelf.name}:", flush=True)
            connection.client.headers["X-Nexus-Act-As"] = manager_of(company, shelf)
            for file in shelf.files:
                with as_file(file.content) as path:
                    bring(connection, str(shelves[shelf.folder]), [(path, file.name)])
    print(f"\n{company.tenant}: everybody signs in with the password {password}")
    for user in company.users:
        print(f"  {user.email:34} {user.role:16} {user.department}")


async def _create(company: DemoCompany, password: str) -> dict[str, UUID]:
    """Tenant, regions, departments, groups, people, knowledge bases and grants in one transaction.

    Returns the knowledge bases by folder. Raises TakenError when the company is there already.
    """
    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(create_engine(settings.database_url))
    try:
        await migrate(db.engine)
        password_hash = await PasswordHasher().hash(password)
        async with db.write() as session:
            return await _Seeding(session, company).run(password_hash)
    finally:
        await db.aclose()


class _Seeding:
    """Ids of what has been made, by the names that the demo's files use."""

    def __init__(self, session: AsyncSession, company: DemoCompany) -> None:
        self._session = session
        self._company = company
        self._tenant = UUID(int=0)
        self._ids: dict[tuple[str, str], UUID] = {}

    async def run(self, password_hash: str) -> dict[str, UUID]:
        first = not await has_users(self._session)
        tenant = await identity.create_tenant(self._session, name=self._company.tenant)
        self._tenant = self._ids["tenant", self._company.tenant] = tenant.id
        await self._structure()
        for user in self._company.users:
            made = await identity.create_user(
                self._session,
                tenant_id=tenant.id,
                email=user.email,
                name=user.name,
                role=Role(user.role),
                password_hash=password_hash,
                department_id=self._ids["department", user.department],
                group_ids=[self._ids["group", name] for name in user.groups],
                is_founder=first and user.role == Role.SUPER_ADMIN,
            )
            self._ids["user", user.email] = made.id
        record(self._session, Actor(tenant.id, None, "", Credential.OPERATOR), Action.DEMO_SEEDED)
        return {shelf.folder: await self._shelf(shelf) for shelf in self._company.knowledge_bases}

    async def _structure(self) -> None:
        regions = {
            name: (await identity.create_region(self._session, tenant_id=self._tenant, name=name)).id
            for name in self._company.regions
        }
        for department in self._company.departments:
            made = await identity.create_department(
                self._session, tenant_id=self._tenant, region_id=regions[department.region], name=department.name
            )
            self._ids["department", department.path] = made.id
        for name in self._company.groups:
            group = await identity.create_group(self._session, tenant_id=self._tenant, name=name)
            self._ids["group", name] = group.id

    async def _shelf(self, shelf: DemoKnowledgeBase) -> UUID:
        made = KnowledgeBase(
            tenant_id=self._tenant,
            name=shelf.name,
            description=shelf.description,
            department_id=self._ids["department", shelf.department] if shelf.department else None,
            created_by=self._ids["user", manager_of(self._company, shelf)],
        )
        self._session.add(made)
        await self._session.flush()
        for grant in shelf.grants:
            await add_grant(
                self._session,
                tenant_id=self._tenant,
                kind=ResourceKind.KNOWLEDGE_BASE,
                resource_id=made.id,
                subject_kind=SubjectKind(grant.subject_kind),
                subject_id=self._ids[grant.subject_kind, grant.subject],
                level=Level(grant.level),
            )
        return made.id


def manager_of(company: DemoCompany, shelf: DemoKnowledgeBase) -> str:
    """The first person whom the grants let manage it."""
    managing = {(g.subject_kind, g.subject) for g in shelf.grants if g.level == Level.MANAGE}
    for user in company.users:
        own = {("user", user.email), ("department", user.department), *(("group", name) for name in user.groups)}
        if own & managing:
            return user.email
    raise RefusedError(f"Nobody manages {shelf.name}.")
