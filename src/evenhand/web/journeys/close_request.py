"""The city closes a request, with a reason and, for "fixed", with evidence; everyone who follows hears it and may object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence


@transaction.atomic
def close_request(
    request: ServiceRequest,
    *,
    reason: ClosingReason,
    words: str,
    at: datetime,
    evidence: Evidence = Evidence.NONE,
    photos: Sequence[Photo] = (),
    channel: str = "console",
) -> ServiceRequest:
    """Close and tell. Raises MoveNotAllowed where somebody was quicker, FactMissing for "fixed" without evidence."""
    closed = requests.close(request, actor=Actor.STAFF, at=at, reason=reason, words=words, evidence=evidence, photos=photos, channel=channel)
    conversations.announce("request_closed", closed, at=at, context={"words": words})
    return closed
