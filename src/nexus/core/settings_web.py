"""Settings of searching the public web."""

from typing import Literal

from pydantic import Field, SecretStr

from nexus.core.settings_security import Group, Hosts, is_confidential


class WebSearchSettings(Group):
    """A search engine; without one, no model can search the web, whatever a tenant switches on."""

    kind: Literal["", "searxng", "brave"] = Field(
        default="", description="Search engine of the web: searxng, which you run, or brave; empty searches no web."
    )
    url: str = Field(default="", description="Address of SearXNG; of Brave Search only where it is not its own.")
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of Brave Search.")
    timeout_seconds: float = Field(default=10, gt=0, le=25, description="Time one search or one page may take.")
    page_hosts: Hosts = Field(
        default=(),
        description="Hosts and networks with private addresses whose pages may be read when a search finds them,"
        " as JSON. Public pages may always be.",
    )

    @property
    def is_on(self) -> bool:
        return bool(self.kind)


def web_search_problems(wanted: WebSearchSettings) -> list[tuple[bool, str]]:
    """What is wrong with them, beside the form."""
    key = bool(wanted.api_key.get_secret_value())
    return [
        (wanted.kind == "searxng" and not wanted.url, "NEXUS_WEB_SEARCH__KIND=searxng needs NEXUS_WEB_SEARCH__URL"),
        (wanted.kind == "brave" and not key, "NEXUS_WEB_SEARCH__KIND=brave needs NEXUS_WEB_SEARCH__API_KEY"),
        (
            wanted.kind == "brave" and bool(wanted.url) and not is_confidential(wanted.url),
            "NEXUS_WEB_SEARCH__URL would show NEXUS_WEB_SEARCH__API_KEY to the network: begin it with https://",
        ),
    ]
