"""The history of a city's set-up: who changed what, when, and what it was before. Rows are added and never changed.

A change that changes nothing leaves no row: sending a form twice makes one entry. `before` is empty for what was made anew, `after` for what was
taken away. Values are what people read (names, codes, numbers, lists of them), so that a row can still be read when what it speaks of is gone.
Never in it: passwords, secrets, or codes of a second factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evenhand.web.accounts.models import Account, AdministrativeChange
from evenhand.web.places.models import Jurisdiction

LONGEST_SUBJECT = 160


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a change: None stands for "there was none"."""

    field: str
    before: Any
    after: Any


def record(  # noqa: PLR0917 - read in this order everywhere: whose, who, what, from, to, when
    city: Jurisdiction | None,
    person: Account | None,
    kind: str,
    subject: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    at: datetime,
) -> AdministrativeChange | None:
    """Note a change in the caller's transaction; None, and no row, where before and after are the same.

    `city` None concerns the whole instance, `person` None means the command line. `at` is real time. Values must fit into JSON.
    """
    if dict(before) == dict(after):
        return None
    return AdministrativeChange.objects.create(
        jurisdiction=city, account=person, kind=kind, subject=subject[:LONGEST_SUBJECT], before=dict(before), after=dict(after), at=at
    )


def differences(change: AdministrativeChange) -> list[Difference]:
    """The fields that a change changed, in the order in which they were given."""
    fields = [*change.before, *(field for field in change.after if field not in change.before)]
    pairs = [Difference(field, change.before.get(field), change.after.get(field)) for field in fields]
    return [pair for pair in pairs if pair.before != pair.after]
