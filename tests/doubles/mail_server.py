"""A mail server that speaks SMTP with STARTTLS and a password, keeps what it takes, and fails when it is told to."""

import datetime as dt
import ipaddress
import socket
import ssl
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

Fault = Literal["", "unknown mailbox", "busy", "hangs up"]
USER, PASSWORD = "nexus", "correct-horse-mail"


class MailServer:
    """`certificate` is what its clients have to trust."""

    def __init__(self, folder: Path, *, implicit_tls: bool = False) -> None:
        self.certificate = folder / "mail.pem"
        self.mails: list[EmailMessage] = []
        self.fault: Fault = ""
        self.secrets_in_the_clear = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(_certificate(self.certificate))
        extra: dict[str, Any] = (
            {"ssl_context": tls, "auth_require_tls": False}
            if implicit_tls
            else {"tls_context": tls, "require_starttls": True}
        )
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._authenticate,
            auth_required=not implicit_tls,
            **extra,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def wait_for(self, number: int) -> EmailMessage:
        """The mail of this number, from one on."""
        until = time.monotonic() + 20
        while len(self.mails) < number:
            assert time.monotonic() < until, "no mail has come"
            time.sleep(0.02)
        return self.mails[number - 1]

    def _authenticate(self, _server: Any, session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.secrets_in_the_clear += session.ssl is None and self._controller.ssl_context is None
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.fault == "unknown mailbox":
            return "550 5.1.1 No such mailbox"
        if self.fault == "busy":
            return "451 4.3.2 Later"
        if self.fault == "hangs up":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        message["X-Recipient"] = ",".join(envelope.rcpt_tos)
        self.mails.append(message)
        return "250 Taken"


def _certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    today = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(pem))
    return path
