"""Messages over the WebSocket, in both directions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from nexus.chat.schemas import QuestionIn


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AuthenticateIn(_In):
    """The first message, where the connection came without an `Authorization` header, as browsers' do."""

    type: Literal["authenticate"]
    token: str = Field(max_length=16 * 1024)


class UserMessageIn(QuestionIn):
    type: Literal["user_message"]


class AttachIn(_In):
    """Goes on with a run's messages, from any process, after event number `after`."""

    type: Literal["attach"]
    run_id: UUID
    after: int = Field(default=0, ge=0, le=2**31 - 1)


class StopIn(_In):
    type: Literal["stop"]
    run_id: UUID


class WatchIn(_In):
    """Tells what changes in a knowledge base, from the `position` of an earlier message on, or from now."""

    type: Literal["watch"]
    knowledge_base_id: UUID
    after: str = Field(default="", max_length=100)


class UnwatchIn(_In):
    type: Literal["unwatch"]
    knowledge_base_id: UUID


ClientMessage = Annotated[
    AuthenticateIn | UserMessageIn | AttachIn | StopIn | WatchIn | UnwatchIn, Field(discriminator="type")
]
CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
