"""The port to stored original files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

from nexus.core.errors import NexusError, UnavailableError


class BlobTooLargeError(NexusError):
    """The upload exceeds the limit; nothing of it was kept."""

    status: ClassVar[int] = 413
    slug: ClassVar[str] = "too-large"
    title: ClassVar[str] = "The file is too large"

    @classmethod
    def past(cls, limit: int) -> "BlobTooLargeError":
        """`limit` in bytes."""
        return cls(f"The file is larger than {limit >> 20} MiB. Split it, or ask for a higher limit.")


class BlobStoreError(UnavailableError):
    """The place of the files does not answer, or refuses us: an operator has to see to it."""

    slug: ClassVar[str] = "files-unavailable"
    title: ClassVar[str] = "Stored files cannot be reached"


def is_generated(key: str) -> bool:
    """Whether a name may be one of ours: 32 letters and digits, and so no path to anywhere."""
    return len(key) == 32 and key.isascii() and key.isalnum()


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A file that is safely kept (on disk: fsynced) under a generated name."""

    key: str
    size: int
    """Bytes."""
    sha256: str


async def pieces_of(path: Path) -> AsyncIterator[bytes]:
    """A file of this machine, a MiB at a time: for stores that cannot take it over as it is."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, 1 << 20):
            yield piece
    finally:
        file.close()


class BlobStore(Protocol):
    """Every method may raise BlobStoreError."""

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int, key: str | None = None) -> StoredBlob:
        """Streams to storage, never whole in memory. Raises BlobTooLargeError past `limit` bytes.

        Nothing is kept of what is too large, breaks off or is cancelled.
        `key`: that of the same file in another store, from which it is carried here.
        """
        ...

    async def put_file(self, path: Path, *, size: int, sha256: str) -> StoredBlob:
        """Takes over a whole file of this machine, of that many bytes with that hash, which is on disk already. The
        file at `path` stays the caller's, who only ever removes it."""
        ...

    def open_path(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A path on this machine to read from while the context lasts. Raises FileNotFoundError."""
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes `[start, end)`, in pieces. Raises FileNotFoundError before the first."""
        ...

    async def delete(self, key: str) -> None:
        """Deleting what is gone is no error."""
        ...

    def keys(self, before: datetime | None = None) -> AsyncIterator[str]:
        """Of all files; with `before`, only of those that have been here since then, by the store's own clock."""
        ...

    async def check(self) -> None:
        """Whether it can be used now, by one short look. Raises BlobStoreError."""
        ...

    async def aclose(self) -> None: ...
