"""The one guard before calls to addresses that people configure: what is inside stays out of their reach.

A host's name is resolved here, every address it has is judged, and the connection goes to the address that was judged:
a name that means something else a moment later changes nothing. The vectors are those of public advisories on
server-side request forgery; `tests/core/test_egress.py` has them.
"""

import asyncio
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_RESOLVE_SECONDS: Final = 5.0
_HTTP_PORTS: Final = frozenset({80, 443})
_FIRST_FREE_PORT: Final = 1024
_TRANSPORTS: Final = 16
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_RESERVED: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "64:ff9b:1::/48", "::/96")))
"""Not public either, whatever `ipaddress` of this Python thinks: IETF's own, local NAT64, IPv4 as once written."""
_EMBEDDED_BITS: Final = 0xFFFFFFFF


class EgressError(httpx2.RequestError):
    """The address may not be called, or cannot be found; the text is a sentence for whoever configured it."""


@dataclass(frozen=True, slots=True)
class Egress:
    """Who may be called: whatever is public, and what the installation's settings name.

    `allowed`: hosts by name, or networks as `10.2.0.0/16`, whose addresses may be private. Link-local ones, where
    clouds keep their machines' credentials, may never be called.
    """

    allowed: Sequence[str] = ()
    _names: frozenset[str] = field(init=False, repr=False)
    _networks: tuple[Network, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError for a network that is none."""
        networks = [entry for entry in self.allowed if "/" in entry]
        names = frozenset(_plain(entry) for entry in self.allowed if "/" not in entry)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_networks", tuple(ipaddress.ip_network(entry) for entry in networks))

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses to connect to, in the resolver's order. Raises EgressError."""
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError):
            raise EgressError(f"There is no host named {host[:200]!r} to be found.") from None
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not addresses or not all(self._may_call(host, port, address) for address in addresses):
            raise EgressError(
                f"{host[:200]!r} is not a public address. An operator can allow it in NEXUS_EGRESS__ALLOWED_HOSTS."
            )
        return [str(address) for address in dict.fromkeys(addresses)]

    def _may_call(self, host: str, port: int, address: Address) -> bool:
        meant = _meant(address)
        if meant.is_link_local or meant.is_multicast or meant.is_unspecified:
            return False
        if _plain(host) in self._names or any(meant in network for network in self._networks):
            return True
        if not meant.is_global or any(meant in network for network in _RESERVED):
            return False
        return port in _HTTP_PORTS or port >= _FIRST_FREE_PORT


def guarded_transport(egress: Egress) -> "GuardedTransport":
    """For a client of httpx2: `AsyncClient(transport=guarded_transport(egress), trust_env=False)`."""
    return GuardedTransport(egress)


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Connects to addresses that were judged, under the name that was asked for (TLS and `Host` keep it).

    Every hop of a redirect would come through here again; clients should not follow any.
    """

    def __init__(self, egress: Egress, *, max_connections: int = 100) -> None:
        self._egress = egress
        self._limits = httpx2.Limits(max_connections=max_connections, max_keepalive_connections=20)
        # One for each name: a kept connection was proved to be one host's, and another's may have the same address.
        self._transports: OrderedDict[tuple[str, str, int], httpx2.AsyncHTTPTransport] = OrderedDict()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        if url.scheme not in {"http", "https"} or url.userinfo:
            raise EgressError("Addresses have to begin with http:// or https://, and hold no name or password.")
        port = url.port or (443 if url.scheme == "https" else 80)
        first, *_ = await self._egress.resolve(url.host, port)
        pinned = httpx2.Request(
            request.method,
            url.copy_with(host=first),
            headers=request.headers,  # `Host` among them
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        return await (await self._transport(url.scheme, url.host, port)).handle_async_request(pinned)

    async def _transport(self, scheme: str, host: str, port: int) -> httpx2.AsyncHTTPTransport:
        key = (scheme, host, port)
        found = self._transports.get(key)
        if found is None:
            found = self._transports[key] = httpx2.AsyncHTTPTransport(trust_env=False, limits=self._limits)
        self._transports.move_to_end(key)
        if len(self._transports) > _TRANSPORTS:
            _, oldest = self._transports.popitem(last=False)
            await oldest.aclose()
        return found

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()


def _plain(host: str) -> str:
    return host.rstrip(".").casefold()


def _meant(address: Address) -> Address:
    """The address that a packet would go to in the end: IPv4 can be written inside of IPv6 in several ways."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _EMBEDDED_BITS)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
