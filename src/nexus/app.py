"""Composition root of the web process: builds the resources once and puts the rooms' routes together."""

import hashlib
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from nexus.admin.audit_routes import router as audit_router
from nexus.admin.checking import IndexChecks
from nexus.admin.diagnostics_routes import router as diagnostics_router
from nexus.admin.feedback_routes import router as review_router
from nexus.agents.connecting import Connector
from nexus.agents.connection_routes import router as connections_router
from nexus.agents.connections import Connections
from nexus.agents.instruction_routes import router as instruction_router
from nexus.agents.mcp import McpClient
from nexus.agents.oauth import OAuthClient
from nexus.agents.profile_routes import router as agent_router
from nexus.agents.reading import ReadingLimits
from nexus.agents.routes import router as tools_router
from nexus.agents.service import Looker
from nexus.agents.toolbox import Toolbox
from nexus.channels.openai_routes import router as openai_router
from nexus.channels.socket_routes import router as socket_router
from nexus.channels.token_routes import router as token_router
from nexus.chat import jobs as chat_jobs
from nexus.chat.answers import Answerer
from nexus.chat.attachment_routes import router as attachment_router
from nexus.chat.conversation_routes import router as conversation_router
from nexus.chat.events import EventLog
from nexus.chat.export_routes import router as export_router
from nexus.chat.feedback_routes import router as feedback_router
from nexus.chat.folder_routes import router as folder_router
from nexus.chat.keeping_routes import router as keeping_router
from nexus.chat.routes import router as chat_router
from nexus.chat.runs import RunEngine
from nexus.chat.search_routes import router as message_search_router
from nexus.chat.share_routes import router as share_router
from nexus.chat.trial_routes import router as trial_router
from nexus.chat.usage_routes import router as usage_router
from nexus.core.db import Database, create_engine
from nexus.core.egress import Egress
from nexus.core.http.description import REST, describe_refusals
from nexus.core.http.health import Outside
from nexus.core.http.health import router as health_router
from nexus.core.http.pages import Pages
from nexus.core.http.problems import install_problems, unknown_api_path
from nexus.core.http.security import CONTENT_SECURITY_POLICY, SecurityHeadersMiddleware
from nexus.core.jobs.broker import open_dispatcher
from nexus.core.jobs.runner import JobRunner
from nexus.core.migrate import migrate
from nexus.core.profile import require_safe
from nexus.core.relay import open_relay
from nexus.core.sandbox.pool import Sandbox
from nexus.core.secrets import load_box
from nexus.core.settings import Settings
from nexus.core.tasks import BackgroundTasks, repeat
from nexus.identity import jobs as identity_jobs
from nexus.identity.credentials import TrustedIssuers
from nexus.identity.deps import identity_resources
from nexus.identity.limits import RateLimits
from nexus.identity.mailing import LinkMail
from nexus.identity.passwords import PasswordHasher
from nexus.identity.routes import router as identity_router
from nexus.identity.sign_in import ensure_first_start
from nexus.identity.throttle import LoginThrottle
from nexus.ingestion import jobs as ingestion_jobs
from nexus.ingestion.pipeline import Pipeline
from nexus.knowledge import index_state, resuming
from nexus.knowledge.access_routes import router as access_router
from nexus.knowledge.browse_routes import router as browse_router
from nexus.knowledge.deleted_routes import router as deleted_router
from nexus.knowledge.document_routes import router as document_router
from nexus.knowledge.index_queries import INDEX_TOPIC
from nexus.knowledge.index_routes import router as index_router
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.original_routes import router as original_router
from nexus.knowledge.reprocessing_routes import router as reprocessing_router
from nexus.knowledge.routes import router as knowledge_router
from nexus.knowledge.structure_routes import router as structure_router
from nexus.knowledge.upload_routes import intake
from nexus.knowledge.upload_routes import router as upload_router
from nexus.knowledge.version_routes import router as version_router
from nexus.llms.choosing import Models
from nexus.llms.prompt_routes import router as prompt_router
from nexus.llms.routes import router as model_router
from nexus.providers.blobs.base import BlobStore
from nexus.providers.blobs.partial import PartialFiles
from nexus.providers.documents.base import DocumentWriter
from nexus.providers.documents.local import LocalDocumentWriter
from nexus.providers.embeddings.base import Embedder
from nexus.providers.llm.base import LanguageModel
from nexus.providers.parsers.base import Parser
from nexus.providers.parsers.recognition import Recogniser
from nexus.research.researcher import Researcher
from nexus.research.routes import router as research_router
from nexus.resources import (
    ConfiguredVendors,
    build_embedder_of,
    build_identity_provider,
    build_index,
    build_language_model,
    build_mailer,
    build_reranker,
    build_token_verifiers,
    build_web,
    open_pipeline,
)
from nexus.retrieval import reuse_care
from nexus.retrieval.reuse import SearchCache
from nexus.retrieval.reuse_routes import router as reuse_router
from nexus.retrieval.routes import router as retrieval_router
from nexus.retrieval.service import Retriever
from nexus.retrieval.simulation_routes import router as simulation_router
from nexus.scim.deps import scim_resources
from nexus.scim.routes import router as scim_router
from nexus.scim.token_routes import router as scim_token_router

logger = logging.getLogger(__name__)


def build_app(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    language_model: LanguageModel | None = None,
    recogniser: Recogniser | None = None,
) -> FastAPI:
    """The whole application; nothing is opened before its lifespan starts.

    A port that is given stands in for the one the settings name; the application closes it all the same.
    Raises SettingsError.
    """
    require_safe(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            app.state.resources = await _open(settings, stack, embedder, language_model, recogniser)
            app.state.setup_link = await ensure_first_start(
                app.state.resources[Database], settings, app.state.resources[PasswordHasher]
            )
            yield

    app = FastAPI(
        title="Nexus",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses={**REST},
    )
    app.add_middleware(SecurityHeadersMiddleware, https=settings.public_url.startswith("https://"))
    install_problems(app)
    routers = (
        identity_router,
        knowledge_router,
        browse_router,
        document_router,
        upload_router,
        deleted_router,
        reprocessing_router,
        version_router,
        original_router,
        access_router,
        retrieval_router,
        reuse_router,
        simulation_router,
        chat_router,
        conversation_router,
        attachment_router,
        feedback_router,
        export_router,
        folder_router,
        keeping_router,
        message_search_router,
        share_router,
        research_router,
        index_router,
        structure_router,
        model_router,
        prompt_router,
        trial_router,
        audit_router,
        diagnostics_router,
        review_router,
        tools_router,
        connections_router,
        agent_router,
        instruction_router,
        usage_router,
        scim_token_router,
        token_router,
        socket_router,
    )
    for router in routers:
        app.include_router(router, prefix="/api")
    app.include_router(scim_router)
    app.include_router(openai_router)
    app.include_router(health_router)
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app.add_api_route("/api/{path:path}", unknown_api_path, methods=every, include_in_schema=False)
    describe_refusals(app)
    app.mount("/", Pages(_page_folder(), CONTENT_SECURITY_POLICY), name="pages")
    return app


def _page_folder() -> Path:
    """The built page: inside the installed package, or where the checkout's build puts it."""
    installed = Path(__file__).parent / "_page"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "web" / "out"


async def _open(
    settings: Settings,
    stack: AsyncExitStack,
    embedder: Embedder | None,
    language_model: LanguageModel | None,
    recogniser: Recogniser | None,
) -> dict[type[Any], Any]:
    """Opens everything in the order of need; the stack closes it in the opposite order."""
    db = Database(create_engine(settings.database_url, pool_size=settings.db.pool_size))
    stack.push_async_callback(db.aclose)
    await migrate(db.engine)
    if settings.redis.url:
        await stack.enter_async_context(open_relay(db, settings.redis.url))
    pipeline = await stack.enter_async_context(open_pipeline(settings, db, embedder, recogniser))
    index = await _open_index(settings, db, pipeline, stack)
    await _open_jobs(settings, db, pipeline, stack)
    partials = PartialFiles(settings.uploads_dir)
    reranker = build_reranker(settings)
    if reranker is not None:
        stack.push_async_callback(reranker.aclose)
    wanted = settings.search
    cache = SearchCache(wanted.remembered, likeness=wanted.likeness, seconds=wanted.remembered_seconds)
    retriever = Retriever(db, index, _embedders(pipeline.embedder, index.model, stack), reranker, cache=cache)
    stack.push_async_callback(reuse_care.store_use, db, retriever.ledger)
    egress = Egress(settings.egress.allowed_hosts)
    models = _open_models(settings, db, egress, language_model, stack)
    log = EventLog(db)
    log.start()
    stack.push_async_callback(log.aclose)
    mcp = McpClient(egress)
    stack.push_async_callback(mcp.aclose)
    oauth = OAuthClient(egress)
    stack.push_async_callback(oauth.aclose)
    connections = Connections(db, load_box(settings), oauth)
    stack.push_async_callback(connections.tasks.aclose)
    web = build_web(settings, pipeline)
    if web is not None:
        stack.push_async_callback(web.aclose)
    reading = ReadingLimits(settings.llm.reading_documents, settings.llm.reading_tokens, settings.llm.reading_seconds)
    toolbox = Toolbox(
        db,
        client=mcp,
        box=connections.box,
        connections=connections,
        web=web,
        sandbox=pipeline.sandbox,
        reading=reading,
    )
    engine = RunEngine(db, log, Answerer(retriever, models, toolbox, settings.public_url, settings.llm.passage_tokens))
    await engine.start_keeping(alone=db.is_sqlite)
    stack.push_async_callback(engine.aclose)
    writer = LocalDocumentWriter()
    stack.push_async_callback(writer.aclose)
    upkeep = BackgroundTasks()
    upkeep.start(repeat(partial(chat_jobs.ask_to_tidy, db), every=chat_jobs.TIDY_EVERY), name="conversations-upkeep")
    upkeep.start(repeat(partial(ingestion_jobs.ask_to_purge, db), every=ingestion_jobs.PURGE_EVERY), name="purges")
    store = partial(reuse_care.store_use, db, retriever.ledger)
    upkeep.start(repeat(store, every=reuse_care.STORE_EVERY), name="search-use")
    receiving = intake(db, pipeline.blobs, partials, settings)
    upkeep.start(repeat(partial(resuming.sweep, receiving), every=resuming.SWEEP_EVERY), name="uploads-upkeep")
    stack.push_async_callback(upkeep.aclose)
    checks = IndexChecks(db, index, pipeline.blobs)
    checks.keep(alone=db.is_sqlite)
    stack.push_async_callback(checks.aclose)
    provider = build_identity_provider(settings)
    if provider is not None:
        stack.push_async_callback(provider.aclose)
    identity = identity_resources(settings, provider, build_mailer(settings), build_token_verifiers(settings))
    stack.push_async_callback(identity[RateLimits].aclose)
    stack.push_async_callback(identity[LoginThrottle].aclose)
    stack.push_async_callback(identity[TrustedIssuers].aclose)
    return {
        Settings: settings,
        Database: db,
        Sandbox: pipeline.sandbox,
        BlobStore: pipeline.blobs,
        PartialFiles: partials,
        Parser: pipeline.parser,
        Embedder: pipeline.embedder,
        LiveIndex: index,
        IndexChecks: checks,
        Pipeline: pipeline,
        Retriever: retriever,
        EventLog: log,
        RunEngine: engine,
        Researcher: Researcher(db, retriever, models, settings.public_url),
        Models: models,
        Egress: egress,
        Outside: Outside({"files": pipeline.blobs.check, **({"index": index.look} if index.is_shared else {})}),
        DocumentWriter: writer,
        Looker: Looker(db, mcp, toolbox),
        Connector: Connector(connections, settings.public_url),
        Toolbox: toolbox,
        **identity,
        **scim_resources(),
    }


def _open_models(
    settings: Settings, db: Database, egress: Egress, given: LanguageModel | None, stack: AsyncExitStack
) -> Models:
    own = given or build_language_model(settings)
    models = Models(db, load_box(settings), settings.llm, ConfiguredVendors(egress), own)
    stack.push_async_callback(models.aclose)
    tasks = BackgroundTasks()
    tasks.start(models.warm_up(), name="language-models")
    stack.push_async_callback(tasks.aclose)
    return models


def _embedders(configured: Embedder, stored_model: str, stack: AsyncExitStack) -> dict[str, Embedder]:
    """The configured one, and while the stored vectors are another's, that one for the questions."""
    embedders = {configured.spec.name: configured}
    if stored_model != configured.spec.name and (former := build_embedder_of(stored_model)) is not None:
        stack.push_async_callback(former.aclose)
        embedders[stored_model] = former
    return embedders


async def _open_index(settings: Settings, db: Database, pipeline: Pipeline, stack: AsyncExitStack) -> LiveIndex:
    index = build_index(settings, db)
    stack.push_async_callback(index.aclose)
    await index.open(*await index_state.prepare(db, pipeline.embedder.spec))
    keeper = index_state.IndexKeeper(db, index)
    db.subscribe(INDEX_TOPIC, keeper.wake, everywhere=True)
    tasks = BackgroundTasks()
    tasks.start(keeper.run(), name="index-keeper")
    # The first question should not wait for the model, nor the start for either.
    tasks.start(pipeline.embedder.embed_query("warm up"), name="warm-up")
    stack.push_async_callback(index.save)
    stack.push_async_callback(tasks.aclose)
    return index


async def _open_jobs(settings: Settings, db: Database, pipeline: Pipeline, stack: AsyncExitStack) -> None:
    folder = hashlib.sha256(str(settings.data_dir.resolve()).encode()).hexdigest()[:12]
    runner = JobRunner(
        db,
        ingestion_jobs.handlers(pipeline)
        | chat_jobs.handlers(db, settings.chat.temporary_hours)
        | identity_jobs.handlers(db, LinkMail(build_mailer(settings), settings)),
        process=f"serve-{folder}",
        concurrency=settings.jobs.concurrency,
        lease=timedelta(seconds=settings.jobs.lease_seconds),
        poll=timedelta(seconds=settings.jobs.poll_seconds),
    )
    await runner.release_former()
    embedded = settings.jobs.mode == "embedded"
    await runner.start(claiming=embedded)
    stack.push_async_callback(runner.stop)
    if not embedded:
        poll = timedelta(seconds=settings.jobs.poll_seconds)
        await stack.enter_async_context(open_dispatcher(db, settings.redis.url, poll=poll))
