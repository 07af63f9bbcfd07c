"""Who has which request open in the console just now, so that two people do not answer the same person unaware of each other.

An open page says so every half minute; one that has not for `HERE_FOR` (closed, in the background, without a script) is open no more. This is for
colleagues at the moment, and no history: a row is overwritten, and forgotten soon. It guards nothing: two who edit at once are noticed when they
send. Real time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from evenhand.web.accounts.models import Account, Presence

HERE_FOR: Final = timedelta(seconds=90)  # three calls of an open page


def note_here(person: Account, reference: str, *, real_at: datetime) -> None:
    """Somebody has the request open now. One statement."""
    row = Presence(account=person, reference=reference, seen_at=real_at)
    Presence.objects.bulk_create([row], update_conflicts=True, unique_fields=["reference", "account"], update_fields=["seen_at"])


def others_here(person: Account, reference: str, *, real_at: datetime) -> list[Account]:
    """Who else has it open, whoever came last first. One query."""
    rows = Presence.objects.filter(reference=reference, seen_at__gt=real_at - HERE_FOR, account__is_active=True).exclude(account=person)
    return [row.account for row in rows.select_related("account").order_by("-seen_at", "-pk")]


def forget_those_who_left(*, real_at: datetime) -> int:
    """Delete rows of pages that are open no more; returns how many."""
    return Presence.objects.filter(seen_at__lte=real_at - HERE_FOR).delete()[0]
