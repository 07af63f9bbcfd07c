"""What is kept for a time only, and has had its time: drafts, traces of devices, tries to sign in, addresses, form keys, open pages, sessions
that ended, photos that belong to nothing, and copies of the database from before an upgrade.

Every part may be repeated and may be interrupted. Files are looked at last: a photo file without a living row (a crash between file and row, an
erasure whose last step did not happen) goes once it is a day old.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from evenhand.web.accounts import presence, sessions, sign_in_pace
from evenhand.web.conversations import outbox
from evenhand.web.conversations.models import Follower
from evenhand.web.core import upgrades
from evenhand.web.service_requests import drafts, intake_pace
from evenhand.web.service_requests.models import EventContent, Photo
from evenhand.web.service_requests.photo_store import PhotoStore
from evenhand.web.service_requests.text_index import merge_away_removed_words

logger = logging.getLogger("evenhand.worker")
FOLLOWERS_KEPT_FOR = timedelta(days=7)
_FILE_AGE_SECONDS = 86_400.0
_A_DAY = timedelta(days=1)
_AT_ONCE = 500


def tidy_up(*, at: datetime, real_at: datetime) -> dict[str, int]:
    """Remove what has had its time; returns how many of each. `at` is the city's time, by which drafts and followers were dated."""
    with transaction.atomic():
        draft_photos = drafts.put_away_old(before=min(at, real_at) - drafts.KEPT_FOR)
    gone = {
        "draft_photos": _erase(draft_photos),
        "traces": intake_pace.forget_traces(before=real_at - intake_pace.KEPT_FOR),
        "addresses": outbox.forget_addresses(real_at=real_at),
        "form_keys": outbox.forget_forms(real_at=real_at),
        "followers": _forget_followers(min(at, real_at)),
        "sign_in_attempts": sign_in_pace.forget_attempts(before=real_at - sign_in_pace.KEPT_FOR),
        "presences": presence.forget_those_who_left(real_at=real_at),
        "sessions": sessions.forget_ended(real_at=real_at),
        "photo_files": erase_files_without_a_row(),
        "database_copies": upgrades.forget_copies(settings.EVENHAND.home_folder / "backups", real_at=real_at),
    }
    if any(gone.values()):
        logger.info("Tidied up: %s", ", ".join(f"{number} {name}" for name, number in gone.items() if number))
    return gone


def merge_away_erased_words(*, at: datetime) -> int:
    """After an erasure of the last two days: take its words out of the files of the search index too; returns in how many steps."""
    if not EventContent.objects.filter(erased_at__gte=at - 2 * _A_DAY).exists():
        return 0
    return merge_away_removed_words()


def erase_files_without_a_row(*, older_than_seconds: float = _FILE_AGE_SECONDS) -> int:
    """Remove photo files whose row is missing or erased, and what a crash left half-written; returns how many photos."""
    store = PhotoStore(settings.PHOTO_ROOT)
    if not store.root.is_dir():
        return 0
    store.erase_unfinished()
    oldest = time.time() - older_than_seconds
    return sum(_erase_unknown(store, keys, oldest) for keys in _in_parts(store.keys()))


def _erase_unknown(store: PhotoStore, keys: Sequence[str], oldest: float) -> int:
    living = set(Photo.objects.filter(key__in=keys, erased_at=None).values_list("key", flat=True))
    return sum(store.erase(key) for key in keys if key not in living and _written_at(store, key) <= oldest)


def _written_at(store: PhotoStore, key: str) -> float:
    try:
        return store.path(key, "full").stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _forget_followers(at: datetime) -> int:
    """Addresses that somebody typed and nobody confirmed, and those whose owners have stopped the mails."""
    before = at - FOLLOWERS_KEPT_FOR
    ended = Q(confirmed_at=None, created_at__lt=before) | Q(stopped_at__lt=before)
    return Follower.objects.filter(ended, is_reporter=False).delete()[0]


def _erase(keys: Sequence[str]) -> int:
    store = PhotoStore(settings.PHOTO_ROOT)
    return sum(store.erase(key) for key in keys)


def _in_parts(keys: Iterator[str]) -> Iterator[list[str]]:
    while part := list(islice(keys, _AT_ONCE)):
        yield part
