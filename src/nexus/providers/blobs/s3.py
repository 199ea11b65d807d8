"""Original files in a bucket of S3, or of any service that speaks its protocol, under generated names."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from nexus.core.ids import new_id
from nexus.core.tasks import BackgroundTasks
from nexus.providers.blobs.base import BlobStoreError, BlobTooLargeError, StoredBlob, is_generated, pieces_of
from nexus.providers.blobs.s3_sending import PART, Feed, send

if TYPE_CHECKING:
    from obstore.store import BackoffConfig, ClientConfig, S3Config, S3CredentialProvider

# pyright: reportUnknownMemberType=false
# Lists can be Arrow tables too, whose type is not there.

logger = logging.getLogger(__name__)

_MARK: Final = "nexus-check"
"""An object that proves at the start that we may write, and afterwards that the bucket is there."""
_GLANCE: Final = 5.0
"""Seconds one look of `check` may take."""
_LETTING_GO: Final = 0.1
"""Seconds."""
_COPIES: Final = 4
"""Files that lie on this machine at the same time, for parsers."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where it is and how to get in."""

    name: str
    endpoint: str = ""
    """Empty means AWS."""
    region: str = "us-east-1"
    access_key_id: str = ""
    """Empty takes the role of the machine or the container."""
    secret_access_key: str = field(default="", repr=False)
    path_style: bool = True
    prefix: str = ""
    encryption: str = ""
    kms_key_id: str = ""
    seconds: float = 30
    """For one request."""
    retries: int = 4


class S3BlobStore:
    """`prefix/ab/<uuid>`, as on disk, so that a folder can be copied into the bucket and back."""

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        """`folder` takes the copies that parsers read; what it holds can be thrown away."""
        self._bucket = bucket
        self._folder = folder
        self._store = _build_store(bucket)
        self._tasks = BackgroundTasks()
        self._copies = asyncio.Semaphore(_COPIES)

    async def put(self, chunks: AsyncIterator[bytes], *, limit: int, key: str | None = None) -> StoredBlob:
        digest, size, key = hashlib.sha256(), 0, key or new_id().hex
        feed, block = Feed(), bytearray()
        sending = self._tasks.start(send(self._store, _path(key), feed), name="s3-upload")
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise BlobTooLargeError.past(limit)
                digest.update(chunk)
                block += chunk
                if len(block) >= PART:
                    if not await feed.give(bytes(block)):
                        break
                    block.clear()
            if block:
                await feed.give(bytes(block))
            await feed.end()
            error = await asyncio.shield(sending)
        except BaseException:
            # Shielded: a second cancellation must not keep the service from being told.
            await asyncio.shield(self._tasks.start(self._give_up(feed, sending, key), name="s3-give-up"))
            raise
        if error is not None:
            raise self._away(error) from error
        return StoredBlob(key, size, digest.hexdigest())

    async def put_file(self, path: Path, *, size: int, sha256: str) -> StoredBlob:  # noqa: ARG002 - counted again
        return await self.put(pieces_of(path), limit=size)

    async def _give_up(self, feed: Feed, sending: "asyncio.Task[Exception | None]", key: str) -> None:
        await feed.end(cut=True)
        if await sending is None:
            # It had been sent before anybody could say no.
            await self.delete(key)

    @asynccontextmanager
    async def open_path(self, key: str) -> AsyncGenerator[Path, None]:
        _path(key)
        async with self._copies:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            with TemporaryDirectory(dir=self._folder, prefix="original-") as folder:
                path = Path(folder, "file")
                file = await asyncio.to_thread(path.open, "wb")
                with file:
                    async for piece in self.read(key):
                        await asyncio.to_thread(file.write, piece)
                yield path

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        path = _path(key)
        if end is not None and end <= start:
            await self._size(path)
            return
        while end is None or start < end:
            stop = start + PART if end is None else min(start + PART, end)
            piece, size = await self._piece(path, start, stop)
            if piece:
                yield piece
            start += len(piece)
            if not piece or start >= size:
                return

    async def _piece(self, path: str, start: int, stop: int) -> tuple[bytes, int]:
        """The bytes `[start, stop)` as far as there are any, and the size of the whole."""
        try:
            found = await obstore.get_async(self._store, path, options={"range": (start, stop)})
            return bytes(await found.bytes_async()), found.meta["size"]
        except FileNotFoundError as error:
            raise self._missing(error, path) from error
        except BaseError as error:
            if "416 " in str(error):  # nothing stands at or after `start`
                return b"", await self._size(path)
            raise self._away(error) from error

    async def _size(self, path: str) -> int:
        try:
            return (await obstore.head_async(self._store, path))["size"]
        except FileNotFoundError as error:
            raise self._missing(error, path) from error
        except BaseError as error:
            raise self._away(error) from error

    async def delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, _path(key))
        except FileNotFoundError as error:
            if _is_bucket_missing(error):
                raise self._away(error) from error
        except BaseError as error:
            raise self._away(error) from error

    async def keys(self, before: datetime | None = None) -> AsyncIterator[str]:
        try:
            async for page in obstore.list(self._store, chunk_size=1000):
                for found in page:
                    key = found["path"].rpartition("/")[2]
                    if is_generated(key) and (before is None or found["last_modified"] < before):
                        yield key
        except (BaseError, FileNotFoundError) as error:
            raise self._away(error) from error

    async def prove(self) -> None:
        """Whether everything may be done that is going to be: at the start. Raises BlobStoreError for operators."""
        try:
            await obstore.put_async(self._store, _MARK, b"Nexus keeps its files here.\n", use_multipart=False)
            await obstore.get_async(self._store, _MARK)
            await obstore.list_with_delimiter_async(self._store, _MARK)
            await obstore.delete_async(self._store, f"{_MARK}-nothing")
        except (BaseError, FileNotFoundError) as error:
            raise BlobStoreError(self._advice(error)) from error

    async def check(self) -> None:
        try:
            async with asyncio.timeout(_GLANCE):
                await obstore.get_async(self._store, _MARK)
        except (BaseError, FileNotFoundError, TimeoutError) as error:
            raise self._away(error) from error

    async def aclose(self) -> None:
        await self._tasks.aclose()
        # The library's threads let go of Python a moment after their last answer; an interpreter that is gone by then
        # takes the whole process down with an abort (8 of 40 processes that ended at once, none of 60 after this).
        await asyncio.sleep(_LETTING_GO)

    def _missing(self, error: FileNotFoundError, path: str) -> Exception:
        return self._away(error) if _is_bucket_missing(error) else FileNotFoundError(path)

    def _away(self, error: Exception) -> BlobStoreError:
        """People read that it is so; what an operator can do about it stands in the log."""
        logger.error("%s (%s)", self._advice(error), str(error).partition("\n")[0] or type(error).__name__)
        return BlobStoreError("The store of original files does not answer. Try again in a minute.")

    def _advice(self, error: Exception) -> str:
        name, where = self._bucket.name, self._bucket.endpoint or "AWS"
        if _is_bucket_missing(error):
            return f"There is no bucket {name!r} at {where}: make it, or set NEXUS_FILES__BUCKET to the right one."
        if _is_refused(error):
            return (
                f"{where} does not let us use the bucket {name!r}: see to NEXUS_FILES__ACCESS_KEY_ID, its secret,"
                " NEXUS_FILES__REGION, and the rights to get, put, delete and list objects."
            )
        return f"The bucket {name!r} at {where} does not answer as it should: see to NEXUS_FILES__ENDPOINT."


def _path(key: str) -> str:
    if not is_generated(key):
        raise FileNotFoundError(key)
    return f"{key[-2:]}/{key}"


def _is_bucket_missing(error: Exception) -> bool:
    return "NoSuchBucket" in str(error)


def _is_refused(error: Exception) -> bool:
    # Lists say so in their text alone.
    return isinstance(error, PermissionDeniedError | UnauthenticatedError) or "403 Forbidden" in str(error)


def _build_store(bucket: Bucket) -> S3Store:
    config: S3Config = {
        "region": bucket.region,
        "virtual_hosted_style_request": not bucket.path_style,
        # Not every service has the other way, and we never delete many at once.
        "disable_bulk_delete": True,
        "skip_signature": False,
    }
    if endpoint := _address(bucket):
        # Both: what the environment says under the second name would win over the first.
        config["endpoint"] = config["aws_endpoint_url_s3"] = endpoint
    if bucket.encryption:
        config["server_side_encryption"] = bucket.encryption
    if bucket.kms_key_id:
        config["sse_kms_key_id"] = bucket.kms_key_id
    limit = timedelta(seconds=bucket.seconds)
    client: ClientConfig = {
        "allow_http": bucket.endpoint.startswith("http://"),
        "connect_timeout": min(limit, timedelta(seconds=5)),
        "timeout": limit,
    }
    backoff: BackoffConfig = {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=5),
        "base": 2,
    }
    return S3Store(
        bucket.name,
        prefix=bucket.prefix.strip("/") or None,
        config=config,
        credential_provider=_own_key(bucket) if bucket.access_key_id else None,
        client_options=client,
        retry_config={"max_retries": bucket.retries, "retry_timeout": limit, "backoff": backoff},
    )


def _own_key(bucket: Bucket) -> "S3CredentialProvider":
    """The key of the settings alone: as configuration it would be mixed with a session of the environment."""
    key, secret = bucket.access_key_id, bucket.secret_access_key
    return lambda: {"access_key_id": key, "secret_access_key": secret, "token": None, "expires_at": None}


def _address(bucket: Bucket) -> str:
    """The library wants the bucket before the host's name where requests are to go there."""
    plain = bucket.endpoint.rstrip("/")
    if not plain or bucket.path_style:
        return plain
    parts = urlsplit(plain)
    return f"{parts.scheme}://{bucket.name}.{parts.netloc}"
