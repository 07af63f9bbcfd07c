"""Work was said to be done, and the city looked: more is to be done. The page says what.

A contractor who said so by their link hears it by mail; residents do not, for nothing was promised to them as done.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.journeys.invite_contractor import tell_contractors_of_sending_back
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def send_back(request: ServiceRequest, *, person: Account, words: str, at: datetime) -> ServiceRequest:
    """Raises MoveNotAllowed where nothing was said to be done, FactMissing without words."""
    going_on = work_actions.send_back(request, person=person, at=at, words=words)
    tell_contractors_of_sending_back(going_on, words=words, at=at)
    return going_on
