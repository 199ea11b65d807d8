"""The settings of sign-in at an identity provider."""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from nexus.core.settings_security import Group, is_confidential

MappedRole = Literal["user", "content_manager", "admin"]
"""What a provider may make of a person. The highest role is given by hand alone."""


class OidcSettings(Group):
    """Sign-in at an identity provider; on as soon as there is a client id."""

    entra_tenant: str = Field(
        default="", description="Microsoft Entra ID: the directory (tenant) id, or `organizations` for several."
    )
    entra_authority: str = Field(
        default="https://login.microsoftonline.com", description="Entra's address; national clouds have their own."
    )
    graph_url: str = Field(
        default="https://graph.microsoft.com/v1.0", description="Microsoft Graph, asked for groups beyond 200."
    )
    issuer: str = Field(default="", description="Any other OpenID Connect provider: its issuer, to the letter.")
    client_id: str = Field(default="", description="Id under which the provider knows this installation.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Secret the provider gave for it.")
    client_secret_file: Path | None = Field(default=None, description="A file with that secret, in its place.")
    scopes: str = Field(
        default="", description="Empty asks for `openid profile email`, and of Entra for `User.Read` besides."
    )
    label: str = Field(default="", max_length=60, description="Name on the button; empty: Microsoft, or the host.")
    tenant: str = Field(default="", description="Nexus tenant of people who come; empty means the first one.")
    allowed_tenants: dict[str, str] = Field(
        default_factory=dict, description="Entra tenant id → Nexus tenant, as JSON; who else comes is refused."
    )
    provisioning: bool = Field(default=True, description="Whoever comes for the first time gets an account.")
    groups: dict[str, str] = Field(
        default_factory=dict, description="The provider's group (Entra: its object id) → Nexus group, as JSON."
    )
    group_roles: dict[str, MappedRole] = Field(
        default_factory=dict, description="The provider's group → `user`, `content_manager` or `admin`, as JSON."
    )
    app_roles: dict[str, MappedRole] = Field(
        default_factory=dict, description="App role of the token → `user`, `content_manager` or `admin`, as JSON."
    )
    groups_claim: str = Field(default="groups", description="Claim with the groups. Entra's is always `groups`.")
    roles_claim: str = Field(default="roles", description="Claim with the app roles. Entra's is always `roles`.")
    department_claim: str = Field(
        default="",
        description="Claim, or property of the Entra profile, with the department, as `department`.",
    )
    region_claim: str = Field(
        default="", description="The same for the region, where departments of several regions bear one name."
    )
    timeout_seconds: float = Field(default=10, gt=0, description="A sign-in waits so long for the provider.")
    password_sign_in: bool = Field(
        default=True, description="false leaves the password to the founder alone, for the day the provider is away."
    )

    @property
    def is_on(self) -> bool:
        return bool(self.client_id)


def oidc_problems(oidc: OidcSettings) -> list[tuple[bool, str]]:
    """What does not fit together."""
    shared = oidc.entra_tenant in {"organizations", "common"}
    guid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    addresses = {
        "ISSUER": oidc.issuer,
        "ENTRA_AUTHORITY": oidc.entra_authority,
        "GRAPH_URL": oidc.graph_url,
    }
    return [
        (
            oidc.is_on and bool(oidc.entra_tenant) == bool(oidc.issuer),
            "NEXUS_OIDC__CLIENT_ID needs NEXUS_OIDC__ENTRA_TENANT or NEXUS_OIDC__ISSUER",
        ),
        (
            bool(oidc.entra_tenant) and not shared and not guid.fullmatch(oidc.entra_tenant),
            "NEXUS_OIDC__ENTRA_TENANT has to be a directory id in lower case, or organizations",
        ),
        (shared and not oidc.allowed_tenants, "NEXUS_OIDC__ENTRA_TENANT needs NEXUS_OIDC__ALLOWED_TENANTS"),
        (
            not all(map(guid.fullmatch, oidc.allowed_tenants)),
            "NEXUS_OIDC__ALLOWED_TENANTS has to name directory ids in lower case",
        ),
        (
            not oidc.password_sign_in and not oidc.is_on,
            "NEXUS_OIDC__PASSWORD_SIGN_IN=false needs NEXUS_OIDC__CLIENT_ID",
        ),
        *(
            (bool(url) and not is_confidential(url), f"NEXUS_OIDC__{name} has to begin with https://")
            for name, url in addresses.items()
        ),
    ]
