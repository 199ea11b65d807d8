"""What this room asks to have done later; `chat`, which knows all that a person leaves, does it."""

from typing import ClassVar
from uuid import UUID

from nexus.core.jobs.models import Message


class ForgetPerson(Message):
    """Remove what was a deleted person's alone: conversations and personal knowledge bases."""

    kind: ClassVar[str] = "chat.forget-person"

    user_id: UUID
