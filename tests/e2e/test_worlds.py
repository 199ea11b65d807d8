"""Nothing leaks: random companies live through moves, revocations and deletions, and are questioned all the while.

Every document and knowledge base has a word that no other text holds. After every change, nothing that a user is shown
(hits, counts, answers, citations, histories, replays, lists, texts, refusals) may hold the word of something that an
independent oracle says they may not read; what they may read must be found; and every score must be what it would be in
a world in which the rest does not exist.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import delete, select

from e2e.attached import AttachedFile, attach_file, delete_conversation, shared_with
from e2e.company import Agent, Company, Event, Paper, User, companies, events
from e2e.happenings import happen, pick
from e2e.stage import CANARY, EMBEDDER, MODEL, MemoryDatabase, Rehearsal, Stage, furnish, open_stage, own_index
from nexus.access.models import Grant, Level
from nexus.access.principal import Permission, Principal
from nexus.agents import catalogue, profile_routes, table_queries
from nexus.agents.catalogue import CountArguments, FindArguments, ListArguments
from nexus.agents.passages import Shelf
from nexus.agents.queries import Bounds
from nexus.agents.workbench import Workbench
from nexus.chat import attachment_routes, conversation_routes, replaying
from nexus.chat import routes as chat_routes
from nexus.chat.runs import RunEngine
from nexus.chat.schemas import AnswerOut, QuestionIn
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError, ForbiddenError, NexusError, NotFoundError
from nexus.core.ids import new_id
from nexus.core.sandbox.pool import Sandbox
from nexus.core.settings import load_settings
from nexus.identity.errors import InvalidTokenError
from nexus.knowledge import access_routes, browse_routes, document_routes, documents, original_routes
from nexus.knowledge import routes as knowledge_routes
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.models import Chunk, ChunkVector, Document, DocumentVersion, KnowledgeBase, SheetTable
from nexus.knowledge.own_index import OwnIndex
from nexus.knowledge.schemas import DocumentPatch
from nexus.knowledge.shared_index import SharedIndex
from nexus.providers.blobs.base import StoredBlob
from nexus.providers.blobs.local import LocalBlobStore
from nexus.providers.parsers.local import LocalParser
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.providers.vectors.pgvector import PgVectorEngine
from nexus.research import service as research_service
from nexus.research.schemas import Part, ResearchIn
from nexus.retrieval import routes as retrieval_routes
from nexus.retrieval import simulation_routes
from nexus.retrieval.schemas import Scope, SearchIn, SearchOut, SimulationIn
from nexus.retrieval.searches import SearchRequest, SearchResult
from nexus.retrieval.service import Retriever

if TYPE_CHECKING:
    from servers import PostgresServer

pytest_plugins = ("servers",)

WORLDS = 600
"""And a twelfth of them on PostgreSQL; `--worlds N` makes N. A model with tools takes its time in each."""
PARTS = 4
"""The worlds are shared among so many tests, for those who run tests side by side."""
WORLDS_PER_DATABASE = 25
"""They pile up: everybody else's world is one more thing that must not be seen."""
ALL = 200


def bench_of(stage: Stage, principal: Principal) -> Workbench:
    """A workbench without a run: nobody hears what is done there, and no search was before it."""

    async def never(*_: object) -> bool:
        return False

    shelf, request = Shelf(cast("SearchResult", None)), SearchRequest("everything")
    return Workbench(stage.db, stage.retriever, principal, request, {}, shelf, lambda *_: None, never)


Route = Callable[[UUID], Awaitable[object]]


_REFUSED = "read_document refused"


def agent_looks(agent: Agent | None, paper: Paper) -> bool:
    return agent is None or agent.shelves is None or paper.shelf in agent.shelves


class _ForgottenError(Exception):
    """Rolls back what was only tried."""


@dataclass
class Asked:
    """A question that was answered once, and what it rested on then."""

    user: User
    conversation_id: UUID
    run_id: UUID
    papers: set[UUID]
    agent: Agent | None = None


@dataclass
class Life:
    """A company on the stage, and what was asked in it."""

    stage: Stage
    company: Company
    blobs: LocalBlobStore
    sandbox: Sandbox
    refusals: dict[str, tuple[object, ...]]
    """How each route refuses what does not exist; the same to everybody, always."""
    asked: list[Asked] = field(default_factory=list[Asked])
    attached: list[AttachedFile] = field(default_factory=list[AttachedFile])
    seen: Counter[str] = field(default_factory=Counter[str])

    async def live_through(self, happenings: list[Event]) -> None:
        company = self.company
        await furnish(self.stage, company)
        await self.attach_files(happenings[0][2])
        await self.ask_well(happenings[0][1])
        for what in happenings:
            before = [self._readable_ids(user) for user in company.users]
            kind, first, second, third, choice = what
            if kind in ("ask", "generate"):
                await self.ask(kind, pick(company.users, first), pick(company.papers, second), again=choice)
            else:
                await happen(self.stage, company, what)
            concerned = [u for u, old in zip(company.users, before, strict=True) if self._readable_ids(u) != old]
            for user in concerned[:1] or [pick(company.users, third)]:
                await self.check(user, second, third)
        await self.check_share(happenings[-1][3])
        await self.delete_attached(happenings[-1][1])
        _, turn, other, _, _ = happenings[-1]
        for number in range(min(3, len(company.users))):
            await self.check(pick(company.users, turn + number), turn + number, other + number)
        await self.check_interference(pick(company.users, len(company.grants)))
        uses = self.stage.retriever.ledger.take()
        self.seen["search made"] += sum(use.searches - use.reused for use in uses.values())
        self.seen["search reused"] += sum(use.reused for use in uses.values())

    def _readable_ids(self, user: User) -> set[UUID]:
        return {paper.id for paper in self.company.readable(user)} if user.active else set()

    def _reach(self, user: User, conversation_id: UUID) -> set[UUID]:
        """What an answer there may rest on."""
        own = {each.paper.id for each in self.attached if each.is_within(user, conversation_id)}
        return self._readable_ids(user) | own

    def clean(self, user: User, shown: object, note: str, conversation_id: UUID | None = None) -> None:
        """Nothing that the user must not see is in it, be it in this conversation of theirs."""
        leaked = set(CANARY.findall(shown if isinstance(shown, str) else repr(shown)))
        files = [each.canary for each in self.attached if not each.is_within(user, conversation_id)]
        assert not leaked.intersection([*self.company.hidden_words(user), *files]), note
        self.seen[note] += 1

    # --- files of conversations -------------------------------------------------------------------------------------

    async def attach_files(self, turn: int) -> None:
        """Two of the users attach one each, and ask about it: quoted, and with a model."""
        active = [user for user in self.company.users if user.active]
        for user in {id(each): each for each in (pick(active, turn), pick(active, turn + 1))}.values():
            file = await attach_file(self.stage, self.company, user)
            self.attached.append(file)
            for kind in ("ask", "generate"):
                answer = await self.ask(kind, user, file.paper, conversation_id=file.conversation_id)
                assert answer is not None
                assert answer.message is not None
                assert file.canary in answer.message.text
                assert file.paper.id in {citation.document_id for citation in answer.message.citations}
                self.seen["attached"] += 1

    async def check_attached(self, user: User, principal: Principal, turn: int) -> None:
        """Its owner opens it by its id and changes it by no way; nobody else learns that it is there."""
        if not self.attached:
            return
        file = pick(self.attached, turn)
        routes = self.document_routes(principal)
        if file.user is user and not file.gone:
            async with self.stage.db.read() as session:
                text = await document_routes.get_text(session, principal, file.paper.id)
            assert file.canary in text.text
            opening = {"get_document", "get_text", "list_chunks", "boxes", "original", "picture"}
            # That it cannot be granted is said before anything else of it.
            routes = {name: route for name, route in routes.items() if name not in opening}
        for name in (pick(list(routes), turn), pick(list(routes), turn // 7)):
            await self.refused_as_unknown(name, routes[name], file.paper.id)
        if file.user is not user or file.gone:
            files = self.reading(attachment_routes.list_attachments, principal)
            await self.refused_as_unknown("attachments", files, file.conversation_id)

    async def check_share(self, turn: int) -> None:
        """A colleague who is shown the conversation is not shown what it says of the file."""
        file = pick(self.attached, turn)
        company = self.company
        colleagues = [u for u in company.users if u.active and u.tenant == file.user.tenant and u is not file.user]
        if colleagues and file.user.active:
            reader = pick(colleagues, turn)
            self.clean(reader, await shared_with(self.stage, file, reader), "share")

    async def delete_attached(self, turn: int) -> None:
        """With its conversation."""
        file = pick(self.attached, turn)
        if file.user.active:
            await delete_conversation(self.stage, file)
            self.asked = [asked for asked in self.asked if asked.conversation_id != file.conversation_id]

    # --- what a user is shown ---------------------------------------------------------------------------------------

    async def check(self, user: User, which: int, other: int) -> None:
        if not user.active:
            with pytest.raises(InvalidTokenError):
                await self.stage.principal(user.email)
            return
        principal = await self.stage.principal(user.email)
        await self.check_search(user, principal, pick(self.company.papers, which))
        if other % 2:
            await self.check_lists(user, principal)
        await self.probe(user, principal, pick(self.company.papers, other), which)
        await self.check_attached(user, principal, which + other)
        await self.check_simulation(user, principal, pick(self.company.users, which), pick(self.company.papers, other))
        for asked in self.asked:
            if asked.user is user:
                await self.check_history(asked, principal, which)
            else:
                await self.check_privacy(asked, principal)

    async def check_search(self, user: User, principal: Principal, paper: Paper) -> None:
        company = self.company
        readable = company.readable(user)
        wanted = SearchIn(query=f"quarterly report {paper.canary}", limit=50)
        found = await retrieval_routes.search(self.stage.retriever, principal, wanted)
        self.clean(user, found.model_dump_json(), "search")
        assert {hit.document_id for hit in found.hits} == {each.id for each in readable}
        assert len(found.hits) == found.searched == sum(each.chunks for each in readable)
        levels = [company.shelf_level(user, shelf) for shelf in company.shelves]
        assert found.knowledge_bases == sum(level is not None for level in levels)
        if paper in readable:
            assert all(paper.canary in hit.matched for hit in found.hits if hit.document_id == paper.id)
        for word in paper.silent:
            former = await retrieval_routes.search(self.stage.retriever, principal, SearchIn(query=word))
            assert not any(word in hit.text for hit in former.hits)
        await self.check_scope(user, principal, paper)

    async def check_scope(self, user: User, principal: Principal, paper: Paper) -> None:
        company, shelf = self.company, self.company.shelves[paper.shelf]

        async def within(knowledge_base_id: UUID) -> SearchOut:
            scope = Scope(knowledge_base_ids=[knowledge_base_id])
            wanted = SearchIn(query=paper.canary, scope=scope, limit=50)
            return await retrieval_routes.search(self.stage.retriever, principal, wanted)

        if company.shelf_level(user, shelf) is None:
            await self.refused_as_unknown("search", within, shelf.id)
        else:
            found = await within(shelf.id)
            there = [each for each in company.readable(user) if company.shelves[each.shelf] is shelf]
            assert {hit.document_id for hit in found.hits} == {each.id for each in there}

    async def check_simulation(self, user: User, principal: Principal, other: User, paper: Paper) -> None:
        """Searching as another shows what both may read, and says of each document the truth about the other."""
        company, shelf = self.company, self.company.shelves[paper.shelf]
        wanted = SimulationIn(user_id=other.id, query=paper.canary, knowledge_base_ids=[shelf.id], limit=20)
        if not principal.may(Permission.ACCESS_SIMULATE):
            with pytest.raises(ForbiddenError):
                await simulation_routes.search_as(self.stage.retriever, principal, wanted)
            return
        if not company.governs(user, shelf) or other.tenant != user.tenant:
            with pytest.raises((NotFoundError, ForbiddenError)):
                await simulation_routes.search_as(self.stage.retriever, principal, wanted)
            return
        found = await simulation_routes.search_as(self.stage.retriever, principal, wanted)
        self.clean(user, found.model_dump_json(), "simulation")
        mine = {each.id for each in company.readable(user) if company.shelves[each.shelf] is shelf}
        theirs = self._readable_ids(other)
        hits = {hit.document_id for hit in found.hits}
        assert hits <= mine & theirs
        if sum(each.chunks for each in company.readable(user) if each.id in mine & theirs) <= wanted.limit:
            assert hits == mine & theirs
        assert all(hit.access.readable for hit in found.hits)
        assert {one.document_id for one in found.unseen} <= mine - theirs
        if other.active:
            for one in found.knowledge_bases:
                assert one.access.readable is (company.shelf_level(other, shelf) is not None)

    async def check_lists(self, user: User, principal: Principal) -> None:
        company = self.company
        async with self.stage.db.read() as session:
            listed = await browse_routes.list_documents(session, principal, limit=ALL)
            shelves = await knowledge_routes.list_knowledge_bases(session, principal, limit=ALL)
        self.clean(user, listed.model_dump_json(), "document list")
        assert {each.id for each in listed.items} == {paper.id for paper in company.readable(user)}
        self.clean(user, shelves.model_dump_json(), "knowledge base list")
        assert {each.id for each in shelves.items} == {
            shelf.id for shelf in company.shelves if company.sees(user, shelf)
        }
        async with self.stage.db.read() as session:
            agents = await profile_routes.list_agents(session, principal, limit=ALL)
            usable = await profile_routes.list_agents(session, principal, usable=True, limit=ALL)
        self.clean(user, agents.model_dump_json(), "agent list")
        assert {each.id for each in agents.items} == {a.id for a in company.agents if company.knows(user, a)}
        assert {each.id for each in usable.items} == {a.id for a in company.agents if company.uses(user, a)}
        await self.check_whole(user, principal)
        for each in shelves.items:
            papers = [p for p in company.readable(user) if company.shelves[p.shelf].id == each.id]
            assert sum(each.documents.values()) == len(papers)
            assert each.level == next(company.shelf_level(user, s) for s in company.shelves if s.id == each.id)

    async def check_whole(self, user: User, principal: Principal) -> None:
        """What is counted, listed and looked through is all that the person may read, and nothing else."""
        mine = self._readable_ids(user)
        bench = bench_of(self.stage, principal)
        counted = await catalogue.counted(bench, CountArguments())
        assert counted.documents == len(mine)
        _, listed = await catalogue.listed(bench, ListArguments())
        assert {one.id for one in listed} == mine
        self.clean(user, [(one.name, one.title, one.knowledge_base) for one in listed], "catalogue")
        for paper in self.company.papers[:2]:
            found = await catalogue.mentions(bench, FindArguments(words=paper.canary))
            assert {one.document.id for one in found.found} == {paper.id} & mine
            assert (found.looked, found.counted) == (counted.with_text, counted)
        async with self.stage.db.read() as session:
            tables = await table_queries.list_tables(session, principal, Bounds(), (), ALL)
            theirs = list(await session.scalars(select(SheetTable.id)))
            loaded = await table_queries.load_tables(session, principal, Bounds(), theirs)
        assert {one.document.id for one in tables} == {one.document.id for one in loaded.values()} == mine
        self.seen["counted"] += bool(mine)

    async def probe(self, user: User, principal: Principal, paper: Paper, turn: int) -> None:
        """The routes that take the id of a document or knowledge base (`turn` picks), and the one that takes a path."""
        if not self.company.reads(user, paper):
            routes = self.document_routes(principal)
            if paper.deleted and not paper.restricted and self.company.governs(user, self.company.shelves[paper.shelf]):
                # To those who set the grants it is said that it was deleted.
                del routes["explain_access"], routes["explain_to_another"]
            for name in (pick(list(routes), turn), pick(list(routes), turn // 7)):
                await self.refused_as_unknown(name, routes[name], paper.id)
        else:
            async with self.stage.db.read() as session:
                detail = await document_routes.get_document(session, principal, paper.id)
                text = await document_routes.get_text(session, principal, paper.id)
                chunks = await document_routes.list_chunks(session, principal, paper.id, limit=ALL)
            access = await access_routes.explain_access(self.stage.db, principal, paper.id)
            assert detail.id == paper.id
            assert [text.text[c.start : c.end] for c in chunks.items] == [c.text for c in chunks.items]
            assert text.text.count(paper.canary) == len(chunks.items) == paper.chunks
            assert access.readable
        for agent in self.company.agents:
            look = self.reading(profile_routes.get_agent, principal)
            if not self.company.knows(user, agent):
                await self.refused_as_unknown("agent", look, agent.id)
            if not self.company.uses(user, agent):
                await self.refused_as_unknown("asking", self.asking(principal), agent.id)
        shelf = self.company.shelves[paper.shelf]
        progress = self.reading(knowledge_routes.get_progress, principal)
        if not self.company.sees(user, shelf):
            await self.refused_as_unknown("progress", progress, shelf.id)
            look = self.reading(knowledge_routes.get_knowledge_base, principal)
            await self.refused_as_unknown("knowledge base", look, shelf.id)
        else:
            mine = [p for p in self.company.readable(user) if self.company.shelves[p.shelf] is shelf]
            shown = await progress(shelf.id)
            assert (shown.chunks, shown.pages) == (sum(p.chunks for p in mine), len(mine))
        if self.company.shelf_level(user, shelf) is Level.MANAGE and paper.restricted and not paper.deleted:
            await self.upload_beside(user, principal, paper)

    async def upload_beside(self, user: User, principal: Principal, paper: Paper) -> None:
        """The name and the bytes of a document that one may not read tell nothing about it."""
        name, digest = f"folder/{(paper.former or [paper.canary])[0]}.txt", paper.canary
        upload = documents.Upload(name, StoredBlob(new_id().hex, 1, digest))

        with suppress(_ForgottenError):
            async with self.stage.db.write(durable=False) as session:
                arrival = await documents.receive(session, principal, self.company.shelves[paper.shelf].id, upload)
                if not self.company.reads(user, paper):
                    assert (arrival.outcome, arrival.duplicate_of) == ("created", None)
                    assert arrival.document.id != paper.id
                raise _ForgottenError
        self.seen["upload"] += 1

    def reading(self, route: Callable[..., Awaitable[Any]], principal: Principal) -> Callable[[UUID], Awaitable[Any]]:
        async def call(resource_id: UUID) -> Any:
            async with self.stage.db.read() as session:
                return await route(session, principal, resource_id)

        return call

    def asking(self, principal: Principal) -> Callable[[UUID], Awaitable[Any]]:
        async def ask(agent_id: UUID) -> object:
            wanted = QuestionIn(question="quarterly report?", agent_id=agent_id)
            return await chat_routes.ask(self.stage.db, self.stage.quoting, principal, wanted)

        return ask

    def document_routes(self, principal: Principal) -> dict[str, Route]:
        db = self.stage.db

        async def boxes(document_id: UUID) -> object:
            return await original_routes.get_boxes(
                db, self.blobs, self.sandbox, LocalParser(), principal, document_id, 0, 5
            )

        async def picture(document_id: UUID) -> object:
            settings = load_settings(_env_file=None)
            return await original_routes.get_page(
                db, self.blobs, self.sandbox, LocalParser(), principal, settings, document_id, 1
            )

        async def original(document_id: UUID) -> object:
            return await original_routes.get_original(
                db, self.blobs, load_settings(_env_file=None), principal, document_id
            )

        async def update(document_id: UUID) -> object:
            async with db.write() as session:
                return await document_routes.update_document(
                    session, principal, document_id, DocumentPatch(restricted=True)
                )

        async def delete(document_id: UUID) -> object:
            async with db.write() as session:
                settings = load_settings(_env_file=None)
                return await document_routes.delete_document(session, principal, settings, document_id)

        async def explain_access(document_id: UUID) -> object:
            return await access_routes.explain_access(db, principal, document_id)

        async def explain_to_another(document_id: UUID) -> object:
            return await access_routes.explain_access(db, principal, document_id, self.company.users[0].id)

        reading = (
            document_routes.get_document,
            document_routes.get_text,
            document_routes.list_chunks,
            document_routes.list_document_grants,
            document_routes.reprocess_document,
        )
        routes: dict[str, Route] = {route.__name__: self.reading(route, principal) for route in reading}
        explaining = {"explain_access": explain_access, "explain_to_another": explain_to_another}
        acting = {"delete_document": delete, "update": update}
        return routes | explaining | acting | {"boxes": boxes, "original": original, "picture": picture}

    async def refused_as_unknown(self, name: str, route: Route, resource_id: UUID) -> None:
        """A thing that may not be seen and a thing that is not there are refused alike."""
        with pytest.raises(NotFoundError) as unreadable:
            await route(resource_id)
        if name not in self.refusals:
            with pytest.raises(NotFoundError) as unknown:
                await route(new_id())
            self.refusals[name] = problem(unknown.value)
        assert problem(unreadable.value) == self.refusals[name]
        self.seen["refusal"] += 1

    # --- answers ----------------------------------------------------------------------------------------------------

    async def ask(
        self, kind: str, user: User, paper: Paper, *, again: bool = False, conversation_id: UUID | None = None
    ) -> AnswerOut | None:
        """One question; `again` goes on in the user's last conversation, another begins one: with an agent, if any."""
        if not user.active:
            return None
        stage, company = self.stage, self.company
        principal = await stage.principal(user.email)
        engine: RunEngine = stage.quoting if kind == "ask" else stage.generating
        before = [one for one in self.asked if one.user is user]
        if conversation_id is not None:
            before = [one for one in before if one.conversation_id == conversation_id]
        last = before[-1:] if again or conversation_id else []
        place = conversation_id or (last[0].conversation_id if last else None)
        usable = [agent for agent in company.agents if company.uses(user, agent)]
        agent = last[0].agent if last else pick([*usable, None], len(self.asked))
        question = QuestionIn(question=f"{paper.canary}?", conversation_id=place)
        if agent is not None and agent not in usable:
            with pytest.raises(ConflictError) as ended:
                await chat_routes.ask(stage.db, engine, principal, question)
            self.clean(user, ended.value.detail, "ended agent")
            return None
        question.agent_id = agent.id if agent else None
        stage.model.requests.clear()
        # As if a document had told the model ids that lead to where it must not go.
        files = [each.paper.id for each in self.attached if not each.is_within(user, place)]
        stage.parrot.knows = files[:1] + sorted({each.id for each in company.papers} - self._readable_ids(user))
        answer = await chat_routes.ask(stage.db, engine, principal, question)
        for request in stage.model.requests:
            told = [turn.text for turn in request.turns if getattr(turn, "role", "") != "user"]
            asked = [turn.text.partition("<passages>")[2] for turn in request.turns]
            self.clean(user, [*told, *asked], "prompt", place)
        self.clean(user, answer.model_dump_json(), "answer", place)
        assert answer.run.state == "succeeded"
        assert answer.message is not None
        for step in answer.message.steps:
            self.seen[f"{step.name} refused" if step.failed else step.name] += 1
        cited = {citation.document_id for citation in answer.message.citations if citation.document_id}
        assert cited <= self._reach(user, answer.run.conversation_id)
        own = self._reach(user, answer.run.conversation_id) - self._readable_ids(user)
        within = {each.id for each in company.papers if agent_looks(agent, each)} | own
        assert cited <= within
        for step in answer.message.steps:
            assert {one.id for one in step.documents} <= within
        self.seen["agent answered"] += agent is not None
        if company.reads(user, paper) and paper.id in within:
            # Searches must find every time; which passages an answer rests on is a matter of ranking.
            self.seen["should answer"] += 1
            self.seen["answered"] += paper.id in cited and paper.canary in answer.message.text
        self.asked.append(Asked(user, answer.run.conversation_id, answer.run.id, cited, agent))
        await self.check_history(self.asked[-1], principal, 0)
        return answer

    async def ask_well(self, turn: int) -> None:
        """A question that finds something, which the model answers with all of its tools, before anything changes."""
        knowing = [user for user in self.company.users if user.active and self.company.readable(user)]
        if knowing:
            user = pick(knowing, turn)
            await self.ask("generate", user, pick(list(self.company.readable(user)), turn), again=False)
            await self.research(user)

    async def research(self, user: User) -> None:
        """A report, with a plan that asks for two things; it is looked at again after everything that happens."""
        stage = self.stage
        principal = await stage.principal(user.email)
        stage.model.requests.clear()

        async def stays() -> bool:
            return True

        wanted = ResearchIn(question="quarterly report?")
        planned = await research_service.create_research(stage.db, stage.researcher, principal, wanted, stays)
        plan = [Part(heading="One", question=wanted.question), Part(heading="Two", question="What is mentioned?")]
        engine, about = stage.generating, planned.id
        run = await research_service.start(stage.db, engine, stage.researcher, principal, about, plan)
        await engine.wait(run.id)
        told = [turn.text.partition("<passages>")[2] for each in stage.model.requests for turn in each.turns]
        self.clean(user, told, "research prompt")
        async with stage.db.read() as session:
            answer = await chat_routes.get_run(session, principal, run.id)
        assert (answer.run.state, answer.run.mode) == ("succeeded", "research"), answer.run.failure
        assert answer.message is not None
        cited = {citation.document_id for citation in answer.message.citations if citation.document_id}
        assert cited <= self._readable_ids(user)
        self.seen["researched"] += bool(cited)
        self.asked.append(Asked(user, answer.run.conversation_id, run.id, cited))
        await self.check_history(self.asked[-1], principal, 0)

    async def check_history(self, asked: Asked, principal: Principal, after: int) -> None:
        stage = self.stage
        async with stage.db.read() as session:
            page = await conversation_routes.list_messages(session, principal, asked.conversation_id, limit=ALL)
            answer: AnswerOut = await chat_routes.get_run(session, principal, asked.run_id)
            whole_list = await conversation_routes.list_conversations(session, principal, limit=ALL)
        self.clean(asked.user, [one.agent_name for one in whole_list.items], "conversation list")
        shown = [message.model_dump_json() for message in page.items if message.role == "assistant"]
        self.clean(asked.user, [*shown, answer.model_dump_json()], "history", asked.conversation_id)
        assert answer.message is not None
        readable = self._reach(asked.user, asked.conversation_id)
        assert {c.document_id for c in answer.message.citations if c.available} == asked.papers & readable
        if asked.papers <= readable:
            for citation in answer.message.citations:
                assert (
                    answer.run.kind == "generated" or " ".join((citation.quote or "?").split()) in answer.message.text
                )
        whole = await self.replay(principal, asked.run_id, 0)
        self.clean(asked.user, whole, "replay", asked.conversation_id)
        # Somebody who comes back has the citations already, or any other part.
        first_words = next(number for number, kind, _ in whole if kind == "text.delta")
        for last in (first_words - 1, after % 8):
            part = await self.replay(principal, asked.run_id, last)
            assert part == [event for event in whole if event[0] > last]
        said = "".join(data["text"] for _, kind, data in whole if kind == "text.delta")
        assert said.strip() == answer.message.text

    async def replay(self, principal: Principal, run_id: UUID, after: int) -> list[tuple[int, str, Any]]:
        stream = replaying.attach(self.stage.db, self.stage.log, principal, run_id, after)
        return [parse_event(event.encoded) async for event in stream]

    async def check_privacy(self, asked: Asked, principal: Principal) -> None:
        """A conversation is its owner's alone, a colleague's who may read all of it included."""
        await self.refused_as_unknown("run", self.reading(chat_routes.get_run, principal), asked.run_id)
        messages = self.reading(conversation_routes.list_messages, principal)
        await self.refused_as_unknown("messages", messages, asked.conversation_id)

    # --- a world without the rest -----------------------------------------------------------------------------------

    async def check_interference(self, user: User) -> None:
        if not user.active:
            return
        principal = await self.stage.principal(user.email)
        requests = [
            SearchRequest(query=query, limit=50)
            for query in (
                "quarterly report",
                self.company.papers[0].canary,
                f"mentions {self.company.papers[-1].canary}",
            )
        ]
        others = [each for each in self.company.users if each.active and each is not user]
        asked_as = [None, *[await self.stage.principal(other.email) for other in others[:2]]]
        real = [
            figures(await self.stage.retriever.search(principal, request, also=also))
            for request in requests
            for also in asked_as
        ]
        async with without_the_rest(self.stage.db, self.company, user) as db:
            index = OwnIndex(db, EmbeddedIndex, None)
            await index.open(MODEL, EMBEDDER.spec.dimension)
            retriever = Retriever(db, index, {MODEL: EMBEDDER})
            bare = [
                figures(await retriever.search(principal, request, also=also))
                for request in requests
                for also in asked_as
            ]
            await index.aclose()
        assert real == (bare if isinstance(self.stage.index, OwnIndex) else Nearly(bare))
        self.seen["interference"] += 1


def problem(error: NexusError) -> tuple[object, ...]:
    return type(error), error.status, error.detail, error.extra


def parse_event(encoded: bytes) -> tuple[int, str, Any]:
    number, kind, data = (line.partition(": ")[2] for line in encoded.decode().strip().split("\n"))
    return int(number), kind, json.loads(data)


class Nearly:
    """Equal but for what rounding brings about when another program sums the same numbers. Closeness in meaning is
    divided by how far the best is above the median, which makes a ten-thousandth of it where that is little."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return self._alike(self._value, other)

    def __hash__(self) -> int:
        raise TypeError("what is only nearly equal has no hash")

    def __repr__(self) -> str:
        return f"nearly {self._value!r}"

    def _alike(self, one: Any, other: Any) -> bool:
        if is_dataclass(one):
            return type(one) is type(other) and self._alike(vars_of(one), vars_of(other))
        if isinstance(one, (list, tuple)):
            return len(one) == len(other) and all(map(self._alike, one, other))
        return one == pytest.approx(other, abs=1e-4) if isinstance(one, float) else one == other


def vars_of(record: Any) -> list[Any]:
    return [getattr(record, each.name) for each in fields(record)]


def figures(result: SearchResult) -> tuple[Any, ...]:
    """Everything that a search tells, to the last bit."""
    hits = [(h.passage.chunk.id, h.ranked) for h in result.hits]
    return hits, result.searched, result.knowledge_bases, result.confident, list(result.weights)


@asynccontextmanager
async def without_the_rest(db: Database, company: Company, user: User) -> AsyncGenerator[Database, None]:
    """The same database without what the user may not read, for as long as the block lasts."""
    readable = [paper.id for paper in company.readable(user)]
    shelves = [shelf.id for shelf in company.shelves if company.shelf_level(user, shelf) is not None]
    versions = DocumentVersion.document_id.in_(readable)
    kept = (
        delete(ChunkVector).where(ChunkVector.chunk_id.not_in(_chunks(versions))),
        delete(Chunk).where(Chunk.id.not_in(_chunks(versions))),
        delete(DocumentVersion).where(~versions),
        delete(Document).where(Document.id.not_in(readable)),
        delete(Grant).where(Grant.resource_id.not_in([*readable, *shelves])),
        delete(KnowledgeBase).where(KnowledgeBase.id.not_in(shelves)),
    )
    async with AsyncExitStack() as stack:
        if isinstance(db, MemoryDatabase):
            bind: Any = stack.enter_context(db.sync_engine.connect())
            outer = bind.begin()
            stack.callback(outer.rollback)
        else:
            bind = await stack.enter_async_context(db.engine.connect())
            stack.push_async_callback((await bind.begin()).rollback)
        rehearsal = Rehearsal(bind)
        async with rehearsal.read() as session:
            for statement in kept:
                await session.execute(statement, execution_options={"synchronize_session": False})
            await session.commit()
        yield rehearsal


def _chunks(versions: Any) -> Any:
    return select(Chunk.id).join(DocumentVersion, DocumentVersion.id == Chunk.version_id).where(versions)


class Worlds:
    """Lives companies on one stage after the other, and counts."""

    def __init__(
        self,
        make: Callable[[], AsyncIterator[Database]],
        folder: Path,
        make_index: Callable[[Database], LiveIndex] = own_index,
    ) -> None:
        self._open = asynccontextmanager(make)
        self._make_index = make_index
        self._blobs = LocalBlobStore(folder)
        self._sandbox = Sandbox(1)
        self._exits = AsyncExitStack()
        self._stage: Stage | None = None
        self.tried = 0
        self.seen: Counter[str] = Counter()
        self._refusals: dict[str, tuple[object, ...]] = {}

    async def live(self, company: Company, happenings: list[Event]) -> None:
        if self._stage is None or self.tried % WORLDS_PER_DATABASE == 0:
            await self._exits.aclose()
            self._stage = await self._exits.enter_async_context(
                open_stage(await self._exits.enter_async_context(self._open()), self._make_index)
            )
        self.tried += 1
        life = Life(self._stage, company, self._blobs, self._sandbox, self._refusals)
        await life.live_through(happenings)
        self.seen += life.seen

    async def aclose(self) -> None:
        await self._exits.aclose()


def live_many(worlds: Worlds, count: int) -> None:
    with asyncio.Runner() as runner:

        @settings(
            max_examples=count,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            database=None,
            phases=(Phase.generate, Phase.shrink),
        )
        @given(companies(), events)
        def property_holds(company: Company, happenings: list[Event]) -> None:
            runner.run(worlds.live(company, happenings))

        try:
            property_holds()
        finally:
            runner.run(worlds.aclose())
    assert worlds.tried >= count
    # Silence is not safety: enough must have been asked and answered.
    looked = [
        worlds.seen[each] for each in ("search", "answer", "history", "replay", "refusal", "interference", "simulation")
    ]
    looked += [worlds.seen[each] for each in ("attached", "share", "search made", "search reused")]
    looked += [worlds.seen["researched"], worlds.seen["counted"]]
    looked += [worlds.seen[each] for each in ("count_documents", "find_mentions", "list_tables", "query_table")]
    looked.append(worlds.seen["read_all_documents"])
    looked += [worlds.seen[each] for each in ("list_documents", "search_knowledge", "read_document", _REFUSED)]
    looked += [worlds.seen[each] for each in ("agent list", "agent answered")]
    assert min(looked) > count / 10
    assert worlds.seen["answered"] >= 0.9 * worlds.seen["should answer"] > 0
    print(f"{worlds.tried} worlds, looked at: {dict(worlds.seen)}")


def wanted(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--worlds") or WORLDS


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_leaks(part: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    async def make() -> AsyncIterator[Database]:
        db = MemoryDatabase()
        yield db
        await db.aclose()

    live_many(Worlds(make, tmp_path), wanted(request) // PARTS)


def on_postgresql(postgres: "PostgresServer", template: str) -> Callable[[], AsyncIterator[Database]]:
    async def make() -> AsyncIterator[Database]:
        name = await asyncio.to_thread(postgres.create_database, template=template)
        db = Database(create_engine(postgres.url(name)))
        yield db
        await db.aclose()
        await asyncio.to_thread(postgres.drop_database, name)

    return make


def test_nothing_leaks_on_postgresql(
    postgres: "PostgresServer", postgres_template: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    live_many(Worlds(on_postgresql(postgres, postgres_template), tmp_path), wanted(request) // 12)


def test_nothing_leaks_from_the_index_in_postgresql(
    postgres: "PostgresServer", postgres_template: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What it finds is compared with what the embedded index finds where the rest does not exist."""

    def shared(db: Database) -> LiveIndex:
        return SharedIndex(db, PgVectorEngine(db.engine.url.render_as_string(hide_password=False)))

    live_many(Worlds(on_postgresql(postgres, postgres_template), tmp_path, shared), wanted(request) // 24)
