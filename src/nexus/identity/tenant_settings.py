"""How the people of a tenant get in, as its own administrators decide."""

from nexus.access.principal import Principal
from nexus.core.db import AsyncSession
from nexus.identity import queries, second_factor, service
from nexus.identity.models import Tenant
from nexus.identity.schemas import TenantSettingsChange


async def update_settings(session: AsyncSession, principal: Principal, change: TenantSettingsChange) -> Tenant:
    """A stricter rule counts at once: sign-ins that it does not allow any more end. Raises SecondFactorError."""
    tenant = await service.get_tenant(session, principal.tenant_id)
    if change.sign_up is not None:
        tenant.sign_up = change.sign_up
    if change.sign_up_domains is not None:
        tenant.sign_up_domains = sorted(set(change.sign_up_domains))
    if change.second_factor is not None and change.second_factor != tenant.second_factor:
        tenant.second_factor = change.second_factor
        if second_factor.required_roles(tenant):
            user = await service.get_user(session, principal.tenant_id, principal.user_id)
            await second_factor.require_own(session, principal, user)
        # Written first: whoever signs in at this moment holds the row, and their sign-in is then seen here.
        await queries.save(session, taken="")
        await second_factor.enforce(session, tenant)
    return tenant
