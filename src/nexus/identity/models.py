"""Tenants, their taxonomy, people and their login sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id
from nexus.core.sealed_rows import Sealed


class Source(StrEnum):
    """Where a user or a group comes from, and so who looks after it."""

    LOCAL = "local"
    SCIM = "scim"
    OIDC = "oidc"


class Tenant(Base):
    """A company or unit; isolates everything. `parent_id` makes group → company → unit."""

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    sign_up: Mapped[bool] = mapped_column(default=False)
    sign_up_domains: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """What an address must end with to sign up; empty means any."""
    second_factor: Mapped[str] = mapped_column(String(16), default="optional", server_default="optional")
    """Who must prove more than a password: optional, administrators, everybody."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    suspended_at: Mapped[datetime | None]
    """Since then nobody of it gets in; nothing of it is deleted."""


class Region(Base):
    __tablename__ = "region"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(200))


class Department(Base):
    """Belongs to a region: UK/HR and US/HR are two."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("region_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), index=True)
    region_id: Mapped[UUID] = mapped_column(ForeignKey("region.id"))
    name: Mapped[str] = mapped_column(String(200))


class User(Base):
    """A person. `email` is kept in lower case and is unique in the installation.

    A deleted user's row stays, without anything personal, because what they made for the company names it.
    """

    __tablename__ = "user"
    __table_args__ = (
        Index(None, "tenant_id", "email"),
        Index("uq_user_tenant_id_external_id", "tenant_id", "external_id", unique=True),
        Index("uq_user_tenant_id_user_name", "tenant_id", "user_name", unique=True),
        # Two set-ups at the same moment meet here.
        Index(
            "uq_user_founder",
            "is_founder",
            unique=True,
            sqlite_where=text("is_founder"),
            postgresql_where=text("is_founder"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(32))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_founder: Mapped[bool] = mapped_column(default=False)
    """The super admin of the first start: nobody else can delete, demote or deactivate them."""
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(16), default=Source.LOCAL)
    external_id: Mapped[str | None] = mapped_column(String(255))
    """The id that the directory gave them."""
    user_name: Mapped[str | None] = mapped_column(String(320))
    """What the directory calls them, in lower case."""
    directory: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the directory says of them, in its own words: it compares what it reads with what it has."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    invited_at: Mapped[datetime | None]
    """Set until they have taken the invitation: an account that nobody has used yet."""
    last_login_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class Group(Base):
    __tablename__ = "group"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("uq_group_tenant_id_external_id", "tenant_id", "external_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(16), default=Source.LOCAL)
    external_id: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=now)


class GroupMember(Base):
    __tablename__ = "group_member"

    group_id: Mapped[UUID] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True)
    since: Mapped[datetime | None] = mapped_column(default=now)
    """None for those who were in it before this was kept."""


class LoginSession(Base):
    """One sign-in on one device: a family of refresh tokens, of which only the newest is good."""

    __tablename__ = "login_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    refresh_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the current token, hex."""
    rotated_at: Mapped[datetime]
    """When the current token replaced the one before it; `created_at` while it is the first."""
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    ip: Mapped[str] = mapped_column(String(45), default="", server_default="")
    """Where it was last used from; kept at each refresh, as `last_used_at`: a quarter of an hour behind at most."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(32))
    provider_issuer: Mapped[str | None] = mapped_column(String(500))
    """The identity provider it came through; None for a password."""
    provider_session: Mapped[str | None] = mapped_column(String(255), index=True)
    """The provider's own session, with whose end this one ends."""
    logout_hint: Mapped[str | None] = mapped_column(String(500))
    """Tells the provider whom to sign out, so that it need not ask."""


class ExternalIdentity(Base):
    """A person as an identity provider knows them, and the account that is theirs.

    Without a `user_id` somebody has come whom nobody may be taken for: an administrator decides. Name and address are
    the provider's of the last time; they are shown to that administrator, and decide nothing.
    """

    __tablename__ = "external_identity"
    __table_args__ = (UniqueConstraint("issuer", "provider_tenant", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    provider_tenant: Mapped[str] = mapped_column(String(64))
    """Entra's `tid`; empty elsewhere."""
    subject: Mapped[str] = mapped_column(String(255))
    """Entra's `oid`, `sub` elsewhere."""
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)


class ProviderGroup(Base):
    """Which group of ours stands for a provider's: by id, so that either may be renamed."""

    __tablename__ = "provider_group"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), index=True)


class ApiKey(Base):
    """With its secret, programs act as its owner within its scopes. The secret itself is shown once, and not kept."""

    __tablename__ = "api_key"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256, hex."""
    ending: Mapped[str] = mapped_column(String(8))
    """Its last characters, by which its owner knows it again."""
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once: the first set-up, an invitation, a password reset."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SecondFactor(Base):
    """An app that shows a code which changes every half minute (TOTP). Counts from `confirmed_at` on."""

    __tablename__ = "second_factor"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(
        Sealed(200, owner="user_id", former_context="second factor of {}"),
    )
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The half minute (since 1970) of the newest code that was taken: neither it nor an older one is taken again."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """Stands in once for a lost second factor."""

    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None]


class LoginChallenge(Base):
    """The time between a right password and a right code: good for that one thing, for minutes and a few tries."""

    __tablename__ = "login_challenge"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(8))
    """verify: give a code. enrol: set the second factor up first."""
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
