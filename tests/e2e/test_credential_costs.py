"""How many statements each kind of credential costs a request, before the route does anything of its own."""

from collections.abc import AsyncGenerator

import httpx2
import pytest

from directory import make_token
from e2e.asker import Watcher
from hub import Company, Hub
from nexus.core.ids import new_id

PASSWORD = "plum-orbit-lantern"
OURS = {"X-Nexus-Request": "1", "Sec-Fetch-Site": "same-origin"}
FREE = ("BEGIN", "PRAGMA")
"""What opens a transaction asks nothing."""


@pytest.fixture
async def browser(hub: Hub, company: Company) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """Signed in by password."""
    email = f"ada@{new_id().hex}.test"
    await company.admin.post("/users", {"email": email, "name": "Ada", "password": PASSWORD}, 201)
    async with httpx2.AsyncClient(base_url=hub.url) as browser:
        answer = await browser.post("/api/auth/login", json={"email": email, "password": PASSWORD})
        browser.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield browser


async def statements(
    watcher: Watcher, client: httpx2.AsyncClient, method: str, path: str, *, before: int = 1, **headers: str
) -> list[str]:
    """Of one such request after some others: the first one notes that the credential was used."""
    request_id = ""
    for _ in range(before + 1):
        request_id = new_id().hex
        answer = await client.request(method, path, headers={"X-Request-Id": request_id} | headers)
        assert answer.status_code == 200, answer.text
    return [one.split()[0] for one in watcher.statements[request_id] if not one.startswith(FREE)]


async def test_a_sign_in_costs_one_statement(watcher: Watcher, browser: httpx2.AsyncClient) -> None:
    assert await statements(watcher, browser, "GET", "/api/roles") == ["SELECT"]


async def test_an_api_key_costs_two(watcher: Watcher, browser: httpx2.AsyncClient) -> None:
    made = (await browser.post("/api/me/api-keys", json={"name": "Program"})).json()
    key = f"Bearer {made['secret']}"
    assert await statements(watcher, browser, "GET", "/api/roles", Authorization=key) == ["SELECT", "SELECT"]


async def test_a_directorys_token_costs_one(hub: Hub, watcher: Watcher, company: Company) -> None:
    token = f"Bearer {await make_token(company.admin)}"
    async with httpx2.AsyncClient(base_url=hub.url, headers={"Authorization": token}) as directory:
        assert await statements(watcher, directory, "GET", "/scim/v2/ServiceProviderConfig") == ["SELECT"]


async def test_a_refresh_costs_two(watcher: Watcher, browser: httpx2.AsyncClient) -> None:
    assert await statements(watcher, browser, "POST", "/api/auth/refresh", before=0, **OURS) == ["SELECT", "UPDATE"]
