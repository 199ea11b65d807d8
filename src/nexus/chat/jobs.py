"""The handlers of what lower rooms ask of this one, which knows all that belongs to a person, and of its own upkeep."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from nexus.chat import keeping, queries
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError
from nexus.core.jobs.models import Message, enqueue
from nexus.core.jobs.runner import Handler, JobContext
from nexus.identity.messages import ForgetPerson
from nexus.knowledge.deleting import forget_personal

TIDY_EVERY: Final = timedelta(hours=1)


class TidyConversations(Message):
    """Cleans up what is beyond the tenants' rules, and what was deleted or temporary."""

    kind: ClassVar[str] = "chat.tidy"


async def ask_to_tidy(db: Database) -> None:
    """For whoever keeps the time; more than one may."""
    async with db.write(durable=False) as session:
        await enqueue(session, TidyConversations(), dedup_key="chat.tidy")


@dataclass(frozen=True, slots=True)
class TidyConversationsHandler:
    db: Database
    temporary_hours: float
    message_type: type[TidyConversations] = TidyConversations

    async def handle(self, _message: TidyConversations, _context: JobContext) -> None:
        await keeping.tidy(self.db, self.temporary_hours)

    async def gave_up(self, session: AsyncSession, message: TidyConversations, reason: str) -> None:
        """The next one comes within the hour; the failed job itself tells the operator."""


@dataclass(frozen=True, slots=True)
class ForgetPersonHandler:
    db: Database
    message_type: type[ForgetPerson] = ForgetPerson

    async def handle(self, message: ForgetPerson, _context: JobContext) -> None:
        async with self.db.write() as session:
            await forget_personal(session, message.user_id)
            await queries.stop_runs_of_person(session, message.user_id)
            left = await queries.delete_conversations_of_person(session, message.user_id)
        if left:
            # Their runs write until they have heard that they should stop; the next attempt finds them ended.
            raise ConflictError("An answer is still being stopped.")

    async def gave_up(self, session: AsyncSession, message: ForgetPerson, reason: str) -> None:
        """Nobody can open what is left; the failed job itself tells the operator."""


def handlers(db: Database, temporary_hours: float) -> dict[str, Handler]:
    """Every kind of message that chat handles."""
    made: list[Handler] = [ForgetPersonHandler(db), TidyConversationsHandler(db, temporary_hours)]
    return {handler.message_type.kind: handler for handler in made}
