"""What goes in and out over HTTP. Unknown fields are refused: nobody sets what a form does not offer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from nexus.access.principal import KeyScope, Permission, Role
from nexus.core.settings import EMAIL_PATTERN

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=320, pattern=EMAIL_PATTERN)]
Password = Annotated[SecretStr, Field(max_length=256)]
Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00]*$")]
Token = Annotated[SecretStr, Field(max_length=200)]
Code = Annotated[SecretStr, Field(max_length=40)]
Domain = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=253, pattern=r"^([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+$"
    ),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Change(_Body):
    """A part of a resource: fields that are left out or null stay as they are."""


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Setup(_Body):
    token: Token
    email: Email
    password: Password
    name: Name
    tenant_name: Name = "Company"


class Login(_Body):
    email: Annotated[str, Field(max_length=320)]
    password: Password


class SignIn(BaseModel):
    """The refresh token travels in a cookie that no script can read."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds the access token is good for.")


class Step(StrEnum):
    VERIFY = "verify"
    """Give a code of the second factor."""
    ENROL = "enrol"
    """Set a second factor up: the tenant requires one."""


class SecondStep(BaseModel):
    """The password was right, and is not enough."""

    challenge: str = Field(description="Good for this one step, for minutes and a few tries.")
    step: Step
    expires_in: int = Field(description="Seconds until the password must be given again.")


class ChallengeOnly(_Body):
    challenge: Token


class ChallengeAnswer(_Body):
    challenge: Token
    code: Code


class SignInMethods(BaseModel):
    is_set_up: bool = Field(description="False until the one-time link of the first start has been used.")
    sign_up: bool = Field(description="Whether some tenant lets people open an account by themselves.")


class SignUp(_Body):
    email: Email
    name: Name
    password: Password


class LinkToken(_Body):
    purpose: Literal["invite", "reset"]
    token: Token


class LinkView(BaseModel):
    """Whom a one-time link is for; told to whoever holds it."""

    email: str
    name: str
    tenant_name: str


class InvitationAnswer(_Body):
    token: Token
    name: Name
    password: Password


class LinkReset(_Body):
    token: Token
    password: Password


class EnrolmentView(_View):
    """For the app on the telephone; to be confirmed by its first code."""

    secret: str
    uri: str
    qr_code: str = Field(description="A data address of an SVG picture of `uri`.")


class RecoveryCodes(BaseModel):
    recovery_codes: list[str] = Field(description="Each works once. Nothing shows them again.")


class FirstSecondFactor(SignIn):
    """The sign-in of somebody who had to set up a second factor."""

    recovery_codes: list[str] = Field(description="Each works once. Nothing shows them again.")


class PasswordProof(_Body):
    password: Password


class CodeProof(_Body):
    code: Code


class SecondFactorView(BaseModel):
    on: bool
    confirmed_at: datetime | None
    recovery_codes_left: int
    required: bool = Field(description="Whether the tenant lets nobody of this role do without.")


class LoginSessionView(BaseModel):
    id: UUID
    current: bool = Field(description="Whether it is the one that asks.")
    user_agent: str
    ip: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


class PasswordChange(_Body):
    current_password: Password
    new_password: Password


class ApiKeyCreate(_Body):
    name: Name
    scopes: frozenset[KeyScope] = Field(default=frozenset({KeyScope.ASK}), min_length=1)
    expires_in_days: int = Field(default=90, ge=1, le=365)


class ApiKeyView(_View):
    id: UUID
    name: str
    ending: str = Field(description="The last characters of the secret.")
    scopes: list[KeyScope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class ApiKeyCreated(BaseModel):
    key: ApiKeyView
    secret: str = Field(description="Shown this once.")


class PasswordReset(_Body):
    password: Password | None = Field(default=None, description="Left out, a password is made up and shown once.")


class NewPassword(BaseModel):
    password: str | None = Field(description="The password that was made up; null when one was given.")


class UserState(StrEnum):
    ACTIVE = "active"
    INVITED = "invited"
    """Has not taken the invitation yet."""
    DEACTIVATED = "deactivated"


class UserView(_View):
    id: UUID
    email: str
    name: str
    role: Role
    active: bool
    state: UserState
    is_founder: bool
    second_factor: bool
    department_id: UUID | None
    group_ids: list[UUID]
    created_at: datetime
    last_login_at: datetime | None


class NewAccount(_Body):
    email: Email
    name: Name
    role: Role = Role.USER
    department_id: UUID | None = None
    group_ids: list[UUID] = Field(default_factory=list[UUID], max_length=200)


class LinkOnce(_View):
    """To hand on to the one person it is for. Nothing shows it again."""

    url: str
    expires_at: datetime


class Invited(BaseModel):
    user: UserView
    link: LinkOnce


class UserCreate(NewAccount):
    password: Password | None = Field(default=None, description="Left out, a password is made up and shown once.")


class UserCreated(BaseModel):
    user: UserView
    password: str | None = Field(description="The password that was made up; null when one was given.")


class UserChange(_Change):
    name: Name | None = None
    role: Role | None = None
    active: bool | None = None
    department_id: UUID | None = Field(default=None, description="Null takes the person out of their department.")
    group_ids: list[UUID] | None = Field(default=None, max_length=200, description="Replaces all of them.")


class TenantView(_View):
    id: UUID
    parent_id: UUID | None
    name: str
    sign_up: bool
    created_at: datetime


class SecondFactorPolicy(StrEnum):
    """Who must have a second factor."""

    OPTIONAL = "optional"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


class TenantSettings(_View):
    """How the people of a tenant get in."""

    sign_up: bool
    sign_up_domains: list[str] = Field(description="Empty lets any address sign up.")
    second_factor: SecondFactorPolicy


class TenantSettingsChange(_Change):
    sign_up: bool | None = None
    sign_up_domains: list[Domain] | None = Field(default=None, max_length=50)
    second_factor: SecondFactorPolicy | None = None


class FirstAdmin(_Body):
    email: Email
    name: Name
    password: Password | None = None


class TenantCreate(_Body):
    name: Name
    parent_id: UUID | None = None
    admin: FirstAdmin | None = Field(default=None, description="Its first administrator.")


class TenantCreated(BaseModel):
    tenant: TenantView
    admin: UserCreated | None


class TenantChange(_Change):
    name: Name | None = None
    parent_id: UUID | None = Field(default=None, description="Null makes it stand on its own.")
    sign_up: bool | None = None


class RegionView(_View):
    id: UUID
    name: str


class DepartmentView(_View):
    id: UUID
    region_id: UUID
    name: str


class GroupView(_View):
    id: UUID
    name: str
    source: str


class MemberView(_View):
    id: UUID
    email: str
    name: str
    active: bool


class Named(_Body):
    """A region or a group, and their change: all they have is a name."""

    name: Name


class DepartmentCreate(_Body):
    region_id: UUID
    name: Name


class DepartmentChange(_Change):
    region_id: UUID | None = None
    name: Name | None = None


class Me(BaseModel):
    user: UserView
    tenant: TenantView
    department: DepartmentView | None
    groups: list[GroupView]
    permissions: list[Permission]


class RoleView(BaseModel):
    role: Role
    permissions: list[Permission]
