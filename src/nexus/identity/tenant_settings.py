"""How the people of a tenant get in, as its own administrators decide."""

from typing import Any

from nexus.access.principal import Principal
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.identity import acts, queries, second_factor, service
from nexus.identity.models import Tenant
from nexus.identity.schemas import TenantSettingsChange


async def update_settings(session: AsyncSession, principal: Principal, change: TenantSettingsChange) -> Tenant:
    """A stricter rule counts at once: sign-ins that it does not allow any more end. Raises SecondFactorError."""
    tenant = await service.get_tenant(session, principal.tenant_id)
    before = _settings(tenant)
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
    if changed := changes(before, _settings(tenant)):
        record(session, principal, Action.TENANT_CHANGED, acts.target(tenant), changed)
    return tenant


def _settings(tenant: Tenant) -> dict[str, Any]:
    return {
        "sign_up": tenant.sign_up,
        "sign_up_domains": tenant.sign_up_domains,
        "second_factor": str(tenant.second_factor),
    }
