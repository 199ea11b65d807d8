"""What every store of original files must do, on disk and in a bucket."""

import asyncio
import hashlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.doubles.s3 import S3Double, S3Service

from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.providers.blobs.base import BlobStore, BlobTooLargeError, StoredBlob
from nexus.providers.blobs.local import LocalBlobStore
from nexus.providers.blobs.s3 import Bucket, S3BlobStore
from nexus.providers.blobs.s3_sending import PART

pytest_plugins = ("servers",)

MIB = 1 << 20
NO_LIMIT = 1 << 40


@dataclass(frozen=True)
class Place:
    store: BlobStore
    left: Callable[[], list[str]]
    """Whatever is kept, finished or not."""
    folder: Path


@pytest.fixture(params=["local", "s3"])
async def place(request: pytest.FixtureRequest, tmp_path: Path, s3_service: S3Service) -> AsyncGenerator[Place, None]:
    if request.param == "local":
        root = tmp_path / "files"
        yield Place(LocalBlobStore(root), lambda: [str(p) for p in root.rglob("*") if p.is_file()], root)
        return
    async with S3Double(s3_service) as double:
        bucket = Bucket(double.bucket, double.origin, access_key_id="id", secret_access_key="secret", prefix="a/b")
        store = S3BlobStore(bucket, tmp_path / "cache")
        await store.prove()
        yield Place(store, lambda: double.objects() + double.unfinished(), tmp_path / "cache")
        await store.aclose()


def content_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


async def pieces(content: bytes, size: int = 65_536, *, then: Exception | None = None) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]
    if then is not None:
        raise then


async def put(store: BlobStore, content: bytes) -> StoredBlob:
    return await store.put(pieces(content), limit=NO_LIMIT)


async def read(store: BlobStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.read(key, start, end)])


async def keys(store: BlobStore) -> list[str]:
    found = store.keys()
    return sorted([key async for key in found])


async def test_a_file_that_is_carried_keeps_its_name(place: Place) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"carried"

    key = new_id().hex
    for _ in range(2):
        stored = await place.store.put(pieces(), limit=NO_LIMIT, key=key)
        assert stored == StoredBlob(key, 7, hashlib.sha256(b"carried").hexdigest())
    assert await read(place.store, key) == b"carried"
    assert await keys(place.store) == [key]
    for hours, found in ((-1, []), (1, [key])):
        there = place.store.keys(now() + timedelta(hours=hours))
        assert [key async for key in there] == found


@pytest.mark.parametrize("size", [0, 1, 65_536, PART - 1, PART, PART + 1, 2 * PART + 12_345])
async def test_what_was_put_is_read(place: Place, size: int) -> None:
    content = content_of(size)
    blob = await put(place.store, content)
    assert (blob.size, blob.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert await read(place.store, blob.key) == content
    async with place.store.open_path(blob.key) as path:
        assert path.read_bytes() == content
    assert await keys(place.store) == [blob.key]
    await place.store.check()


async def test_a_part_of_it_is_read(place: Place) -> None:
    content = content_of(PART + 1000)
    key = (await put(place.store, content)).key
    size = len(content)
    for start, end in (
        (0, 1),
        (5, 5),
        (5, 105),
        (PART - 3, PART + 3),
        (1, None),
        (size - 1, size),
        (size - 1, size + 9),
    ):
        assert await read(place.store, key, start, end) == content[start:end], (start, end)
    for start, end in ((size, None), (size, size + 1), (size + 5, size + 9), (7, 3)):
        assert await read(place.store, key, start, end) == b"", (start, end)


@pytest.mark.parametrize("key", ["f" * 32, "", "../../etc/passwd", "a/b", "ü" * 32, "x" * 31])
async def test_what_is_not_there_is_said_before_anything_is_read(place: Place, key: str) -> None:
    for start, end in ((0, None), (0, 5), (4, 4)):
        with pytest.raises(FileNotFoundError):
            await anext(place.store.read(key, start, end))
    with pytest.raises(FileNotFoundError):
        async with place.store.open_path(key):
            raise AssertionError("it was opened")
    assert await keys(place.store) == []


async def test_deleting_is_final_and_can_be_done_again(place: Place) -> None:
    kept, gone = await put(place.store, b"kept"), await put(place.store, b"gone")
    for _ in range(2):
        await place.store.delete(gone.key)
    await place.store.delete(new_id().hex)
    assert await keys(place.store) == [kept.key]
    with pytest.raises(FileNotFoundError):
        await read(place.store, gone.key)
    assert await read(place.store, kept.key) == b"kept"


@pytest.mark.parametrize("size", [MIB, PART, 2 * PART + 1])
async def test_nothing_is_kept_of_what_is_too_large(place: Place, size: int) -> None:
    with pytest.raises(BlobTooLargeError, match=r"larger than \d+ MiB"):
        await place.store.put(pieces(content_of(size)), limit=size - 1)
    assert place.left() == []
    blob = await place.store.put(pieces(content_of(size)), limit=size)
    assert blob.size == size


@pytest.mark.parametrize("size", [MIB, PART, 3 * PART])
async def test_nothing_is_kept_of_what_breaks_off(place: Place, size: int) -> None:
    with pytest.raises(ConnectionResetError, match="gone"):
        await place.store.put(pieces(content_of(size), then=ConnectionResetError("gone")), limit=NO_LIMIT)
    assert place.left() == []


@pytest.mark.parametrize("size", [0, MIB, 3 * PART])
async def test_nothing_is_kept_of_what_is_cancelled(place: Place, size: int) -> None:
    waiting = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        async for piece in pieces(content_of(size)):
            yield piece
        waiting.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(place.store.put(stalled(), limit=NO_LIMIT))
    await waiting.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert place.left() == []


async def test_uploads_do_not_get_into_each_others_way(place: Place) -> None:
    contents = [content_of(MIB + n) for n in range(8)]
    blobs = await asyncio.gather(*(put(place.store, content) for content in contents))
    assert await keys(place.store) == sorted(blob.key for blob in blobs)
    assert await asyncio.gather(*(read(place.store, blob.key) for blob in blobs)) == contents


async def test_a_copy_for_a_parser_lasts_as_long_as_it_is_read(place: Place) -> None:
    key = (await put(place.store, b"content")).key
    before = sorted(place.folder.rglob("*"))
    with pytest.raises(ValueError, match="of the parser"):
        await _open_and_read(place.store, key, then=ValueError("of the parser"))
    assert [p for p in sorted(place.folder.rglob("*")) if p.is_file()] == [p for p in before if p.is_file()]
    await asyncio.gather(*(_open_and_read(place.store, key) for _ in range(10)))


async def _open_and_read(store: BlobStore, key: str, *, then: Exception | None = None) -> None:
    async with store.open_path(key) as path:
        assert path.read_bytes() == b"content"
        await asyncio.sleep(0)
        if then is not None:
            raise then
