"""Bodies of the tools' HTTP API."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from nexus.access.principal import Role

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,22}[a-z0-9]$")]
Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^https?://[^\s\x00]+$")]
Token = Annotated[SecretStr, Field(max_length=2000)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ToolOut(BaseModel):
    """One of our own tools."""

    name: str
    description: str
    roles: list[Role] = Field(description="Who may use it.")


class ToolsOut(BaseModel):
    tools: list[ToolOut]


class ToolRuleIn(_In):
    roles: list[Role] = Field(max_length=4, description="Whose models may use the tool; nobody's when empty.")


class ToolServerIn(_In):
    name: Name = Field(description="Stands before its tools' names.")
    url: Url = Field(description="Where it speaks MCP's streamable HTTP.")
    token: Token | None = Field(
        default=None, description="Bearer token, where it asks for one. Nobody can read it again."
    )


class ToolServerPatch(_In):
    url: Url | None = None
    token: Token | None = Field(default=None, description="An empty one takes the token away.")
    enabled: bool | None = None


class ToolServerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    url: str
    has_token: bool
    enabled: bool
    looked_at: datetime | None = Field(description="When its tools were listed last.")
    failure: str | None = Field(description="Why that failed.")


class ServerToolOut(BaseModel):
    """A tool as its server describes it; that is the server's word, and data."""

    id: UUID
    name: str
    called: str = Field(description="Its name to models, and to rules.")
    description: str
    parameters: dict[str, Any]
    read_only: bool = Field(description="As the server says.")
    hash: str = Field(description="Of all this. Agreeing to it agrees to nothing else.")
    allowed: bool = Field(description="Whether what it is now was agreed to.")
    changed: bool = Field(description="Whether it has changed since somebody agreed to it.")
    asks: bool = Field(description="Whether each use needs the asker's approval, whatever was read before.")


class ServerToolIn(_In):
    allowed: bool
    hash: str = Field(max_length=64, description="What you have looked at.")
    asks: bool = Field(default=True, description="Only tools that are read-only can do without.")
