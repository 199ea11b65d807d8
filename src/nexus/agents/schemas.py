"""Bodies of the tools' HTTP API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from nexus.access.principal import Role

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,22}[a-z0-9]$")]
Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^https?://[^\s\x00]+$")]
Auth = Literal["none", "bearer", "oauth"]
Grant = Literal["sign-in", "machine"]
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
    redirect_uri: str = Field(description="Ours, for clients that are registered by hand where servers ask for OAuth.")


class ToolRuleIn(_In):
    roles: list[Role] = Field(max_length=4, description="Whose models may use the tool; nobody's when empty.")


class ToolServerIn(_In):
    name: Name = Field(description="Stands before its tools' names.")
    url: Url = Field(description="Where it speaks MCP's streamable HTTP.")
    auth: Auth | None = Field(
        default=None, description="What it asks callers for; left out, it follows from whether there is a token."
    )
    token: Token | None = Field(
        default=None, description="Bearer token, where it asks for one. Nobody can read it again."
    )


class ToolServerPatch(_In):
    url: Url | None = None
    auth: Auth | None = Field(default=None, description="With another one, what was kept for the former goes.")
    token: Token | None = Field(default=None, description="An empty one takes the token away.")
    enabled: bool | None = None


class ToolConnectionOut(BaseModel):
    """The tenant's account at a server that asks for OAuth."""

    model_config = ConfigDict(from_attributes=True)

    grant: Grant = Field(description="Whether somebody has signed in, or the client acts in its own name.")
    issuer: str = Field(description="Who vouches for it.")
    scope: str = Field(description="What it may do there, in the server's words.")
    client_id: str
    registered: bool = Field(description="Whether the client registered itself there.")
    state: Literal["connected", "broken"]
    failure: str | None = Field(description="Why somebody has to connect again.")
    connected_at: datetime


class ToolConnectionIn(_In):
    grant: Grant = "sign-in"
    client_id: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[\x20-\x7e]*$")] = (
        Field(default="", description="Of a client registered there by hand; empty where clients register themselves.")
    )
    client_secret: Token | None = Field(default=None, description="Nobody can read it again.")


class ToolSignInOut(BaseModel):
    sign_in_url: str | None = Field(description="Where to send the browser; null where it is connected already.")


class ToolSignInAnswer(_In):
    """What the browser came back with, as it stood in the address."""

    state: str = Field(min_length=1, max_length=200)
    code: str = Field(default="", max_length=8192)
    iss: str = Field(default="", max_length=2000)
    error: str = Field(default="", max_length=200)


class ToolServerOut(BaseModel):
    id: UUID
    name: str
    url: str
    auth: Auth
    has_token: bool
    connection: ToolConnectionOut | None = Field(description="Null where nobody has connected it, or nobody has to.")
    enabled: bool
    looked_at: datetime | None = Field(description="When its tools were listed last.")
    failure: str | None = Field(description="Why that failed.")


class AgreedTool(BaseModel):
    """A tool as it was when somebody agreed to it."""

    description: str
    parameters: dict[str, Any]
    read_only: bool


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
    agreed: AgreedTool | None = Field(description="What somebody agreed to, where it has changed since.")
    roles: list[Role] = Field(description="Whose models may use it, once it is allowed.")
    asks: bool = Field(description="Whether each use needs the asker's approval, whatever was read before.")


class ServerToolIn(_In):
    allowed: bool
    hash: str = Field(max_length=64, description="What you have looked at.")
    asks: bool = Field(default=True, description="Only tools that are read-only can do without.")
