"""Two reports turn out not to be the same thing: the one that was closed for it is opened again, and its followers hear why."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import duplicates
from evenhand.web.service_requests.duplicates import Linked
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def unlink_duplicate(child: ServiceRequest, *, person: Account, at: datetime, words: str) -> Linked:
    """Part, open and tell. Raises NotLinkable where it is no duplicate (any more), FactMissing without words."""
    parted = duplicates.unlink(child, actor_id=person.pk, at=at, words=words)
    conversations.announce("request_reopened", parted.child, at=at, context={"words": words})
    return parted
