"""Every route of the application carries a guard, and each guard does what it says."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from hub import Company, Hub
from nexus.access.principal import ROLE_PERMISSIONS, Permission, Role
from nexus.core.ids import new_id
from nexus.identity.deps import PermissionGuard, Public, current_principal, same_origin
from nexus.scim.deps import scim_client

PUBLIC = {
    "POST /api/setup",
    "POST /api/auth/login",
    "POST /api/auth/developer",
    "GET /api/auth/methods",
    "OPTIONS /api/uploads",
    *(f"POST /api/auth/{way}" for way in ("link", "invitation", "password-reset", "sign-up", "forgotten")),
    *(f"POST /api/auth/second-factor{step}" for step in ("", "/enrolment", "/enrolment/confirm")),
    "GET /api/auth/oidc/start",
    "GET /api/auth/oidc/callback",
    "GET /api/auth/oidc/logout",
    "GET /api/auth/oidc/front-channel-logout",
}
COOKIE = {"POST /api/auth/refresh", "POST /api/auth/logout"}
SCIM = "/scim/v2/"
"""Where a directory's token is asked for, and nowhere else."""
UNGUARDED = {
    # The description of the API, which is in the repository too.
    "GET /api/openapi.json",
    "HEAD /api/openapi.json",
    "GET /health/live",
    "GET /health/ready",
    # Tells everybody that there is no such path.
    *(f"{method} /api/{{path:path}}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
}


def calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from calls(each)


def guards(app: FastAPI) -> dict[str, set[Any]]:
    """`METHOD /path` → its guards: permissions, `current_principal`, `same_origin`, `scim_client`, `Public`."""
    found: dict[str, set[Any]] = {}
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        asked = list(calls(dependant)) if dependant else []
        guard = {call.permission if isinstance(call, PermissionGuard) else call for call in asked}
        kept = {
            call
            for call in guard
            if call in {current_principal, same_origin, scim_client} or isinstance(call, Permission | Public)
        }
        for method in route.methods or ():
            found[f"{method} {route.path}"] = kept
    return found


def paths_with_a_permission(app: FastAPI) -> list[tuple[str, str, Permission]]:
    return [
        (operation.split(" ")[0], operation.split(" ")[1], guard)
        for operation, found in guards(app).items()
        for guard in found
        if isinstance(guard, Permission)
    ]


def test_every_route_is_guarded_or_listed_as_public(hub: Hub) -> None:
    found = guards(hub.app)
    assert len(found) > 60
    for operation, guard in found.items():
        if operation in PUBLIC:
            assert len(guard) == 1, operation
            assert isinstance(guard.pop(), Public), operation
        elif operation in COOKIE:
            assert guard == {same_origin}, operation
        elif operation.partition(" ")[2].startswith(SCIM):
            assert guard == {scim_client}, operation
        elif operation not in UNGUARDED:
            assert current_principal in guard, f"{operation} lets anybody in"


def test_the_description_of_the_api_knows_the_same_routes(hub: Hub) -> None:
    described = {
        f"{method.upper()} {path}": operation
        for path, item in hub.app.openapi()["paths"].items()
        for method, operation in item.items()
    }
    found = guards(hub.app)
    assert set(described) <= set(found)
    for operation, description in described.items():
        assert ("security" in description) is (current_principal in found[operation]), operation


async def test_without_a_sign_in_every_guarded_route_says_401(hub: Hub) -> None:
    async with httpx2.AsyncClient(base_url=hub.url) as anybody:
        for operation, guard in guards(hub.app).items():
            if guard.isdisjoint({current_principal, scim_client}):
                continue
            method, path = operation.split(" ")
            answer = await anybody.request(method, filled(path), json={})
            assert answer.status_code == 401, operation
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", Role)
async def test_a_role_without_the_permission_gets_403_and_with_it_passes_the_guard(
    hub: Hub, company: Company, role: Role
) -> None:
    people = {
        Role.SUPER_ADMIN: company.operator,
        Role.ADMIN: company.admin,
        Role.CONTENT_MANAGER: company.owner,
        Role.USER: company.member,
    }
    for method, path, permission in paths_with_a_permission(hub.app):
        # An unknown id and an empty body: who passes the guard is told about those.
        answer = await people[role].call(method, filled(path).removeprefix("/api"), json={})
        if permission in ROLE_PERMISSIONS[role]:
            assert answer.status_code not in {401, 403}, f"{role} {method} {path}: {answer.text}"
        else:
            assert answer.status_code == 403, f"{role} {method} {path}"
            assert answer.json()["permission"] == permission


async def test_the_table_of_roles_is_the_one_that_counts(company: Company) -> None:
    table = await company.member.get("/roles")
    read = {Role(row["role"]): {Permission(each) for each in row["permissions"]} for row in table}
    assert read == {role: set(allowed) for role, allowed in ROLE_PERMISSIONS.items()}


def filled(path: str) -> str:
    """The path with an unknown id in each place."""
    return "/".join(str(new_id()) if part.startswith("{") else part for part in path.split("/"))
