"""The handlers of what lower rooms ask of this one, which knows all that belongs to a person."""

from dataclasses import dataclass

from nexus.chat import queries
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError
from nexus.core.jobs.runner import Handler, JobContext
from nexus.identity.messages import ForgetPerson
from nexus.knowledge.service import forget_personal


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


def handlers(db: Database) -> dict[str, Handler]:
    """Every kind of message that chat handles."""
    made: list[Handler] = [ForgetPersonHandler(db)]
    return {handler.message_type.kind: handler for handler in made}
