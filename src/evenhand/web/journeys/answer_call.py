"""A call that an answer was enough for: counted, so that the city knows what it is asked; nothing about the caller is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.information_requests import count_information_request
from evenhand.web.service_requests.models import KnowledgeArticle, Service


@transaction.atomic
def answer_call(
    city: Jurisdiction,
    *,
    taken_by: Account,
    submission_key: str,
    at: datetime,
    service: Service | None = None,
    article: KnowledgeArticle | None = None,
    topic: str = "",
    channel: str = "phone",
) -> bool:
    """Count the call; False where this very form had counted it before."""
    return count_information_request(
        city, entered_by=taken_by, submission_key=submission_key, at=at, service=service, article=article, topic=topic, channel=channel
    )
