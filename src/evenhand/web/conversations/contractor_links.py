"""Private links for people outside who work on one request. Whoever holds a link is the contractor: a crew leader may pass it on to the crew.

A link opens one request and nothing else of it than what the work needs. It ends by itself, can be taken back at any time, and says why it is over.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Final

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import links
from evenhand.web.conversations.models import ContractorLink
from evenhand.web.conversations.questions import end_of_day
from evenhand.web.service_requests.models import ServiceRequest

DAYS_OPEN: Final = 30
_JOINED: Final = ("request__jurisdiction", "request__service", "request__area")


class Standing(StrEnum):
    """How a link stands for whoever opens it."""

    OPEN = "open"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CLOSED = "closed"


def make_link(
    request: ServiceRequest, *, name: str, recipient: str, language: str, words: str, person: Account, at: datetime, days: int = DAYS_OPEN
) -> ContractorLink:
    """A new link for somebody; several for one request are possible."""
    return ContractorLink.objects.create(
        request=request,
        name=name,
        recipient=recipient,
        language=language,
        words=words,
        link_salt=secrets.token_hex(8),
        created_by=person,
        created_at=at,
        expires_at=end_of_day(request.jurisdiction, at=at, days=days),
    )


def contractor_link_for(key: int, token: str) -> ContractorLink | None:
    """The link of this address; None alike for a wrong one and one that never was. A revoked one is known, so that its page can say so."""
    link = ContractorLink.objects.filter(pk=key).select_related(*_JOINED).first()
    return link if link is not None and links.holds_contractor_link(link, token) else None


def standing_of(link: ContractorLink, *, at: datetime) -> Standing:
    """Whether something can be done by it. Revoked says more than expired, and both say more than that the request is closed."""
    if link.revoked_at is not None:
        return Standing.REVOKED
    if link.expires_at <= at:
        return Standing.EXPIRED
    return Standing.OPEN if link.request.is_open else Standing.CLOSED


def revoke(link: ContractorLink, *, at: datetime) -> bool:
    """Take a link back; False where it was taken back before."""
    return bool(ContractorLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at))


def note_done(link: ContractorLink, *, at: datetime | None) -> None:
    """That the work was said to be done by this link; None: it was sent back."""
    ContractorLink.objects.filter(pk=link.pk).update(done_at=at)


def links_of(request: ServiceRequest) -> list[ContractorLink]:
    """All links that were ever made for a request, newest first."""
    return list(ContractorLink.objects.filter(request=request).select_related("created_by").order_by("-pk"))
