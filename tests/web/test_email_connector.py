"""An e-mail arrives as it was meant, or the caller hears whether trying again helps. The servers here are real ones on this machine."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.connectors.email import (
    ConsoleConnector,
    EmailConnector,
    EmailNotAccepted,
    EmailSettingsInvalid,
    EmailUndeliverableNow,
    FakeEmail,
    OutgoingEmail,
    SmtpConnector,
    connector_from_url,
)

SENDER = "City of Harbor <311@harbor.example>"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LETTER = OutgoingEmail(
    to="ana@example.org",
    subject="Your report 4711",
    text="We have it.\n\n.\nA line with a dot alone stays.\n",
    message_id="<4711.1@harbor.example>",
    language="en",
)


class Mailbox:
    """A mail server's handler: keeps what comes, and answers as told."""

    def __init__(self, *, to_sender: str = "250 OK", to_reader: str = "250 OK", to_content: str = "250 OK") -> None:
        self.to_sender, self.to_reader, self.to_content = to_sender, to_reader, to_content
        self.envelopes: list[Envelope] = []

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.to_sender

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if self.to_reader.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_reader

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.to_content.startswith("250"):
            self.envelopes.append(envelope)
        return self.to_content

    def raw(self) -> bytes:
        (envelope,) = self.envelopes
        assert isinstance(envelope.content, bytes)
        return envelope.content

    def mail(self) -> EmailMessage:
        mail = message_from_bytes(self.raw(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail


@contextmanager
def serving(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """A mail server on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield int(port)
    finally:
        controller.stop()


@contextmanager
def answering(talk: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that does with its first caller what `talk` says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            caller, _ = server.accept()
            with caller:
                talk(caller)

        thread = threading.Thread(target=answer)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(10)


def connector(port: int, **changes: Any) -> SmtpConnector:
    return replace(SmtpConnector(host="127.0.0.1", port=port, sender=SENDER, security="none", timeout_seconds=5, now=lambda: NOON), **changes)


def delivered(message: OutgoingEmail) -> Mailbox:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        connector(port).send(message)
    return mailbox


# What arrives


def test_a_message_arrives_as_it_was_meant() -> None:
    mailbox = delivered(LETTER)
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("311@harbor.example", ["ana@example.org"])
    mail = mailbox.mail()
    assert {name: mail[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted", "Content-Language")} == {
        "From": SENDER,
        "To": "ana@example.org",
        "Subject": "Your report 4711",
        "Message-ID": "<4711.1@harbor.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
    }
    assert mail["Date"].datetime == NOON
    assert mail["Reply-To"] is None
    assert mail.get_content().replace("\r\n", "\n") == LETTER.text


def test_words_of_every_language_arrive() -> None:
    subject = "Su reporte sobre la calle Núñez ya está resuelto: gracias por su ayuda — 你的报告 🎉 " * 3
    text = "Ñandú, 你好, 🎉\n" + "x" * 2000 + "\n"
    mailbox = delivered(replace(LETTER, subject=subject.strip(), text=text, language="es", html=f"<p>{text}</p>"))
    assert mailbox.mail()["Subject"] == subject.strip()
    plain, html = (mailbox.mail().get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == text
    assert html.get_content().replace("\r\n", "\n") == f"<p>{text}</p>\n"
    assert mailbox.raw().isascii()
    assert max(len(line) for line in mailbox.raw().splitlines()) <= 78  # every server and reader takes that


def test_a_reader_can_answer_and_unsubscribe_by_one_click() -> None:
    link = f"<https://harbor.example/unsubscribe/{'k' * 200}>"
    headers = {"List-Unsubscribe": link, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mailbox = delivered(replace(LETTER, reply_to="reply+4711@harbor.example", headers=headers))
    assert mailbox.mail()["Reply-To"] == "reply+4711@harbor.example"
    assert f"\r\nList-Unsubscribe: {link}\r\n".encode() in mailbox.raw()  # not folded, not encoded
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in mailbox.raw()


def test_a_domain_beyond_ascii_travels_in_its_ascii_form() -> None:
    (envelope,) = delivered(replace(LETTER, to="ana@bücher.example")).envelopes
    assert envelope.rcpt_tos == ["ana@xn--bcher-kva.example"]  # RFC 3492's example of a German word


def test_half_a_surrogate_pair_does_not_stop_a_message() -> None:
    assert delivered(replace(LETTER, text="bad \ud83d half", subject="half \ud83d")).mail().get_content().startswith("bad ? half")


# Nobody adds a header or a reader


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": "Hello\nBcc: eve@example.org"}, "email_header_invalid"),
        ({"subject": "Hello\r\n\r\nA body"}, "email_header_invalid"),
        ({"subject": "Hello\u2028there"}, "email_header_invalid"),
        ({"subject": "Hello\0"}, "email_header_invalid"),
        ({"to": "ana@example.org\nBcc: eve@example.org"}, "email_address_invalid"),
        ({"to": "ana@example.org, eve@example.org"}, "email_address_invalid"),
        ({"to": "ana@example.org eve@example.org"}, "email_address_invalid"),
        ({"to": "ana@example.org(eve)"}, "email_address_invalid"),
        ({"to": "añá@example.org"}, "email_address_invalid"),  # few servers take it, and none passes it on for sure
        ({"to": "Ana"}, "email_address_invalid"),
        ({"to": "@example.org"}, "email_address_invalid"),
        ({"to": "ana@"}, "email_address_invalid"),
        ({"to": ""}, "email_address_invalid"),
        ({"to": "<>"}, "email_address_invalid"),
        ({"to": "ana@" + "x" * 64 + ".example"}, "email_address_invalid"),  # a label has at most 63
        ({"reply_to": "a@example.org\r\nX: y"}, "email_address_invalid"),
        ({"message_id": "<1@x>\r\nBcc: <eve@example.org>"}, "email_header_invalid"),
        ({"message_id": "no at"}, "email_header_invalid"),
        ({"language": "en\r\nBcc: eve@example.org"}, "email_header_invalid"),
        ({"headers": {"X-Note": "a\r\nBcc: eve@example.org"}}, "email_header_invalid"),
        ({"headers": {"Bcc": "eve@example.org"}}, "email_header_invalid"),
        ({"headers": {"subject": "again"}}, "email_header_invalid"),
        ({"headers": {"Resent-To": "eve@example.org"}}, "email_header_invalid"),
        ({"headers": {"X-Note:": "a"}}, "email_header_invalid"),
        ({"headers": {"X Note": "a"}}, "email_header_invalid"),
        ({"headers": {"X-Note": "é"}}, "email_header_invalid"),
        ({"headers": {"X-Note": "a" * 1000}}, "email_header_invalid"),
    ],
)
@pytest.mark.parametrize("kind", ["smtp", "console", "fake"])
def test_what_cannot_be_a_header_or_an_address_is_refused_before_anybody_is_called(kind: str, changes: dict[str, Any], code: str) -> None:
    stream, fake = StringIO(), FakeEmail()
    connectors: dict[str, EmailConnector] = {"smtp": connector(1), "console": ConsoleConnector(stream), "fake": fake}
    with pytest.raises(EmailNotAccepted) as refused:
        connectors[kind].send(replace(LETTER, **changes))
    assert (refused.value.code, refused.value.permanent) == (code, True)
    assert (stream.getvalue(), fake.sent) == ("", [])


# Never, or later


def fault(send: Callable[[], None]) -> EvenhandError:
    with pytest.raises((EmailNotAccepted, EmailUndeliverableNow)) as raised:
        send()
    return raised.value


@pytest.mark.parametrize(
    ("answers", "code", "permanent"),
    [
        ({"to_reader": "550 5.1.1 no such mailbox"}, "email_refused", True),
        ({"to_reader": "451 4.7.1 greylisted, try again in 5 minutes"}, "email_deferred", False),
        ({"to_reader": "421 closing"}, "email_deferred", False),
        ({"to_content": "554 5.7.1 looks like spam"}, "email_refused", True),
        ({"to_content": "452 4.3.1 disk full"}, "email_deferred", False),
        ({"to_sender": "552 5.3.4 too large"}, "email_refused", True),
        ({"to_sender": "451 4.7.1 too busy"}, "email_deferred", False),
        ({"to_sender": "550 5.7.1 not your sender"}, "email_server_misconfigured", False),  # about us: no message is lost for it
    ],
)
def test_the_servers_answer_says_whether_trying_again_helps(answers: dict[str, str], code: str, permanent: bool) -> None:
    mailbox = Mailbox(**answers)
    with serving(mailbox) as port:
        raised = fault(lambda: connector(port).send(LETTER))
    assert (raised.code, raised.permanent) == (code, permanent)
    assert mailbox.envelopes == []


def test_a_server_that_is_not_there_may_be_there_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    raised = fault(lambda: connector(port).send(LETTER))
    assert (raised.code, raised.permanent) == ("email_server_unreachable", False)


def test_a_server_that_hangs_is_left_after_the_timeout() -> None:
    with answering(lambda caller: caller.recv(1)) as port:
        raised = fault(lambda: connector(port, timeout_seconds=0.2).send(LETTER))
    assert (raised.code, raised.permanent) == ("email_server_unreachable", False)


@pytest.mark.parametrize("greeting", [b"", b"554 no service here\r\n", b"rubbish\r\n", b"220 hello\r\n"])
def test_a_server_that_breaks_off_may_be_better_later(greeting: bytes) -> None:
    with answering(lambda caller: caller.sendall(greeting)) as port:
        raised = fault(lambda: connector(port).send(LETTER))
    assert (raised.code, raised.permanent) == ("email_server_unreachable", False)


# Encryption and login


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1, signed by itself."""
    folder = tmp_path_factory.mktemp("certificate")
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run([*making, *names], check=True, capture_output=True)
    return folder


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert", certificate / "key")
    return context


def check_login(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
    return AuthResult(success=(login.login, login.password) == (b"harbor", b"s3cret"), handled=False)


def test_a_login_is_sent_only_behind_encryption(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert"))  # this machine trusts the certificate
    mailbox = Mailbox()
    with serving(mailbox, tls_context=server_context(certificate), require_starttls=True, auth_required=True, authenticator=check_login) as port:
        connector(port, security="starttls", username="harbor", password="s3cret").send(LETTER)
        assert len(mailbox.envelopes) == 1
        raised = fault(lambda: connector(port, security="starttls", username="harbor", password="wrong").send(LETTER))
    assert (raised.code, raised.permanent) == ("email_server_misconfigured", False)
    assert "wrong" not in raised.message


def test_a_certificate_that_nobody_vouches_for_stops_the_message(certificate: Path) -> None:
    mailbox = Mailbox()
    with serving(mailbox, tls_context=server_context(certificate)) as port:
        raised = fault(lambda: connector(port, security="starttls").send(LETTER))
    assert (raised.code, raised.permanent, mailbox.envelopes) == ("email_server_misconfigured", False, [])


def test_a_server_without_encryption_gets_nothing_unless_that_was_asked_for() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        raised = fault(lambda: connector(port, security="starttls").send(LETTER))
    assert (raised.code, mailbox.envelopes) == ("email_server_misconfigured", [])


def test_encryption_from_the_first_byte(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert"))
    mailbox = Mailbox()
    with serving(mailbox, ssl_context=server_context(certificate)) as port:
        connector(port, security="tls").send(LETTER)
    assert mailbox.mail()["Subject"] == LETTER.subject


# The other connectors, and the setting that names one


def test_the_console_prints_what_a_person_would_read() -> None:
    stream = StringIO()
    ConsoleConnector(stream, sender=SENDER).send(
        replace(LETTER, text="Núñez\r\n\x1b[31mred\x07", headers={"List-Unsubscribe": "<https://u.example>"})
    )
    assert stream.getvalue().splitlines()[1:-1] == [
        "From: City of Harbor <311@harbor.example>",
        "To: ana@example.org",
        "Subject: Your report 4711",
        "List-Unsubscribe: <https://u.example>",
        "",
        "Núñez",
        "�[31mred�",
    ]


def test_the_fake_keeps_messages_and_fails_when_told_to() -> None:
    fake = FakeEmail()
    fake.defer_next()
    fake.refuse_next()
    assert [fault(lambda: fake.send(LETTER)).permanent for _ in range(2)] == [False, True]
    fake.send(LETTER)
    assert fake.sent_to("ana@example.org") == fake.sent == [LETTER]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://u%40x:p%3Aw%2F@mail.example:2525?security=none", ("mail.example", 2525, "u@x", "p:w/", "none")),
        ("smtp://mail.example", ("mail.example", 587, None, None, "starttls")),
        ("smtps://u:p@mail.example", ("mail.example", 465, "u", "p", "tls")),
        ("smtp://mail.example?security=tls", ("mail.example", 465, None, None, "tls")),
        ("smtp://[::1]:25?security=none", ("::1", 25, None, None, "none")),
    ],
)
def test_a_mail_server_is_named_by_one_url(url: str, expected: tuple[object, ...]) -> None:
    found = connector_from_url(url, sender=SENDER)
    assert isinstance(found, SmtpConnector)
    assert (found.host, found.port, found.username, found.password, found.security) == expected
    assert "p:w/" not in repr(found)


def test_console_and_fake_are_urls_too() -> None:
    assert connector_from_url("console:", sender=SENDER) == ConsoleConnector(sender=SENDER)
    assert isinstance(connector_from_url("fake:", sender=SENDER), FakeEmail)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://h3cret@mail.example",
        "smtp://",
        "smtp://:h3cret@",
        "smtp://u:h3cret@mail.example:port",
        "smtp://u:h3cret@[mail",
        "smtp://u:h3cret@mail.example?security=some",
        "smtp://u:h3cret@mail.example?tls=yes",
        "smtps://u:h3cret@mail.example?security=none",
    ],
)
def test_a_url_that_names_no_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(EmailSettingsInvalid, match="Expected smtp://") as refused:
        connector_from_url(url, sender=SENDER)
    assert "h3cret" not in refused.value.message


@pytest.mark.parametrize("url", ["smtp://mail.example", "console:", "fake:"])
def test_a_sender_that_is_no_address_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(EmailSettingsInvalid, match="sender"):
        connector_from_url(url, sender="City of Harbor")
