"""One's own account."""

from fastapi import APIRouter, Request, status

from nexus.core.http.deps import Db, ReadSession
from nexus.identity import provider_queries, queries, service, sign_in
from nexus.identity.deps import CurrentPrincipal, Passwords, SettingsInUse, SignedIn, Throttle, client_ip
from nexus.identity.routes.views import user_views
from nexus.identity.schemas import DepartmentView, GroupView, Me, PasswordChange, TenantView

router = APIRouter(prefix="/me", tags=["my account"])


@router.get("")
async def get_me(principal: CurrentPrincipal, session: ReadSession, settings: SettingsInUse) -> Me:
    """Who I am, where I stand, and what my role allows."""
    user = await service.get_user(session, principal.tenant_id, principal.user_id)
    (view,) = await user_views(session, [user])
    department_id = user.department_id
    department = await service.get_department(session, principal.tenant_id, department_id) if department_id else None
    session_id = principal.login_session_id
    login_session = await provider_queries.find_login_session(session, session_id) if session_id else None
    return Me(
        user=view,
        tenant=TenantView.model_validate(await service.get_tenant(session, principal.tenant_id)),
        department=DepartmentView.model_validate(department) if department else None,
        groups=[
            GroupView.model_validate(group)
            for group in await queries.existing_groups(session, principal.tenant_id, view.group_ids)
        ],
        permissions=sorted(principal.permissions),
        single_sign_on=bool(login_session and login_session.provider_issuer),
        developer_sign_in=bool(settings.developer_user),
    )


@router.post("/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    body: PasswordChange,
    request: Request,
    principal: SignedIn,
    db: Db,
    passwords: Passwords,
    throttle: Throttle,
) -> None:
    """Changes my password and ends my other sign-ins."""
    ip, account = client_ip(request), principal.user_id.hex
    await throttle.admit(ip, account)
    await sign_in.change_password(
        db,
        passwords,
        principal,
        current=body.current_password.get_secret_value(),
        new=body.new_password.get_secret_value(),
    )
    await throttle.succeeded(ip, account)
