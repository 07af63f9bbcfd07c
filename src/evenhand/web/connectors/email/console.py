"""E-mail for a city that has no mail server yet: each message is printed as a person would read it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TextIO

from evenhand.web.connectors.email.message import OutgoingEmail, address, as_mime

RULE: Final = "─" * 72
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class ConsoleConnector:
    """Prints to `stream`, or to standard error, which is where a service's log goes; what a server would not send is refused here too."""

    stream: TextIO | None = None
    sender: str = "311@localhost"

    def send(self, message: OutgoingEmail) -> None:
        as_mime(message, sender=address(self.sender), at=datetime.now(UTC))
        stream = self.stream or sys.stderr
        stream.write(readable(message, sender=self.sender))
        stream.flush()


def readable(message: OutgoingEmail, *, sender: str) -> str:
    """The message as plain lines. Control characters, which could steer a terminal, are shown as �."""
    lines = [f"From: {sender}", f"To: {message.to}", f"Subject: {message.subject}"]
    if message.reply_to:
        lines.append(f"Reply-To: {message.reply_to}")
    lines += [f"{name}: {value}" for name, value in message.headers.items()]
    return UNPRINTABLE.sub("�", "\n".join([RULE, *lines, "", message.text.replace("\r\n", "\n").rstrip("\n"), RULE, ""]))
