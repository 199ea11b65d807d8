"""Agents; which tools there are beside our own, who may use which, and what waits for a person's word."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id
from nexus.core.sealed_rows import Sealed


class Agent(Base):
    """A scope of knowledge, tools and questions to begin with, under one name; who may use it is said by grants alone.

    Its instructions are a prompt, and its own model a route, of the purpose `llms.schemas.agent_purpose`.
    """

    __tablename__ = "agent"
    __table_args__ = (Index(None, "tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    starters: Mapped[list[str]] = mapped_column(default=list)
    """Questions to begin with."""
    knowledge_base_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Where it looks, as far as whoever asks may read there; None is everything that they may read."""
    tools: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Names of those it may use, as far as whoever asks may; None is all that they may."""
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    """Counts changes: whoever changes a row says which one they saw."""
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class ToolRule(Base):
    """Which roles of a tenant may use a tool. Without a rule everybody may use our own tools."""

    __tablename__ = "tool_rule"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    tool: Mapped[str] = mapped_column(String(64), primary_key=True)
    roles: Mapped[list[str]]


class McpServer(Base):
    """A server whose tools a tenant's models may use. `name` stands before its tools' names."""

    __tablename__ = "mcp_server"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(24))
    url: Mapped[str] = mapped_column(String(2000))
    auth: Mapped[str] = mapped_column(String(16), default="none")
    """What it asks for: none, bearer (`sealed_token`) or oauth (a tool connection)."""
    sealed_token: Mapped[str | None] = mapped_column(Sealed(4000))
    """The bearer token; None where the server asks for none."""
    enabled: Mapped[bool] = mapped_column(default=True)
    looked_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Text)
    """Why it could not be reached when somebody looked last."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class McpTool(Base):
    """One tool of a server, as it was when somebody looked last. `approved_hash`: what an administrator agreed to."""

    __tablename__ = "mcp_tool"
    __table_args__ = (UniqueConstraint("server_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    server_id: Mapped[UUID] = mapped_column(ForeignKey("mcp_server.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]]
    read_only: Mapped[bool]
    """As the server says."""
    hash: Mapped[str] = mapped_column(String(64))
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    agreed: Mapped[dict[str, Any] | None]
    """What that was: description, parameters and read_only, to be compared with what it is now."""
    asks: Mapped[bool] = mapped_column(default=True)
    """Whether each use needs the asker's approval, also before anything untrusted was read."""


class ToolConnection(Base):
    """The tenant's account at a server that asks for OAuth, and the authorization server that vouches for it."""

    __tablename__ = "tool_connection"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    server_id: Mapped[UUID] = mapped_column(ForeignKey("mcp_server.id", ondelete="CASCADE"), unique=True)
    grant: Mapped[str] = mapped_column(String(16))
    """sign-in: somebody's, by authorization code; machine: the client's own."""
    issuer: Mapped[str] = mapped_column(String(2000))
    token_endpoint: Mapped[str] = mapped_column(String(2000))
    revocation_endpoint: Mapped[str] = mapped_column(String(2000))
    """Empty where there is none."""
    resource: Mapped[str] = mapped_column(String(2000))
    """What the token is asked for, and good for."""
    scope: Mapped[str] = mapped_column(String(2000))
    client_id: Mapped[str] = mapped_column(String(2000))
    client_auth: Mapped[str] = mapped_column(String(24))
    """How the client proves itself: none, client_secret_basic or client_secret_post."""
    registered: Mapped[bool]
    """Whether the client registered itself, rather than somebody by hand."""
    redirect_uri: Mapped[str] = mapped_column(String(2000))
    sealed_client_secret: Mapped[str | None] = mapped_column(Sealed(6000, owner="server_id"))
    sealed_tokens: Mapped[str | None] = mapped_column(Sealed(36_000, owner="server_id"))
    """As JSON; None once they are worth nothing."""
    expires_at: Mapped[datetime | None]
    """Of the access token; None where nobody has said."""
    state: Mapped[str] = mapped_column(String(16))
    """connected or broken."""
    failure: Mapped[str | None] = mapped_column(Text)
    renewing_until: Mapped[datetime | None]
    """One process renews the token at a time; so long the others leave it alone."""
    connected_at: Mapped[datetime]


class ToolSignIn(Base):
    """A connection that somebody has begun and not come back from: theirs, good once and for ten minutes."""

    __tablename__ = "tool_sign_in"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    server_id: Mapped[UUID] = mapped_column(ForeignKey("mcp_server.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    login_session_id: Mapped[UUID | None]
    sealed_way: Mapped[str] = mapped_column(Sealed(36_000, owner="server_id"))
    """The PKCE verifier, the client, and who was found to vouch for the server, as JSON."""
    expires_at: Mapped[datetime]


class ToolApproval(Base):
    """A call that waits for the word of whoever asked. `state`: requested, allowed, denied, expired."""

    __tablename__ = "tool_approval"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tool: Mapped[str] = mapped_column(String(64))
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="requested")
    requested_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
