"""Files that are still arriving, on a disk of this machine or one that several share."""

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

_READ_SIZE: Final = 1 << 20


class Digest(Protocol):
    """A running hash."""

    def update(self, piece: bytes, /) -> None: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...


class PartialBusyError(Exception):
    """Another request, maybe of another process, is writing to it."""


class PartialFile:
    """One that is open and locked. What `sync` has returned for is there whatever happens to the machine."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    async def cut(self, size: int) -> None:
        """Drops what lies past `size` bytes."""
        if self.size != size:
            await asyncio.to_thread(os.ftruncate, self._descriptor, size)
            self.size = size

    async def write(self, piece: bytes, *hashes: Digest) -> None:
        await asyncio.to_thread(self._write, piece, hashes)
        self.size += len(piece)

    def _write(self, piece: bytes, hashes: tuple[Digest, ...]) -> None:
        rest, at = memoryview(piece), self.size
        while rest:
            written = os.pwrite(self._descriptor, rest, at)
            rest, at = rest[written:], at + written
        for each in hashes:
            each.update(piece)

    async def sync(self) -> None:
        await asyncio.to_thread(os.fsync, self._descriptor)

    async def beginning(self, size: int) -> bytes:
        return await asyncio.to_thread(os.pread, self._descriptor, size, 0)

    async def sha256(self) -> str:
        """Reads all of it."""
        return await asyncio.to_thread(self._sha256)

    def _sha256(self) -> str:
        digest, at = hashlib.sha256(), 0
        while piece := os.pread(self._descriptor, _READ_SIZE, at):
            digest.update(piece)
            at += len(piece)
        return digest.hexdigest()


class PartialFiles:
    """`folder/<uuid>.part`. A name is never taken from a user.

    Who writes holds the file's lock, which the kernel gives back when the process dies, however it dies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, upload_id: UUID) -> Path:
        return self._folder / f"{upload_id.hex}.part"

    @asynccontextmanager
    async def open(self, upload_id: UUID) -> AsyncGenerator[PartialFile, None]:
        """Raises PartialBusyError."""
        path = self._path(upload_id)
        descriptor = await asyncio.to_thread(self._open, path)
        try:
            yield PartialFile(path, descriptor)
        finally:
            os.close(descriptor)

    def _open(self, path: Path) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise PartialBusyError from None
        return descriptor

    async def size(self, upload_id: UUID) -> int:
        """Bytes that are here; 0 where another machine's disk has them."""

        def look() -> int:
            try:
                return self._path(upload_id).stat().st_size
            except FileNotFoundError:
                return 0

        return await asyncio.to_thread(look)

    async def delete(self, upload_id: UUID) -> None:
        """Deleting what is gone is no error."""
        await asyncio.to_thread(self._path(upload_id).unlink, missing_ok=True)

    async def ids(self) -> list[UUID]:
        """Of the files that are here."""
        return await asyncio.to_thread(lambda: [UUID(path.stem) for path in sorted(self._folder.glob("*.part"))])

    async def free_bytes(self) -> int:
        """What the disk has left."""

        def look() -> int:
            self._folder.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self._folder).free

        return await asyncio.to_thread(look)


HASHES: Final[dict[str, Callable[[], Any]]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
"""What a sender may check its parts by."""
