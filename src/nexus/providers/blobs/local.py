"""Original files on local disk, under generated names."""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from nexus.core.ids import new_id
from nexus.providers.blobs.base import BlobStoreError, BlobTooLargeError, StoredBlob, is_generated, pieces_of

_READ_SIZE = 1 << 20


def _seal(file: IO[bytes], partial: Path, final: Path) -> None:
    """After this the file is there whatever happens to the machine."""
    file.flush()
    os.fsync(file.fileno())
    final.parent.mkdir(exist_ok=True)
    partial.replace(final)
    _sync_folder(final.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _changed(path: Path) -> float:
    """When it came here: a file that was taken over may have been written before."""
    try:
        return path.stat().st_ctime
    except FileNotFoundError:  # deleted just now
        return float("inf")


def _link(source: Path, final: Path) -> bool:
    """A second name for the same bytes. False where the two lie on different file systems, or this one has no links."""
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, final)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    _sync_folder(final.parent)
    return True


class LocalBlobStore:
    """`root/ab/<uuid>`: two letters of the id spread the files over folders. A name is never taken from a user."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, key: str) -> Path:
        if not is_generated(key):
            raise FileNotFoundError(key)
        return self._root / key[-2:] / key

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int, key: str | None = None) -> StoredBlob:
        await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with NamedTemporaryFile(dir=self._root, prefix="upload-", delete=False) as file:
            partial = Path(file.name)
            try:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit:
                        raise BlobTooLargeError.past(limit)
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                key = key or new_id().hex
                await asyncio.to_thread(_seal, file, partial, self._path(key))
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        return StoredBlob(key, size, digest.hexdigest())

    async def put_file(self, path: Path, *, size: int, sha256: str) -> StoredBlob:
        key = new_id().hex
        if await asyncio.to_thread(_link, path, self._path(key)):
            return StoredBlob(key, size, sha256)
        return await self.put(pieces_of(path), limit=size)

    @asynccontextmanager
    async def open_path(self, key: str) -> AsyncGenerator[Path, None]:
        path = self._path(key)
        if not path.is_file():
            raise FileNotFoundError(key)
        yield path

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(self._path(key).open, "rb")
        try:
            file.seek(start)
            left = sys.maxsize if end is None else end - start
            while left > 0 and (block := await asyncio.to_thread(file.read, min(left, _READ_SIZE))):
                left -= len(block)
                yield block
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def keys(self, before: datetime | None = None) -> AsyncIterator[str]:
        def list_folder() -> list[Path]:
            found = sorted(self._root.glob("??/*"))
            return found if before is None else [path for path in found if _changed(path) < before.timestamp()]

        for path in await asyncio.to_thread(list_folder):
            yield path.name

    async def check(self) -> None:
        try:
            await asyncio.to_thread(self._root.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise BlobStoreError(f"The folder of the files cannot be used: {error.strerror}.") from error

    async def aclose(self) -> None:
        """There is nothing to close."""

    async def delete_partial(self) -> None:
        """Removes what interrupted uploads left; only safe while nobody uploads (at start)."""
        for path in await asyncio.to_thread(lambda: list(self._root.glob("upload-*"))):
            path.unlink(missing_ok=True)
