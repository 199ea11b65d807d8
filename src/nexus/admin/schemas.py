"""Bodies of the administrators' HTTP API."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class AuditEventOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    sequence: int = Field(description="Its place in the log, from 1 without gaps.")
    at: datetime
    actor_id: UUID | None = Field(description="The user; null where nobody could be made out.")
    actor_name: str = Field(description="Name and e-mail address, as they were then.")
    credential: str = Field(
        description="How they proved who they are: session, operator, password, setup_link, settings."
    )
    action: str
    outcome: str = Field(description="done or refused.")
    target_kind: str
    target_id: UUID | None
    target_name: str = Field(description="As it was then; empty for what is private to somebody.")
    ip: str
    user_agent: str
    request_id: str
    details: dict[str, Any]
    hash: str = Field(description="SHA-256 of this event and, by the hash it follows, of all before it.")
