"""What can be recorded: who, which act, on what, with which outcome. The words are stored; none is ever renamed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal

INSTALLATION: Final = UUID(int=0)
"""The log of what concerns no tenant, such as a sign-in with an unknown address."""
_LONGEST: Final = 500
"""Characters of a text in an event's details."""
_SECRET: Final = {"password", "secret", "token", "key"}


class Action(StrEnum):
    SET_UP = "installation.set_up"
    DEMO_SEEDED = "demo.seeded"
    INDEX_REBUILT = "index.rebuilt"
    SECRETS_ROTATED = "secrets.rotated"
    BACKED_UP = "installation.backed_up"
    RESTORED = "installation.restored"
    MOVED = "installation.moved"
    UPGRADED = "installation.upgraded"
    FILES_SWEPT = "installation.files_swept"

    SIGNED_IN = "user.signed_in"
    SIGN_IN_FAILED = "user.sign_in_failed"
    SIGNED_OUT = "user.signed_out"
    REFRESH_REUSED = "user.refresh_token_reused"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - an act's name
    PASSWORD_RESET = "user.password_reset"  # noqa: S105
    RESET_LINK_ISSUED = "user.reset_link_issued"
    RESET_LINK_MAILED = "user.reset_link_mailed"
    SECOND_FACTOR_ON = "user.second_factor_on"
    SECOND_FACTOR_OFF = "user.second_factor_off"
    RECOVERY_CODES_RENEWED = "user.recovery_codes_renewed"
    SESSION_ENDED = "login_session.ended"
    SESSIONS_ENDED = "user.login_sessions_ended"
    SIGNED_UP = "user.signed_up"
    USER_INVITED = "user.invited"
    INVITATION_TAKEN = "user.invitation_taken"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_DELETED = "user.deleted"
    IDENTITY_LINKED = "external_identity.linked"
    IDENTITY_REMOVED = "external_identity.removed"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    TOOL_RULE_CHANGED = "tool.rule_changed"
    TOOL_SERVER_CREATED = "tool_server.created"
    TOOL_SERVER_CHANGED = "tool_server.changed"
    TOOL_SERVER_DELETED = "tool_server.deleted"
    TOOL_SERVER_ASKED = "tool_server.asked"
    TOOL_SERVER_CONNECTION_BEGUN = "tool_server.connection_begun"
    TOOL_SERVER_CONNECTED = "tool_server.connected"
    TOOL_SERVER_DISCONNECTED = "tool_server.disconnected"
    SERVER_TOOL_DECIDED = "tool_server.tool_decided"
    SCIM_TOKEN_CREATED = "scim_token.created"  # noqa: S105 - an act's name
    SCIM_TOKEN_ROTATED = "scim_token.rotated"  # noqa: S105
    SCIM_TOKEN_REVOKED = "scim_token.revoked"  # noqa: S105
    SCIM_SETTINGS_CHANGED = "scim_settings.changed"

    TENANT_CREATED = "tenant.created"
    TENANT_CHANGED = "tenant.changed"
    TENANT_SUSPENDED = "tenant.suspended"
    TENANT_RESUMED = "tenant.resumed"
    REGION_CREATED = "region.created"
    REGION_CHANGED = "region.changed"
    REGION_DELETED = "region.deleted"
    DEPARTMENT_CREATED = "department.created"
    DEPARTMENT_CHANGED = "department.changed"
    DEPARTMENT_DELETED = "department.deleted"
    GROUP_CREATED = "group.created"
    GROUP_CHANGED = "group.changed"
    GROUP_DELETED = "group.deleted"
    MEMBER_ADDED = "group.member_added"
    MEMBER_REMOVED = "group.member_removed"

    KNOWLEDGE_BASE_CREATED = "knowledge_base.created"
    KNOWLEDGE_BASE_CHANGED = "knowledge_base.changed"
    KNOWLEDGE_BASE_DELETED = "knowledge_base.deleted"
    KNOWLEDGE_BASE_RESTORED = "knowledge_base.restored"
    KNOWLEDGE_BASE_PURGED = "knowledge_base.purged"
    KNOWLEDGE_BASE_REPROCESSED = "knowledge_base.reprocessed"
    REPROCESSING_CHANGED = "knowledge_base.reprocessing_changed"
    SEARCHES_FORGOTTEN = "knowledge_base.searches_forgotten"
    GRANT_ADDED = "grant.added"
    GRANT_REMOVED = "grant.removed"
    ACCESS_EXPLAINED = "access.explained"
    SEARCH_SIMULATED = "access.search_simulated"

    DOCUMENT_UPLOADED = "document.uploaded"
    DOCUMENT_REPLACED = "document.replaced"
    DOCUMENT_MOVED = "document.moved"
    DOCUMENT_RESTRICTED = "document.restricted"
    DOCUMENT_OPENED = "document.opened"
    DOCUMENT_REPROCESSED = "document.reprocessed"
    DOCUMENT_DELETED = "document.deleted"
    DOCUMENT_INFECTED = "document.infected"
    DOCUMENT_RESTORED = "document.restored"
    DOCUMENT_PURGED = "document.purged"
    VERSION_RESTORED = "document.version_restored"
    VERSION_REMOVED = "document.version_removed"
    DOCUMENT_RULES_CHANGED = "document_rules.changed"
    ORIGINAL_DOWNLOADED = "document.original_downloaded"

    MODEL_PROVIDER_CREATED = "model_provider.created"
    MODEL_PROVIDER_CHANGED = "model_provider.changed"
    MODEL_PROVIDER_DELETED = "model_provider.deleted"
    MODEL_ROUTE_CHANGED = "model_route.changed"
    MODEL_ROUTE_DELETED = "model_route.deleted"
    PROMPT_WRITTEN = "prompt.written"
    PROMPT_ACTIVATED = "prompt.activated"

    AGENT_CREATED = "agent.created"
    AGENT_CHANGED = "agent.changed"
    AGENT_DELETED = "agent.deleted"

    CONVERSATION_DELETED = "conversation.deleted"
    CONVERSATION_RESTORED = "conversation.restored"
    CONVERSATION_EXPORTED = "conversation.exported"
    CONVERSATION_SHARED = "conversation.shared"
    CONVERSATION_SHARE_ENDED = "conversation.share_ended"
    CONVERSATION_COPIED = "conversation.copied"
    CONVERSATION_RULES_CHANGED = "conversation_rules.changed"

    JOB_RETRIED = "job.retried"
    JOB_CANCELLED = "job.cancelled"

    FEEDBACK_REVIEWED = "feedback.reviewed"
    EVALUATION_CASE_CREATED = "evaluation_case.created"
    EVALUATION_CASE_DELETED = "evaluation_case.deleted"


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


class Credential(StrEnum):
    """How an actor proved who they are."""

    SESSION = "session"
    """A sign-in's access or refresh token."""
    OPERATOR = "operator"
    """The command line on the server's machine, acting as the user."""
    API_KEY = "api_key"
    SCIM_TOKEN = "scim_token"  # noqa: S105 - an enum's word
    """A company's directory, which is nobody's account."""
    PASSWORD = "password"  # noqa: S105 - an enum's word
    SECOND_FACTOR = "second_factor"
    """A code, after the password."""
    ONE_TIME_LINK = "one_time_link"
    """An invitation or a reset link."""
    SETUP_LINK = "setup_link"
    TRUSTED_ISSUER = "trusted_issuer"
    """A JWT of somebody whose word the settings take."""
    DEVELOPER = "developer"
    """The developer's way in, without a proof."""
    IDENTITY_PROVIDER = "provider"
    """The word of the company's own sign-in."""
    NONE = "none"
    """Somebody at the door said that they are the user, whose mailbox alone learns more; or Nexus itself."""
    SETTINGS = "settings"
    """The super admin that the settings name, at the first start."""


@dataclass(frozen=True, slots=True)
class Actor:
    tenant_id: UUID
    user_id: UUID | None
    name: str
    credential: Credential

    @classmethod
    def of(cls, principal: Principal) -> "Actor":
        if principal.api_key_id is not None:
            credential = Credential.API_KEY
        elif principal.token_issuer:
            credential = Credential.TRUSTED_ISSUER
        else:
            credential = Credential.OPERATOR if principal.is_operator else Credential.SESSION
        return cls(principal.tenant_id, principal.user_id, principal.display, credential)


@dataclass(frozen=True, slots=True)
class Target:
    """What an act was done to. `name` stays empty where an administrator must not learn it."""

    kind: str
    id: UUID | None = None
    name: str = ""


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a change: of the two states, what differs. Empty when nothing does."""
    names = [name for name in after if before.get(name) != after[name]]
    if not names:
        return {}
    return {"before": {name: before.get(name) for name in names}, "after": {name: after[name] for name in names}}


def plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details as JSON holds them. Raises TypeError for what has no plain form, and for names of secrets."""
    for name in details:
        if _SECRET.intersection(name.lower().split("_")):
            raise TypeError(f"{name!r} does not belong in the audit log")
    return {name: _plain(value) for name, value in details.items()}


def _plain(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            return storable(value, _LONGEST)
        case int():
            return value
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return plain({str(name): inner for name, inner in value.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list() | tuple():
            return [_plain(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            raise TypeError(f"{type(value).__name__} has no plain form")


def storable(text: str, longest: int) -> str:
    """The text as both databases hold it, cut to a column's length."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:longest]
