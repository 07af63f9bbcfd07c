""" "Me too": one more household that has the same trouble, counted once a device."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.contribution_pace import take_turn
from evenhand.web.service_requests.intake_pace import Sender
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def support_request(request: ServiceRequest, *, sender: Sender, at: datetime, real_at: datetime) -> bool:
    """Count it; False where this device had said so before. Raises TooManyContributions."""
    take_turn(sender, purpose="support", real_at=real_at)
    return requests.support(request, device=sender.device, at=at, channel="web")
