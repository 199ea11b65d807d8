"""The vendors whose models can be asked, and how one is built from what somebody configured."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

from nexus.providers.llm.addresses import azure_endpoint, checked_address, without_version
from nexus.providers.llm.base import LanguageModel, Served
from nexus.providers.llm.clients import CallOptions, Client
from nexus.providers.llm.remote import RemoteModel

if TYPE_CHECKING:
    from nexus.core.egress import Egress
    from nexus.providers.llm.wire import Dialect

ProviderKind = Literal["openai", "azure", "anthropic", "google", "ollama", "openai-compatible"]
PROVIDER_KINDS: Final[tuple[ProviderKind, ...]] = get_args(ProviderKind)
GOOGLE_VERSION: Final = "v1beta"
_VERSION: Final = re.compile(r"[A-Za-z0-9.-]*")
_OWN_ADDRESSES: Final[Mapping[ProviderKind, str]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
    "ollama": "http://localhost:11434",
}


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """Whom to ask. `base_url` may be empty where the vendor has an address of its own.

    `region` is only told, not chosen. `api_version`: Azure's date, where empty is its `v1`
    path; Anthropic's, of which 2023-06-01 still takes a temperature; Google's `v1beta`. Empty is the current one.
    """

    kind: ProviderKind
    base_url: str = ""
    api_key: str | None = field(default=None, repr=False)
    region: str = ""
    api_version: str = ""
    timeout_seconds: float = 120.0
    """The longest time one answer may take, retries and waiting included."""

    @property
    def address(self) -> str:
        """Raises ValueError, in a sentence for whoever wrote it."""
        return checked_address(self.base_url or _OWN_ADDRESSES.get(self.kind, ""))


def build_model(
    config: ProviderConfig, model: str, *, egress: "Egress | None" = None, options: CallOptions | None = None
) -> LanguageModel:
    """A model of a provider; `egress` limits whom it may call. Nothing is imported or called yet.

    Raises ValueError for what can never work: an address, a key or a version that no request can carry.
    """
    check(config)
    options = _guarded(options, egress)
    build = _BUILDERS[config.kind]
    return RemoteModel(
        Served(config.kind, model, config.region),
        lambda: build(config, model, options),
        options,
        total_timeout=config.timeout_seconds,
    )


async def list_models(
    config: ProviderConfig, *, egress: "Egress | None" = None, options: CallOptions | None = None
) -> Sequence[str]:
    """The names of a provider's models, sorted, at most a thousand, within 15 seconds. Raises LlmError, ValueError.

    Azure tells what a resource could run, not what its deployments are called.
    """
    check(config)
    return await (await asyncio.to_thread(_load_listing))(config, _guarded(options, egress))


def _load_listing() -> Callable[[ProviderConfig, CallOptions], Awaitable[Sequence[str]]]:
    from nexus.providers.llm.listing import fetch_models  # noqa: PLC0415

    return fetch_models


def check(config: ProviderConfig) -> None:
    """Raises ValueError where no request could ever be made."""
    _ = config.address
    key = config.api_key
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("The model provider's key has to consist of printable ASCII characters without spaces.")
    if not _VERSION.fullmatch(config.api_version):
        raise ValueError("An API version consists of letters, digits, dots and hyphens, such as 2024-10-21.")


def _guarded(options: CallOptions | None, egress: "Egress | None") -> CallOptions:
    options = options or CallOptions()
    return replace(options, egress=egress) if egress else options


# What follows imports at length, and runs in a thread.


def _build_chat_completions(config: ProviderConfig, model: str, options: CallOptions) -> Client:
    from nexus.providers.llm.pydantic_client import Endpoint, PydanticClient  # noqa: PLC0415
    from nexus.providers.llm.transport import build_http  # noqa: PLC0415

    endpoint = Endpoint(config.address, config.api_key, model)
    if config.kind == "azure":
        address, query = azure_endpoint(config.address, config.api_version, model)
        endpoint = Endpoint(address, config.api_key, model, query, azure=True)
    return PydanticClient(endpoint, build_http(options))


def _build_anthropic(config: ProviderConfig, model: str, options: CallOptions) -> Client:
    from nexus.providers.llm.anthropic import AnthropicDialect  # noqa: PLC0415

    address = without_version(config.address)
    return _build_wire(AnthropicDialect(address, config.api_version, config.api_key, model), options)


def _build_google(config: ProviderConfig, model: str, options: CallOptions) -> Client:
    from nexus.providers.llm.google import GoogleDialect  # noqa: PLC0415

    version = config.api_version or GOOGLE_VERSION
    return _build_wire(GoogleDialect(without_version(config.address), version, config.api_key, model), options)


def _build_ollama(config: ProviderConfig, model: str, options: CallOptions) -> Client:
    from nexus.providers.llm.ollama import OllamaDialect  # noqa: PLC0415

    return _build_wire(OllamaDialect(without_version(config.address), config.api_key, model), options)


def _build_wire(dialect: "Dialect", options: CallOptions) -> Client:
    from nexus.providers.llm.transport import build_http  # noqa: PLC0415
    from nexus.providers.llm.wire import WireClient  # noqa: PLC0415

    return WireClient(dialect, build_http(options))


_BUILDERS: Final[Mapping[ProviderKind, Callable[[ProviderConfig, str, CallOptions], Client]]] = {
    "openai": _build_chat_completions,
    "azure": _build_chat_completions,
    "openai-compatible": _build_chat_completions,
    "anthropic": _build_anthropic,
    "google": _build_google,
    "ollama": _build_ollama,
}
