"""One action of staff on one request: once, on the request as they saw it, or not at all.

The rows are locked first (the request's, those of its duplicates, and of whatever else the action changes), so that what is asked of its history
stays true until the action is done. A form that came before does nothing (a double click); one whose subject somebody else changed since it was shown
raises ChangedMeanwhile, and its key is free again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests.changing import locked
from evenhand.web.service_requests.duplicates import lock_families
from evenhand.web.service_requests.editing import refuse_stale
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def act_once(
    request: ServiceRequest,
    *,
    seen: int,
    subject: str,
    form_key: str,
    real_at: datetime,
    action: Callable[[ServiceRequest], object],
    others: Collection[int] = (),
) -> bool:
    """Carry out `action`; False where this form had come before. Raises ChangedMeanwhile, and what the action raises.

    `others` are primary keys of further requests that the action changes.
    """
    lock_families(request.pk, *others)
    now = locked(request)
    if not conversations.is_first_sending(form_key, at=real_at):
        return False
    refuse_stale(now, seen, subject)
    action(now)
    return True
