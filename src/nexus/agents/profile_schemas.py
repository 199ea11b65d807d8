"""Bodies of the agents' HTTP API."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nexus.access.models import Level
from nexus.core.text.storable import NO_NUL
from nexus.knowledge.schemas import GrantIn
from nexus.llms.prompt_schemas import PromptText

MOST_STARTERS: Final = 6
MOST_SHELVES: Final = 100
MOST_TOOLS: Final = 100

AgentName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=NO_NUL)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL)]
Starter = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=NO_NUL)]
ToolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Starters = Annotated[list[Starter], Field(max_length=MOST_STARTERS, description="Questions to begin with.")]
Shelves = Annotated[
    list[UUID],
    Field(
        min_length=1,
        max_length=MOST_SHELVES,
        description="Where it looks, as far as whoever asks may read there; null is everything that they may read.",
    ),
]
Tools = Annotated[
    list[ToolName],
    Field(
        max_length=MOST_TOOLS,
        description="What it may use, as far as whoever asks may; null is all that they may, none when empty.",
    ),
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AgentIn(_In):
    name: AgentName
    description: Description = ""
    instructions: PromptText = Field(default="", description="Its first version of them.")
    starters: Starters = []
    knowledge_base_ids: Shelves | None = None
    tools: Tools | None = None
    enabled: bool = True
    grants: list[GrantIn] = Field(default_factory=list[GrantIn], max_length=100, description="`read` is to use it.")


class AgentPatch(_In):
    """Absent fields stay. So do knowledge bases and tools of the agent that you may not use yourself."""

    version: int = Field(ge=1, le=2**31 - 1, description="The one you saw; if somebody changed it since, 409.")
    name: AgentName | None = None
    description: Description | None = None
    starters: Starters | None = None
    knowledge_base_ids: Shelves | None = None
    tools: Tools | None = None
    enabled: bool | None = None


class InstructionsOut(BaseModel):
    """What the agent is told. Version 0 has no words."""

    active: int
    newest: int
    changes: int = Field(description="To be sent along with a change: if somebody changed it since, 409.")
    text: str


class AgentSettingsOut(BaseModel):
    """What those see who may change it."""

    version: int
    tools: list[str] | None
    instructions: InstructionsOut


class NamedShelf(BaseModel):
    id: UUID
    name: str


class AgentOut(BaseModel):
    id: UUID
    name: str
    description: str
    starters: list[str]
    enabled: bool = Field(description="Nobody can ask one that is not.")
    level: Level | None = Field(description="Your own right: `read` is to use it; null when you only govern it.")
    knowledge_bases: list[NamedShelf] | None = Field(
        description="Those of its knowledge bases that you may read; null: it looks in all that whoever asks may read."
    )
    created_by_name: str = Field(description="Empty when they are gone.")
    created_at: datetime
    updated_at: datetime
    settings: AgentSettingsOut | None = Field(default=None, description="Of one agent, for those who may change it.")


class AgentToolOut(BaseModel):
    """A tool that you may use, and so give to an agent."""

    name: str
    description: str
    source: str = Field(description="The MCP server it is from; empty for our own.")


class AgentToolsOut(BaseModel):
    tools: list[AgentToolOut]
