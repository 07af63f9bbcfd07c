"""Work on a request begins. The page says so; nobody gets a mail for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def start_work(request: ServiceRequest, *, person: Account, at: datetime) -> ServiceRequest:
    """Raises MoveNotAllowed for a closed request."""
    return work_actions.start(request, person=person, at=at)
