"""The city says something in public: it stands on the page, and everyone who follows hears it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor


@transaction.atomic
def answer_request(
    request: ServiceRequest, *, words: str, at: datetime, person: Account | None = None, photos: Sequence[Photo] = (), channel: str = "console"
) -> ServiceRequest:
    """Add the city's public answer and tell the followers. `person` is who wrote it, for staff alone."""
    actor_id = person.pk if person else None
    answered = requests.comment(request, words=words, actor=Actor.STAFF, actor_id=actor_id, at=at, channel=channel, photos=photos)
    conversations.announce("request_answered", answered, at=at, context={"words": words})
    return answered
