"""Signing a tenant in at an MCP server by OAuth: found out, registered, there and back, renewed, and taken back."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select, update
from tests.doubles.mcp_server import McpDouble
from tests.doubles.oauth_server import MACHINE, MACHINE_SECRET, OAuthDouble

from hub import Company, Hub, Person, found_company
from nexus.agents.connections import Connections
from nexus.agents.discovery import covers, parameters, places_of
from nexus.agents.models import McpServer, ToolConnection, ToolSignIn
from nexus.agents.oauth import OAuthClient
from nexus.agents.tools import ToolError
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.egress import Egress
from nexus.core.secrets import load_box

CALLBACK = "/admin/tools/connected/"


@pytest.fixture
async def vouching() -> AsyncGenerator[OAuthDouble]:
    async with OAuthDouble() as double:
        yield double


@pytest.fixture
async def desk(vouching: OAuthDouble) -> AsyncGenerator[McpDouble]:
    async with McpDouble() as double:
        vouching.protect(double)
        yield double


@pytest.fixture
async def server(firm: Company, desk: McpDouble) -> str:
    wanted = {"name": "desk", "url": desk.url, "auth": "oauth"}
    return (await firm.admin.post("/tool-servers", wanted, 201))["id"]


async def go(admin: Person, server: str, **wanted: Any) -> dict[str, str]:
    """What the browser comes back with."""
    begun = await admin.post(f"/tool-servers/{server}/connection", wanted)
    async with httpx2.AsyncClient() as browser:
        sent = await browser.get(begun["sign_in_url"])
    assert sent.status_code == 302, sent.text
    back = urlsplit(sent.headers["location"])
    assert back.path == CALLBACK
    return dict(parse_qsl(back.query))


async def connect(admin: Person, server: str) -> dict[str, Any]:
    return await admin.post("/tool-connections", await go(admin, server))


async def refreshed(admin: Person, server: str) -> str | None:
    return (await admin.post(f"/tool-servers/{server}/refresh"))["failure"]


async def test_there_and_back(firm: Company, server: str, vouching: OAuthDouble, desk: McpDouble) -> None:
    failure = await refreshed(firm.admin, server)
    assert failure is not None
    assert "connected" in failure
    answer = await go(firm.admin, server)
    [asked] = vouching.asked
    assert (asked["resource"], asked["scope"]) == (desk.url, "tools")
    shown = await firm.admin.post("/tool-connections", answer)
    connection = shown["connection"]
    assert (connection["state"], connection["grant"], connection["registered"]) == ("connected", "sign-in", True)
    assert connection["issuer"] == vouching.issuer
    assert (await firm.admin.get(f"/tool-servers/{server}"))["connection"] == connection
    assert await refreshed(firm.admin, server) is None
    # Nothing of it is ever shown, and the answer is good once.
    assert (await firm.admin.get("/tool-servers"))["items"][0]["has_token"] is False
    await firm.admin.post("/tool-connections", answer, 409)
    # Connecting again registers nobody anew.
    await connect(firm.admin, server)
    assert len(vouching.clients) == 2
    await firm.admin.delete(f"/tool-servers/{server}/connection")
    assert len(vouching.revoked) == 1
    acts = [each["action"] for each in (await firm.admin.get("/audit-events", limit=10))["items"]]
    told = ["connection_begun", "connected", "connection_begun", "connected", "disconnected"]
    assert [act for act in reversed(acts) if "connect" in act] == [f"tool_server.{each}" for each in told]
    assert (await firm.admin.get(f"/tool-servers/{server}"))["connection"] is None


async def test_the_answer_is_good_for_whoever_began_it(
    firm: Company, server: str, vouching: OAuthDouble, speaking_hub: Hub
) -> None:
    answer = await go(firm.admin, server)
    await firm.member.post("/tool-connections", answer, 403)
    async with speaking_hub.client() as client:
        other = await found_company(speaking_hub, client)
        await other.admin.post("/tool-connections", answer, 409)
        await other.admin.post(f"/tool-servers/{server}/connection", {}, 404)
        await other.admin.delete(f"/tool-servers/{server}/connection", 404)
    # Only the newest counts.
    again = await go(firm.admin, server)
    await firm.admin.post("/tool-connections", answer, 409)
    async with speaking_hub.database() as db, db.write() as session:
        await session.execute(update(ToolSignIn).values(expires_at=now() - timedelta(seconds=1)))
    await firm.admin.post("/tool-connections", again, 409)
    assert all(form["grant_type"] != "authorization_code" for form in vouching.forms)


@pytest.mark.parametrize("fault", ["other-sender", "no-sender", "denied", "expired-code", "away", "not-bearer"])
async def test_what_comes_back_wrong_connects_nothing(
    fault: str, firm: Company, server: str, vouching: OAuthDouble
) -> None:
    vouching.fault = fault
    answer = await go(firm.admin, server)
    problem = await firm.admin.post("/tool-connections", answer, 400)
    assert problem["detail"].endswith(".")
    assert (await firm.admin.get(f"/tool-servers/{server}"))["connection"] is None
    # A code is shown to nobody but whom it is from.
    if "sender" in fault:
        assert vouching.forms == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no-resource-metadata", "does not describe how to sign in"),
        ("other-resource", "of another server"),
        ("no-metadata", "does not describe itself"),
        ("html", "does not describe itself"),
        ("other-issuer", "calls itself something else"),
        ("no-pkce", "PKCE"),
        ("no-registration", "by hand"),
        ("no-tls", "https://"),
    ],
)
async def test_who_vouches_has_to_be_found(
    fault: str, said: str, firm: Company, server: str, vouching: OAuthDouble, desk: McpDouble
) -> None:
    vouching.fault = fault
    vouching.protect(desk)
    problem = await firm.admin.post(f"/tool-servers/{server}/connection", {}, 400)
    assert said in problem["detail"]


async def test_a_server_that_tells_nobody_where_to_look(firm: Company, vouching: OAuthDouble, desk: McpDouble) -> None:
    vouching._path, vouching.fault = "/tenants/one", "openid"
    vouching.protect(desk, told=False)
    wanted = {"name": "desk", "url": desk.url, "auth": "oauth"}
    server = (await firm.admin.post("/tool-servers", wanted, 201))["id"]
    assert (await connect(firm.admin, server))["connection"]["issuer"].endswith("/tenants/one")
    assert vouching.asked[-1]["scope"] == "tools more"


async def test_as_a_machine(firm: Company, server: str, vouching: OAuthDouble) -> None:
    path = f"/tool-servers/{server}/connection"
    await firm.admin.post(path, {"grant": "machine"}, 422)
    wrong = {"grant": "machine", "client_id": MACHINE, "client_secret": "guessed"}
    await firm.admin.post(path, wrong, 400)
    done = await firm.admin.post(path, wrong | {"client_secret": MACHINE_SECRET})
    assert done["sign_in_url"] is None
    assert await refreshed(firm.admin, server) is None
    vouching.end_access()
    # Not over by the clock: the server's word is enough to get another.
    assert await refreshed(firm.admin, server) is None
    assert [form["grant_type"] for form in vouching.forms].count("client_credentials") == 3


async def test_a_token_is_renewed_before_it_ends(firm: Company, server: str, vouching: OAuthDouble) -> None:
    vouching.life = 30
    await connect(firm.admin, server)
    assert await refreshed(firm.admin, server) is None
    assert vouching.forms[-1]["grant_type"] == "refresh_token"
    vouching.fault = "away"
    # What is not over yet serves meanwhile.
    assert await refreshed(firm.admin, server) is None


async def test_a_token_that_is_taken_back_is_asked_for_again(firm: Company, server: str, vouching: OAuthDouble) -> None:
    await connect(firm.admin, server)
    vouching.end_access()
    assert await refreshed(firm.admin, server) is None
    vouching.end_access()
    vouching.fault = "refuse-refresh"
    failure = await refreshed(firm.admin, server)
    assert failure is not None
    assert "Connect again" in failure
    connection = (await firm.admin.get(f"/tool-servers/{server}"))["connection"]
    assert (connection["state"], connection["failure"]) == ("broken", failure)
    vouching.fault = ""
    await connect(firm.admin, server)
    assert await refreshed(firm.admin, server) is None


async def test_another_address_keeps_nothing(firm: Company, server: str, desk: McpDouble) -> None:
    await connect(firm.admin, server)
    await firm.admin.patch(f"/tool-servers/{server}", {"url": "http://example.com/mcp"}, 422)
    changed = await firm.admin.patch(f"/tool-servers/{server}", {"url": desk.url.replace("/mcp", "/other")})
    assert changed["connection"] is None
    await firm.admin.patch(f"/tool-servers/{server}", {"auth": "bearer"}, 422)
    changed = await firm.admin.patch(f"/tool-servers/{server}", {"auth": "bearer", "token": "plum-orbit"})
    assert (changed["auth"], changed["has_token"]) == ("bearer", True)
    changed = await firm.admin.patch(f"/tool-servers/{server}", {"auth": "none"})
    assert (changed["auth"], changed["has_token"]) == ("none", False)
    await firm.admin.post(f"/tool-servers/{server}/connection", {}, 409)


async def connections(hub: Hub, database: Database) -> Connections:
    return Connections(database, load_box(hub.settings), OAuthClient(Egress(["127.0.0.1"])))


async def test_many_processes_renew_once(firm: Company, server: str, vouching: OAuthDouble, speaking_hub: Hub) -> None:
    await connect(firm.admin, server)
    async with speaking_hub.database() as one, speaking_hub.database() as two:
        async with one.write() as session:
            await session.execute(update(ToolConnection).values(expires_at=now() - timedelta(seconds=1)))
            row = await session.scalar(
                select(McpServer).where(McpServer.url.like("%/mcp"), McpServer.id == UUID(server))
            )
        assert row
        both = [await connections(speaking_hub, one), await connections(speaking_hub, two)]
        before = len(vouching.forms)
        tokens = await asyncio.gather(*(each.token(row) for each in both * 4))
        assert len(set(tokens)) == 1
        assert len(vouching.forms) == before + 1
        # Whoever asked goes away in between: what was renewed is kept all the same.
        asking = asyncio.ensure_future(both[0].token(row, refused=tokens[0]))
        while len(vouching.forms) == before + 1:  # noqa: ASYNC110 - the double is another program
            await asyncio.sleep(0.005)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert await both[1].token(row, refused=tokens[0]) != tokens[0]
        assert len(vouching.forms) == before + 2
        for each in both:
            await each.tasks.aclose()
            await each.oauth.aclose()


async def test_one_that_is_slow_is_not_waited_for(
    firm: Company, server: str, vouching: OAuthDouble, speaking_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(firm.admin, server)
    monkeypatch.setattr("nexus.agents.oauth.SECONDS", 0.3)
    vouching.fault = "slow"
    async with speaking_hub.database() as db:
        async with db.write() as session:
            await session.execute(update(ToolConnection).values(expires_at=now() - timedelta(seconds=1)))
            row = await session.scalar(select(McpServer).where(McpServer.id == UUID(server)))
        assert row
        mine = await connections(speaking_hub, db)
        with pytest.raises(ToolError, match="cannot be reached"):
            await mine.token(row)
        vouching.fault = ""
        assert await mine.token(row)
        await mine.tasks.aclose()
        await mine.oauth.aclose()


def test_challenges_are_read() -> None:
    told = parameters('Bearer realm="a, b", resource_metadata="https://x/\\"y", scope=tools, Basic scope="no"')
    assert told == {"realm": "a, b", "resource_metadata": 'https://x/"y', "scope": "tools"}
    assert parameters("") == {}


@pytest.mark.parametrize(
    ("resource", "url", "fits"),
    [
        ("https://x.example", "https://x.example/mcp", True),
        ("https://X.example:443/mcp/", "https://x.example/mcp", True),
        ("https://x.example/mc", "https://x.example/mcp", False),
        ("https://x.example/mcp/deeper", "https://x.example/mcp", False),
        ("http://x.example/mcp", "https://x.example/mcp", False),
        ("https://y.example/mcp", "https://x.example/mcp", False),
        ("https://x.example:8443", "https://x.example/mcp", False),
        ("https://x.example:huge", "https://x.example/mcp", False),
        ("https://x.example/mcp#a", "https://x.example/mcp", False),
        ("", "https://x.example/mcp", False),
    ],
)
def test_a_server_names_itself_and_no_other(resource: str, url: str, fits: bool) -> None:
    assert covers(resource, url) is fits


def test_where_issuers_describe_themselves() -> None:
    assert places_of("https://x.example/") == [
        "https://x.example/.well-known/oauth-authorization-server",
        "https://x.example/.well-known/openid-configuration",
    ]
    assert places_of("https://x.example/one")[-1] == "https://x.example/one/.well-known/openid-configuration"
