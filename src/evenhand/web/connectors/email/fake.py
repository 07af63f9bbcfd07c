"""The mail server of tests and of the demo: keeps what it is given, and fails when told to."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.connectors.email.errors import EmailNotAccepted, EmailUndeliverableNow
from evenhand.web.connectors.email.message import OutgoingEmail, address, as_mime


class FakeEmail:
    """Messages taken, oldest first, in `sent`. What a real server could not be given is refused as by the real connector."""

    def __init__(self, *, sender: str = "311@localhost") -> None:
        self.sender = sender
        self.sent: list[OutgoingEmail] = []
        self._failures: deque[EvenhandError] = deque()

    def send(self, message: OutgoingEmail) -> None:
        as_mime(message, sender=address(self.sender), at=datetime.now(UTC))
        if self._failures:
            raise self._failures.popleft()
        self.sent.append(message)

    def defer_next(self, times: int = 1) -> None:
        """The next messages are put off, as by greylisting."""
        self._failures.extend(EmailUndeliverableNow("email_deferred", "Told to put it off: 451 try later", smtp_code=451) for _ in range(times))

    def refuse_next(self, times: int = 1) -> None:
        """The next messages are refused for good, as for a mailbox that is not there."""
        self._failures.extend(EmailNotAccepted("email_refused", "Told to refuse it: 550 no such mailbox", smtp_code=550) for _ in range(times))

    def sent_to(self, reader: str) -> list[OutgoingEmail]:
        return [message for message in self.sent if message.to == reader]
