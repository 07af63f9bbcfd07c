"""A request is given to a team, a person, or both. Residents read that it was given to the people who do it, not to whom."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account, Team
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def assign_request(request: ServiceRequest, *, person: Account, team: Team | None, assignee: Account | None, at: datetime) -> ServiceRequest:
    """Raises AssignmentRefused for somebody who cannot have it, MoveNotAllowed for a closed request."""
    return requests.assign(request, person=person, team=team, assignee=assignee, at=at)
