"""Who read whose personal data: one row an hour at most for a person, a request and a purpose.

A page that was reloaded was read once. The row names the request, not the reporter: it outlives an erasure and then still says who had seen what.
Times are real time. Two pages opened in the same instant may leave two rows, which harms nobody; a lock on every page would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from evenhand.web.accounts.models import Account, PersonalDataRead
from evenhand.web.core.plain_rows import places, rows_where
from evenhand.web.places.models import Jurisdiction

ONE_ROW_IN: Final = timedelta(hours=1)


def note_read(person: Account, city: Jurisdiction, reference: str, purpose: str, real_at: datetime) -> None:
    """Remember that `person` saw the personal data of a request. One query, and one insert in the first of an hour."""
    note_reads(person, city, [reference], purpose, real_at)


def note_reads(person: Account, city: Jurisdiction, references: Iterable[str], purpose: str, real_at: datetime) -> None:
    """The same for a page or file that shows several requests: still one query and one insert."""
    shown = list(dict.fromkeys(references))
    if not shown:
        return
    lately = f"reference IN {places(len(shown))} AND account_id = %s AND jurisdiction_id = %s AND purpose = %s AND at > %s"
    values = (*shown, person.pk, city.pk, purpose, real_at - ONE_ROW_IN)
    known = {row.reference for row in rows_where(PersonalDataRead, lately, values, only=("reference",))}
    rows = [
        PersonalDataRead(account=person, jurisdiction=city, reference=reference, purpose=purpose, at=real_at)
        for reference in shown
        if reference not in known
    ]
    if rows:
        PersonalDataRead.objects.bulk_create(rows)


def reads_of(city: Jurisdiction, *, username: str = "", reference: str = "") -> QuerySet[PersonalDataRead]:
    """What was read in a city, the newest first; a person and a request narrow it down."""
    found = PersonalDataRead.objects.filter(jurisdiction=city).select_related("account").order_by("-pk")
    if username:
        found = found.filter(account__username=username)
    return found.filter(reference=reference) if reference else found
