"""Reports that were held for their pace are shown once their hour is over. Each is a transaction of its own: one that fails holds up no other."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import ServiceRequest

logger = logging.getLogger("evenhand.worker")
_AT_ONCE = 500


def release_held_requests(*, at: datetime, real_at: datetime) -> int:
    """Show those whose time has come, in real time; `at` stands on their history. Returns how many."""
    due = ServiceRequest.objects.filter(visibility="held", held_until__lte=real_at).order_by("held_until")
    released, failed = 0, []
    for request in due[:_AT_ONCE]:
        try:
            with transaction.atomic():
                requests.release_held(request, at=at)
            released += 1
        except Exception as error:  # whatever it was: the others go on, and this one is told at the end
            logger.exception("Request %s could not be shown", request.reference)
            failed.append(error)
    if failed:
        raise failed[0]
    return released
