"""The city says by when it will be done, with a word of why. Everyone who follows hears it, also when the day is moved."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def set_expected_date(request: ServiceRequest, *, person: Account, until: datetime, words: str, at: datetime) -> ServiceRequest:
    """Raises FactMissing for a day that has passed or without a word."""
    dated = work_actions.set_expected_date(request, person=person, at=at, until=until, words=words)
    conversations.announce("request_dated", dated, at=at, context={"words": words})
    return dated
