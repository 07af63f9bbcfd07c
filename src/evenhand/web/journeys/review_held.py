"""Somebody looks at reports that were held for their pace and decides: show them now, or close them as spam. Each is a transaction of its own.

Who reported hears of a closing as of any other. The words are in their language; what the city did is never hidden from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account
from evenhand.web.journeys.close_request import after_closing
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.duplicates import lock_families
from evenhand.web.service_requests.held_requests import refuse_held, show_held
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of


def show_held_requests(city: Jurisdiction, requests: Iterable[ServiceRequest], *, person: Account, at: datetime, real_at: datetime) -> Sequence[str]:
    """Show those that are still held; returns their numbers."""
    return _decided(city, requests, "shown", lambda request: show_held(request, person=person, at=at), person=person, real_at=real_at)


def close_held_as_spam(city: Jurisdiction, requests: Iterable[ServiceRequest], *, person: Account, at: datetime, real_at: datetime) -> Sequence[str]:
    """Close those that are still held; returns their numbers."""
    return _decided(city, requests, "spam", lambda request: _closed(request, person=person, at=at), person=person, real_at=real_at)


def _closed(request: ServiceRequest, *, person: Account, at: datetime) -> bool:
    lock_families(request.pk)
    reporter = reporter_of(request)
    with translation.override(reporter.language if reporter else request.jurisdiction.language):
        words = _("Many reports came at once, and the city took this one for spam, so it was never shown. If that is wrong, please tell the city.")
    closed = refuse_held(request, person=person, at=at, words=words)
    if closed is None:
        return False
    after_closing(closed, words=words, at=at, actor_id=person.pk)
    return True


def _decided(
    city: Jurisdiction,
    requests: Iterable[ServiceRequest],
    decision: str,
    decide: Callable[[ServiceRequest], bool],
    *,
    person: Account,
    real_at: datetime,
) -> Sequence[str]:
    done = []
    for request in requests:
        with transaction.atomic():
            if decide(request):
                done.append(request.reference)
                record(city, person, "held", request.reference, {"decision": "held"}, {"decision": decision}, real_at)
    return done
