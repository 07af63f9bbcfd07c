"""How fast one may try to sign in. Guessing is slowed, nobody is locked out: the longest wait is a minute, and it ends by itself.

Tries that failed in the last quarter of an hour count three ways: of this name from this network, of this name from anywhere, of this network for any
name. Some are free; after them each further one doubles the wait before the next. A name that signed in from this network within the last day
answers only for itself there: so neither a guesser far away nor a colleague who forgot a password keeps an office out. A try that comes too early is
not looked at, and costs nothing.

Names and networks are keyed hashes, kept for a day. Unknown names are counted like known ones, so that a wait says nothing of whether there is one.
Everything is real time. A try is written down before it is looked at: a thousand at once do not slip through together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.db.models import Count, Max, QuerySet
from django.utils.crypto import salted_hmac

from evenhand.web.accounts.models import SignInAttempt
from evenhand.web.core.networks import network_of

WINDOW: Final = timedelta(minutes=15)
KEPT_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many failures are free, and how long the wait becomes at most."""

    free: int
    longest_seconds: int

    def wait_seconds(self, failures: int) -> int:
        """How long to wait after the last of them."""
        over = failures - self.free
        return 0 if over < 0 else min(self.longest_seconds, 2 ** min(over, 30))


OWN: Final = Pace(free=5, longest_seconds=60)
OF_NAME: Final = Pace(free=10, longest_seconds=60)
OF_NETWORK: Final = Pace(free=30, longest_seconds=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that may be looked at now (`wait_seconds` 0), or must wait."""

    row: SignInAttempt
    wait_seconds: int


def begin(name: str, address: str, *, real_at: datetime) -> Attempt:
    """Write a try down, as a failure until `succeeded`; one that must wait leaves nothing behind."""
    row = SignInAttempt.objects.create(name_hash=_name_hash(name), network_hash=_network_hash(address), has_succeeded=False, at=real_at)
    wait = _wait_seconds(row, real_at)
    if wait:
        row.delete()
    return Attempt(row, wait)


def succeeded(attempt: Attempt) -> None:
    """The try was the right one: earlier failures of this name from this network count no more."""
    SignInAttempt.objects.filter(pk=attempt.row.pk).update(has_succeeded=True)


def forget_attempts(*, before: datetime) -> int:
    """Delete tries from before a moment; returns how many."""
    return SignInAttempt.objects.filter(at__lt=before).delete()[0]


def _wait_seconds(row: SignInAttempt, at: datetime) -> int:
    earlier = SignInAttempt.objects.filter(pk__lt=row.pk)
    failures = earlier.filter(at__gt=at - WINDOW, has_succeeded=False)
    own = earlier.filter(name_hash=row.name_hash, network_hash=row.network_hash)
    signed_in_at = own.filter(has_succeeded=True, at__gt=at - KEPT_FOR).aggregate(last=Max("at"))["last"]
    own_failures = failures.filter(name_hash=row.name_hash, network_hash=row.network_hash)
    if signed_in_at is not None:
        return _left(OWN, own_failures.filter(at__gt=signed_in_at), at)
    return max(
        _left(OWN, own_failures, at),
        _left(OF_NAME, failures.filter(name_hash=row.name_hash), at),
        _left(OF_NETWORK, failures.filter(network_hash=row.network_hash), at),
    )


def _left(pace: Pace, failures: QuerySet[SignInAttempt], at: datetime) -> int:
    found = failures.aggregate(number=Count("pk"), last=Max("at"))
    if found["last"] is None:
        return 0
    ends_at = found["last"] + timedelta(seconds=pace.wait_seconds(found["number"]))
    seconds: float = (ends_at - at).total_seconds()
    return max(0, ceil(seconds))


def _name_hash(name: str) -> str:
    return salted_hmac("evenhand.sign_in.name", name, algorithm="sha256").hexdigest()


def _network_hash(address: str) -> str:
    return salted_hmac("evenhand.sign_in.network", network_of(address), algorithm="sha256").hexdigest()
