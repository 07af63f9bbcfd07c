"""The outbox: messages wait here, are taken by one worker at a time, and stay until they are sent or given up.

A worker takes a message by a lease, sends it outside of any transaction, and then notes what came of it. Killed at any moment it loses nothing: the
lease runs out and another sends the message, with the same Message-ID, so that mail programs show it once. Everything here is real time.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from evenhand.web.conversations.models import OutboxMessage, SentForm

LEASE: Final = timedelta(minutes=5)  # longer than a mail server may take to answer at every step
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)
MOST_ATTEMPTS: Final = 20  # the pauses add up to three days
ADDRESSES_KEPT_FOR: Final = timedelta(days=30)
FORMS_KEPT_FOR: Final = timedelta(days=7)
_LONGEST_ERROR: Final = 1000
PRINTED: Final = "printed"
"""The channel of a message that went to a log instead of to its recipient."""


def waiting() -> QuerySet[OutboxMessage]:
    """All that is neither sent nor given up."""
    return OutboxMessage.objects.filter(sent_at=None, failed_at=None)


def take_next(*, real_at: datetime) -> OutboxMessage | None:
    """Take the message that has been due longest, for the time of a lease; None if none is due. Of two workers each gets another one."""
    with transaction.atomic():
        due = waiting().filter(Q(leased_until=None) | Q(leased_until__lte=real_at), next_attempt_at__lte=real_at)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        message = due.order_by("next_attempt_at", "pk").first()
        if message is not None:
            message.leased_until = real_at + LEASE
            message.attempts += 1
            message.save(update_fields=["leased_until", "attempts"])
    return message


def note_sent(message: OutboxMessage, *, real_at: datetime, is_printed: bool = False) -> None:
    """It is out of the house; or only printed, where the city has no mail server yet, and nobody got it."""
    _note(message, sent_at=real_at, failed_at=None, last_error="", channel=PRINTED if is_printed else message.channel)


def note_failed(message: OutboxMessage, *, error: str, is_permanent: bool, real_at: datetime) -> None:
    """It could not be sent: try later, or give up when that is for good or has been tried for three days."""
    is_over = is_permanent or message.attempts >= MOST_ATTEMPTS
    if not message.recipient:
        error = error.partition(":")[0]  # the code alone: words of a server may name the address that was erased
    _note(
        message,
        only_waiting=True,
        last_error=error[:_LONGEST_ERROR],
        failed_at=real_at if is_over else None,
        next_attempt_at=message.next_attempt_at if is_over else real_at + pause_after(message.attempts),
    )


def pause_after(attempts: int) -> timedelta:
    """A minute, doubled with each attempt up to six hours; a fifth more or less, so that what failed together does not come again together."""
    pause = min(FIRST_PAUSE * int(2 ** min(attempts - 1, 16)), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing


def forget_addresses(*, real_at: datetime) -> int:
    """Blank who was written to, and the words with their personal links, of messages that ended a month ago; returns how many."""
    before = real_at - ADDRESSES_KEPT_FOR
    old = OutboxMessage.objects.filter(Q(sent_at__lt=before) | Q(failed_at__lt=before)).exclude(recipient="", text="")
    return old.update(recipient="", subject="", text="", headers={}, last_error="")


def forget_forms(*, real_at: datetime) -> int:
    """Forget the keys of forms that were sent a week ago; returns how many."""
    return SentForm.objects.filter(at__lt=real_at - FORMS_KEPT_FOR).delete()[0]


def _note(message: OutboxMessage, *, only_waiting: bool = False, **columns: object) -> None:
    # A lease may run out while its holder still sends: what another worker has sent meanwhile stays sent, and what was stopped stays stopped.
    rows = OutboxMessage.objects.filter(pk=message.pk, sent_at=None)
    (rows.filter(failed_at=None) if only_waiting else rows).update(leased_until=None, **columns)
