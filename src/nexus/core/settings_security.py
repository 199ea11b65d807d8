"""The settings that guard the installation: keys, trusted issuers, the developer's way in."""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a private key alone: with a shared secret, whoever can check a token could have made it."""


class Group(BaseModel):
    """A named part of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _require_networks(entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry in entries:
        if "/" in entry:
            ipaddress.ip_network(entry)
    return entries


Hosts = Annotated[tuple[str, ...], AfterValidator(_require_networks)]
"""Names of hosts, and networks with a `/` in them (`core.egress`)."""


class SecretSettings(Group):
    keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys that encrypt stored secrets, separated by commas: the first encrypts, all decrypt. "
        "`nexus secrets new-key` makes one; empty means one made at the first start and kept in the data folder.",
    )
    keys_file: Path | None = Field(default=None, description="A file with such keys, one a line, after those above.")


class TrustedIssuer(Group):
    """Somebody else's JWTs that are taken as a credential."""

    issuer: str = Field(min_length=1, max_length=500)
    """The claim `iss`, to the letter."""
    audience: str = Field(min_length=1, max_length=500)
    """What `aud` has to name: this installation, and not the client with which people sign in."""
    jwks_url: str = ""
    """Empty finds it by OpenID Connect discovery below the issuer."""
    algorithms: tuple[Algorithm, ...] = ("RS256",)
    types: tuple[str, ...] = ("at+jwt",)
    """The header `typ`, in lower case. RFC 9068 says at+jwt; Entra's access tokens say JWT."""
    subject_claim: str = "sub"
    """Names the person; Entra's is oid."""
    tenant_claim: str = ""
    """The provider's own tenant, where people are told apart by it too; Entra's is tid."""
    email_domains: tuple[str, ...] = ()
    """People whom no identity names are found by a verified address in these domains; empty: never."""
    tenant: str = ""
    """Name of the Nexus tenant whose people it may name; empty means the first one."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can be there."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_confidential(url: str) -> bool:
    """Whether a secret may be sent there: over TLS, or to this machine."""
    address = urlsplit(url)
    host = address.hostname or ""
    return bool(host) and (address.scheme == "https" or (address.scheme == "http" and is_loopback(host)))


def issuer_problems(issuers: tuple[TrustedIssuer, ...], client_id: str) -> list[tuple[bool, str]]:
    """What is wrong with them, beside the form."""
    name = "NEXUS_TRUSTED_ISSUERS"
    urls = [url for each in issuers for url in (each.jwks_url or each.issuer,)]
    return [
        (len({each.issuer for each in issuers}) < len(issuers), f"{name} names an issuer twice"),
        (not all(map(is_confidential, urls)), f"{name}: addresses of keys have to begin with https://"),
        (not all(each.algorithms and each.types for each in issuers), f"{name} needs algorithms and types"),
        (
            bool(client_id) and any(each.audience == client_id for each in issuers),
            f"{name} needs an audience other than NEXUS_OIDC__CLIENT_ID: else the ID tokens of sign-ins would be taken",
        ),
    ]
