"""Mail by SMTP (RFC 5321), over TLS unless the server is this machine or asks for no password."""

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid, parseaddr
from typing import Literal

import aiosmtplib

from nexus.providers.mail.base import Mail, MailError

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str
    """The From address, as `Name <mail@example.com>` or alone."""
    timeout: float
    """Seconds each step may take."""


class SmtpMailer:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, mail: Mail) -> None:
        message = self._message(mail)
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                timeout=server.timeout,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # The server's words may name the account it was asked with; the kind of the fault says enough.
            raise MailError(f"The mail server did not take the mail ({type(error).__name__}).") from error

    def _message(self, mail: Mail) -> EmailMessage:
        name, sender = parseaddr(self._server.sender)
        user, _, domain = mail.to_address.rpartition("@")
        message = EmailMessage(policy=SMTP)
        try:
            # An extension few servers have; without it the library would write down another address.
            mail.to_address.encode("ascii")
            message["From"] = Address(name, addr_spec=sender)
            message["To"] = Address(mail.to_name, user, domain)
            message["Subject"] = mail.subject
        except (MessageError, ValueError, IndexError) as error:
            raise MailError("There can be no mail to this address.") from error
        message["Date"] = localtime()
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        # Holiday notes are not sent to machines that say they are one (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message
