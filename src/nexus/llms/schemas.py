"""What administrators send and see about language models. Keys go in and never come out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from nexus.core.text.storable import NO_NUL
from nexus.providers.llm.catalogue import ProviderKind

MOST_CANDIDATES: Final = 5

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=NO_NUL)]
Model = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150, pattern=NO_NUL)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=NO_NUL)]
Key = Annotated[SecretStr, Field(max_length=2000, description="Stored encrypted, and never shown again.")]


class Purpose(StrEnum):
    """What a model is asked for."""

    KNOWLEDGE = "knowledge"
    """Questions about the company's documents; the other purposes follow it where they have no route of their own."""
    ASSISTANT = "assistant"
    NOTEBOOK = "notebook"
    ASIDES = "titles-and-follow-ups"


def agent_purpose(agent_id: UUID) -> str:
    """Under which word an agent's own route and its instructions are kept, beside the purposes'."""
    return f"agent:{agent_id.hex}"


def is_agents(purpose: str) -> bool:
    return purpose.startswith("agent:")


class KeySource(StrEnum):
    NONE = "none"
    ENVIRONMENT = "environment"
    STORED = "stored"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ModelProviderCreate(_Body):
    name: Name
    kind: ProviderKind
    base_url: Address = Field(default="", description="Empty where the vendor has an address of its own.")
    region: Short = Field(default="", description="Where it computes, in your words; shown with its answers.")
    api_version: Short = ""
    key_env: Name | Literal[""] = Field(
        default="", description="Environment variable with the key, of those in NEXUS_LLM__KEY_NAMES."
    )
    new_key: Key | None = None
    enabled: bool = True


class ModelProviderChange(_Body):
    """Absent fields stay. A key stays too, unless another is given or `key_env` is named; `""` takes it away."""

    version: int = Field(ge=1, le=2**31 - 1, description="The one you saw; if somebody changed it since, 409.")
    name: Name | None = None
    base_url: Address | None = None
    region: Short | None = None
    api_version: Short | None = None
    key_env: Name | Literal[""] | None = None
    new_key: Key | None = None
    enabled: bool | None = None


class HealthOut(BaseModel):
    """How a model does, as this process of the server has seen it."""

    model: str
    state: Literal["unused", "healthy", "failing", "open"] = Field(
        description="open: it failed so often that others are asked first, but for a try now and then."
    )
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None = Field(description="A sentence.")
    first_token_ms: int | None = Field(description="Median of its last answers, from the request to the first token.")


class ModelProviderOut(BaseModel):
    id: UUID
    name: str
    kind: ProviderKind
    base_url: str
    region: str
    api_version: str
    key_source: KeySource
    key_env: str
    enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime
    used_by: list[Purpose] = Field(description="The routes that ask it.")
    used_by_agents: int = Field(description="How many agents have a route of their own that asks it.")
    health: list[HealthOut] = Field(description="Of its models that were asked lately.")


class EnvironmentProviderOut(BaseModel):
    """The provider of the installation's settings (NEXUS_LLM__…)."""

    model: str
    host: str
    health: list[HealthOut]


class ModelSettingsOut(BaseModel):
    environment: EnvironmentProviderOut | None
    key_names: dict[str, str] = Field(description="Environment variables that may hold a key → the host it is for.")


class ModelTest(_Body):
    model: Model


class ModelTestOut(BaseModel):
    """What came of a short real call."""

    answered: bool
    text: str = Field(description="The first words of the answer.")
    failure: str | None = Field(description="A sentence.")
    first_token_ms: int | None
    total_ms: int


class ModelNamesOut(BaseModel):
    models: list[str]
    failure: str | None = Field(description="A sentence, where the provider did not tell.")


class CandidateIn(_Body):
    provider_id: UUID | None = Field(description="null is the installation's own provider, whose model is set.")
    model: Model


class CandidateOut(BaseModel):
    provider_id: UUID | None
    provider_name: str | None = Field(description="null is the installation's own provider.")
    enabled: bool
    model: str
    health: HealthOut | None


class ModelRoutePut(_Body):
    version: int = Field(ge=0, le=2**31 - 1, description="The one you saw; 0 where there was no route.")
    candidates: list[CandidateIn] = Field(min_length=1, max_length=MOST_CANDIDATES)
    temperature: float = Field(default=0.1, ge=0, le=2)
    max_tokens: int = Field(default=1024, ge=16, le=128_000, description="Longest answer.")
    deadline_seconds: int = Field(default=120, ge=5, le=600, description="Longest time an answer may take.")
    patience_seconds: int = Field(
        default=20, ge=1, le=300, description="How long a candidate may take to begin, while others stand behind it."
    )


class RouteOut(BaseModel):
    """`version` 0: nothing is set, and `follows` says what counts; without that, answers are quotations."""

    version: int
    follows: Literal["knowledge", "environment"] | None
    candidates: list[CandidateOut]
    temperature: float
    max_tokens: int
    deadline_seconds: int
    patience_seconds: int


class ModelRouteOut(RouteOut):
    purpose: Purpose


class ModelRoutesOut(BaseModel):
    routes: list[ModelRouteOut]
