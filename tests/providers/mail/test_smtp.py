"""Mail goes out over TLS to a server that proves itself, or not at all."""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.mail_server import PASSWORD, USER, MailServer

from nexus.providers.mail.base import Mail, MailError
from nexus.providers.mail.smtp import SmtpMailer, SmtpServer

MAIL = Mail(
    "grace@acme.test", "Grace Höpper", "Ihr Zugang – heute", "Öffnen Sie das:\n\nhttps://nexus.test/#token=a_b-c\n"
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[MailServer, None, None]:
    with MailServer(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


def reach(server: MailServer, **more: Any) -> SmtpServer:
    told = SmtpServer("127.0.0.1", server.port, "starttls", USER, PASSWORD, "Nexus <nexus@acme.test>", 5)
    return replace(told, **more)


async def test_a_mail_arrives_as_it_was_meant(server: MailServer) -> None:
    await SmtpMailer(reach(server)).send(MAIL)
    (mail,) = server.mails
    assert (mail["From"], mail["To"]) == ("Nexus <nexus@acme.test>", "Grace Höpper <grace@acme.test>")
    assert (mail["X-Recipient"], mail["Subject"]) == ("grace@acme.test", MAIL.subject)
    assert mail.get_content().replace("\r\n", "\n") == MAIL.text
    assert mail["Message-ID"].endswith("@acme.test>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert server.secrets_in_the_clear == 0


async def test_implicit_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MailServer(tmp_path, implicit_tls=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        await SmtpMailer(reach(server, security="tls")).send(MAIL)
        assert len(server.mails) == 1


@pytest.mark.parametrize("fault", ["unknown mailbox", "busy", "hangs up"])
async def test_what_the_server_does_not_take_is_an_error(server: MailServer, fault: Any) -> None:
    server.fault = fault
    with pytest.raises(MailError):
        await SmtpMailer(reach(server)).send(MAIL)
    assert server.mails == []


async def test_a_server_that_cannot_prove_itself_gets_no_password(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MailError):
        await SmtpMailer(reach(server)).send(MAIL)
    assert server.mails == []


@pytest.mark.parametrize(
    "more", [{"password": "wrong"}, {"user": "", "password": ""}, {"security": "none"}, {"port": 9}]
)
async def test_what_was_set_wrongly_is_an_error_without_the_password(server: MailServer, more: dict[str, Any]) -> None:
    with pytest.raises(MailError) as raised:
        await SmtpMailer(reach(server, **more)).send(MAIL)
    assert PASSWORD not in str(raised.value.detail)
    assert server.secrets_in_the_clear == 0


async def test_a_silent_server_is_not_waited_for() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    told = SmtpServer("127.0.0.1", port, "none", "", "", "nexus@acme.test", 0.2)
    with pytest.raises(MailError):
        await asyncio.wait_for(SmtpMailer(told).send(MAIL), 3)
    listening.close()
    await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    "mail",
    [
        replace(MAIL, subject="One\r\nBcc: mallory@evil.test"),
        replace(MAIL, to_name="Grace\nBcc: mallory@evil.test"),
        replace(MAIL, to_address="grace@acme.test\r\nBcc: mallory@evil.test"),
        replace(MAIL, to_address="jürgen@acme.test"),
    ],
)
async def test_what_cannot_be_a_header_is_refused_before_anybody_is_called(server: MailServer, mail: Mail) -> None:
    with pytest.raises(MailError):
        await SmtpMailer(reach(server)).send(mail)
    assert server.mails == []
