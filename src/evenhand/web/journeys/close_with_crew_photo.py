"""Staff agree with those who did the work: the request closes as fixed, and the crew's photo is the evidence that everybody sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.journeys.close_request import after_closing
from evenhand.web.service_requests import outside_work
from evenhand.web.service_requests.duplicates import lock_families
from evenhand.web.service_requests.models import Photo, ServiceRequest


@transaction.atomic
def close_with_crew_photo(request: ServiceRequest, *, photos: Sequence[Photo], words: str, person: Account, at: datetime) -> ServiceRequest:
    """Close and tell. Raises MoveNotAllowed where it is closed, FactMissing where none of the photos is the crew's (any more)."""
    lock_families(request.pk)
    closed = outside_work.close_as_done(request, photos=photos, words=words, actor_id=person.pk, at=at)
    after_closing(closed, words=words, at=at, actor_id=person.pk)
    return closed
