"""What tests of single sign-on share: a browser that goes to the provider and back."""

from typing import Any

import httpx2
from fastapi import FastAPI
from tests.doubles.entra import EntraDouble
from tests.doubles.entra_tokens import CLIENT, SECRET, TENANT, Person, oid

from nexus.core.settings import OidcSettings

ADA = Person("ada@contoso.test", oid(1))
HOME = "http://127.0.0.1:8080"
CALLBACK = f"{HOME}/api/auth/oidc/callback"


class Browser:
    """Follows no redirect by itself, and keeps its cookies; what is not ours it asks for over the network."""

    def __init__(self, app: FastAPI) -> None:
        self.home = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOME)
        self._web = httpx2.AsyncClient(trust_env=False)

    async def aclose(self) -> None:
        await self.home.aclose()
        await self._web.aclose()

    async def begin(self, **params: str) -> str:
        """The provider's address that our server leads to."""
        answer = await self.home.get("/api/auth/oidc/start", params=params)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def visit(self, url: str) -> httpx2.Response:
        return await self._web.get(url)

    async def back_from(self, url: str) -> str:
        """Our address that the provider leads to."""
        answer = await self.visit(url)
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(CALLBACK)
        return answer.headers["location"]

    async def arrive(self, callback: str) -> str:
        """Where our server leads in the end, a path of ours."""
        answer = await self.home.get(callback)
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.headers["location"]

    async def sign_in(self, **params: str) -> str:
        return await self.arrive(await self.back_from(await self.begin(**params)))

    async def refresh(self) -> httpx2.Response:
        return await self.home.post("/api/auth/refresh", headers={"X-Nexus-Request": "1", "Origin": HOME})

    async def bearer(self) -> dict[str, str]:
        answer = await self.refresh()
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def me(self) -> Any:
        answer = await self.home.get("/api/me", headers=await self.bearer())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def is_in(self) -> bool:
        return (await self.refresh()).status_code == 200


def oidc_settings(double: EntraDouble, options: dict[str, Any]) -> OidcSettings:
    """Those that reach the double, as its directory or, with an `issuer` among the options, as a plain provider."""
    reach: dict[str, Any] = {"client_id": CLIENT, "client_secret": SECRET, "timeout_seconds": 5}
    if "issuer" in options:
        reach["issuer"] = f"{double.url}/{options['issuer']}"
    else:
        reach |= {"entra_tenant": TENANT, "entra_authority": double.url, "graph_url": f"{double.url}/v1.0"}
    return OidcSettings(**reach | {name: value for name, value in options.items() if name != "issuer"})
