"""What is inside stays out of reach of addresses that people configure."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from nexus.core.egress import Egress, EgressError, guarded_transport


class Resolver:
    """Stands in for the system's: a name's addresses, the next ones each time it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[list[str]]]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        real = asyncio.BaseEventLoop.getaddrinfo
        resolver = self

        async def getaddrinfo(loop: Any, host: str, port: int, **options: Any) -> Any:
            if host not in resolver.answers:
                return await real(loop, host, port, **options)
            resolver.asked.append(host)
            turns = resolver.answers[host]
            addresses = turns.pop(0) if len(turns) > 1 else turns[0]
            families = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in addresses]
            pairs = zip(families, addresses, strict=True)
            return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in pairs]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "0.0.0.0",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.1",
        "10.0.0.7",
        "172.16.4.4",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:0:0:0:0:80ff:fffe",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::127.0.0.1",
    ],
)
async def test_what_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(EgressError):
        await Egress().resolve(host, 443)


@pytest.mark.parametrize("host", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
async def test_what_is_public_may_be_called(host: str) -> None:
    assert await Egress().resolve(host, 443) == [host]


async def test_a_public_host_is_called_on_ports_of_the_web_alone() -> None:
    assert await Egress().resolve("93.184.215.14", 11434)
    for port in (22, 25, 110, 445):
        with pytest.raises(EgressError):
            await Egress().resolve("93.184.215.14", port)


async def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, {"mixed.example": [["93.184.215.14", "10.0.0.7"]]})
    with pytest.raises(EgressError, match="not a public address"):
        await Egress().resolve("mixed.example", 443)


async def test_the_settings_may_name_a_host_or_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, {name: [["10.2.3.4"]] for name in ("ollama.corp", "OLLAMA.corp.", "other.corp")})
    egress = Egress(["Ollama.corp", "192.168.7.0/24"])
    assert await egress.resolve("OLLAMA.corp.", 11434) == ["10.2.3.4"]
    assert await egress.resolve("192.168.7.9", 22) == ["192.168.7.9"]
    for refused in ("other.corp", "192.168.8.9"):
        with pytest.raises(EgressError):
            await egress.resolve(refused, 443)


async def test_nobody_may_name_where_clouds_keep_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, {"meta.corp": [["169.254.169.254"]]})
    for host in ("meta.corp", "169.254.169.254", "fe80::1"):
        with pytest.raises(EgressError):
            await Egress(["meta.corp", "169.254.0.0/16", "fe80::/10"]).resolve(host, 80)


async def test_a_name_that_does_not_exist_is_told_so() -> None:
    for host in ("nowhere.invalid", "a" * 300, "\ud800"):
        with pytest.raises(EgressError, match="no host"):
            await Egress().resolve(host, 443)


@asynccontextmanager
async def web_server(answer: bytes) -> AsyncGenerator[tuple[int, list[bytes]]]:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


async def test_a_call_goes_to_the_address_that_was_judged_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    # Rebinding: a second look at the name would find something else.
    resolver = Resolver(monkeypatch, {"inside.corp": [["127.0.0.1"], ["192.0.2.1"]]})
    async with (
        web_server(FINE) as (port, heads),
        httpx2.AsyncClient(transport=guarded_transport(Egress(["inside.corp"])), trust_env=False) as client,
    ):
        response = await client.get(f"http://inside.corp:{port}/v1?x=1")
    assert response.text == "ok"
    assert str(response.url) == f"http://inside.corp:{port}/v1?x=1"
    assert resolver.asked == ["inside.corp"]
    assert f"Host: inside.corp:{port}".lower().encode() in heads[0].lower()


async def test_a_redirect_inside_is_refused_even_to_a_client_that_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch, {"inside.corp": [["127.0.0.1"]]})
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    async with (
        web_server(moved) as (port, _),
        httpx2.AsyncClient(transport=guarded_transport(Egress(["inside.corp"])), follow_redirects=True) as client,
    ):
        with pytest.raises(EgressError):
            await client.get(f"http://inside.corp:{port}/")


@pytest.mark.parametrize("url", ["http://user:word@93.184.215.14/", "http://127.0.0.1/", "http://[::ffff:a9fe:a9fe]/"])
async def test_hostile_addresses_are_refused_before_anything_is_sent(url: str) -> None:
    async with httpx2.AsyncClient(transport=guarded_transport(Egress())) as client:
        with pytest.raises(EgressError):
            await client.get(url)
