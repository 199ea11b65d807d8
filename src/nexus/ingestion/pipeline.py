"""What ingestion works with."""

from dataclasses import dataclass

from nexus.core.db import Database
from nexus.core.sandbox.pool import Sandbox
from nexus.ingestion.chunking import Counter
from nexus.ingestion.scanning import Guard
from nexus.providers.blobs.base import BlobStore
from nexus.providers.embeddings.base import Embedder
from nexus.providers.parsers.base import Parser
from nexus.providers.parsers.conversion import Converter
from nexus.providers.parsers.recognition import Recogniser


@dataclass(frozen=True, slots=True)
class Pipeline:
    db: Database
    blobs: BlobStore
    sandbox: Sandbox
    parser: Parser
    counter: Counter
    embedder: Embedder
    converter: Converter
    recogniser: Recogniser
    most_recognised: int
    """Pages of one document whose text is recognised at most."""
    guard: Guard | None = None
    """Against viruses, where there is a scanner."""
