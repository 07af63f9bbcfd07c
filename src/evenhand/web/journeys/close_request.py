"""The city closes a request, with a reason and, for "fixed", with evidence; everyone who follows hears it and may object.

Reports that go on with this one are closed with it, and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.duplicates import close_children, lock_families
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence


@transaction.atomic
def close_request(
    request: ServiceRequest,
    *,
    reason: ClosingReason,
    words: str,
    at: datetime,
    person: Account | None = None,
    evidence: Evidence = Evidence.NONE,
    photos: Sequence[Photo] = (),
    channel: str = "console",
    crew: requests.CrewRecord | None = None,
    agency: str = "",
) -> ServiceRequest:
    """Close and tell. Raises MoveNotAllowed where somebody was quicker, FactMissing for "fixed" without evidence."""
    lock_families(request.pk)
    closed = requests.close(
        request,
        actor=Actor.STAFF,
        actor_id=person.pk if person else None,
        at=at,
        reason=reason,
        words=words,
        evidence=evidence,
        photos=photos,
        channel=channel,
        crew=crew,
        agency=agency,
    )
    after_closing(closed, words=words, at=at, actor_id=person.pk if person else None)
    return closed


def after_closing(closed: ServiceRequest, *, words: str, at: datetime, actor_id: int | None, channel: str = "console") -> None:
    """Close what goes on with it, and tell everyone. Of a closing that is not public the followers of its duplicates hear at their own report."""
    children = close_children(closed, actor_id=actor_id, at=at, channel=channel)
    announce_closing(closed, words=words, at=at)
    for child in children if not closed.is_public else ():
        conversations.announce("request_closed_elsewhere", child, at=at)


def announce_closing(closed: ServiceRequest, *, words: str, at: datetime) -> None:
    """Tell everyone who follows, whoever closed it: staff, or a source whose newer export says so. In the transaction of the closing."""
    conversations.announce("request_closed", closed, at=at, context={"words": words})
