"""How urgent the city holds a request. For staff alone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Priority


@transaction.atomic
def set_priority(request: ServiceRequest, *, person: Account, priority: Priority, at: datetime) -> ServiceRequest:
    """Setting what is set already does nothing."""
    return work_actions.set_priority(request, person=person, at=at, priority=priority)
