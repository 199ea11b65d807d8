"""Who is asking, and the words in which grants speak of them."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    CONTENT_MANAGER = "content_manager"
    USER = "user"

    def reaches(self, other: "Role") -> bool:
        """Whether somebody of this role may give `other` to people and administer those who have it."""
        return _RANKS[self] >= _RANKS[other]


_RANKS = {Role.USER: 0, Role.CONTENT_MANAGER: 1, Role.ADMIN: 2, Role.SUPER_ADMIN: 3}


class Permission(StrEnum):
    """What a role may do in its tenant. Reading content is never a role's right: it takes a grant."""

    ASK = "ask"
    KNOWLEDGE_CREATE = "knowledge.create"
    KNOWLEDGE_ADMINISTER = "knowledge.administer"
    """See and govern every knowledge base that is shared; still no reading without a grant."""
    AGENTS_CREATE = "agents.create"
    AGENTS_ADMINISTER = "agents.administer"
    """See and govern every agent; asking one still takes a grant."""
    ACCESS_SIMULATE = "access.simulate"
    """See what somebody else finds, in knowledge bases whose grants one sets, as far as one may read it oneself."""
    USERS_READ = "users.read"
    USERS_MANAGE = "users.manage"
    STRUCTURE_MANAGE = "structure.manage"
    """Regions, departments and groups."""
    TENANTS_MANAGE = "tenants.manage"
    TOOLS_MANAGE = "tools.manage"
    """Say whose models may use which tools, and connect the servers that some of them come from."""
    AUDIT_READ = "audit.read"
    """See who did what in the tenant, whether or not they may read what it was done to."""
    FEEDBACK_REVIEW = "feedback.review"
    """See which answers people of the tenant rated, with their questions, as far as one may read what they rest on."""
    MODELS_MANAGE = "models.manage"
    """Which language models answer, and with which keys."""
    OPERATE = "operate"
    """Index, jobs and diagnostics of the whole installation."""


_USER = frozenset({Permission.ASK, Permission.KNOWLEDGE_CREATE, Permission.AGENTS_CREATE})
_CONTENT_MANAGER = _USER | {Permission.USERS_READ, Permission.ACCESS_SIMULATE, Permission.FEEDBACK_REVIEW}
_ADMIN = _CONTENT_MANAGER | {
    Permission.KNOWLEDGE_ADMINISTER,
    Permission.AGENTS_ADMINISTER,
    Permission.USERS_MANAGE,
    Permission.STRUCTURE_MANAGE,
    Permission.TOOLS_MANAGE,
    Permission.AUDIT_READ,
    Permission.MODELS_MANAGE,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.USER: _USER,
    Role.CONTENT_MANAGER: _CONTENT_MANAGER,
    Role.ADMIN: _ADMIN,
    Role.SUPER_ADMIN: frozenset(Permission),
}


class KeyScope(StrEnum):
    """What an API key may be used for, within what its owner may do: besides reading and searching what the owner may
    read, which takes no scope. A sign-in has all of them."""

    ASK = "ask"
    """Ask questions."""
    KNOWLEDGE = "knowledge"
    """Make and change knowledge bases, their documents and grants, and what else one has been given to manage."""
    ADMINISTER = "administer"
    """Whatever else the owner's role allows."""


EVERY_SCOPE = frozenset(KeyScope)

_NARROW = {Permission.ASK: KeyScope.ASK, Permission.KNOWLEDGE_CREATE: KeyScope.KNOWLEDGE}
"""Every other permission is in the widest scope."""


class SubjectKind(StrEnum):
    """Whom a grant may name."""

    USER = "user"
    GROUP = "group"
    DEPARTMENT = "department"
    TENANT = "tenant"


def subject(kind: SubjectKind, subject_id: UUID) -> str:
    """The word for a user, group, department or tenant in grants and in the index: `group:018f…`."""
    return f"{kind}:{subject_id.hex}"


def parse_subject(word: str) -> tuple[SubjectKind, UUID]:
    """The reverse of `subject`. Raises ValueError for anything that it cannot have made."""
    kind, _, hexadecimal = word.partition(":")
    parsed = SubjectKind(kind), UUID(hex=hexadecimal)
    if subject(*parsed) != word:
        raise ValueError(f"{word!r} is not a subject")
    return parsed


_CONVERSATION = "conversation:"


def conversation_word(conversation_id: UUID) -> str:
    """Stands in the grant on the files that are attached to a conversation. It is no `SubjectKind`: nobody can be
    granted it, no account has it, and so nothing that does not ask for it by `Principal.within` comes upon them."""
    return f"{_CONVERSATION}{conversation_id.hex}"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user as one request sees them; made by `identity` alone, from the rows of this moment."""

    user_id: UUID
    tenant_id: UUID
    role: Role
    subjects: frozenset[str]
    """The user, their groups, their department and their tenant."""
    login_session_id: UUID | None = None
    """The sign-in this request came through; None for the command line and for an API key."""
    display: str = field(default="", compare=False)
    """What people call the user, for what is written down about them; no part of who they are."""
    api_key_id: UUID | None = None
    scopes: frozenset[KeyScope] = EVERY_SCOPE
    token_issuer: str = ""
    """The trusted issuer whose JWT this request came with."""

    @property
    def is_operator(self) -> bool:
        """The command line of the server's own machine."""
        return self.login_session_id is None and self.api_key_id is None and not self.token_issuer

    @property
    def permissions(self) -> frozenset[Permission]:
        allowed = ROLE_PERMISSIONS[self.role]
        if self.scopes is EVERY_SCOPE:
            return allowed
        return frozenset(
            permission for permission in allowed if _NARROW.get(permission, KeyScope.ADMINISTER) in self.scopes
        )

    @property
    def may_manage(self) -> bool:
        """Whether grants of `manage` count as such; without the scope they count as `read`."""
        return KeyScope.KNOWLEDGE in self.scopes

    def within(self, *conversation_ids: UUID) -> "Principal":
        """The same person inside these conversations, which the caller knows to be theirs: their files are in reach."""
        return replace(self, subjects=self.subjects | {conversation_word(each) for each in conversation_ids})

    @property
    def conversation_words(self) -> frozenset[str]:
        """Of the conversations that they are within."""
        return frozenset(word for word in self.subjects if word.startswith(_CONVERSATION))

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions
