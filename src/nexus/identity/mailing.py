"""One-time links by mail, where a mail server is configured."""

import logging
from dataclasses import dataclass

from nexus.core.db import AsyncSession
from nexus.core.ids import new_id
from nexus.core.jobs.models import enqueue
from nexus.core.settings import Settings
from nexus.identity import queries
from nexus.identity.errors import NoMailError
from nexus.identity.links import IssuedLink
from nexus.identity.mail_texts import SUBJECTS, TEXTS, Language
from nexus.identity.messages import MailResetLink
from nexus.providers.mail.base import Mail, Mailer, MailError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LinkMail:
    """Brings links to their people. Off without a mail server."""

    mailer: Mailer | None
    settings: Settings

    @property
    def is_on(self) -> bool:
        return self.mailer is not None

    @property
    def answers_strangers(self) -> bool:
        """Whether anybody may have a link sent to an address they name.

        Its own address must be set for that: the one in the request is the stranger's to choose.
        """
        return self.is_on and bool(self.settings.http.public_url) and self.settings.oidc.password_sign_in

    async def send(self, link: IssuedLink, language: Language) -> None:
        """Raises MailError."""
        if self.mailer is None:
            raise MailError("There is no mail server.")
        words = {
            "name": _one_line(link.name),
            "tenant": _one_line(link.tenant_name),
            "url": link.url,
            "until": f"{link.expires_at:%Y-%m-%d %H:%M}",
        }
        kind = link.purpose, language
        await self.mailer.send(
            Mail(link.email, words["name"], SUBJECTS[kind].format_map(words), TEXTS[kind].format_map(words))
        )

    async def try_to_send(self, link: IssuedLink, language: Language) -> bool | None:
        """None where nothing is sent by mail; otherwise whether it was. The link itself stands either way."""
        if not self.is_on:
            return None
        try:
            await self.send(link, language)
        except MailError as error:
            logger.warning("a link could not be sent by mail: %s", error.detail)
            return False
        return True


async def ask_for_reset(session: AsyncSession, link_mail: LinkMail, email: str, language: Language) -> None:
    """Has a link sent to whoever has the address, by a job: an address that nobody has costs and tells the same.

    Raises NoMailError.
    """
    if not link_mail.answers_strangers:
        raise NoMailError
    user = await queries.find_user_by_email(session, email)
    user_id = user.id if user else new_id()
    await enqueue(
        session,
        MailResetLink(user_id=user_id, language=language),
        tenant_id=user.tenant_id if user else None,
        dedup_key=f"mail-reset-link:{user_id}",
    )


def _one_line(text: str) -> str:
    """A name as a mail may hold it: a second line would be read as another header, or as words of ours."""
    return " ".join(text.split())[:100]
