"""Addresses as people paste them, and what each vendor needs of them."""

from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

_VERSIONS: Final = frozenset({"v1", "v1beta", "api"})
_AZURE_V1: Final = frozenset({"", "v1", "latest", "preview"})


def checked_address(base_url: str) -> str:
    """The address without its query, and without a slash at its end. Raises ValueError."""
    try:
        address = urlsplit(base_url.strip())
        port = address.port
    except ValueError:
        raise ValueError("The model provider's address is no web address.") from None
    if address.scheme not in {"http", "https"} or not address.hostname or port == 0:
        raise ValueError("The model provider's address has to begin with http:// or https:// and name a server.")
    if address.username is not None or address.password is not None:
        raise ValueError(
            "The model provider's address must not hold a name or password. Keys have a field of their own."
        )
    return urlunsplit((address.scheme, address.netloc, address.path.rstrip("/"), "", ""))


def without_version(address: str) -> str:
    """The server's own address: a version at the end is pasted often, and added by us."""
    head, _, last = address.rpartition("/")
    return head if last in _VERSIONS and not head.endswith("/") else address


def azure_endpoint(address: str, api_version: str, deployment: str) -> tuple[str, dict[str, str]]:
    """Where a deployment is asked, and with which query.

    Without a version, or with `preview`, that is the `v1` path, else the dated one. A whole request's address may be
    pasted, too.
    """
    resource = address.partition("/openai")[0].rstrip("/")
    if api_version in _AZURE_V1:
        return f"{resource}/openai/v1", {"api-version": api_version} if api_version == "preview" else {}
    place = f"/deployments/{quote(deployment, safe='')}" if deployment else ""
    return f"{resource}/openai{place}", {"api-version": api_version}
