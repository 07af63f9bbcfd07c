"""Something that the public should not read or see is hidden, or shown again. Its author is told when they can be reached: the reporter, by mail.

Who comments gives no address, so a neighbor learns it from the page, as everybody does: what is hidden says that it is, and why.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.models import Follower
from evenhand.web.service_requests import moderation
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.moderation import HidingReason, Part
from evenhand.web.service_requests.workflow import Actor


@transaction.atomic
def hide_content(request: ServiceRequest, part: Part, *, reason: HidingReason, words: str, person: Account, at: datetime) -> bool:
    """Hide and tell; returns whether the author could be told. Raises NotHideable."""
    hidden = moderation.hide(request, part, reason=reason, words=words, actor_id=person.pk, at=at)
    return _tell_author(hidden, part, at, {"is_hidden": True, "reason": str(reason), "words": words})


@transaction.atomic
def show_content_again(request: ServiceRequest, part: Part, *, words: str, person: Account, at: datetime) -> bool:
    """Show and tell; returns whether the author could be told. Raises NotHideable."""
    shown = moderation.show_again(request, part, words=words, actor_id=person.pk, at=at)
    return _tell_author(shown, part, at, {"is_hidden": False, "words": words})


def _tell_author(request: ServiceRequest, part: Part, at: datetime, context: dict[str, object]) -> bool:
    if moderation.author_kind(request, part) is not Actor.REPORTER:
        return False
    rows = Follower.objects.filter(request=request, is_reporter=True, confirmed_at__isnull=False, stopped_at=None).exclude(recipient="")
    follower = rows.first()
    if follower is None:
        return False
    known = {"what": str(part.what), **context}
    conversations.enqueue(
        "request_moderated", to=follower.recipient, language=follower.language, request=request, at=at, context=known, follower=follower
    )
    return True
