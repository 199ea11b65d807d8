"""The handlers of what this room asks of itself."""

from dataclasses import dataclass

from nexus.core.db import AsyncSession, Database
from nexus.core.jobs.runner import Handler, JobContext
from nexus.identity import links
from nexus.identity.mailing import LinkMail
from nexus.identity.messages import MailResetLink


@dataclass(frozen=True, slots=True)
class MailResetLinkHandler:
    db: Database
    link_mail: LinkMail
    message_type: type[MailResetLink] = MailResetLink

    async def handle(self, message: MailResetLink, _context: JobContext) -> None:
        """Makes the link when it is sent, so that its secret stands nowhere but in the mail."""
        if not self.link_mail.answers_strangers:
            return
        async with self.db.write() as session:
            link = await links.issue_own_reset(session, message.user_id, self.link_mail.settings.public_url)
        if link is not None:
            await self.link_mail.send(link, message.language)

    async def gave_up(self, session: AsyncSession, message: MailResetLink, reason: str) -> None:
        """The failed job itself tells the operator; the person asks again."""


def handlers(db: Database, link_mail: LinkMail) -> dict[str, Handler]:
    """Every kind of message that this room handles itself."""
    made: list[Handler] = [MailResetLinkHandler(db, link_mail)]
    return {handler.message_type.kind: handler for handler in made}
