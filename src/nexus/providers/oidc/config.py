"""What one provider is, by an operator's settings."""

from dataclasses import dataclass
from typing import Final

ENTRA_TEMPLATE: Final = "{tenantid}"
"""Stands in the issuer that Entra's shared authorities publish, for the tenant of the token."""


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """`authority` is the address before `/.well-known/openid-configuration`. Times are seconds."""

    authority: str
    client_id: str
    client_secret: str
    scopes: str
    is_entra: bool = False
    allowed_tenants: frozenset[str] = frozenset()
    """Entra only: the tenants whose people may come."""
    groups_claim: str = "groups"
    roles_claim: str = "roles"
    profile_claims: tuple[str, ...] = ()
    wants_groups: bool = False
    graph_url: str = "https://graph.microsoft.com/v1.0"
    timeout: float = 10.0
