"""What this room's routes ask for."""

from typing import Annotated

from fastapi import Depends, Request

from nexus.core.http.deps import provided
from nexus.core.http.description import refuses
from nexus.core.sandbox.pool import Sandbox
from nexus.core.settings import Settings
from nexus.knowledge.live_index import LiveIndex
from nexus.providers.blobs.base import BlobStore, BlobTooLargeError
from nexus.providers.embeddings.base import Embedder
from nexus.providers.parsers.base import Parser

Blobs = Annotated[BlobStore, Depends(provided(BlobStore))]
Index = Annotated[LiveIndex, Depends(provided(LiveIndex))]
ConfiguredEmbedder = Annotated[Embedder, Depends(provided(Embedder))]
ChildProcesses = Annotated[Sandbox, Depends(provided(Sandbox))]
FileParser = Annotated[Parser, Depends(provided(Parser))]
Configuration = Annotated[Settings, Depends(provided(Settings))]


@refuses(413)
def upload_limit(request: Request, settings: Configuration) -> int:
    """Bytes an upload may have. Refuses one that announces more, before anything is read."""
    limit = settings.http.max_upload_mb << 20
    announced = request.headers.get("content-length", "")
    if announced and (not announced.isdigit() or int(announced) > limit):
        raise BlobTooLargeError.past(limit)
    return limit


UploadLimit = Annotated[int, Depends(upload_limit)]
