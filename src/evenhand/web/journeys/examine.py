"""Examine the whole house: the ground it stands on, every request's history, photos against their rows both ways, and what waits to be sent.

Nothing is changed. Histories are read a batch at a time, so the memory it takes does not grow with the city.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db.models import Prefetch

from evenhand.web.accounts import second_factor
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.core import clock, worker_pulse
from evenhand.web.core.examination import MOST_AHEAD, Finding, Outcome, examine_ground, fault, good, looked, warning
from evenhand.web.service_requests.errors import HistoryBroken
from evenhand.web.service_requests.history import verify_events
from evenhand.web.service_requests.models import Event, Photo, ServiceRequest
from evenhand.web.service_requests.photo_store import FILE_NAMES, PhotoStore

BATCH: Final = 500
MOST_NAMED: Final = 5
YOUNG_SECONDS: Final = 3600.0  # a photo's files are there before its row
LATE: Final = timedelta(minutes=30)
GIVEN_UP_WITHIN: Final = timedelta(days=7)

Progress = Callable[[int, int], None]
"""Called with the requests done and the requests in all."""


def examine(home: Path, photos: Path, *, sample: int | None = None, progress: Progress = lambda _done, _total: None) -> Iterator[Finding]:
    """Every finding, as it is found. `sample` verifies only so many histories, drawn at random; None verifies all."""
    ground = list(examine_ground(home, home / "secret.key"))
    yield from ground
    if any(finding.subject in {"database", "tables"} and finding.outcome is Outcome.FAULT for finding in ground):
        return
    yield from looked("history", lambda: histories_finding(sample, progress))
    yield from looked("time", recorded_finding)
    store = PhotoStore(photos)
    yield from looked("photos", lambda: photo_files_finding(store))
    yield from looked("photo files", lambda: photo_rows_finding(store))
    yield from looked("outbox", outbox_findings)
    yield from looked("worker", worker_finding)
    yield from looked("second factors", second_factors_finding)


def histories_finding(sample: int | None, progress: Progress) -> Finding:
    """Whether the chains verify."""
    ids = _drawn(sample)
    broken: list[str] = []
    for start in range(0, len(ids), BATCH):
        broken += _broken_among(ids[start : start + BATCH])
        progress(min(start + BATCH, len(ids)), len(ids))
    if broken:
        more = f" And {len(broken) - MOST_NAMED} more." if len(broken) > MOST_NAMED else ""
        return fault("history", " ".join(broken[:MOST_NAMED]) + more + " Somebody changed the database past its guard: compare with a backup.")
    return good("history", f"{len(ids):,} of {ServiceRequest.objects.count():,} requests verify.")


def recorded_finding() -> Finding:
    """Whether this machine's clock is behind what it wrote down before."""
    newest = Event.objects.order_by("-pk").values_list("recorded_at", flat=True).first()
    if newest is not None and newest - clock.now() > MOST_AHEAD:
        return fault("time", f"The newest event was recorded at {newest.isoformat()}, which is still to come: this machine's clock is wrong.")
    return good("time", "No event lies in the future.")


def photo_files_finding(store: PhotoStore) -> Finding:
    """Rows whose files are gone."""
    keys = Photo.objects.filter(erased_at=None).values_list("key", flat=True)
    lost = [key for key in keys.iterator() if not all(store.path(key, size).is_file() for size in FILE_NAMES)]
    if lost:
        return fault("photos", f"{len(lost):,} photos have no files: {', '.join(lost[:MOST_NAMED])}. Bring them back from a backup.")
    return good("photos", f"{keys.count():,} photos have their files.")


def photo_rows_finding(store: PhotoStore) -> Finding:
    """Files that no row names any more: erased ones must be gone, others are rests of reports that broke off."""
    kept = set(Photo.objects.filter(erased_at=None).values_list("key", flat=True))
    extra = [key for key in sorted(store.keys()) if key not in kept and _is_old(store.path(key, "full"))]
    erased = set(Photo.objects.filter(erased_at__isnull=False, key__in=extra).values_list("key", flat=True))
    if erased:
        return fault(
            "photo files", f"{len(erased):,} photos were erased, but their files are there: {', '.join(sorted(erased)[:MOST_NAMED])}. Delete them."
        )
    if extra:
        return warning("photo files", f"{len(extra):,} files belong to no photo: {', '.join(extra[:MOST_NAMED])}. They can be deleted.")
    return good("photo files", "Each belongs to a photo.")


def outbox_findings() -> Iterator[Finding]:
    """Messages that wait too long, and those given up of late."""
    now = clock.real_now()
    late = OutboxMessage.objects.filter(sent_at=None, failed_at=None, next_attempt_at__lt=now - LATE).count()
    given_up = OutboxMessage.objects.filter(failed_at__gt=now - GIVEN_UP_WITHIN, attempts__gt=0).count()
    if late:
        yield fault("outbox", f"{late:,} messages have waited for more than 30 minutes. Is the worker running, and the mail server reachable?")
    if given_up:
        yield warning("outbox", f"{given_up:,} messages were given up within seven days; their rows hold the mail server's answers.")
    if not late and not given_up:
        yield good("outbox", "Nothing is stuck.")


def worker_finding() -> Finding:
    """Whether a worker has been heard of lately."""
    pulse = worker_pulse.last_pulse()
    if pulse is None:
        return warning("worker", "None has been heard of yet: no mail goes out. `evenhand serve` starts one beside it, or run: evenhand worker")
    told = f"It was last heard of {_moment(pulse.alive_at)}, and last finished a message {_moment(pulse.message_at)}."
    if worker_pulse.is_late(pulse, real_at=clock.real_now()):
        return warning("worker", f"{told} No mail goes out. `evenhand serve` starts one beside it, or run: evenhand worker")
    return good("worker", told)


def second_factors_finding() -> Finding:
    """Whether the secret key still opens them, and which key does."""
    seals = second_factor.seals()
    if seals.unopened:
        names = ", ".join(seals.unopened[:MOST_NAMED]) + (" …" if len(seals.unopened) > MOST_NAMED else "")
        return fault(
            "second factors",
            f"No secret key of the settings opens {len(seals.unopened):,} of {seals.count:,} ({names}). Bring the key back, or name it in "
            "EVENHAND_SECRET_KEY_FALLBACKS; if it is lost, let them set up new ones: evenhand staff reset-second-factor NAME",
        )
    if seals.under_former_key:
        words = f"{seals.under_former_key:,} of {seals.count:,} still need a key of EVENHAND_SECRET_KEY_FALLBACKS; the worker seals them anew soon."
        return warning("second factors", words)
    return good("second factors", f"{seals.count:,} open with the present secret key.")


def _moment(moment: datetime | None) -> str:
    return "never" if moment is None else f"at {moment:%Y-%m-%d %H:%M:%S} UTC"


def _drawn(sample: int | None) -> list[int]:
    ids = list(ServiceRequest.objects.order_by("pk").values_list("pk", flat=True))
    if sample is None or sample >= len(ids):
        return ids
    return sorted(secrets.SystemRandom().sample(ids, sample))


def _broken_among(ids: list[int]) -> list[str]:
    events = Prefetch("events", Event.objects.order_by("seq").select_related("content"), to_attr="chain")
    broken = []
    for request in ServiceRequest.objects.filter(pk__in=ids).prefetch_related(events):
        try:
            verify_events(request, request.chain)  # type: ignore[attr-defined]  # prefetched
        except HistoryBroken as error:
            broken.append(error.message)
    return broken


def _is_old(file: Path) -> bool:
    return not file.exists() or time.time() - file.stat().st_mtime > YOUNG_SECONDS
