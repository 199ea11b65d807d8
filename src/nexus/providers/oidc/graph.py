"""What Entra leaves out of a token and Microsoft Graph tells: groups beyond 200, and the person's profile.

The address is the operator's setting. A token names one too, for groups; a server that calls what it is handed
can be led anywhere, so that is never read.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import httpx2

from nexus.providers.oidc.base import ProviderError, Refusal
from nexus.providers.oidc.http import fetch_json

_MAX_PAGES: Final = 50
"""Of 999: Entra itself lets nobody be in more groups than a few thousand."""
_PROPERTY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HTTP_OK: Final = 200


class Graph:
    def __init__(self, base_url: str, http: httpx2.AsyncClient) -> None:
        self._base = base_url.rstrip("/")
        self._http = http

    async def groups(self, access_token: str) -> frozenset[str]:
        """The ids of all groups the person is in, groups in groups included. Raises ProviderError."""
        url = f"{self._base}/me/transitiveMemberOf?$select=id&$top=999"
        found: set[str] = set()
        for _ in range(_MAX_PAGES):
            page = await self._get(url, access_token)
            listed: Any = page.get("value")
            if not isinstance(listed, list):
                raise ProviderError(Refusal.GROUPS_UNKNOWN, "Graph sent no list of groups")
            # Directory roles and administrative units stand in the same list.
            found |= {str(one["id"]) for one in listed if one.get("@odata.type") == "#microsoft.graph.group"}  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType, reportUnknownArgumentType]
            following: Any = page.get("@odata.nextLink")
            if not following:
                return frozenset(found)
            if not str(following).startswith(f"{self._base}/"):
                raise ProviderError(Refusal.GROUPS_UNKNOWN, "Graph's next page is not Graph's")
            url = str(following)
        raise ProviderError(Refusal.GROUPS_UNKNOWN, "Graph's pages do not end")

    async def profile(self, access_token: str, names: Sequence[str]) -> dict[str, str]:
        """These properties of the person, as far as they have them; `department` for instance. Raises ProviderError."""
        asked = [name for name in names if _PROPERTY.fullmatch(name)]
        if not asked:
            return {}
        found = await self._get(f"{self._base}/me?$select={','.join(asked)}", access_token)
        return {name: value for name in asked if isinstance(value := found.get(name), str) and value}

    async def _get(self, url: str, access_token: str) -> dict[str, Any]:
        try:
            status, found = await fetch_json(self._http, url, bearer=access_token)
        except ProviderError as error:
            raise ProviderError(Refusal.GROUPS_UNKNOWN, error.reason) from None
        if status != _HTTP_OK:
            raise ProviderError(Refusal.GROUPS_UNKNOWN, f"Graph answered HTTP {status}; is User.Read consented to?")
        return found
