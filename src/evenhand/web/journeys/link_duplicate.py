"""Two reports are the same thing: one closes and goes on with the other. Its followers hear it, and from then on what happens at the other."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import links
from evenhand.web.service_requests import duplicates
from evenhand.web.service_requests.duplicates import Linked
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken


@transaction.atomic
def link_duplicate(child: ServiceRequest, parent: ServiceRequest, *, person: Account, at: datetime, words: str = "") -> Linked:
    """Link and tell; nothing is told where they were linked already. Raises NotLinkable."""
    duplicates.lock_families(child.pk, parent.pk)
    linked = duplicates.link(child, parent, actor_id=person.pk, at=at, words=words)
    if linked.is_new:
        root = linked.parent
        known = {"parent_number": spoken(root.reference), "parent_url": links.request_url(root)} if root.is_public else {}
        conversations.announce("request_linked", linked.child, at=at, context={"words": words, **known})
    return linked
