"""Somebody adds something to a request, in words and photos. A second click finds the form's key and adds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.journeys.attach_photos import FileInStore, rows_of
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.contribution_pace import take_turn
from evenhand.web.service_requests.intake_pace import Sender
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor


@transaction.atomic
def comment_on_request(
    request: ServiceRequest,
    *,
    words: str,
    actor: Actor,
    sender: Sender,
    form_key: str,
    at: datetime,
    real_at: datetime,
    name: str = "",
    photos: Sequence[FileInStore] = (),
) -> bool:
    """Add a public comment; False where this form had come before. Raises TooManyContributions."""
    if not conversations.is_first_sending(form_key, at=real_at):
        return False
    take_turn(sender, purpose="comment", real_at=real_at)
    requests.comment(request, words=words, actor=actor, at=at, channel="web", name=name, photos=rows_of(photos, at=at))
    return True
