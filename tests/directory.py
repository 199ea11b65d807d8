"""A company's directory, such as Entra or Okta: a token of a tenant, and a client that speaks SCIM with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from hub import PATIENCE, Hub, Person
from nexus.core.ids import new_id

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

JSON = dict[str, Any]


@dataclass(frozen=True)
class Directory:
    """Sends what Entra or Okta send; the shortcuts check the status and return the body."""

    client: httpx2.AsyncClient
    mark: str
    """Part of every address, so that tests do not meet in one installation."""

    def address(self, name: str) -> str:
        return f"{name}@{self.mark}.test"

    async def call(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return await self.client.request(method, f"/scim/v2{path}", **options)

    async def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        answer = await self.call(method, path, **options | ({} if body is None else {"json": body}))
        assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
        if not answer.content:
            return None
        assert answer.headers["content-type"] == "application/scim+json"
        if answer.is_error:
            assert answer.json()["schemas"] == [ERROR]
            assert answer.json()["status"] == str(status)
        return answer.json()

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return await self.ask("GET", path, status=status, params=params)

    async def find(self, kind: str, wanted: str, **params: Any) -> list[Any]:
        """What fulfils the filter."""
        page = await self.get(f"/{kind}", filter=wanted, **params)
        assert page["schemas"] == [LIST]
        assert page["itemsPerPage"] == len(page["Resources"])
        return page["Resources"]

    async def patch(self, path: str, *operations: JSON, status: int = 200, **options: Any) -> Any:
        return await self.ask("PATCH", path, {"schemas": [PATCH], "Operations": operations}, status=status, **options)

    async def add_user(self, name: str = "ada", /, **fields: Any) -> Any:
        """As Entra makes one with its default mapping."""
        body = {
            "schemas": [USER, ENTERPRISE],
            "externalId": f"external-{name}",
            "userName": self.address(name),
            "active": True,
            "displayName": name.title(),
            "emails": [{"primary": True, "type": "work", "value": self.address(name)}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": f"{name} Smith", "familyName": "Smith", "givenName": name},
            "roles": [],
        }
        return await self.ask("POST", "/Users", body | fields, status=201)

    async def add_group(self, name: str = "Engineers", *members: str, **fields: Any) -> Any:
        body = {
            "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": f"external-{name}",
            "displayName": name,
            "meta": {"resourceType": "Group"},
            "members": [{"value": member} for member in members],
        }
        return await self.ask("POST", "/Groups", body | fields, status=201)


async def make_token(admin: Person, name: str = "Entra") -> str:
    return (await admin.post("/scim-tokens", {"name": name}, 201))["token"]


@asynccontextmanager
async def directory_of(hub: Hub, admin: Person) -> AsyncGenerator[Directory, None]:
    headers = {"Authorization": f"Bearer {await make_token(admin)}", "Content-Type": "application/scim+json"}
    async with httpx2.AsyncClient(base_url=hub.url, headers=headers, timeout=PATIENCE) as client:
        yield Directory(client, new_id().hex[-12:])
