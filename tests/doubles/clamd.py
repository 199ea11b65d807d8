"""ClamAV's daemon as far as clients know it: INSTREAM over TCP or a socket of the file system, with its real words.

It finds EICAR's test file wherever it stands, and fails when it is told to.
"""

import asyncio
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, Self

Fault = Literal["", "silent", "hangs up", "garbage", "error"]
EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"
"""In two parts here, or scanners would take away this file."""


class Clamd:
    """`address` is what the setting takes."""

    def __init__(self, socket: Path | None = None, *, most: int = 25 << 20) -> None:
        self.fault: Fault = ""
        self.most = most
        """StreamMaxLength."""
        self.scanned: list[int] = []
        """Sizes of what was judged."""
        self._socket = socket
        self._port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="clamd", daemon=True)

    @property
    def address(self) -> str:
        return f"unix:{self._socket}" if self._socket else f"tcp://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        if self._socket:
            server = await asyncio.start_unix_server(self._answer, self._socket)
        else:
            server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
            self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stop.wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(await self._judge(reader))
            await writer.drain()
        writer.close()

    async def _judge(self, reader: asyncio.StreamReader) -> bytes:
        if await reader.readuntil(b"\0") != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        match self.fault:
            case "silent":
                await self._stop.wait()
                return b""
            case "hangs up":
                return b""
            case "garbage":
                return b"HTTP/1.1 400 Bad Request\0"
            case "error":
                return b"stream: Can't allocate memory ERROR\0"
            case _:
                pass
        seen, tail, found = 0, b"", False
        while (length := struct.unpack("!L", await reader.readexactly(4))[0]) > 0:
            seen += length
            if seen > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
            piece = tail + await reader.readexactly(length)
            found = found or EICAR in piece
            tail = piece[-len(EICAR) :]
        self.scanned.append(seen)
        return b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0"
