"""One's own API keys. A key cannot make keys: that takes a sign-in."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Response, status

from nexus.core.http.deps import ReadSession, WriteSession
from nexus.identity import api_keys
from nexus.identity.deps import SignedIn
from nexus.identity.schemas import ApiKeyCreate, ApiKeyCreated, ApiKeyView

router = APIRouter(prefix="/me/api-keys", tags=["my account"])


@router.get("")
async def list_api_keys(principal: SignedIn, session: ReadSession) -> list[ApiKeyView]:
    """Mine that have not been revoked, newest first; 50 at most."""
    return [ApiKeyView.model_validate(key) for key in await api_keys.list_keys(session, principal)]


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_api_key(body: ApiKeyCreate, principal: SignedIn, session: WriteSession) -> ApiKeyCreated:
    """Makes a key. `secret` goes into `Authorization: Bearer …` and is shown this once."""
    lifetime = timedelta(days=body.expires_in_days)
    key, secret = await api_keys.create_key(session, principal, name=body.name, scopes=body.scopes, lifetime=lifetime)
    return ApiKeyCreated(key=ApiKeyView.model_validate(key), secret=secret)


@router.delete("/{api_key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_api_key(api_key_id: UUID, principal: SignedIn, session: WriteSession) -> Response:
    await api_keys.revoke_key(session, principal, api_key_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
