"""The port to stored original files."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from nexus.core.errors import NexusError


class BlobTooLargeError(NexusError):
    """The upload exceeds the limit; nothing of it was kept."""

    status: ClassVar[int] = 413
    slug: ClassVar[str] = "too-large"
    title: ClassVar[str] = "The file is too large"

    @classmethod
    def past(cls, limit: int) -> "BlobTooLargeError":
        """`limit` in bytes."""
        return cls(f"The file is larger than {limit >> 20} MiB. Split it, or ask for a higher limit.")


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A file that is safely on disk (fsynced) under a generated name."""

    key: str
    size: int
    """Bytes."""
    sha256: str


class BlobStore(Protocol):
    async def put(self, chunks: AsyncIterator[bytes], *, limit: int) -> StoredBlob:
        """Streams to storage, never whole in memory. Raises BlobTooLargeError past `limit` bytes."""
        ...

    def open_path(self, key: str) -> AbstractContextManager[Path]:
        """A local path to read from while the context lasts. Raises FileNotFoundError."""
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes `[start, end)`, in pieces. Raises FileNotFoundError before the first."""
        ...

    async def delete(self, key: str) -> None:
        """Deleting what is gone is no error."""
        ...

    def keys(self) -> AsyncIterator[str]: ...
