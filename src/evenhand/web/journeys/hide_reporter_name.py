"""The reporter takes their name off the public page. The city keeps it, to be able to answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def hide_reporter_name(request: ServiceRequest, *, at: datetime) -> ServiceRequest:
    """Hide it; nothing happens where no name is shown."""
    return requests.hide_name(request, at=at) if request.reporter_name_shown else request
