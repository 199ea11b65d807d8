"""The HTTP side of identity, a module a subject."""

from fastapi import APIRouter

from nexus.identity.routes.api_keys import router as api_keys
from nexus.identity.routes.auth import router as auth
from nexus.identity.routes.doors import router as doors
from nexus.identity.routes.external_identities import router as external_identities
from nexus.identity.routes.groups import router as groups
from nexus.identity.routes.me import router as me
from nexus.identity.routes.my_security import router as my_security
from nexus.identity.routes.people import router as people
from nexus.identity.routes.single_sign_on import router as single_sign_on
from nexus.identity.routes.structure import router as structure
from nexus.identity.routes.tenants import router as tenants
from nexus.identity.routes.users import router as users

router = APIRouter()
for part in (
    auth,
    single_sign_on,
    doors,
    me,
    my_security,
    api_keys,
    people,
    users,
    external_identities,
    tenants,
    structure,
    groups,
):
    router.include_router(part)
