"""Calls that needed no request: an answer was enough. Counted by topic and service; nothing about the caller is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from evenhand.web.accounts.models import Account
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import InformationRequest, KnowledgeArticle, Service

ABOUT_EARLIER: Final = "about an earlier request"
EMERGENCY: Final = "sent to the emergency number"
ANSWERED: Final = "answered by the call taker"
"""Topics of our own, as they are kept; an article speaks for itself."""


def count_information_request(
    city: Jurisdiction,
    *,
    entered_by: Account,
    submission_key: str,
    at: datetime,
    service: Service | None = None,
    article: KnowledgeArticle | None = None,
    topic: str = "",
    channel: str = "phone",
) -> bool:
    """Count one call, once a `submission_key`; False where it had been counted."""
    given = {
        "jurisdiction": city,
        "service": service if article is None or service is not None else article.service,
        "article": article,
        "topic": topic[:160],
        "channel": channel,
        "entered_by": entered_by,
        "at": at,
    }
    _, is_new = InformationRequest.objects.get_or_create(submission_key=submission_key, defaults=given)
    return is_new
