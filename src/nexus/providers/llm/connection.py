"""One HTTP/1.1 connection on asyncio's own protocols, and a bounded pool of them.

The usual stack spends some 55 µs of CPU on every read, and a language model's answer is one read a token. Here the
grammar is h11's as there, but between socket and h11 stands only a buffer, which also lets one read bring everything
that has arrived since the last.
"""

import asyncio
import contextlib
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import h11
import httpx2

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_KEEP_ALIVE: Final = 15.0
"""Seconds an unused connection stays open: less than most servers allow."""
_NEXT_ADDRESS: Final = 1.0
"""Seconds for an address while there is another one: IPv6 may lead nowhere."""
_LONGEST_HEAD: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    scheme: str
    host: str
    port: int


class Connection(asyncio.Protocol):
    """Bytes in, h11 events out. Raises httpx2's errors, as the layers above expect them."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self._received = bytearray()
        self._lost: Exception | None = None
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None
        self._begin_cycle()

    def _begin_cycle(self) -> None:
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._lost = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # The transport calls these

    @property
    def usable(self) -> bool:
        """Whether another request may be sent: open, and nothing came that nobody asked for."""
        aged = self._loop.time() - self.idle_since > _KEEP_ALIVE
        return not (aged or self._ended or self._received or self._transport.is_closing())

    def send(self, head: h11.Request, body: bytes) -> None:
        parts = [self._state.send(head), self._state.send(h11.Data(body)), self._state.send(h11.EndOfMessage())]
        self._transport.write(b"".join(part for part in parts if part))

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        try:
            return self._state.next_event()
        except h11.RemoteProtocolError as error:
            raise httpx2.RemoteProtocolError(str(error)) from error

    async def receive(self) -> None:
        """Wait until something has arrived or the other side has gone, and hand it to h11."""
        if not (self._received or self._ended):
            self._waiter = self._loop.create_future()
            self._transport.resume_reading()
            try:
                await self._waiter
            finally:
                self._waiter = None
        # Until the next call the kernel keeps what arrives, and slows a server down that sends too much.
        if not self._transport.is_closing():
            self._transport.pause_reading()
        if self._received:
            self._state.receive_data(bytes(self._received))
            self._received.clear()
        elif self._lost is not None:
            raise httpx2.ReadError("The connection was lost.") from self._lost
        else:
            self._state.receive_data(b"")

    def finish(self) -> bool:
        """Make ready for the next request; False when this connection has served its last."""
        if self._ended or self._state.our_state is not h11.DONE or self._state.their_state is not h11.DONE:
            return False
        self._state.start_next_cycle()
        self.idle_since = self._loop.time()
        self._transport.resume_reading()  # to notice when the server hangs up
        return True

    def abort(self) -> None:
        self._transport.abort()


class Pool:
    """At most so many connections at once, the most recently used first.

    `resolve` gives the addresses that a host may be reached at; without one the system looks its name up.
    """

    def __init__(self, max_connections: int, ssl_context: ssl.SSLContext, resolve: Resolve | None = None) -> None:
        self._resolve = resolve
        self._free = asyncio.Semaphore(max_connections)
        self._ssl_context = ssl_context
        self._idle: defaultdict[Origin, list[Connection]] = defaultdict(list)
        self.active = 0

    async def acquire(self, origin: Origin, *, pool_timeout: float | None, connect_timeout: float | None) -> Connection:
        """A connection of one's own until `release`. Raises httpx2.PoolTimeout, ConnectTimeout, ConnectError."""
        try:
            async with asyncio.timeout(pool_timeout):
                await self._free.acquire()
        except TimeoutError as error:
            raise httpx2.PoolTimeout("All connections are in use.") from error
        try:
            connection = self._take_idle(origin) or await self._connect(origin, connect_timeout)
        except BaseException:
            self._free.release()
            raise
        self.active += 1
        return connection

    def release(self, connection: Connection, *, complete: bool) -> None:
        """Keep the connection when its answer was read to the end, else cut it at once."""
        self.active -= 1
        self._free.release()
        if complete and connection.finish():
            self._idle[connection.origin].append(connection)
        else:
            connection.abort()

    def close(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    def _take_idle(self, origin: Origin) -> Connection | None:
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def _connect(self, origin: Origin, timeout: float | None) -> Connection:
        try:
            async with asyncio.timeout(timeout):
                if self._resolve is None:
                    return await self._connect_to(origin.host, origin)
                return await self._connect_to_first(await self._resolve(origin.host, origin.port), origin)
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("Connecting took too long.") from error
        except OSError as error:  # ssl.SSLError is one
            raise httpx2.ConnectError("Connecting failed.") from error

    async def _connect_to_first(self, addresses: Sequence[str], origin: Origin) -> Connection:
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                async with asyncio.timeout(_NEXT_ADDRESS):
                    return await self._connect_to(address, origin)
        return await self._connect_to(addresses[-1], origin)

    async def _connect_to(self, address: str, origin: Origin) -> Connection:
        """The name that was asked for stays the one that a certificate has to be for."""
        secure = origin.scheme == "https"
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(origin),
            address,
            origin.port,
            ssl=self._ssl_context if secure else None,
            server_hostname=origin.host if secure else None,
        )
        return connection
