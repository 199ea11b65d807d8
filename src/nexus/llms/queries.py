"""The SQL of model providers and model routes; always with their tenant."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.errors import NexusError
from nexus.llms.models import ModelProvider, ModelRoute, ModelRouteCandidate, Prompt

Candidates = Sequence[tuple[ModelRouteCandidate, ModelProvider | None]]


async def find_provider(
    session: AsyncSession, tenant_id: UUID, provider_id: UUID, *, lock: bool = False
) -> ModelProvider | None:
    own = select(ModelProvider).where(ModelProvider.id == provider_id, ModelProvider.tenant_id == tenant_id)
    return await session.scalar(own.with_for_update() if lock else own)


async def list_providers(
    session: AsyncSession, tenant_id: UUID, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[ModelProvider]:
    """By name."""
    own = select(ModelProvider).where(ModelProvider.tenant_id == tenant_id)
    if after is not None:
        name, row_id = after
        own = own.where(
            (ModelProvider.name > name) | ((ModelProvider.name == name) & (ModelProvider.id > row_id)),
        )
    return (await session.scalars(own.order_by(ModelProvider.name, ModelProvider.id).limit(limit))).all()


async def save(session: AsyncSession, otherwise: NexusError) -> None:
    """Raises `otherwise` when something unique stands in the way."""
    try:
        await session.flush()
    except IntegrityError as error:
        raise otherwise from error


async def add(session: AsyncSession, row: ModelProvider | ModelRoute | Prompt, otherwise: NexusError) -> None:
    session.add(row)
    await save(session, otherwise)


async def remove(session: AsyncSession, row: ModelProvider | ModelRoute) -> None:
    await session.delete(row)
    await session.flush()


async def purposes_asking(session: AsyncSession, tenant_id: UUID) -> Mapping[UUID, list[str]]:
    """Of each provider, the purposes of the routes that ask it."""
    statement = (
        select(ModelRouteCandidate.provider_id, ModelRoute.purpose)
        .join(ModelRoute, ModelRoute.id == ModelRouteCandidate.route_id)
        .where(ModelRoute.tenant_id == tenant_id)
        .distinct()
    )
    found: dict[UUID, list[str]] = {}
    for provider_id, purpose in await session.execute(statement):
        if provider_id is not None:
            found.setdefault(provider_id, []).append(purpose)
    return found


async def find_route(session: AsyncSession, tenant_id: UUID, purpose: str, *, lock: bool = False) -> ModelRoute | None:
    own = select(ModelRoute).where(ModelRoute.tenant_id == tenant_id, ModelRoute.purpose == purpose)
    return await session.scalar(own.with_for_update() if lock else own)


async def find_routes(session: AsyncSession, tenant_id: UUID, purposes: Sequence[str]) -> Mapping[str, ModelRoute]:
    own = select(ModelRoute).where(ModelRoute.tenant_id == tenant_id, ModelRoute.purpose.in_(purposes))
    return {route.purpose: route for route in await session.scalars(own)}


async def candidates_of(session: AsyncSession, route_ids: Sequence[UUID]) -> Mapping[UUID, Candidates]:
    """In their order, each with its provider."""
    if not route_ids:
        return {}
    statement = (
        select(ModelRouteCandidate, ModelProvider)
        .outerjoin(ModelProvider, ModelProvider.id == ModelRouteCandidate.provider_id)
        .where(ModelRouteCandidate.route_id.in_(route_ids))
        .order_by(ModelRouteCandidate.route_id, ModelRouteCandidate.position)
    )
    found: dict[UUID, list[tuple[ModelRouteCandidate, ModelProvider | None]]] = {}
    for candidate, provider in await session.execute(statement):
        found.setdefault(candidate.route_id, []).append((candidate, provider))
    return found


async def replace_candidates(
    session: AsyncSession, route_id: UUID, candidates: Sequence[tuple[UUID | None, str]]
) -> None:
    await session.execute(delete(ModelRouteCandidate).where(ModelRouteCandidate.route_id == route_id))
    rows = [
        ModelRouteCandidate(route_id=route_id, position=position, provider_id=provider_id, model=model)
        for position, (provider_id, model) in enumerate(candidates)
    ]
    session.add_all(rows)
    await session.flush()
