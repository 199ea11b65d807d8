"""The HTTP client under a language model: reads event streams a few times a second instead of once a token."""

import asyncio
import functools
import ssl
from pathlib import Path
from typing import Final, Self

import h11
import httpx2

from nexus.core.egress import Egress
from nexus.providers.llm.clients import CallOptions
from nexus.providers.llm.connection import Connection, Origin, Pool
from nexus.providers.llm.sse import DeltaMerger, Merger, PassingText

_LONGEST_GATHER: Final = 0.25
"""Seconds. Beyond this an answer would be seen to stutter."""


def build_http(options: CallOptions) -> httpx2.AsyncClient:
    """A client for streamed answers: no deadline on reading (the caller has better ones), no redirects, nothing from
    the environment. A configured proxy takes the ordinary transport, which gathers nothing.
    """
    connections, trusted, egress = options.max_connections, _trusted(options.ca_file), options.egress
    if options.proxy:
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        transport = ProxiedTransport(
            httpx2.AsyncHTTPTransport(
                verify=trusted, trust_env=False, proxy=httpx2.Proxy(options.proxy), limits=limits
            ),
            egress,
        )
    else:
        pool = Pool(connections, trusted, egress.resolve if egress else None)
        transport = GatheringTransport(pool, options.gather, options.reads_per_second)
    return httpx2.AsyncClient(
        transport=transport,
        timeout=httpx2.Timeout(None, connect=options.connect_timeout, pool=options.connect_timeout),
        headers={"accept-encoding": "identity"},
        trust_env=False,
    )


@functools.lru_cache(maxsize=8)
def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    """Reading all authorities takes 20 ms, and many models share them."""
    return ssl.create_default_context(cafile=ca_file) if ca_file else httpx2.create_ssl_context(trust_env=False)


class ProxiedTransport(httpx2.AsyncBaseTransport):
    """Asks the proxy for what may be called."""

    def __init__(self, proxied: httpx2.AsyncHTTPTransport, egress: Egress | None) -> None:
        self._proxied = proxied
        self._egress = egress

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._egress is not None:
            await self._egress.resolve(request.url.host, _port(request.url))
        return await self._proxied.handle_async_request(request)

    async def aclose(self) -> None:
        await self._proxied.aclose()


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


class GatheringTransport(httpx2.AsyncBaseTransport):
    """HTTP/1.1 that leaves the events of a stream in the socket for `gather` seconds, then takes and merges them all.

    Every read costs the same whether it brings one token or ten. So the interval grows with the number of streams,
    such that all of them together read at most `reads_per_second` times. The first token never waits.
    """

    def __init__(self, pool: Pool, gather: float, reads_per_second: int) -> None:
        self._pool = pool
        self._gather = gather
        self._reads_per_second = reads_per_second

    @property
    def interval(self) -> float:
        """Seconds between two reads of one stream."""
        crowded = min(self._pool.active / self._reads_per_second, _LONGEST_GATHER)
        return max(self._gather, crowded)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        timeouts = request.extensions.get("timeout", {})
        connection = await self._pool.acquire(
            Origin(url.scheme, url.host, _port(url)),
            pool_timeout=timeouts.get("pool"),
            connect_timeout=timeouts.get("connect"),
        )
        try:
            head = h11.Request(method=request.method, target=url.raw_path, headers=request.headers.raw)
            connection.send(head, await request.aread())
            response = await _read_head(connection)
        except h11.LocalProtocolError:
            self.release(connection, complete=False)
            raise httpx2.LocalProtocolError("The request cannot be written in HTTP.") from None  # it may quote the key
        except BaseException:
            self.release(connection, complete=False)
            raise
        headers = httpx2.Headers(response.headers.raw_items())
        streams = headers.get("content-type", "").startswith("text/event-stream")
        merger = None
        if response.status_code == 200 and "content-encoding" not in headers:
            mark: bytes | None = request.extensions.get("text_mark")
            merger = PassingText(mark) if mark else DeltaMerger() if streams else None
        return httpx2.Response(
            response.status_code,
            headers=headers,
            stream=_Body(self, connection, merger),
            extensions={"http_version": b"HTTP/1.1"},
        )

    def release(self, connection: Connection, *, complete: bool) -> None:
        self._pool.release(connection, complete=complete)

    async def aclose(self) -> None:
        self._pool.close()


async def _read_head(connection: Connection) -> h11.Response:
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            return event
        if event is h11.NEED_DATA:
            await connection.receive()
        elif isinstance(event, h11.ConnectionClosed):
            raise httpx2.RemoteProtocolError("The server hung up without an answer.")


class _Body(httpx2.AsyncByteStream):
    """An answer's bytes, as many at once as there are. Iterating again goes on where the last reader stopped."""

    def __init__(self, transport: GatheringTransport, connection: Connection, merger: Merger | None) -> None:
        self._transport = transport
        self._connection = connection
        self._merger = merger
        self._loop = asyncio.get_running_loop()
        self._last_read = 0.0
        self._released = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self._released:
            try:
                if chunk := await self._read():
                    return chunk
            except BaseException:
                self._release(complete=False)
                raise
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._release(complete=False)

    async def _read(self) -> bytes:
        """Everything that is there, after waiting for something to be there."""
        parts: list[bytes] = []
        while True:
            event = self._connection.next_event()
            if isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            elif event is not h11.NEED_DATA:
                self._release(complete=True)
                break
            elif parts:
                break
            else:
                await self._let_gather()
                await self._connection.receive()
                self._last_read = self._loop.time()
        received = b"".join(parts)
        if self._merger is None:
            return received
        return self._merger.feed(received) + (self._merger.flush() if self._released else b"")

    async def _let_gather(self) -> None:
        if self._merger is not None and self._merger.flowing:
            wait = self._last_read + self._transport.interval - self._loop.time()
            if wait > 0:
                await asyncio.sleep(wait)

    def _release(self, *, complete: bool) -> None:
        if not self._released:
            self._released = True
            self._transport.release(self._connection, complete=complete)
