"""How fast reports may come without a name: by device, and by network for devices that nobody has seen before.

What comes faster is held for an hour, never refused, so that a shelter behind one address or a day of storm passes. Devices and networks are keyed
hashes: a trace tells nothing but "the same as before", and a network's hash changes every day. Everything here is real time: a storm clock that runs
sixty times as fast would let sixty times as many through.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace

from django.db import connection
from django.utils.crypto import salted_hmac

from evenhand.web.core.bulk_insert import insert_new
from evenhand.web.core.networks import network_of
from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.service_requests.models import IntakeTrace

WINDOW = timedelta(hours=1)
HELD_FOR = timedelta(hours=1)
KEPT_FOR = timedelta(days=1)
# Each is counted no further than it matters, so that a flood costs no more than a drop.
_OF_DEVICE = "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM requests_intake_trace WHERE device = %s AND at > %s LIMIT %s) AS found)"
_OF_BOTH = (
    f"{_OF_DEVICE}, (SELECT COUNT(*) FROM (SELECT 1 FROM requests_intake_trace WHERE network = %s AND at > %s AND is_new_device LIMIT %s) AS found)"
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a contribution comes from, as keyed hashes. `is_new_device`: not seen before today, so its network answers for it."""

    device: str
    network: str
    is_new_device: bool


def hold_until(sender: Sender, *, real_at: datetime, most_per_device: int, most_per_network: int) -> datetime | None:
    """Until when a report of `sender` is held; None if it may show at once. One query."""
    since = connection.ops.adapt_datetimefield_value(real_at - WINDOW)
    with prepared_cursor() as cursor:  # by hand: the ORM needs as long to write this down as the rest of the intake takes
        of_device = (sender.device, since, most_per_device)
        if sender.is_new_device:
            cursor.execute(_OF_BOTH, (*of_device, sender.network, since, most_per_network))
        else:
            cursor.execute(_OF_DEVICE, of_device)
        by_device, *by_network = cursor.fetchone()
    too_fast = by_device >= most_per_device or any(count >= most_per_network for count in by_network)
    return real_at + HELD_FOR if too_fast else None


def leave_trace(sender: Sender, *, real_at: datetime) -> None:
    """Remember for a day that something came from here."""
    trace = SimpleNamespace(device=sender.device, network=sender.network, is_new_device=sender.is_new_device, at=real_at)
    insert_new(IntakeTrace, trace)


def forget_traces(*, before: datetime) -> int:
    """Delete traces left before a moment; returns how many. The worker keeps a day of them (`KEPT_FOR`)."""
    return IntakeTrace.objects.filter(at__lt=before).delete()[0]


def device_hash(device: str) -> str:
    """What is kept of a device's random id."""
    return salted_hmac("evenhand.device", device, algorithm="sha256").hexdigest()


def network_hash(address: str, *, day: date) -> str:
    """What is kept of an address: its /24 (IPv4) or /64 (IPv6), hashed with the day. An address that is none counts as one network."""
    return salted_hmac("evenhand.network", f"{day.isoformat()} {network_of(address)}", algorithm="sha256").hexdigest()
