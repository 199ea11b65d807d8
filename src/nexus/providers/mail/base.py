"""The port to a mail server."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from nexus.core.errors import UnavailableError


class MailError(UnavailableError):
    """The server did not take the mail; it has not been sent."""

    slug: ClassVar[str] = "mail-failed"
    title: ClassVar[str] = "The mail could not be sent"


@dataclass(frozen=True, slots=True)
class Mail:
    """Plain text for one person."""

    to_address: str
    to_name: str
    subject: str
    text: str


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Returns once the server has taken it. Raises MailError."""
        ...
