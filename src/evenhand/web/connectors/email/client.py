"""Sending e-mail by SMTP, and which errors mean "never" and which "later".

The outbox keeps a message until it is sent or refused for good, so the question at every fault is: is it *this message to this address*?
Only then it is permanent: a bad address, a recipient or a content that the server refuses with 5xx. A server that cannot be reached, that
defers (4xx, greylisting), or that refuses *us* (password, encryption, our sender's address) leaves every message sendable once somebody
has mended it.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Final, Literal, Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from evenhand.web.connectors.email.console import ConsoleConnector
from evenhand.web.connectors.email.errors import EmailNotAccepted, EmailSettingsInvalid, EmailUndeliverableNow
from evenhand.web.connectors.email.fake import FakeEmail
from evenhand.web.connectors.email.message import OutgoingEmail, address, as_mime

Security = Literal["none", "starttls", "tls"]
PORTS: Final[dict[Security, int]] = {"none": 25, "starttls": 587, "tls": 465}
MESSAGE_TOO_LARGE: Final = 552


class EmailConnector(Protocol):
    """Whatever takes a message for delivery."""

    def send(self, message: OutgoingEmail) -> None:
        """Hand the message over. Returns once it is accepted; raises EmailNotAccepted (never) or EmailUndeliverableNow (later)."""


@dataclass(frozen=True)
class SmtpConnector:
    """A mail server. Each message has a connection of its own, so nothing has to be mended after a fault.

    Parameters
    ----------
    security
        `starttls` and `tls` check the server's certificate; `none` is for a relay on this machine.
    sender
        `City of Harbor <311@harbor.example>`: the From line and the address that bounces go to.
    timeout_seconds
        For each answer of the server.
    """

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    security: Security = "starttls"
    timeout_seconds: float = 20.0
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)

    def send(self, message: OutgoingEmail) -> None:
        sender = address(self.sender)
        mime = as_mime(message, sender=sender, at=self.now())
        with self._connection() as connection:
            self._hand_over(connection, mime, sender.addr_spec, address(message.to).addr_spec)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        try:
            connection = self._logged_in()
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError, UnicodeError) as error:
            raise self._misconfigured(error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._unreachable(error) from error
        try:
            yield connection
        finally:
            _say_goodbye(connection)

    def _logged_in(self) -> smtplib.SMTP:
        connection = self._connected()
        try:
            if self.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if self.username:
                connection.login(self.username, self.password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _connected(self) -> smtplib.SMTP:
        our_name = address(self.sender).domain  # given, because smtplib would ask the name service for it and may wait long
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, local_hostname=our_name, timeout=self.timeout_seconds, context=context)
        return smtplib.SMTP(self.host, self.port, local_hostname=our_name, timeout=self.timeout_seconds)

    def _hand_over(self, connection: smtplib.SMTP, mime: EmailMessage, sender: str, reader: str) -> None:
        try:
            connection.send_message(mime, from_addr=sender, to_addrs=[reader])
        except smtplib.SMTPRecipientsRefused as error:
            raise _answered(*error.recipients[reader]) from error
        except smtplib.SMTPSenderRefused as error:
            is_about_us = error.smtp_code >= 500 and error.smtp_code != MESSAGE_TOO_LARGE
            raise (self._misconfigured(error) if is_about_us else _answered(*_answer(error))) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(*_answer(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> EmailUndeliverableNow:
        return EmailUndeliverableNow(
            "email_server_unreachable",
            f"Expected a mail server at {self.host}:{self.port} to answer within {self.timeout_seconds:g} s: {type(error).__name__}: {error}",
        )

    def _misconfigured(self, error: Exception) -> EmailUndeliverableNow:
        return EmailUndeliverableNow(
            "email_server_misconfigured",
            f"The mail server {self.host}:{self.port} does not take mail from us: {type(error).__name__}: {error}. "
            "Check user, password, security and the sender's address.",
        )


def connector_from_url(url: str, *, sender: str) -> EmailConnector:
    """`smtp://user:password@host:587?security=starttls|none|tls`, `smtps://…`, `console:` (standard error) or `fake:` (keeps a list, for tests).

    Encryption is asked for unless `security=none` says otherwise. Raises EmailSettingsInvalid.
    """
    _check_sender(sender)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EmailSettingsInvalid("The mail server's address is malformed.") from error
    if parts.scheme == "console":
        return ConsoleConnector(sender=sender)
    if parts.scheme == "fake":
        return FakeEmail(sender=sender)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise EmailSettingsInvalid("The mail server's address has an unknown scheme or no host.")
    security = _security(parts)
    return SmtpConnector(
        host=parts.hostname,
        port=port or PORTS[security],
        sender=sender,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        security=security,
    )


def _check_sender(sender: str) -> None:
    """Once, here: later the fault would look like one of each message, and each would be given up for good."""
    try:
        address(sender)
    except EmailNotAccepted as error:
        raise EmailSettingsInvalid("The sender of e-mails is not an address.") from error


def _security(parts: SplitResult) -> Security:
    options = parse_qs(parts.query)
    (said,) = options.pop("security", [""])[-1:]
    if options:
        raise EmailSettingsInvalid(f"The mail server's address has unknown options: {', '.join(sorted(options))}.")
    if not said:
        return "tls" if parts.scheme == "smtps" else "starttls"
    for known in PORTS:
        if said == known and (parts.scheme == "smtp" or said == "tls"):
            return known
    raise EmailSettingsInvalid("Expected security=starttls, tls or none.")


def _answer(error: smtplib.SMTPResponseException) -> tuple[int, bytes | str]:
    return error.smtp_code, error.smtp_error


def _answered(code: int, words: bytes | str) -> EmailNotAccepted | EmailUndeliverableNow:
    """5xx is for good, 4xx for now (RFC 5321, 4.2.1); anything else is no answer to rely on, so for now."""
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if 500 <= code < 600:
        return EmailNotAccepted("email_refused", f"The mail server refused the message for good: {code} {said}", smtp_code=code)
    return EmailUndeliverableNow("email_deferred", f"The mail server put the message off: {code} {said}", smtp_code=code)


def _say_goodbye(connection: smtplib.SMTP) -> None:
    """The message is taken or refused by now: a server that answers QUIT badly changes nothing."""
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()
