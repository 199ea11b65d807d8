"""How somebody's access ends: the one place that every credential there is has to be ended in."""

from uuid import UUID

from nexus.access.principal import SubjectKind
from nexus.access.service import forget_subject
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.jobs.models import enqueue
from nexus.identity import provider_queries, queries, sign_in_queries
from nexus.identity.errors import ProtectedUserError
from nexus.identity.messages import ForgetPerson
from nexus.identity.models import User


async def set_active(session: AsyncSession, user: User, *, active: bool, reason: str = "deactivated") -> None:
    """Lets somebody in, or out with every credential they have. Raises ProtectedUserError for the founder."""
    if user.is_founder and not active:
        raise ProtectedUserError("The super admin of the first start cannot be changed in this way by anybody.")
    user.active = active
    if not active:
        await end_credentials(session, user.id, reason)


async def end_every_way_in(session: AsyncSession, user_id: UUID, reason: str, *, keep: UUID | None = None) -> None:
    """Sign-ins, what is half-way to one, and links: what a new password ends. API keys were made by the person."""
    await queries.revoke_sessions_of(session, user_id, reason, keep=keep)
    await sign_in_queries.delete_links_of(session, user_id)


async def end_credentials(session: AsyncSession, user_id: UUID, reason: str) -> None:
    """From the next request on nothing that this person has opens anything; streams under way end within seconds.

    Letting them in again gives none of it back.
    """
    await end_every_way_in(session, user_id, reason)
    await queries.revoke_keys_of(session, user_id)


async def erase_user(session: AsyncSession, user: User) -> None:
    """Ends the account and takes everything personal off its row; what they made for the company stays.

    Conversations and personal knowledge bases are removed by a job of this transaction.

    Raises ProtectedUserError for the founder.
    """
    await set_active(session, user, active=False, reason="deleted")
    await sign_in_queries.delete_factor(session, user.id)
    await queries.remove_from_all_groups(session, user.id)
    await provider_queries.delete_identities_of(session, user.id)
    await forget_subject(session, user.tenant_id, SubjectKind.USER, user.id)
    await enqueue(
        session, ForgetPerson(user_id=user.id), tenant_id=user.tenant_id, dedup_key=f"forget-person:{user.id}"
    )
    user.deleted_at = now()
    user.email = f"{user.id.hex}@deleted.invalid"
    user.name = "Deleted user"
    user.password_hash = None
    user.department_id = user.invited_at = None
    user.external_id = user.user_name = user.directory = None
