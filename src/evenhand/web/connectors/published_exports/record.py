"""What one row of a published 311 export says, in the same words for every city.

Modelling choice: a record holds what the publisher states and nothing more. A value that the export does not state is None (or `unknown`), never a
guess; a value that cannot be trusted is kept as published and named in `faults`. Whoever imports decides what a fault means for its use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Channel = Literal["web", "app", "phone", "text", "email", "social", "walk_in", "meter", "staff_system", "other", "unknown"]
MadeBy = Literal["resident", "staff", "meter", "unknown"]
ClosingReason = Literal["fixed", "duplicate", "not_ours", "unable", "invalid", "withdrawn"]


@dataclass(slots=True)  # not frozen, though nobody changes one: a frozen one takes three times as long to make, and a year has a million
class PublishedRequest:
    """One request as its city published it. Every time is aware and in UTC; `faults` holds codes of `faults.FAULTS`."""

    line: int
    source_id: str
    service_code: str
    service_name: str
    service_group: str
    requested_at: datetime
    closed_at: datetime | None
    updated_at: datetime | None
    expected_at: datetime | None
    is_closed: bool
    source_status: str
    channel: Channel
    made_by: MadeBy
    lat: float | None
    long: float | None
    address: str | None
    zipcode: str | None
    localities: tuple[str, ...]
    agency: str | None
    closing_reason: ClosingReason | None
    closing_words: str | None
    duplicate_of: str | None
    description: str | None
    faults: tuple[str, ...]
    status_words: str | None = None  # the publisher's words about a request that is still open


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that cannot be used, with the reason: `code` is one of `faults.QUARANTINE`, `raw` the cells as published (long ones shortened)."""

    line: int
    code: str
    message: str
    raw: dict[str, str]
