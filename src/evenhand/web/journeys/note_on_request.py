"""A note for colleagues: on no public page, in no mail."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def note_on_request(request: ServiceRequest, *, person: Account, words: str, at: datetime) -> ServiceRequest:
    """Possible in every state."""
    return work_actions.note(request, person=person, at=at, words=words)
