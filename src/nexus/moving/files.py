"""What stored files hold, counted."""

import hashlib
from collections.abc import AsyncIterator

from nexus.moving.proof import Contents
from nexus.providers.blobs.base import BlobStore


async def count_files(blobs: BlobStore, keys: AsyncIterator[str], contents: Contents) -> None:
    """Reads every one of these files. One that is missing is not counted."""
    async for key in keys:
        sha256, size = hashlib.sha256(), 0
        try:
            async for block in blobs.read(key):
                sha256.update(block)
                size += len(block)
        except FileNotFoundError:
            continue
        contents.add_file(key, size, sha256.hexdigest())
