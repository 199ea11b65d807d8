"""ClamAV's daemon, over its socket: clamd(8), the command INSTREAM. The file travels; clamd need not see our disk."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from nexus.providers.scanner.base import ScannerAwayError, TooLargeToScanError

_PIECE: Final = 256 << 10
"""Bytes of one chunk of the protocol."""
_LONGEST_REPLY: Final = 4096
_NAME: Final = 200


class ClamdScanner:
    """`address` is `unix:/path/of/the/socket` or `tcp://host:port`; see `parse_address`."""

    def __init__(self, address: str, *, seconds: float) -> None:
        """`seconds` is how long clamd may take for any one step: to answer the call, to take a piece, to give its
        verdict."""
        self._socket, self._host, self._port = parse_address(address)
        self._seconds = seconds

    async def scan(self, pieces: AsyncIterator[bytes]) -> str | None:
        try:
            async with asyncio.timeout(self._seconds):
                connection = await asyncio.to_thread(self._connect)
            with connection:
                connection.setblocking(False)
                # It hangs up on what is too large for it, and has said so before: what it said counts, however the
                # sending ended.
                with suppress(ConnectionError):
                    await self._send(connection, pieces)
                async with asyncio.timeout(self._seconds):
                    return _verdict(await _reply(connection))
        except (OSError, TimeoutError) as error:
            raise ScannerAwayError(f"clamd cannot be asked: {error or type(error).__name__}") from error

    def _connect(self) -> socket.socket:
        if not self._socket:
            return socket.create_connection((self._host, self._port), timeout=self._seconds)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self._seconds)
            connection.connect(self._socket)
        except OSError:
            connection.close()
            raise
        return connection

    async def _send(self, connection: socket.socket, pieces: AsyncIterator[bytes]) -> None:
        await self._give(connection, b"zINSTREAM\0")
        async for piece in pieces:
            for start in range(0, len(piece), _PIECE):
                part = piece[start : start + _PIECE]
                await self._give(connection, struct.pack("!L", len(part)) + part)
        await self._give(connection, struct.pack("!L", 0))

    async def _give(self, connection: socket.socket, content: bytes) -> None:
        async with asyncio.timeout(self._seconds):
            await asyncio.get_running_loop().sock_sendall(connection, content)


async def _reply(connection: socket.socket) -> bytes:
    """Up to its end; a transport of asyncio would throw away what was said before a reset."""
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_REPLY:
        more = await asyncio.get_running_loop().sock_recv(connection, _LONGEST_REPLY)
        if not more:
            break
        said += more
    return said


def parse_address(address: str) -> tuple[str, str, int]:
    """Path of a socket, or host and port, the other left empty. Raises ValueError."""
    kind, _, rest = address.partition(":")
    if kind == "unix" and rest.startswith("/"):
        return rest, "", 0
    host, _, port = rest.removeprefix("//").rpartition(":")
    if kind == "tcp" and rest.startswith("//") and host and port.isascii() and port.isdigit() and int(port) < 1 << 16:
        return "", host.strip("[]"), int(port)
    raise ValueError(f"{address!r} is neither unix:/path nor tcp://host:port")


def _verdict(reply: bytes) -> str | None:
    """`stream: OK`, `stream: <name> FOUND`, `INSTREAM size limit exceeded. ERROR` and other errors."""
    said = reply.rstrip(b"\0\n").decode("utf-8", "replace").strip()
    what = said.removeprefix("stream:").strip()
    if said.startswith("stream:") and what == "OK":
        return None
    if said.startswith("stream:") and what.endswith(" FOUND"):
        return what.removesuffix(" FOUND").strip()[:_NAME] or "something it has no name for"
    if "size limit exceeded" in said:
        raise TooLargeToScanError
    raise ScannerAwayError(f"clamd said {said[:_NAME]!r}")
