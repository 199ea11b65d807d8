"""HTTP of model providers and model routes, for the administrators of a tenant."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, status

from nexus.access.principal import Permission, Principal
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity.deps import BoxInUse, SettingsInUse, require_permission, signed_in
from nexus.llms import queries, service
from nexus.llms.choosing import Models, Trial
from nexus.llms.deps import EgressInUse, ModelsInUse, require_callable
from nexus.llms.models import ModelProvider
from nexus.llms.rendering import render_providers, render_routes, render_settings
from nexus.llms.schemas import (
    ModelNamesOut,
    ModelProviderChange,
    ModelProviderCreate,
    ModelProviderOut,
    ModelRouteOut,
    ModelRoutePut,
    ModelRoutesOut,
    ModelSettingsOut,
    ModelTest,
    ModelTestOut,
    Purpose,
)

router = APIRouter(tags=["models"])

Manager = Annotated[Principal, require_permission(Permission.MODELS_MANAGE)]
_PERSON = [Depends(signed_in)]
"""An API key that leaked must not make the house send its questions elsewhere."""


@router.get("/model-providers")
async def list_model_providers(
    principal: Manager, session: ReadSession, models: ModelsInUse, limit: Limit = 50, cursor: Cursor = None
) -> Page[ModelProviderOut]:
    """By name."""
    after = decode_cursor(cursor, str, UUID) if cursor else None
    place = (after[0], after[1]) if after else None
    found = await queries.list_providers(session, principal.tenant_id, after=place, limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=await render_providers(session, principal.tenant_id, models, shown),
        next_cursor=encode_cursor(shown[-1].name, shown[-1].id) if len(found) > limit else None,
    )


@router.post("/model-providers", status_code=status.HTTP_201_CREATED, dependencies=_PERSON)
async def create_model_provider(
    body: ModelProviderCreate,
    principal: Manager,
    db: Db,
    box: BoxInUse,
    settings: SettingsInUse,
    models: ModelsInUse,
    egress: EgressInUse,
) -> ModelProviderOut:
    await require_callable(egress, body.kind, body.base_url)
    async with db.write() as session:
        provider = await service.create_provider(session, principal, box, settings.llm.key_names, body)
        return await _one(session, principal, models, provider)


@router.patch("/model-providers/{provider_id}", dependencies=_PERSON)
async def update_model_provider(
    provider_id: UUID,
    body: ModelProviderChange,
    principal: Manager,
    db: Db,
    box: BoxInUse,
    settings: SettingsInUse,
    models: ModelsInUse,
    egress: EgressInUse,
) -> ModelProviderOut:
    """The next question goes where the change says."""
    async with db.read() as session:
        kind: Any = (await service.get_provider(session, principal, provider_id)).kind
    await require_callable(egress, kind, body.base_url)
    async with db.write() as session:
        names = settings.llm.key_names
        provider = await service.update_provider(session, principal, box, names, provider_id, body)
        return await _one(session, principal, models, provider)


@router.delete("/model-providers/{provider_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=_PERSON)
async def delete_model_provider(provider_id: UUID, principal: Manager, session: WriteSession) -> None:
    """It leaves every route that asks it."""
    await service.delete_provider(session, principal, provider_id)


@router.post("/model-providers/{provider_id}/test", dependencies=_PERSON)
async def try_model_provider(
    provider_id: UUID, body: ModelTest, principal: Manager, db: Db, models: ModelsInUse
) -> ModelTestOut:
    """A short real call to one of its models, within 30 seconds."""
    async with db.read() as session:
        provider = await service.get_provider(session, principal, provider_id)
    return _trial(await models.test(provider, body.model))


@router.get("/model-providers/{provider_id}/models", dependencies=_PERSON)
async def list_provider_models(provider_id: UUID, principal: Manager, db: Db, models: ModelsInUse) -> ModelNamesOut:
    """Fetched from the provider now. Azure tells what it could run, not what your deployments are called."""
    async with db.read() as session:
        provider = await service.get_provider(session, principal, provider_id)
    names, failure = await models.list_models(provider)
    return ModelNamesOut(models=list(names), failure=failure)


@router.get("/model-settings")
async def get_model_settings(_: Manager, settings: SettingsInUse, models: ModelsInUse) -> ModelSettingsOut:
    """What the installation's operator has set, and a tenant can use."""
    return render_settings(models, settings.llm.key_names)


@router.post("/model-settings/test", dependencies=_PERSON)
async def try_environment_model(_: Manager, models: ModelsInUse) -> ModelTestOut:
    """A short real call to the installation's own model."""
    if models.environment is None:
        raise ConflictError("The installation's settings name no language model.")
    return _trial(await models.test(None, models.environment))


@router.get("/model-routes")
async def list_model_routes(principal: Manager, session: ReadSession, models: ModelsInUse) -> ModelRoutesOut:
    """One for each purpose."""
    return ModelRoutesOut(routes=await render_routes(session, principal.tenant_id, models, list(Purpose)))


@router.put("/model-routes/{purpose}", dependencies=_PERSON)
async def set_model_route(
    purpose: Purpose, body: ModelRoutePut, principal: Manager, session: WriteSession, models: ModelsInUse
) -> ModelRouteOut:
    """Who is asked, in this order; the next question follows it."""
    await service.put_route(session, principal, purpose, body, models.environment)
    (route,) = await render_routes(session, principal.tenant_id, models, [purpose])
    return route


@router.delete("/model-routes/{purpose}", status_code=status.HTTP_204_NO_CONTENT, dependencies=_PERSON)
async def unset_model_route(purpose: Purpose, principal: Manager, session: WriteSession) -> None:
    """What counts where nothing is set counts again."""
    await service.delete_route(session, principal, purpose)


async def _one(
    session: AsyncSession, principal: Principal, models: Models, provider: ModelProvider
) -> ModelProviderOut:
    (shown,) = await render_providers(session, principal.tenant_id, models, [provider])
    return shown


def _trial(trial: Trial) -> ModelTestOut:
    return ModelTestOut(
        answered=trial.failure is None,
        text=trial.text,
        failure=trial.failure,
        first_token_ms=None if trial.first_token is None else round(trial.first_token * 1000),
        total_ms=round(trial.total * 1000),
    )
