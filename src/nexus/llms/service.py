"""Setting up model providers and model routes. What is configured here takes effect with the next question."""

from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr

from nexus.access.principal import Principal
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import NotFoundError
from nexus.core.ids import new_id
from nexus.core.logging import conceal
from nexus.core.sealed_rows import place_in
from nexus.core.secrets import Place, SecretBox
from nexus.core.settings_security import is_confidential
from nexus.llms import acts, queries
from nexus.llms.errors import ChangedMeanwhileError, NameTakenError, ProviderSettingsError
from nexus.llms.models import ModelProvider, ModelRoute
from nexus.llms.schemas import (
    CandidateIn,
    ModelProviderChange,
    ModelProviderCreate,
    ModelRoutePut,
)
from nexus.providers.llm.catalogue import ProviderConfig, check

_PLAIN: Final = ("name", "base_url", "region", "api_version", "enabled")


def no_such_provider() -> NotFoundError:
    return NotFoundError("There is no such model provider.")


async def get_provider(
    session: AsyncSession, principal: Principal, provider_id: UUID, *, lock: bool = False
) -> ModelProvider:
    """Raises NotFoundError, the same for unknown and another tenant's."""
    found = await queries.find_provider(session, principal.tenant_id, provider_id, lock=lock)
    if found is None:
        raise no_such_provider()
    return found


async def create_provider(
    session: AsyncSession, principal: Principal, box: SecretBox, key_names: dict[str, str], new: ModelProviderCreate
) -> ModelProvider:
    """Raises ProviderSettingsError, NameTakenError."""
    provider = ModelProvider(
        id=new_id(), tenant_id=principal.tenant_id, kind=new.kind, key_env=new.key_env, version=1,
        **{name: getattr(new, name) for name in _PLAIN},
    )  # fmt: skip
    _set_key(provider, box, new.new_key)
    _require_sound(provider, key_names)
    await queries.add(session, provider, NameTakenError())
    record(session, principal, Action.MODEL_PROVIDER_CREATED, acts.target(provider), acts.provider_details(provider))
    return provider


async def update_provider(
    session: AsyncSession,
    principal: Principal,
    box: SecretBox,
    key_names: dict[str, str],
    provider_id: UUID,
    change: ModelProviderChange,
) -> ModelProvider:
    """Raises NotFoundError, ChangedMeanwhileError, ProviderSettingsError, NameTakenError."""
    provider = await get_provider(session, principal, provider_id, lock=True)
    if provider.version != change.version:
        raise ChangedMeanwhileError
    before, former_host = acts.provider_details(provider), _origin(provider)
    for name in _PLAIN:
        if (value := getattr(change, name)) is not None:
            setattr(provider, name, value)
    if change.key_env is not None:
        provider.key_env, provider.sealed_key = change.key_env, None
    elif provider.sealed_key and change.new_key is None and _origin(provider) != former_host:
        # Whoever can change the address must not thereby learn a key that somebody else has entered.
        raise ProviderSettingsError("Enter the key again: it was given for another address.")
    _set_key(provider, box, change.new_key)
    _require_sound(provider, key_names)
    provider.version += 1
    provider.updated_at = now()
    await queries.save(session, NameTakenError())
    details = changes(before, acts.provider_details(provider)) | ({"rekeyed": True} if change.new_key else {})
    record(session, principal, Action.MODEL_PROVIDER_CHANGED, acts.target(provider), details)
    return provider


async def delete_provider(session: AsyncSession, principal: Principal, provider_id: UUID) -> None:
    """It leaves the routes that ask it; a route that asked nobody else ends. Raises NotFoundError."""
    provider = await get_provider(session, principal, provider_id, lock=True)
    asking = (await queries.purposes_asking(session, principal.tenant_id)).get(provider.id, [])
    await queries.remove(session, provider)
    routes = await queries.find_routes(session, principal.tenant_id, asking)
    left = await queries.candidates_of(session, [route.id for route in routes.values()])
    for route in routes.values():
        if route.id in left:
            route.version += 1
        else:
            await queries.remove(session, route)
    record(session, principal, Action.MODEL_PROVIDER_DELETED, acts.target(provider), {"asked_for": sorted(asking)})


async def put_route(
    session: AsyncSession, principal: Principal, purpose: str, wanted: ModelRoutePut, environment: str | None
) -> ModelRoute:
    """`purpose` is a purpose's word, or that of an agent (`agent_purpose`); `environment` the model of the
    installation's own provider.

    Raises NotFoundError for a provider that is not the tenant's, ChangedMeanwhileError, ProviderSettingsError.
    """
    for candidate in wanted.candidates:
        if candidate.provider_id is not None:
            await get_provider(session, principal, candidate.provider_id)
        elif environment is None:
            raise ProviderSettingsError("The installation's settings name no language model. Choose a model provider.")
    named = [(each.provider_id, each.model if each.provider_id else environment) for each in wanted.candidates]
    if len(set(named)) < len(named):
        raise ProviderSettingsError("A model stands twice in the list. Take one of them out.")
    route = await queries.find_route(session, principal.tenant_id, purpose, lock=True)
    if (route.version if route else 0) != wanted.version:
        raise ChangedMeanwhileError
    before: dict[str, Any] = {}
    if route is None:
        route = ModelRoute(id=new_id(), tenant_id=principal.tenant_id, purpose=str(purpose), version=0)
        _set_bounds(route, wanted)
        await queries.add(session, route, ChangedMeanwhileError())
    else:
        before = acts.route_details(route, await _asked(session, route))
        _set_bounds(route, wanted)
    await queries.replace_candidates(session, route.id, [(each, model or "") for each, model in named])
    details = changes(before, acts.route_details(route, wanted.candidates))
    record(session, principal, Action.MODEL_ROUTE_CHANGED, acts.target(route), details)
    return route


async def delete_route(session: AsyncSession, principal: Principal, purpose: str) -> None:
    """What counts where nothing is set counts again; also where nothing was."""
    route = await queries.find_route(session, principal.tenant_id, purpose, lock=True)
    if route is not None:
        await queries.remove(session, route)
        record(session, principal, Action.MODEL_ROUTE_DELETED, acts.target(route))


def key_place(provider: ModelProvider) -> Place:
    return place_in(ModelProvider, "sealed_key", provider.tenant_id, provider.id)


def _set_bounds(route: ModelRoute, wanted: ModelRoutePut) -> None:
    route.temperature, route.max_tokens = wanted.temperature, wanted.max_tokens
    route.deadline_seconds, route.patience_seconds = wanted.deadline_seconds, wanted.patience_seconds
    route.version += 1
    route.updated_at = now()


async def _asked(session: AsyncSession, route: ModelRoute) -> list[CandidateIn]:
    found = (await queries.candidates_of(session, [route.id])).get(route.id, ())
    return [CandidateIn(provider_id=candidate.provider_id, model=candidate.model) for candidate, _ in found]


def _set_key(provider: ModelProvider, box: SecretBox, given: SecretStr | None) -> None:
    key = given.get_secret_value().strip() if given else ""
    if not key:
        return
    if provider.key_env:
        raise ProviderSettingsError("Give either a key or the name of an environment variable that holds it, not both.")
    conceal([key])
    try:
        check(ProviderConfig("openai-compatible", "https://key.test", key))
    except ValueError as error:
        raise ProviderSettingsError(str(error)) from None
    provider.sealed_key = box.seal(key, key_place(provider))


def _require_sound(provider: ModelProvider, key_names: dict[str, str]) -> None:
    """Raises ProviderSettingsError."""
    kind: Any = provider.kind
    config = ProviderConfig(kind, provider.base_url, None, api_version=provider.api_version)
    try:
        check(config)
        address = config.address
    except ValueError as error:
        raise ProviderSettingsError(str(error)) from None
    if provider.key_env:
        _require_permitted(provider.key_env, key_names, address)


def _require_permitted(key_env: str, key_names: dict[str, str], address: str) -> None:
    """A key of the installation goes to the host it is for: whoever may set addresses up must not collect keys."""
    if key_env not in key_names:
        raise ProviderSettingsError(
            f"{key_env} is not among the keys of this installation. An operator lists them, each with the host it is "
            "for, in NEXUS_LLM__KEY_NAMES."
        )
    permitted = key_names[key_env]
    if urlsplit(address).netloc.casefold() != permitted.casefold() or not is_confidential(address):
        raise ProviderSettingsError(f"{key_env} is a key for https://{permitted}, and for no other address.")


def _origin(provider: ModelProvider) -> tuple[str, str]:
    try:
        address = urlsplit(provider.base_url)
    except ValueError:
        return "", provider.base_url
    return address.scheme, address.netloc.casefold()
