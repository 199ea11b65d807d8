"""Bodies of the OpenAI-compatible API: what is read of a request. What else clients send changes no answer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from nexus.core.text.storable import NO_NUL

_Text = Annotated[str, StringConstraints(max_length=200_000, pattern=NO_NUL)]


class _In(BaseModel):
    # Clients send parameters that mean nothing here (seed, user, metadata …); they change no answer.
    model_config = ConfigDict(extra="ignore")


class TextPart(_In):
    type: Literal["text"]
    text: _Text


class OtherPart(_In):
    type: str


class MessageIn(_In):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: _Text | list[TextPart | OtherPart] | None = None


class StreamOptions(_In):
    include_usage: bool = False


class CompletionIn(_In):
    model: Annotated[str, StringConstraints(max_length=200)]
    messages: list[MessageIn] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
