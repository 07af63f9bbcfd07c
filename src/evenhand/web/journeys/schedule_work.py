"""Work gets a day. Everyone who follows hears it: "when?" is what people ask most."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def schedule_work(request: ServiceRequest, *, person: Account, until: datetime, words: str, at: datetime) -> ServiceRequest:
    """Raises MoveNotAllowed, FactMissing for a day that has passed."""
    scheduled = work_actions.schedule(request, person=person, at=at, until=until, words=words)
    conversations.announce("request_dated", scheduled, at=at, context={"words": words})
    return scheduled
