"""Send what is due, one message at a time, each outside of any transaction. A failed delivery undoes nothing: it is noted, and tried again later."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.connectors.email import ConsoleConnector, EmailConnector, OutgoingEmail
from evenhand.web.conversations import outbox
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.core import clock

logger = logging.getLogger("evenhand.worker")
_FAILURES_IN_A_ROW = 3
LONGEST_ROUND_SECONDS = 20.0  # a slow mail server must not keep the worker from its other duties


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a round did."""

    sent: int = 0
    failed: int = 0


def send_outbox(connector: EmailConnector, *, stop: threading.Event | None = None, most: int = 500) -> Delivered:
    """Send up to `most` due messages; ends early when told to stop, or when a server that is down would cost a long wait for each."""
    sent = failed = failures_in_a_row = 0
    ends_at = time.monotonic() + LONGEST_ROUND_SECONDS
    while sent + failed < most and time.monotonic() < ends_at and failures_in_a_row < _FAILURES_IN_A_ROW and not (stop and stop.is_set()):
        message = outbox.take_next(real_at=clock.real_now())
        if message is None:
            break
        if _deliver(connector, message):
            sent, failures_in_a_row = sent + 1, 0
        else:
            failed, failures_in_a_row = failed + 1, failures_in_a_row + 1
    return Delivered(sent, failed)


def _deliver(connector: EmailConnector, message: OutboxMessage) -> bool:
    error = _try(connector, message)
    if error is None:
        outbox.note_sent(message, real_at=clock.real_now(), is_printed=isinstance(connector, ConsoleConnector))
        return True
    outbox.note_failed(message, error=f"{error.code}: {error.message}", is_permanent=error.permanent, real_at=clock.real_now())
    logger.warning("Message %s (%s) was not sent, attempt %s: %s", message.pk, message.kind, message.attempts, error.code)
    return False


def _try(connector: EmailConnector, message: OutboxMessage) -> EvenhandError | None:
    if not message.recipient or message.channel != "email":
        return EvenhandError("no_recipient", "The address was erased, or the channel has no connector.", permanent=True)
    try:
        connector.send(
            OutgoingEmail(
                to=message.recipient,
                subject=message.subject,
                text=message.text,
                message_id=message.message_id,
                language=message.language,
                headers=message.headers,
            )
        )
    except EvenhandError as error:
        return error
    except Exception as error:  # one message that trips the connector must not hold up all others
        logger.exception("Message %s (%s) tripped the connector", message.pk, message.kind)
        return EvenhandError("connector_failed", f"{type(error).__name__}: {error}", permanent=False)
    return None
