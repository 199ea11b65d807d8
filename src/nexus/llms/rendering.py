"""Model providers and model routes as administrators see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from nexus.core.db import AsyncSession
from nexus.llms import acts, queries
from nexus.llms.choosing import Models
from nexus.llms.health import Health
from nexus.llms.models import ModelProvider, ModelRoute
from nexus.llms.schemas import (
    CandidateOut,
    EnvironmentProviderOut,
    HealthOut,
    ModelProviderOut,
    ModelRouteOut,
    ModelRoutePut,
    ModelSettingsOut,
    Purpose,
    RouteOut,
    agent_purpose,
    is_agents,
)

_UNSET = ModelRoutePut.model_fields


async def render_providers(
    session: AsyncSession, tenant_id: UUID, models: Models, providers: Sequence[ModelProvider]
) -> list[ModelProviderOut]:
    asking = await queries.purposes_asking(session, tenant_id)
    return [_provider(each, models, asking) for each in providers]


def render_settings(models: Models, key_names: Mapping[str, str]) -> ModelSettingsOut:
    own = None
    if (name := models.environment) is not None:
        own = EnvironmentProviderOut(model=name, host=models.environment_host, health=_healths(models, None))
    return ModelSettingsOut(environment=own, key_names=dict(key_names))


async def render_routes(
    session: AsyncSession, tenant_id: UUID, models: Models, purposes: Sequence[Purpose]
) -> list[ModelRouteOut]:
    routes = await queries.find_routes(session, tenant_id, [each.value for each in Purpose])
    candidates = await queries.candidates_of(session, [route.id for route in routes.values()])
    found = [_route(models, purpose, routes, candidates) for purpose in purposes]
    return [ModelRouteOut(purpose=purpose, **dict(route)) for purpose, route in zip(purposes, found, strict=True)]


async def render_agent_route(session: AsyncSession, tenant_id: UUID, models: Models, agent_id: UUID) -> RouteOut:
    """Where it has none of its own, what counts for questions."""
    purpose = agent_purpose(agent_id)
    routes = await queries.find_routes(session, tenant_id, [purpose, Purpose.KNOWLEDGE.value])
    candidates = await queries.candidates_of(session, [route.id for route in routes.values()])
    return _route(models, purpose, routes, candidates)


def _provider(provider: ModelProvider, models: Models, asking: Mapping[UUID, Sequence[str]]) -> ModelProviderOut:
    return ModelProviderOut.model_validate(
        {
            "id": provider.id,
            "name": provider.name,
            "kind": provider.kind,
            "base_url": provider.base_url,
            "region": provider.region,
            "api_version": provider.api_version,
            "key_source": acts.key_source(provider),
            "key_env": provider.key_env,
            "enabled": provider.enabled,
            "version": provider.version,
            "created_at": provider.created_at,
            "updated_at": provider.updated_at,
            "used_by": [each for each in Purpose if each.value in asking.get(provider.id, ())],
            "used_by_agents": sum(is_agents(each) for each in asking.get(provider.id, ())),
            "health": _healths(models, provider),
        }
    )


def _healths(models: Models, provider: ModelProvider | None) -> list[HealthOut]:
    return [_health(model, health) for model, health in models.healths_of(provider) if health.state != "unused"]


def _health(model: str, health: Health) -> HealthOut:
    return HealthOut(
        model=model,
        state=health.state,
        last_success_at=health.last_success_at,
        last_failure_at=health.last_failure_at,
        last_failure=health.last_failure,
        first_token_ms=health.first_token_ms,
    )


def _route(
    models: Models, purpose: str, routes: Mapping[str, ModelRoute], candidates: Mapping[UUID, queries.Candidates]
) -> RouteOut:
    route = routes.get(purpose)
    if route is None:
        follows = "environment" if models.environment is not None else None
        if purpose != Purpose.KNOWLEDGE and Purpose.KNOWLEDGE.value in routes:
            follows = "knowledge"
        names = ("temperature", "max_tokens", "deadline_seconds", "patience_seconds")
        bounds = {name: _UNSET[name].default for name in names}
        return RouteOut(version=0, follows=follows, candidates=[], **bounds)
    return RouteOut(
        version=route.version,
        follows=None,
        candidates=[_candidate(models, row.model, provider) for row, provider in candidates.get(route.id, ())],
        temperature=route.temperature,
        max_tokens=route.max_tokens,
        deadline_seconds=route.deadline_seconds,
        patience_seconds=route.patience_seconds,
    )


def _candidate(models: Models, model: str, provider: ModelProvider | None) -> CandidateOut:
    health = models.health_of(provider, model)
    return CandidateOut(
        provider_id=provider.id if provider else None,
        provider_name=provider.name if provider else None,
        enabled=provider.enabled if provider else models.environment is not None,
        model=model,
        health=_health(model, health) if health and health.state != "unused" else None,
    )
