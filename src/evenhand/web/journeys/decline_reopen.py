"""Somebody said that it is not fixed; the city looked again and keeps it closed, with a reason that everyone who follows reads. The veto counts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def decline_reopen(request: ServiceRequest, *, person: Account, words: str, at: datetime) -> ServiceRequest:
    """Raises MoveNotAllowed where nobody asks to reopen it, FactMissing without a reason."""
    declined = work_actions.decline_reopen(request, person=person, at=at, words=words)
    conversations.announce("reopen_declined", declined, at=at, context={"words": words})
    return declined
