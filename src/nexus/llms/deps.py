"""What this room's routes ask for."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends

from nexus.core.egress import Egress, EgressError
from nexus.core.http.deps import provided
from nexus.llms.choosing import Models
from nexus.llms.errors import ProviderSettingsError
from nexus.providers.llm.catalogue import ProviderConfig, ProviderKind

ModelsInUse = Annotated[Models, Depends(provided(Models))]
EgressInUse = Annotated[Egress, Depends(provided(Egress))]

_PORTS = {"http": 80, "https": 443}


async def require_callable(egress: Egress, kind: ProviderKind, base_url: str | None) -> None:
    """That the address may be called at all, as far as that can be said now. Raises ProviderSettingsError.

    Vendors' own addresses need no look, but for Ollama's, which is this machine.
    """
    if base_url is None or (not base_url and kind != "ollama"):
        return
    try:
        address = urlsplit(ProviderConfig(kind, base_url).address)
        host, port = address.hostname or "", address.port or _PORTS.get(address.scheme, 443)
    except ValueError as error:
        raise ProviderSettingsError(str(error)) from None
    try:
        await egress.resolve(host, port)
    except EgressError as error:
        raise ProviderSettingsError(str(error)) from None
