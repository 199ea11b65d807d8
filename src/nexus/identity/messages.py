"""What this room asks to have done later."""

from typing import ClassVar
from uuid import UUID

from nexus.core.jobs.models import Message
from nexus.identity.mail_texts import Language


class ForgetPerson(Message):
    """Remove what was a deleted person's alone: conversations and personal knowledge bases. `chat` does it."""

    kind: ClassVar[str] = "chat.forget-person"

    user_id: UUID


class MailResetLink(Message):
    """Send a link to whoever forgot their password; nothing, where nobody has this id."""

    kind: ClassVar[str] = "identity.mail-reset-link"

    user_id: UUID
    language: Language
