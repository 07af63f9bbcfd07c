"""The reporter has everything erased that they gave: words, answers, name, contact, photos, and mails to them, sent or not.

That a report was made, and when, stays; its history still verifies. Photo files go once the transaction stands: a file that is gone cannot be rolled
back. A crash in between leaves files without a living row, which the worker's tidying removes.
"""

from __future__ import annotations

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
    ServiceRequest.objects.select_for_update().get(pk=request.pk)
    if not has_something_to_erase(request):
        return False
    reporter = reporter_of(request)
    as_follower = Follower.objects.filter(request=request, is_reporter=True).exclude(recipient="").values_list("recipient", flat=True)
    for address in {*as_follower, *([reporter.email] if reporter and reporter.email else [])}:
        conversations.erase_recipient(request, recipient=address)
    _, keys = requests.erase_reporter(request, at=at)
    transaction.on_commit(partial(_erase_files, keys), robust=True)
    return True


def _erase_files(keys: list[str]) -> None:
    for key in keys:
        PhotoStore(settings.PHOTO_ROOT).erase(key)
