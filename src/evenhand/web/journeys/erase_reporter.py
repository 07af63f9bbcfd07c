"""The reporter has everything erased that they gave: words, answers, name, contact, photos, and mails to them, sent or not.

Where the city split the report, what was taken out of it goes with it. That a report was made, and when, stays; its history still verifies. Photo
files go once the transaction stands: a file that is gone cannot be rolled back. A crash in between leaves files without a living row, which the
worker's tidying removes.
"""

from __future__ import annotations

import heapq
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.models import Follower
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import has_something_to_erase, reporter_of
from evenhand.web.service_requests.photo_store import PhotoStore


@transaction.atomic
def erase_reporter(request: ServiceRequest, *, at: datetime) -> bool:
    """Erase; False where nothing was left to erase, as on a second click."""
    left = [one for one in _split_family(request) if has_something_to_erase(one)]
    for one in left:
        _erase(one, at)
    return bool(left)


def was_split(request: ServiceRequest) -> bool:
    """Whether erasing takes more than this request."""
    return request.events.filter(kind="split_off").exists()


def _split_family(request: ServiceRequest) -> list[ServiceRequest]:
    """A request and all that was split off it, and off that. Held as they are found, in the order in which everybody takes rows: what was split off
    is always younger than what it came from, and a held row gets no new ones."""
    family, waiting = [], [request.pk]
    while waiting:
        now = ServiceRequest.objects.select_for_update().get(pk=heapq.heappop(waiting))
        family.append(now)
        off = [facts["reference"] for facts in now.events.filter(kind="split_off").values_list("facts", flat=True)]
        for key in ServiceRequest.objects.filter(reference__in=off).values_list("pk", flat=True):
            heapq.heappush(waiting, key)
    return family


def _erase(request: ServiceRequest, at: datetime) -> None:
    reporter = reporter_of(request)
    as_follower = Follower.objects.filter(request=request, is_reporter=True).exclude(recipient="").values_list("recipient", flat=True)
    for address in {*as_follower, *([reporter.email] if reporter and reporter.email else [])}:
        conversations.erase_recipient(request, recipient=address)
    _, keys = requests.erase_reporter(request, at=at)
    transaction.on_commit(partial(_erase_files, keys), robust=True)


def _erase_files(keys: list[str]) -> None:
    for key in keys:
        PhotoStore(settings.PHOTO_ROOT).erase(key)
