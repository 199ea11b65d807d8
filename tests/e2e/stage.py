"""The product from the database to the routes' functions, for very many small worlds: no HTTP, no files, no models.

Vectors come from a hashing embedder and the language model says the worst that it could; everything else is real.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, create_engine, delete, event, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import StaticPool

from e2e.company import Company, Paper, canary
from nexus.access.models import Grant, ResourceKind
from nexus.access.principal import Principal
from nexus.agents.models import Agent
from nexus.agents.toolbox import Toolbox
from nexus.chat.answers import Answerer
from nexus.chat.events import EventLog
from nexus.chat.runs import RunEngine
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database, committing
from nexus.core.egress import Egress
from nexus.core.ids import new_id
from nexus.core.jobs.models import Job
from nexus.core.sandbox.pool import Sandbox
from nexus.core.secrets import SecretBox
from nexus.core.settings_llm import LlmSettings
from nexus.core.text.analysis import count_terms
from nexus.identity.models import Department, Group, GroupMember, Region, Tenant, User
from nexus.identity.principals import load_principal
from nexus.identity.tokens import OperatorCredential
from nexus.ingestion.queries import delete_chunks_from, replace_tables
from nexus.ingestion.sheet_tables import read_tables
from nexus.knowledge import index_queries, index_state
from nexus.knowledge import queries as knowledge
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.models import Chunk, ChunkVector, Document, DocumentVersion, KnowledgeBase
from nexus.knowledge.own_index import OwnIndex
from nexus.knowledge.packing import pack_terms, pack_vectors
from nexus.llms.choosing import Models
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.providers.llm.base import ChatTurn, LlmRequest, ToolCall, ToolResult
from nexus.providers.llm.fake import ScriptedModel
from nexus.providers.parsers.base import Cell, Sheet, SheetRow
from nexus.providers.vectors.base import ChunkTerms
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.research.researcher import Researcher
from nexus.resources import ConfiguredVendors
from nexus.retrieval.reuse import SearchCache
from nexus.retrieval.service import Retriever
from nexus.tables import metadata

CANARY = re.compile("zq[b-n]{7}x")
EMBEDDER = HashingEmbedder(dimension=512)
MODEL = EMBEDDER.spec.name


class MemoryDatabase(Database):
    """SQLite in memory over a driver without threads: the same statements, without the hops between them."""

    def __init__(self) -> None:
        self.sync_engine: Engine = create_engine("sqlite://", poolclass=StaticPool)
        event.listen(self.sync_engine, "connect", _on_connect)
        event.listen(self.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        metadata.create_all(self.sync_engine)
        self.is_sqlite = True
        self._subscribers = {}
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession, None]:
        session = AsyncSession(expire_on_commit=False)
        session.sync_session.bind = self.sync_engine
        try:
            yield session
        finally:
            session.sync_session.close()

    @asynccontextmanager
    async def write(self, *, durable: bool = True, urgent: bool = False) -> AsyncGenerator[AsyncSession, None]:
        async with self._writer, self.read() as session, committing(session):
            yield session

    async def aclose(self) -> None:
        self.sync_engine.dispose()


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")


class Rehearsal(Database):
    """What one transaction sees that will be rolled back: a world in which some things do not exist."""

    def __init__(self, bind: Any) -> None:
        self._bind = bind

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession, None]:
        if isinstance(self._bind, AsyncConnection):
            session = AsyncSession(self._bind, expire_on_commit=False, join_transaction_mode="create_savepoint")
            async with session:
                yield session
            return
        session = AsyncSession(expire_on_commit=False, join_transaction_mode="create_savepoint")
        session.sync_session.bind = self._bind
        try:
            yield session
        finally:
            session.sync_session.close()


class Parrot:
    """The worst model: it says whatever secret it has been told, cites what it was given and invents a passage. With
    tools it first lists all there is, searches for every secret it has been told, and reads every document it can
    name: `knows` are ids that somebody else may have told it. In a research it keeps all that it reads, and searches
    for the secrets in it."""

    def __init__(self) -> None:
        self.knows: Sequence[UUID] = ()

    def __call__(self, request: LlmRequest) -> Sequence[str | ToolCall]:
        last = max(n for n, turn in enumerate(request.turns) if isinstance(turn, ChatTurn) and turn.role == "user")
        before, here = request.turns[:last], request.turns[last].text.partition("<passages>")[2]
        told = [here, *(turn.text for turn in request.turns[last + 1 :] if isinstance(turn, ToolResult))]
        rounds = sum(isinstance(turn, ChatTurn) for turn in request.turns[last + 1 :])
        if request.tools and (calls := self._calls(rounds, told)):
            return [ToolCall(f"{rounds}-{n}", name, json.dumps(given)) for n, (name, given) in enumerate(calls)]
        if request.system.startswith("You read for a research"):
            numbers = [int(number) for number in re.findall(r'<passage number="(\d+)"', here)]
            return [json.dumps({"useful": numbers, "searches": CANARY.findall(here)})]
        given = re.findall(r'<passage number="(\d+)".*?\n(.*?)\n</passage>', "\n".join(told), re.DOTALL)
        # Half of the time it says what it was told without saying from where.
        asked = set(CANARY.findall(request.turns[last].text.partition("<passages>")[0]))
        cited = given if len(given) % 2 else [(n, text) for n, text in given if asked & {*CANARY.findall(text)}]
        said = [f"{' '.join(CANARY.findall(text))} [{number}]. " for number, text in dict(cited).items()]
        said += [f"Told: {word}. " for text in told for word in CANARY.findall(text)]
        said += [f"Before: {w}. " for t in before if getattr(t, "role", "") != "user" for w in CANARY.findall(t.text)]
        return [*said, "And [99]."]

    def _calls(self, rounds: int, told: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
        words = list(dict.fromkeys(word for text in told for word in CANARY.findall(text)))
        if rounds == 0:
            reads = [("read_document", {"document": str(each)}) for each in self.knows[:2]]
            return [("list_documents", {}), ("count_documents", {"by": "knowledge_base"}), ("list_tables", {}), *reads]
        if rounds == 1:
            named = re.findall(r'<document id="(\S+)"', "\n".join(told))
            reads = [("read_document", {"document": each}) for each in named[:1]]
            shelves = re.findall(r'knowledge_base="(\S+)"', "\n".join(told))
            searches = [("search_knowledge", {"query": word}) for word in words[:1]]
            within = [("search_knowledge", {"query": "report", "knowledge_bases": shelves[:1]})] if shelves else []
            mentions = [("find_mentions", {"words": word}) for word in words[:1]]
            tables = re.findall(r'<table id="(\S+)" name="(\S+)"', "\n".join(told))[:1]
            # It has the model called for every document: not in every world.
            wholes = [("read_all_documents", {"question": f"report {words[0]}"})] if len(words) % 3 == 1 else []
            queries = [("query_table", {"tables": [each], "sql": f"SELECT * FROM {name}"}) for each, name in tables]
            return [*reads, *searches, *mentions, *queries, *wholes, *within, ("read_document", {"passage": 1})]
        return []


@dataclass
class Stage:
    """Everything that answers, over one database that many worlds share one after the other."""

    db: Database
    index: LiveIndex
    retriever: Retriever
    log: EventLog
    quoting: RunEngine
    generating: RunEngine
    model: ScriptedModel
    parrot: Parrot
    researcher: Researcher

    async def principal(self, email: str) -> Principal:
        async with self.db.read() as session:
            return await load_principal(session, OperatorCredential(email))


def own_index(db: Database) -> LiveIndex:
    return OwnIndex(db, EmbeddedIndex, None)


@asynccontextmanager
async def open_stage(
    db: Database, make_index: Callable[[Database], LiveIndex] = own_index
) -> AsyncGenerator[Stage, None]:
    await index_state.prepare(db, EMBEDDER.spec)
    index = make_index(db)
    await index.open(MODEL, EMBEDDER.spec.dimension)
    # Nearness in meaning lets nothing through but the same vector: what is used again must be right to the last bit.
    retriever = Retriever(db, index, {MODEL: EMBEDDER}, cache=SearchCache(200, likeness=1.0))
    log, parrot = EventLog(db), Parrot()
    model = ScriptedModel(parrot)
    log.start()
    vendors = ConfiguredVendors(Egress())
    choices = [Models(db, SecretBox(()), LlmSettings(), vendors, each) for each in (None, model)]
    sandbox = Sandbox(1)
    engines = [RunEngine(db, log, Answerer(retriever, each, Toolbox(db, sandbox=sandbox))) for each in choices]
    try:
        yield Stage(
            db, index, retriever, log, engines[0], engines[1], model, parrot, Researcher(db, retriever, choices[1])
        )
    finally:
        for engine in engines:
            await engine.aclose()
        await log.aclose()
        await index.aclose()
        await sandbox.aclose()


async def furnish(stage: Stage, company: Company) -> None:
    """The company's rows, as if all of it had been there and been read for long."""
    tenants = company.tenants
    regions = [new_id() for _ in tenants]
    async with stage.db.write() as session:

        async def add(table: type[Any], rows: list[dict[str, Any]]) -> None:
            if rows:
                await session.execute(insert(table), rows)

        await add(Tenant, [{"id": i, "name": i.hex, "sign_up": False} for i in tenants])
        await add(Region, [{"id": r, "tenant_id": t, "name": "r"} for r, t in zip(regions, tenants, strict=True)])
        await add(
            Department,
            [
                {"id": i, "tenant_id": tenants[company.of(n)], "region_id": regions[company.of(n)], "name": str(n)}
                for n, i in enumerate(company.departments)
            ],
        )
        await add(
            Group,
            [{"id": i, "tenant_id": tenants[company.of(n)], "name": str(n)} for n, i in enumerate(company.groups)],
        )
        await add(
            User,
            [
                {
                    "id": user.id,
                    "tenant_id": tenants[user.tenant],
                    "department_id": None if user.department is None else company.departments[user.department],
                    "email": user.email,
                    "name": "n",
                    "role": user.role,
                    "is_founder": False,
                    "active": True,
                }
                for user in company.users
            ],
        )
        members = [{"user_id": u.id, "group_id": company.groups[g]} for u in company.users for g in u.groups]
        await add(GroupMember, members)
        await add(
            KnowledgeBase,
            [
                {
                    "id": shelf.id,
                    "tenant_id": tenants[shelf.tenant],
                    "name": shelf.canary,
                    "description": shelf.canary,
                    "personal": shelf.personal,
                    "created_by": next(u.id for u in company.users if u.tenant == shelf.tenant),
                }
                for shelf in company.shelves
            ],
        )
        await add(
            Agent,
            [
                {
                    "id": agent.id,
                    "tenant_id": tenants[agent.tenant],
                    "name": agent.canary,
                    "description": agent.canary,
                    "starters": [],
                    "knowledge_base_ids": None
                    if agent.shelves is None
                    else [str(company.shelves[place].id) for place in sorted(agent.shelves)],
                    "tools": None,
                    "enabled": True,
                    "version": 1,
                }
                for agent in company.agents
            ],
        )
        kinds = {paper.id: ResourceKind.DOCUMENT for paper in company.papers}
        kinds |= {agent.id: ResourceKind.AGENT for agent in company.agents}
        owners = {agent.id: agent.tenant for agent in company.agents}
        owners |= {shelf.id: shelf.tenant for shelf in company.shelves}
        owners |= {paper.id: company.shelves[paper.shelf].tenant for paper in company.papers}
        await add(
            Grant,
            [
                {
                    "tenant_id": tenants[owners[resource]],
                    "resource_kind": kinds.get(resource, ResourceKind.KNOWLEDGE_BASE),
                    "resource_id": resource,
                    "subject": word,
                    "level": level,
                }
                for (resource, word), level in company.grants.items()
            ],
        )
        revision = await index_queries.next_revision(session, [shelf.id for shelf in company.shelves])
        await add(Document, [_document(company, paper, revision) for paper in company.papers])
        for paper in company.papers:
            await add_version(session, tenants[owners[paper.id]], paper, 1)


def _document(company: Company, paper: Paper, revision: int) -> dict[str, Any]:
    shelf = company.shelves[paper.shelf]
    return {
        "id": paper.id,
        "tenant_id": company.tenants[shelf.tenant],
        "knowledge_base_id": shelf.id,
        "path": f"folder/{paper.canary}.txt",
        "name": f"{paper.canary}.txt",
        "title": f"About {paper.canary}",
        "media_type": "text/plain",
        "size": 1,
        "sha256": f"{paper.canary}",
        "state": "ready",
        "restricted": paper.restricted,
        "active_version_id": paper.version,
        "source_url": f"https://files.test/{paper.canary}",
        "index_revision": revision,
    }


def _table(version_id: UUID, paper: Paper) -> dict[str, Any]:
    """A table whose every word is the document's own."""
    cells = [
        SheetRow(number, tuple(Cell(column, text, "text") for column, text in enumerate((paper.canary, value))))
        for number, value in enumerate(("Amount", "3", "4"), 1)
    ]
    [table] = read_tables(Sheet(1, paper.canary, tuple(cells)), paper.canary)
    shown = [[c.name, c.header, c.kind, c.letter, c.unit, c.odd] for c in table.columns]
    row = {"id": new_id(), "version_id": version_id, "ordinal": 0, "page": 1, "start": 0, "end": 1, "title": ""}
    row |= {"sheet": table.sheet, "name": table.name, "cells": table.cells, "columns": shown}
    return row | {"row_count": table.row_count, "total_count": table.total_count, "content": table.content}


async def add_version(session: AsyncSession, tenant_id: UUID, paper: Paper, number: int) -> None:
    # Different enough not to be one passage said twice.
    texts = [
        f"The quarterly report mentions {paper.canary} beside {' and '.join(canary('w') for _ in range(8))}."
        for _ in range(paper.chunks)
    ]
    context = f"About {paper.canary}"
    text = "\n".join(texts)
    version = {
        "id": paper.version,
        "document_id": paper.id,
        "tenant_id": tenant_id,
        "number": number,
        "state": "active",
        "blob_key": new_id().hex,
        "sha256": paper.canary,
        "size": 1,
        "title": context,
        "text": text,
        "pages": [[1, 0, len(text), "page 1"]],
        "page_count": 1,
        "chunk_count": len(texts),
        "embedding_model": MODEL,
    }
    await session.execute(insert(DocumentVersion), [version])
    await replace_tables(session, paper.version, [_table(paper.version, paper)])
    whole = [f"{context}\n{each}" for each in texts]
    vectors = pack_vectors(await EMBEDDER.embed_documents(whole))
    chunks: list[dict[str, Any]] = []
    start = 0
    for ordinal, each in enumerate(texts):
        terms = count_terms(whole[ordinal], "en")
        chunks.append(
            {
                "id": new_id(),
                "version_id": paper.version,
                "ordinal": ordinal,
                "start": start,
                "end": start + len(each),
                "page": 1,
                "page_end": 1,
                "heading_path": [context],
                "context": context,
                "text": each,
                "token_count": 12,
                "terms": pack_terms(ChunkTerms(terms.ids, terms.counts, terms.length)),
            }
        )
        start += len(each) + 1
    await session.execute(insert(Chunk), chunks)
    rows = [{"chunk_id": c["id"], "model": MODEL, "vector": v} for c, v in zip(chunks, vectors, strict=True)]
    await session.execute(insert(ChunkVector), rows)


async def replace(session: AsyncSession, paper: Paper, new_canary: str) -> None:
    """A new version answers, as when an upload has been read."""
    document = await session.get(Document, paper.id, with_for_update=True)
    former = await knowledge.find_version(session, paper.version)
    assert document is not None
    assert former is not None
    former.state = "superseded"
    await delete_chunks_from(session, former.id, 0)
    paper.former += [paper.canary] * (paper.canary not in paper.former)
    paper.canary, paper.version = new_canary, new_id()
    await add_version(session, document.tenant_id, paper, former.number + 1)
    await _answer(session, document, paper)


async def _answer(session: AsyncSession, document: Document, paper: Paper) -> None:
    document.title, document.active_version_id, document.state = f"About {paper.canary}", paper.version, "ready"
    document.sha256 = paper.canary
    document.updated_at = now()
    await session.flush()
    document.index_revision = await index_queries.next_revision(session, [document.knowledge_base_id])


async def version_saying(session: AsyncSession, paper: Paper, word: str) -> UUID:
    """The newest version of a document with that canary."""
    found = select(DocumentVersion.id).where(DocumentVersion.document_id == paper.id, DocumentVersion.sha256 == word)
    version_id = await session.scalar(found.order_by(DocumentVersion.number.desc()).limit(1))
    assert version_id is not None
    return version_id


async def read_restored(session: AsyncSession, paper: Paper, word: str) -> None:
    """The version that is to say again what a former one said has been read."""
    document = await session.get(Document, paper.id, with_for_update=True)
    former = await knowledge.find_version(session, paper.version)
    wanted = DocumentVersion.document_id == paper.id, DocumentVersion.state == "building"
    building = await session.scalar(select(DocumentVersion).where(*wanted))
    assert document is not None
    assert former is not None
    assert building is not None
    number = building.number
    await session.delete(building)
    await session.execute(delete(Job).where(Job.dedup_key == f"ingest:{building.id}"))
    former.state = "superseded"
    await delete_chunks_from(session, former.id, 0)
    paper.former += [paper.canary] * (paper.canary not in paper.former)
    paper.canary, paper.version = word, new_id()
    await session.flush()
    await add_version(session, document.tenant_id, paper, number)
    await _answer(session, document, paper)
