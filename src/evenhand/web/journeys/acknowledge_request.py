"""Somebody at the city has read a request. The page says so; nobody gets a mail for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor


@transaction.atomic
def acknowledge_request(request: ServiceRequest, *, person: Account, at: datetime) -> ServiceRequest:
    """Raises MoveNotAllowed where it was read before."""
    return requests.acknowledge(request, actor=Actor.STAFF, actor_id=person.pk, at=at)
