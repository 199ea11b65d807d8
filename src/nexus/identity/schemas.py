"""What goes in and out over HTTP. Unknown fields are refused: nobody sets what a form does not offer."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
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
Domain = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=253, pattern=r"^([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+$"
    ),
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Change(Body):
    """A part of a resource: fields that are left out or null stay as they are."""


class View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ExternalIdentityView(View):
    id: UUID
    user_id: UUID | None = Field(description="Null while nobody here is this person.")
    issuer: str
    provider_tenant: str
    subject: str
    email: str
    name: str
    created_at: datetime
    last_seen_at: datetime


class IdentityLink(Body):
    user_id: UUID


class IdentityCreate(Body):
    user_id: UUID
    issuer: str = Field(max_length=500, description="One of the trusted issuers of the settings, to the letter.")
    subject: str = Field(min_length=1, max_length=255, description="Whom its tokens mean by this is that person.")
    provider_tenant: str = Field(
        default="", max_length=64, description="Where the issuer tells its people apart by it."
    )


class PasswordChange(Body):
    current_password: Password
    new_password: Password


class ApiKeyCreate(Body):
    name: Name
    scopes: frozenset[KeyScope] = Field(default=frozenset({KeyScope.ASK}), min_length=1)
    expires_in_days: int = Field(default=90, ge=1, le=365)


class ApiKeyView(View):
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


class PasswordReset(Body):
    password: Password | None = Field(default=None, description="Left out, a password is made up and shown once.")


class NewPassword(BaseModel):
    password: str | None = Field(description="The password that was made up; null when one was given.")


class UserState(StrEnum):
    ACTIVE = "active"
    INVITED = "invited"
    """Has not taken the invitation yet."""
    DEACTIVATED = "deactivated"


class UserView(View):
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


class NewAccount(Body):
    email: Email
    name: Name
    role: Role = Role.USER
    department_id: UUID | None = None
    group_ids: list[UUID] = Field(default_factory=list[UUID], max_length=200)


class LinkOnce(View):
    """To hand on to the one person it is for. Nothing shows it again."""

    url: str
    expires_at: datetime
    mailed: bool | None = Field(
        default=None, description="Whether it was also sent to them by mail; null where there is no mail server."
    )


class Invited(BaseModel):
    user: UserView
    link: LinkOnce


class UserCreate(NewAccount):
    password: Password | None = Field(default=None, description="Left out, a password is made up and shown once.")


class UserCreated(BaseModel):
    user: UserView
    password: str | None = Field(description="The password that was made up; null when one was given.")


class UserChange(Change):
    name: Name | None = None
    role: Role | None = None
    active: bool | None = None
    department_id: UUID | None = Field(default=None, description="Null takes the person out of their department.")
    group_ids: list[UUID] | None = Field(default=None, max_length=200, description="Replaces all of them.")


class TenantView(View):
    id: UUID
    parent_id: UUID | None
    name: str
    sign_up: bool
    created_at: datetime
    suspended_at: datetime | None = Field(description="Since then nobody of it gets in.")


class SecondFactorPolicy(StrEnum):
    """Who must have a second factor."""

    OPTIONAL = "optional"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


class TenantSettings(View):
    """How the people of a tenant get in."""

    sign_up: bool
    sign_up_domains: list[str] = Field(description="Empty lets any address sign up.")
    second_factor: SecondFactorPolicy


class TenantSettingsChange(Change):
    sign_up: bool | None = None
    sign_up_domains: list[Domain] | None = Field(default=None, max_length=50)
    second_factor: SecondFactorPolicy | None = None


class FirstAdmin(Body):
    email: Email
    name: Name
    password: Password | None = None


class Invitee(Body):
    email: Email
    name: Name


class TenantCreate(Body):
    name: Name
    parent_id: UUID | None = None
    admin: FirstAdmin | None = Field(default=None, description="Its first administrator, with a password.")
    invite: Invitee | None = Field(default=None, description="Its first administrator, who gets in by a link.")


class TenantCreated(BaseModel):
    tenant: TenantView
    admin: UserCreated | None
    invited: Invited | None


class TenantChange(Change):
    name: Name | None = None
    parent_id: UUID | None = Field(default=None, description="Null makes it stand on its own.")
    sign_up: bool | None = None


class RegionView(View):
    id: UUID
    name: str


class RegionEntry(RegionView):
    departments: int


class DepartmentView(View):
    id: UUID
    region_id: UUID
    name: str


class DepartmentEntry(DepartmentView):
    people: int | None = Field(description="How many belong to it; null for whoever may not see people.")


class GroupView(View):
    id: UUID
    name: str
    source: str = Field(description="local, or who looks after it: scim (a directory), entra or oidc (sign-in).")


class GroupEntry(GroupView):
    people: int | None = Field(description="How many are members; null for whoever may not see people.")


class MemberView(View):
    id: UUID
    email: str
    name: str
    active: bool


class Named(Body):
    """A region or a group, and their change: all they have is a name."""

    name: Name


class DepartmentCreate(Body):
    region_id: UUID
    name: Name


class DepartmentChange(Change):
    region_id: UUID | None = None
    name: Name | None = None


class Me(BaseModel):
    user: UserView
    tenant: TenantView
    department: DepartmentView | None
    groups: list[GroupView]
    permissions: list[Permission]
    single_sign_on: bool = Field(description="Whether this sign-in came through the identity provider.")
    developer_sign_in: bool = Field(description="Whether the developer's way in is on: the page warns of it.")


class RoleView(BaseModel):
    role: Role
    permissions: list[Permission]
    people: int | None = Field(description="How many have it; null for whoever may not see people.")
