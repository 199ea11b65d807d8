"""The one way from a credential to a principal, whatever the credential is."""

from dataclasses import dataclass, replace
from uuid import UUID

from nexus.access.explanation import AccountState
from nexus.access.principal import KeyScope, Principal, Role, SubjectKind, subject
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.identity import account_queries as accounts
from nexus.identity import queries, service
from nexus.identity.account_queries import Account
from nexus.identity.errors import InvalidTokenError
from nexus.identity.people_queries import state_of
from nexus.identity.tokens import (
    ApiKeyCredential,
    Credential,
    IssuerCredential,
    OperatorCredential,
    SessionCredential,
)

_NOBODY = (
    "Nobody has set this up yet. Open the set-up link that `nexus serve` prints, or try it with `nexus seed --demo`."
)


async def load_principal(session: AsyncSession, credential: Credential) -> Principal:
    """The credential's user as the rows say at this moment, in one query; an API key takes two, and so
    does an issuer's token whose person is found by address.

    Raises InvalidTokenError when the user is unknown or deactivated, or the sign-in revoked or over.
    """
    match credential:
        case SessionCredential(user_id, session_id):
            account = await accounts.find_account_by_session(session, user_id, session_id)
            refusal = InvalidTokenError()
        case OperatorCredential(email):
            session_id = None
            named = accounts.find_account_by_email(session, email) if email else accounts.find_founder_account(session)
            account = await named
            refusal = InvalidTokenError(f"There is no active user {email}." if email else _NOBODY)
        case ApiKeyCredential(token_hash):
            key = await queries.find_good_key(session, token_hash)
            account = await accounts.find_account_by_id(session, key.user_id) if key else None
            if key is None or account is None:
                raise InvalidTokenError("This API key is unknown, has expired or was revoked.")
            scopes = frozenset(KeyScope(scope) for scope in key.scopes)
            return replace(_principal(account), api_key_id=key.id, scopes=scopes)
        case IssuerCredential():
            return await _named_by_issuer(session, credential)
    if account is None:
        raise refusal
    return _principal(account, session_id)


async def _named_by_issuer(session: AsyncSession, credential: IssuerCredential) -> Principal:
    """Streams ask long after the token was verified, so its end counts here too."""
    if credential.expires_at <= now():
        raise InvalidTokenError
    named = credential.issuer, credential.provider_tenant, credential.subject
    account = await accounts.find_account_by_identity(session, *named, tenant=credential.tenant)
    if account is None and credential.email:
        account = await accounts.find_account_by_verified_email(
            session, *named, email=credential.email, tenant=credential.tenant
        )
    if account is None:
        raise InvalidTokenError("This token's issuer is trusted, but nobody active here is the person it names.")
    return replace(_principal(account), token_issuer=credential.issuer)


async def principal_in_question(session: AsyncSession, asker: Principal, user_id: UUID) -> Principal:
    """Somebody of the asker's tenant, active or not, to speak about what they may read; never to act as them.

    Raises NotFoundError.
    """
    account = await accounts.find_account_in_tenant(session, asker.tenant_id, user_id)
    if account is None:
        raise service.no_such("user")
    return _principal(account)


@dataclass(frozen=True, slots=True)
class PersonInQuestion:
    """Somebody to speak about: what they would be as a principal, and whether they can be one."""

    principal: Principal
    name: str
    state: AccountState


async def person_in_question(session: AsyncSession, asker: Principal, user_id: UUID) -> PersonInQuestion:
    """As `principal_in_question`; oneself as one is just now, an API key with its scopes. Raises NotFoundError."""
    user = await service.get_user(session, asker.tenant_id, user_id)
    principal = asker if user.id == asker.user_id else await principal_in_question(session, asker, user_id)
    return PersonInQuestion(principal, user.name, AccountState(state_of(user)))


def _principal(account: Account, session_id: UUID | None = None) -> Principal:
    subjects = {
        subject(SubjectKind.USER, account.user_id),
        subject(SubjectKind.TENANT, account.tenant_id),
        *(subject(SubjectKind.GROUP, group_id) for group_id in account.group_ids),
    }
    if account.department_id is not None:
        subjects.add(subject(SubjectKind.DEPARTMENT, account.department_id))
    return Principal(
        account.user_id, account.tenant_id, Role(account.role), frozenset(subjects), session_id, account.display
    )


async def renew(session: AsyncSession, principal: Principal) -> Principal:
    """The same person by the same credential, as the rows say at this moment: for what goes on long after the request.

    Raises InvalidTokenError when the account is deactivated, or the API key revoked or over.
    """
    account = await accounts.find_account_by_id(session, principal.user_id)
    if account is None or account.tenant_id != principal.tenant_id:
        raise InvalidTokenError
    scopes = principal.scopes
    if principal.api_key_id is not None:
        key = await queries.find_good_key_by_id(session, principal.api_key_id)
        if key is None:
            raise InvalidTokenError("This API key has expired or was revoked.")
        scopes = frozenset(KeyScope(scope) for scope in key.scopes)
    renewed = _principal(account, principal.login_session_id)
    return replace(
        renewed,
        subjects=renewed.subjects | principal.conversation_words,
        api_key_id=principal.api_key_id,
        scopes=scopes,
        token_issuer=principal.token_issuer,
    )
