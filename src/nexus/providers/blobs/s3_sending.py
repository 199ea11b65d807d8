"""How a file goes to S3: read by whoever receives it, sent by a task of its own.

Cancelling the library's upload would leave the parts that were sent, unseen and paid for. So the receiver is what can
be cancelled, and it tells the sender to give up, which ends the upload at the service too.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

PART: Final = 8 << 20
"""Bytes. S3 wants five MiB at least, and takes 10,000 parts."""
_AT_ONCE: Final = 2
"""Parts under way at a time: they and as many blocks waiting are what an upload holds in memory."""


class CutOffError(Exception):
    """Whoever gave the file has given up."""


class Feed:
    """One block waits between the receiver and the sender, so that neither is far ahead of the other."""

    def __init__(self) -> None:
        self._waiting: bytes | None = None
        self._over = False
        self._cut = False
        self._taken = False
        self._changed = asyncio.Condition()

    async def give(self, block: bytes) -> bool:
        """False when nobody takes any more."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting is None or self._taken)
            self._waiting = block
            self._changed.notify_all()
            return not self._taken

    async def end(self, *, cut: bool = False) -> None:
        """There is no more; or, with `cut`, all of it is void."""
        async with self._changed:
            self._over, self._cut = True, self._cut or cut
            self._changed.notify_all()

    async def close(self) -> None:
        """Nobody takes any more."""
        async with self._changed:
            self._taken = True
            self._changed.notify_all()

    async def take(self) -> bytes | None:
        """The next block, or None after the last. Raises CutOffError."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting is not None or self._over)
            if self._cut:
                raise CutOffError
            block, self._waiting = self._waiting, None
            self._changed.notify_all()
            return block

    async def rest(self, *before: bytes) -> AsyncIterator[bytes]:
        for block in before:
            yield block
        while (block := await self.take()) is not None:
            yield block


async def send(store: S3Store, path: str, feed: Feed) -> Exception | None:
    """Returns what went wrong; then, and when the feed is cut off, nothing is kept."""
    try:
        first = await feed.take() or b""
        second = await feed.take()
        if second is None:
            await obstore.put_async(store, path, first, use_multipart=False)
        else:
            blocks = feed.rest(first, second)
            await obstore.put_async(store, path, blocks, chunk_size=PART, max_concurrency=_AT_ONCE)
    except (BaseError, OSError, CutOffError) as error:
        return error
    finally:
        await feed.close()
    return None
