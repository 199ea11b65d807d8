"""What the composition roots share: which adapter stands behind each port, by the settings alone."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from nexus.agents.web import Web
from nexus.agents.web_pages import PageReader
from nexus.core.db import Database
from nexus.core.egress import Egress
from nexus.core.logging import conceal
from nexus.core.sandbox.limits import MEBIBYTE, SandboxLimits
from nexus.core.sandbox.pool import Sandbox
from nexus.core.settings import Settings, SettingsError
from nexus.ingestion.pipeline import Pipeline
from nexus.ingestion.scanning import Guard
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.own_index import OwnIndex
from nexus.knowledge.shared_index import SharedIndex
from nexus.programs import build_converter, build_recogniser
from nexus.providers.blobs.base import BlobStore, BlobStoreError
from nexus.providers.blobs.local import LocalBlobStore
from nexus.providers.embeddings.base import Embedder
from nexus.providers.embeddings.cached import CachedEmbedder
from nexus.providers.embeddings.local import LocalEmbedder
from nexus.providers.embeddings.openai_compatible import OpenAIEmbedder
from nexus.providers.embeddings.tokens import TokenCounter
from nexus.providers.llm.base import LanguageModel
from nexus.providers.llm.catalogue import ProviderConfig, build_model, list_models
from nexus.providers.mail.base import Mailer
from nexus.providers.mail.smtp import SmtpMailer, SmtpServer
from nexus.providers.oidc.access_token import JwtVerifier
from nexus.providers.oidc.base import IdentityProvider, TokenVerifier
from nexus.providers.oidc.client import OidcProvider
from nexus.providers.oidc.config import OidcConfig
from nexus.providers.parsers.local import LocalParser
from nexus.providers.parsers.recognition import Recogniser
from nexus.providers.reranker.base import Reranker
from nexus.providers.reranker.http import HttpReranker
from nexus.providers.vectors.base import SharedEngine
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.providers.vectors.pgvector import PgVectorEngine
from nexus.providers.websearch.base import WebSearch
from nexus.providers.websearch.brave import BraveSearch
from nexus.providers.websearch.searxng import SearxngSearch


def build_embedder(settings: Settings) -> Embedder:
    """The configured embedder; nothing is loaded or called yet."""
    wanted = settings.embeddings
    if wanted.kind == "local":
        return CachedEmbedder(LocalEmbedder())
    remote = OpenAIEmbedder(
        wanted.base_url,
        wanted.api_key.get_secret_value(),
        wanted.model,
        dimension=wanted.dimension,
        max_tokens=wanted.max_tokens,
        provider=wanted.kind,
        api_version=wanted.api_version,
    )
    return CachedEmbedder(remote)


def build_embedder_of(stored_model: str) -> Embedder | None:
    """The embedder of vectors made under other settings, while new ones grow; None where it takes those settings."""
    return CachedEmbedder(LocalEmbedder()) if stored_model.startswith("local/") else None


def build_reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, or None."""
    wanted = settings.reranker
    if not wanted.base_url:
        return None
    key = wanted.api_key.get_secret_value() or None
    return HttpReranker(wanted.base_url, key, wanted.model, kind=wanted.kind, timeout=wanted.timeout_seconds)


def build_index(settings: Settings, db: Database) -> LiveIndex:
    """The configured index; nothing is read or called yet."""
    wanted = settings.index
    if wanted.engine == "embedded":
        return OwnIndex(db, EmbeddedIndex, settings.cache_dir)
    return SharedIndex(db, build_engine(settings))


def build_engine(settings: Settings) -> SharedEngine:
    """The configured engine on a server; nothing is called yet."""
    wanted = settings.index
    url = wanted.url.get_secret_value()
    if wanted.engine == "pgvector":
        return PgVectorEngine(url or settings.database_url, pool_size=wanted.pool_size, seconds=wanted.timeout_seconds)
    # Its client takes more than a second to import.
    from nexus.providers.vectors.qdrant import QdrantEngine  # noqa: PLC0415
    from nexus.providers.vectors.qdrant_server import QdrantServer, build_client  # noqa: PLC0415

    client = build_client(url, wanted.api_key.get_secret_value(), wanted.pool_size)
    return QdrantEngine(QdrantServer(client, seconds=wanted.timeout_seconds))


class ConfiguredVendors:
    """The vendors' adapters for model providers of the page: whom they may call, the guard decides."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress

    def build(self, config: ProviderConfig, model: str) -> LanguageModel:
        return build_model(config, model, egress=self._egress)

    async def list_models(self, config: ProviderConfig) -> Sequence[str]:
        return await list_models(config, egress=self._egress)


def build_language_model(settings: Settings) -> LanguageModel | None:
    """The configured language model, or None: then answers are quotations."""
    if not settings.llm.model:
        return None
    config = ProviderConfig(
        "openai-compatible",
        settings.llm.base_url,
        settings.llm.api_key.get_secret_value() or None,
        timeout_seconds=settings.llm.timeout_seconds,
    )
    return build_model(config, settings.llm.model)


def build_identity_provider(settings: Settings) -> IdentityProvider | None:
    """The configured identity provider, or None; nothing is called yet. Raises SettingsError."""
    wanted = settings.oidc
    if not wanted.is_on:
        return None
    secret = wanted.client_secret.get_secret_value()
    if wanted.client_secret_file is not None:
        try:
            secret = wanted.client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise SettingsError("NEXUS_OIDC__CLIENT_SECRET_FILE: the file cannot be read") from None
        conceal([secret])
    is_entra = bool(wanted.entra_tenant)
    authority = f"{wanted.entra_authority.rstrip('/')}/{wanted.entra_tenant}/v2.0" if is_entra else wanted.issuer
    shared = wanted.entra_tenant in {"organizations", "common"}
    config = OidcConfig(
        authority=authority,
        client_id=wanted.client_id,
        client_secret=secret,
        scopes=wanted.scopes or ("openid profile email User.Read" if is_entra else "openid profile email"),
        is_entra=is_entra,
        allowed_tenants=frozenset(wanted.allowed_tenants if shared else [wanted.entra_tenant]),
        groups_claim=wanted.groups_claim,
        roles_claim=wanted.roles_claim,
        profile_claims=tuple(filter(None, (wanted.department_claim, wanted.region_claim))),
        wants_groups=bool(wanted.groups or wanted.group_roles),
        graph_url=wanted.graph_url,
        timeout=wanted.timeout_seconds,
    )
    return OidcProvider(config)


def build_mailer(settings: Settings) -> Mailer | None:
    """The configured mail server, or None; nothing is called yet."""
    wanted = settings.mail
    if not wanted.is_on:
        return None
    server = SmtpServer(
        host=wanted.host,
        port=wanted.port,
        security=wanted.security,
        user=wanted.user,
        password=wanted.password.get_secret_value(),
        sender=wanted.sender,
        timeout=wanted.timeout_seconds,
    )
    return SmtpMailer(server)


def build_web_search(settings: Settings) -> WebSearch | None:
    """The configured search engine, or None; nothing is called yet."""
    wanted = settings.web_search
    if not wanted.is_on:
        return None
    # Whoever sets the address of the engine allows it: it may well stand beside us.
    host = urlsplit(wanted.url).hostname
    egress = Egress((*settings.egress.allowed_hosts, *filter(None, [host])))
    if wanted.kind == "searxng":
        return SearxngSearch(wanted.url, egress, seconds=wanted.timeout_seconds)
    return BraveSearch(wanted.url, wanted.api_key.get_secret_value(), egress, seconds=wanted.timeout_seconds)


def build_web(settings: Settings, pipeline: Pipeline) -> Web | None:
    """What goes out to the web for models, or None without a search engine."""
    engine = build_web_search(settings)
    if engine is None:
        return None
    wanted = settings.web_search
    # Not the hosts that may be called for other reasons: a page of theirs is no page of the web.
    pages = PageReader(Egress(wanted.page_hosts), pipeline.sandbox, pipeline.parser, seconds=wanted.timeout_seconds)
    return Web(engine, pages)


def build_token_verifiers(settings: Settings) -> list[TokenVerifier]:
    """One for each trusted issuer; nothing is called yet."""
    return [JwtVerifier(trusted) for trusted in settings.trusted_issuers]


@asynccontextmanager
async def open_blobs(settings: Settings) -> AsyncGenerator[BlobStore, None]:
    """The configured store of original files, proved to be usable. Raises SettingsError."""
    wanted = settings.files
    if wanted.store == "local":
        yield LocalBlobStore(settings.files_dir)
        return
    from nexus.providers.blobs.s3 import Bucket, S3BlobStore  # noqa: PLC0415 - only where it is wanted

    bucket = Bucket(
        wanted.bucket,
        wanted.endpoint,
        wanted.region,
        wanted.access_key_id,
        wanted.secret_access_key.get_secret_value(),
        path_style=wanted.path_style,
        prefix=wanted.prefix,
        encryption=wanted.encryption,
        kms_key_id=wanted.kms_key_id,
        seconds=wanted.timeout_seconds,
        retries=wanted.retries,
    )
    blobs = S3BlobStore(bucket, settings.cache_dir / "originals")
    try:
        try:
            await blobs.prove()
        except BlobStoreError as error:
            raise SettingsError(error.detail) from error
        yield blobs
    finally:
        await blobs.aclose()


async def prove_files(settings: Settings) -> None:
    """Raises SettingsError when original files cannot be kept where the settings say."""
    async with open_blobs(settings):
        pass


def build_guard(settings: Settings) -> Guard | None:
    """The configured virus scanner, or None; nothing is called yet."""
    wanted = settings.scanner
    if not wanted.is_on:
        return None
    from nexus.providers.scanner.clamav import ClamdScanner  # noqa: PLC0415 - only where a scanner is wanted

    scanner = ClamdScanner(wanted.clamd, seconds=wanted.timeout_seconds)
    return Guard(scanner, timedelta(minutes=wanted.wait_minutes))


@asynccontextmanager
async def open_pipeline(
    settings: Settings, db: Database, embedder: Embedder | None = None, recogniser: Recogniser | None = None
) -> AsyncGenerator[Pipeline, None]:
    """Everything ingestion works with, for one event loop; closed at the end of the block.

    `embedder` and `recogniser` stand in for the configured ones.
    """
    limits = SandboxLimits(
        memory_bytes=settings.parsing.memory_mb * MEBIBYTE,
        cpu_seconds=settings.parsing.cpu_seconds,
        wall_seconds=settings.parsing.wall_seconds,
    )
    async with open_blobs(settings) as blobs:
        sandbox = Sandbox(settings.parsing.workers, limits)
        embedder = embedder or build_embedder(settings)
        recogniser = recogniser or build_recogniser(settings)
        try:
            yield Pipeline(
                db=db,
                blobs=blobs,
                sandbox=sandbox,
                parser=LocalParser(),
                counter=TokenCounter.load(),
                embedder=embedder,
                guard=build_guard(settings),
                converter=build_converter(settings),
                recogniser=recogniser,
                most_recognised=settings.recognition.max_pages,
            )
        finally:
            await sandbox.aclose()
            await recogniser.aclose()
            await embedder.aclose()
