"""A request is given another service or place, and with it the team that does such work there. The public page says so; nobody gets a mail for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests import corrections
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.corrections import Consequences
from evenhand.web.service_requests.models import Service, ServiceRequest


@transaction.atomic
def move_request(
    request: ServiceRequest,
    *,
    person: Account,
    at: datetime,
    service: Service | None = None,
    place: Place | None = None,
    publishing_is_meant: bool = False,
) -> Consequences:
    """Move it, and return what that changed. Raises NotMovable."""
    return corrections.correct(request, person=person, at=at, service=service, place=place, publishing_is_meant=publishing_is_meant)
