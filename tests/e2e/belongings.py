"""What people have at a Nexus: of everything that an id names, one of theirs."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from attaching import attach
from directory import make_token
from factories import living_session, make_user
from hub import Company, Hub, Person
from nexus.access.principal import Role
from nexus.agents.models import McpServer, McpTool
from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.core.jobs.models import Job
from nexus.identity import service as identity
from nexus.identity.models import ExternalIdentity
from nexus.knowledge.models import Chunk, ResumableUpload
from nexus.llms.models import ModelProvider
from nexus.research.models import Research

CANARY, OF_TENANT = "quartzmoth", "gildedfern"
"""Stand in every name and text of what is one person's, and of what is their tenant's."""


@dataclass(frozen=True)
class Belongings:
    """`ids`: under the name that stands for it in a path, real ids; `of_tenant` those that every colleague may know."""

    ids: dict[str, str]
    of_tenant: frozenset[str]
    scim_token: str

    @property
    def private(self) -> dict[str, str]:
        """What is nobody's business but the person's own."""
        return {name: value for name, value in self.ids.items() if name not in self.of_tenant}


@dataclass(frozen=True)
class House:
    """A tenant, one of whose people has the belongings."""

    tenant: UUID
    admin: Person
    """Who keeps its settings."""
    person: Person
    """Whose conversations, sign-ins and keys they are; makes the knowledge base."""
    colleague: UUID
    mark: str
    """Stands in every name."""


async def house_of(hub: Hub, company: Company) -> House:
    """The company's owner, who shares nothing."""
    return House(company.tenant, company.operator, company.owner, company.member.id, f"{CANARY} {new_id().hex[-8:]}")


async def rival_house(hub: Hub, company: Company) -> House:
    """The super admin of the other tenant."""
    async with hub.database() as db, db.write() as session:
        user = await make_user(session, company.rivals, f"chief@{new_id().hex}.test", role=Role.SUPER_ADMIN)
    chief = Person(company.owner.client, user.email, user.id)
    return House(company.rivals, chief, chief, company.rival.id, f"Own {new_id().hex[-8:]}")


async def settle_in(hub: Hub, house: House) -> Belongings:
    """Makes one of everything, and of what is listed two."""
    person, mark = house.person, house.mark
    common = mark.replace(CANARY, OF_TENANT)
    shelves = [await person.make_shelf(f"{mark} {number}") for number in range(2)]
    documents = [await person.add(shelves[0], f"{mark}{n}.md", f"# {mark}\n\n{mark} {n}, days of leave.") for n in "ab"]
    runs = [(await person.post("/ask", {"question": f"{mark} days of leave"}))["run"] for _ in range(2)]
    assert runs[0]["answer_id"]
    files = [await attach(person, runs[0]["conversation_id"], f"{mark}{n}.md", f"{mark} {n}, attached.") for n in "ab"]
    keys = [(await person.post("/me/api-keys", {"name": mark}, 201))["key"]["id"] for _ in range(2)]
    conversation = runs[0]["conversation_id"]
    agents = [
        (await person.post("/agents", {"name": f"{mark} {n}", "instructions": mark}, 201))["id"] for n in range(2)
    ]
    for number in range(2):
        wanted = {"changes": number + 1, "text": f"{mark} {number}"}
        await person.post(f"/agents/{agents[0]}/instructions/versions", wanted, 201)
    folders = [(await person.post("/conversation-folders", {"name": f"{mark} {n}"}, 201))["id"] for n in range(2)]
    await person.patch(f"/conversations/{conversation}", {"folder_id": folders[0]})
    shares = [(await person.post(f"/conversations/{conversation}/shares", {}, 201))["id"] for _ in range(2)]
    version = (await person.get(f"/documents/{documents[0]}"))["active_version_id"]
    async with hub.database() as db, db.write() as session:
        chunk = await session.scalar(select(Chunk.id).where(Chunk.version_id == UUID(version)).limit(1))
        made: dict[str, UUID] = {}
        for number in range(2):
            made["region_id"] = (
                await identity.create_region(session, tenant_id=house.tenant, name=f"{common} {number}")
            ).id
            made["group_id"] = (
                await identity.create_group(session, tenant_id=house.tenant, name=f"{common} {number}")
            ).id
            made["department_id"] = (
                await identity.create_department(
                    session, tenant_id=house.tenant, region_id=made["region_id"], name=f"{common} {number}"
                )
            ).id
            known = ExternalIdentity(
                tenant_id=house.tenant,
                user_id=house.colleague,
                issuer="https://id.test",
                provider_tenant="",
                subject=new_id().hex,
                email=f"{number}@{common.replace(' ', '')}.test",
                name=f"{common} {number}",
            )
            session.add(known)
            await session.flush()
            made["identity_id"] = known.id
            server = McpServer(tenant_id=house.tenant, name=f"s-{new_id().hex[-12:]}", url=f"https://{number}.test/mcp")
            session.add(server)
            await session.flush()
            tool = McpTool(
                server_id=server.id, name=common, description=common, parameters={}, read_only=True, hash="0" * 64
            )
            session.add(tool)
            await session.flush()
            made |= {"server_id": server.id, "tool_id": tool.id}
            made["session_id"] = await living_session(session, person.id)
            made["user_id"] = (
                await make_user(
                    session,
                    house.tenant,
                    f"{common.replace(' ', '')}{number}@{new_id().hex[-12:]}.test",
                    group_ids=(made["group_id"],),
                )
            ).id
            provider = ModelProvider(
                tenant_id=house.tenant, name=f"{common} {number}", kind="openai-compatible", base_url="https://m.test"
            )
            session.add(provider)
            await session.flush()
            made["provider_id"] = provider.id
            research = Research(
                id=new_id(),
                tenant_id=house.tenant,
                user_id=person.id,
                conversation_id=UUID(conversation),
                question_id=UUID(runs[0]["question_id"]),
                subject=mark,
                title=mark,
                plan=[{"heading": mark, "question": mark}],
            )
            session.add(research)
            job = Job(tenant_id=house.tenant, kind="test.nothing", payload={}, state="failed")
            session.add(job)
            await session.flush()
            made["job_id"] = job.id
            made["research_id"] = research.id
            sending = ResumableUpload(
                tenant_id=house.tenant,
                user_id=person.id,
                knowledge_base_id=UUID(shelves[0]),
                path=f"{mark}.md",
                length=9,
                expires_at=now() + timedelta(days=1),
            )
            session.add(sending)
            await session.flush()
            made["upload_id"] = sending.id
    for _ in range(2):
        # Whoever rates an answer shows its question to those who review: no secret of theirs is in it.
        run = (await person.post("/ask", {"question": f"{common} days of leave"}))["run"]
        await person.put(f"/messages/{run['answer_id']}/feedback", {"rating": "up"}, 200)
    rated = (await house.admin.get("/feedback", limit=1))["items"][0]["id"]
    cases = [
        await house.admin.post(f"/feedback/{entry['id']}/evaluation-case", {}, 201)
        for entry in (await house.admin.get("/feedback", limit=2))["items"]
    ]
    scim_token = await make_token(house.admin, common)
    listed = (await house.admin.get("/scim-tokens", limit=200))["items"]
    of_tenant = {
        name: str(value) for name, value in made.items() if name not in ("session_id", "research_id", "upload_id")
    } | {
        "token_id": listed[0]["id"],
        "subject_id": str(house.colleague),
        "tenant_id": str(house.tenant),
        "feedback_id": rated,
        "evaluation_case_id": cases[0]["id"],
        "shared_id": shares[0],
    }
    private = {
        "knowledge_base_id": shelves[0],
        "document_id": documents[0],
        "version_id": version,
        "chunk_id": str(chunk),
        "run_id": runs[0]["id"],
        "message_id": runs[0]["answer_id"],
        "question_id": runs[0]["question_id"],
        "conversation_id": conversation,
        "attachment_id": files[0],
        "folder_id": folders[0],
        "agent_id": agents[0],
        "share_id": shares[0],
        "api_key_id": keys[0],
        "session_id": str(made["session_id"]),
        "research_id": str(made["research_id"]),
        "upload_id": str(made["upload_id"]),
    }
    return Belongings(of_tenant | private, frozenset(of_tenant), scim_token)
