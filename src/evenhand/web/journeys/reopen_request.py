"""A closed request is opened again, because somebody said that it is not fixed or because the city saw it itself. Everyone who follows hears it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def reopen_request(request: ServiceRequest, *, person: Account, words: str, at: datetime) -> ServiceRequest:
    """Raises MoveNotAllowed where it is open already, FactMissing without words."""
    opened = work_actions.reopen(request, person=person, at=at, words=words)
    conversations.announce("request_reopened", opened, at=at, context={"words": words})
    return opened
