"""Signing in and staying signed in, through the API."""

import httpx2

from factories import World, sign_in


async def test_login_gives_a_bearer_that_me_accepts(client: httpx2.AsyncClient, world: World) -> None:
    headers = await sign_in(client, "user@acme.test")
    me = await client.get("/api/me", headers=headers)
    assert me.status_code == 200
    assert me.json()["user"]["email"] == "user@acme.test"
