"""How fast reports may come without a name: by device, and by network for devices that nobody has seen before.

What comes faster is held for an hour, never refused, so that a shelter behind one address or a day of storm passes. Devices and networks are keyed
hashes: a trace tells nothing but "the same as before", and a network's hash changes every day. Everything here is real time: a storm clock that runs
sixty times as fast would let sixty times as many through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.crypto import salted_hmac

from evenhand.web.core.bulk_insert import insert_values, utc_text
from evenhand.web.core.networks import network_of
from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.service_requests.models import IntakeTrace

WINDOW = timedelta(hours=1)
HELD_FOR = timedelta(hours=1)
KEPT_FOR = timedelta(days=1)
# Each is counted no further than it matters, so that a flood costs no more than a drop.
_OF_DEVICE = "(SELECT COUNT(*) FROM (SELECT 1 FROM requests_intake_trace WHERE device = %s AND at > %s LIMIT %s) AS found)"
_OF_NETWORK = "(SELECT COUNT(*) FROM (SELECT 1 FROM requests_intake_trace WHERE network = %s AND at > %s AND is_new_device LIMIT %s) AS found)"


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a contribution comes from, as keyed hashes. `is_new_device`: not seen before today, so its network answers for it."""

    device: str
    network: str
    is_new_device: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """How much may come from a sender within the hour; the network's share counts only while its device is new."""

    sender: Sender
    most_per_device: int
    most_per_network: int = 0


def full_among(measures: Sequence[Measure], *, real_at: datetime) -> frozenset[Measure]:
    """Those that are full. One query for all of them, and none for none."""
    asked = [(measure, _OF_DEVICE, measure.sender.device, measure.most_per_device) for measure in measures]
    asked += [(measure, _OF_NETWORK, measure.sender.network, measure.most_per_network) for measure in measures if measure.sender.is_new_device]
    if not asked:
        return frozenset()
    since = connection.ops.adapt_datetimefield_value(real_at - WINDOW)
    with prepared_cursor() as cursor:  # by hand: the ORM needs as long to write this down as the rest of the intake takes
        statement = f"SELECT {', '.join([sql for _, sql, _, _ in asked])}"
        cursor.execute(statement, [value for _, _, whose, most in asked for value in (whose, since, most)])
        counts = cursor.fetchone()
    return frozenset(measure for (measure, _, _, most), count in zip(asked, counts, strict=True) if count >= most)


def hold_until(sender: Sender, *, real_at: datetime, most_per_device: int, most_per_network: int) -> datetime | None:
    """Until when a contribution of `sender` would be held; None if it may show at once. One query."""
    return real_at + HELD_FOR if full_among([Measure(sender, most_per_device, most_per_network)], real_at=real_at) else None


def leave_traces(senders: Sequence[Sender], *, real_at: datetime) -> None:
    """Remember for a day that something came from each of these. One statement, and none for nobody."""
    at = utc_text(real_at)
    insert_values(IntakeTrace, ("device", "network", "is_new_device", "at"), [(one.device, one.network, one.is_new_device, at) for one in senders])


def leave_trace(sender: Sender, *, real_at: datetime) -> None:
    """The same for one."""
    leave_traces([sender], real_at=real_at)


def forget_traces(*, before: datetime) -> int:
    """Delete traces left before a moment; returns how many. The worker keeps a day of them (`KEPT_FOR`)."""
    return IntakeTrace.objects.filter(at__lt=before).delete()[0]


def device_hash(device: str) -> str:
    """What is kept of a device's random id."""
    return salted_hmac("evenhand.device", device, algorithm="sha256").hexdigest()


def network_hash(address: str, *, day: date) -> str:
    """What is kept of an address: its /24 (IPv4) or /64 (IPv6), hashed with the day. An address that is none counts as one network."""
    return salted_hmac("evenhand.network", f"{day.isoformat()} {network_of(address)}", algorithm="sha256").hexdigest()
