"""One address for several serving processes, as a balancer gives it: each connection goes to the next that takes it."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from nexus.core.tasks import BackgroundTasks


class Balancer:
    """Passes bytes on. Where processes listen is read from what they say of themselves, anew for every connection."""

    def __init__(self, address_files: Sequence[Path]) -> None:
        self._address_files = list(address_files)
        self._next = 0
        self._server: asyncio.Server | None = None
        self._tasks = BackgroundTasks()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._tasks.aclose()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._address_files:
            self._next += 1
            file = self._address_files[self._next % len(self._address_files)]
            with suppress(OSError, ValueError):
                where = urlsplit(json.loads(file.read_text())["url"])
                there, back = await asyncio.open_connection(where.hostname, where.port)
                self._tasks.start(_copy(reader, back), name="request")
                self._tasks.start(_copy(there, writer), name="answer")
                return
        writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.close()
