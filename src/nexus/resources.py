"""What the composition roots share: which adapter stands behind each port, by the settings alone."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from nexus.core.db import Database
from nexus.core.sandbox.limits import MEBIBYTE, SandboxLimits
from nexus.core.sandbox.pool import Sandbox
from nexus.core.settings import Settings
from nexus.ingestion.service import Pipeline
from nexus.providers.blobs.local import LocalBlobStore
from nexus.providers.embeddings.base import Embedder
from nexus.providers.embeddings.cached import CachedEmbedder
from nexus.providers.embeddings.local import LocalEmbedder
from nexus.providers.embeddings.openai_compatible import OpenAIEmbedder
from nexus.providers.embeddings.tokens import TokenCounter
from nexus.providers.llm.base import LanguageModel
from nexus.providers.llm.openai_compatible import OpenAICompatibleModel
from nexus.providers.parsers.local import LocalParser
from nexus.providers.reranker.base import Reranker
from nexus.providers.reranker.http import HttpReranker


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


def build_language_model(settings: Settings) -> LanguageModel | None:
    """The configured language model, or None: then answers are quotations."""
    if not settings.llm.model:
        return None
    return OpenAICompatibleModel(
        settings.llm.base_url,
        settings.llm.api_key.get_secret_value() or None,
        settings.llm.model,
        total_timeout=settings.llm.timeout_seconds,
    )


@asynccontextmanager
async def open_pipeline(
    settings: Settings, db: Database, embedder: Embedder | None = None
) -> AsyncGenerator[Pipeline, None]:
    """Everything ingestion works with, for one event loop; closed at the end of the block.

    `embedder` stands in for the configured one.
    """
    limits = SandboxLimits(
        memory_bytes=settings.parsing.memory_mb * MEBIBYTE,
        cpu_seconds=settings.parsing.cpu_seconds,
        wall_seconds=settings.parsing.wall_seconds,
    )
    sandbox = Sandbox(settings.parsing.workers, limits)
    embedder = embedder or build_embedder(settings)
    try:
        yield Pipeline(
            db=db,
            blobs=LocalBlobStore(settings.files_dir),
            sandbox=sandbox,
            parser=LocalParser(),
            counter=TokenCounter.load(),
            embedder=embedder,
        )
    finally:
        await sandbox.aclose()
        await embedder.aclose()
