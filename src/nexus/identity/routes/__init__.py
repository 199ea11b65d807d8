"""The HTTP side of identity, a module a subject."""

from fastapi import APIRouter

from nexus.identity.routes.api_keys import router as api_keys
from nexus.identity.routes.auth import router as auth
from nexus.identity.routes.me import router as me
from nexus.identity.routes.structure import router as structure
from nexus.identity.routes.tenants import router as tenants
from nexus.identity.routes.users import router as users

router = APIRouter()
for part in (auth, me, api_keys, users, tenants, structure):
    router.include_router(part)
