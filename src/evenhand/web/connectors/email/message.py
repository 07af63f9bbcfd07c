"""An e-mail as the platform means it, and as it travels.

Every mail is from a machine and says so (Auto-Submitted, RFC 3834), so that an absent reader's robot does not answer it. It goes to one
address. Nothing that came from a person can add a header or a reader: line breaks and other control characters in a header are refused,
never cleaned away silently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Any, Final

from evenhand.web.connectors.email.errors import EmailNotAccepted

LONGEST_LINE: Final = 998  # RFC 5322, 2.1.1
HEADER_NAME: Final = re.compile(r"[!-9;-~]+")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
OURS: Final = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "sender",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "return-path",
        "auto-submitted",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "content-id",
        "content-language",
    ]
)
RESENT: Final = "resent-"


@dataclass(frozen=True)
class OutgoingEmail:
    """One message to one reader.

    Parameters
    ----------
    to
        A bare address: `ana@example.org`.
    text
        The whole message in plain text; `html` says the same for those who like it set.
    message_id
        Made once and kept, so that a message sent twice after a crash is shown once: `<…@city.example>`.
    language
        BCP 47 tag of the words: `es`.
    headers
        Further headers, ASCII, passed on as they are: List-Unsubscribe, List-Unsubscribe-Post, In-Reply-To, References.
    """

    to: str
    subject: str
    text: str
    message_id: str
    language: str
    html: str | None = None
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class _TravelPolicy(EmailPolicy):
    """Python's SMTP policy, except that headers passed on stay on one line: folding would encode a long address, and then no reader finds it."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in OURS:
            return str(super().fold(name, value))
        return f"{name}: {value}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return super().fold_binary(name, value) if name.lower() in OURS else self.fold(name, value).encode("ascii")


TRAVEL: Final = _TravelPolicy(linesep=SMTP.linesep, cte_type="7bit")


def as_mime(message: OutgoingEmail, *, sender: Address, at: datetime) -> EmailMessage:
    """The message as it travels. Raises EmailNotAccepted for an address or a header that cannot be."""
    mime = EmailMessage(policy=TRAVEL)
    mime["From"] = sender
    mime["To"] = address(message.to)
    mime["Subject"] = _one_line("Subject", message.subject)
    mime["Date"] = at
    mime["Message-ID"] = _message_id(message.message_id)
    if message.reply_to is not None:
        mime["Reply-To"] = address(message.reply_to)
    mime["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        mime[_passed_on(name)] = _ascii_line(name, value)
    mime.set_content(_encodable(message.text), cte="quoted-printable")
    if message.html is not None:
        mime.add_alternative(_encodable(message.html), subtype="html", cte="quoted-printable")
    mime["Content-Language"] = _ascii_line("Content-Language", message.language)
    return mime


def address(text: str) -> Address:
    """One address, its domain in the ASCII form that travels; a name in front of it in angle brackets is kept."""
    name, bare = _parts(text)
    try:
        written = Address(display_name=name, addr_spec=bare)
        found = Address(display_name=name, username=written.username, domain=written.domain.encode("idna").decode("ascii"))
    except (ValueError, IndexError, MessageError) as error:
        raise _not_an_address() from error
    if CONTROL.search(text) or " " in bare or written.addr_spec != bare or not (found.username and found.domain):
        raise _not_an_address()
    return found


def _parts(text: str) -> tuple[str, str]:
    """Display name and bare address of `Name <address>` or `address`."""
    if text.endswith(">") and "<" in text:
        name, _, bare = text[:-1].rpartition("<")
        return name.strip().strip('"'), bare
    return "", text


def _not_an_address() -> EmailNotAccepted:
    return EmailNotAccepted("email_address_invalid", "Expected one e-mail address such as ana@example.org, with plain letters before the @.")


def _encodable(text: str) -> str:
    """Half a surrogate pair, which no character set can carry, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _one_line(name: str, value: str) -> str:
    if CONTROL.search(value):
        raise EmailNotAccepted("email_header_invalid", f"Expected one line of words as {name}, got a line break or control character.", header=name)
    return _encodable(value)


def _ascii_line(name: str, value: str) -> str:
    if not value.isascii() or len(name) + len(value) + 2 > LONGEST_LINE:
        raise EmailNotAccepted("email_header_invalid", f"Expected at most {LONGEST_LINE} ASCII characters as {name}.", header=name)
    return _one_line(name, value)


def _message_id(text: str) -> str:
    bare = text.removeprefix("<").removesuffix(">")
    if not re.fullmatch(r"[!-;=?-~]+@[!-;=?-~]+", bare):
        raise EmailNotAccepted("email_header_invalid", "Expected a Message-ID such as <made.once@city.example>.", header="Message-ID")
    return f"<{bare}>"


def _passed_on(name: str) -> str:
    if not HEADER_NAME.fullmatch(name) or name.lower() in OURS or name.lower().startswith(RESENT):
        raise EmailNotAccepted("email_header_invalid", f"The header {name!r} is not one that a message may bring along.", header=name)
    return name
