"""Somebody outside is given a private link to one request, or has it taken back. The link goes by mail where there is an address, else by hand."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import contractor_links, links
from evenhand.web.conversations.models import ContractorLink
from evenhand.web.service_requests import outside_work
from evenhand.web.service_requests.models import ServiceRequest


@transaction.atomic
def invite_contractor(
    request: ServiceRequest,
    *,
    name: str,
    recipient: str,
    language: str,
    words: str,
    person: Account,
    at: datetime,
    days: int = contractor_links.DAYS_OPEN,
) -> ContractorLink:
    """Make the link, note it, and mail it where an address was given."""
    link = contractor_links.make_link(request, name=name, recipient=recipient, language=language, words=words, person=person, at=at, days=days)
    outside_work.note_invited(request, link=link.pk, name=name, words=words, actor_id=person.pk, at=at)
    write_to_contractor("request_work", link, words=words, at=at)
    return link


@transaction.atomic
def revoke_contractor_link(link: ContractorLink, *, person: Account, at: datetime) -> bool:
    """Take it back; False where it was taken back before."""
    if not contractor_links.revoke(link, at=at):
        return False
    outside_work.note_revoked(link.request, link=link.pk, name=link.name, actor_id=person.pk, at=at)
    return True


def tell_contractors_of_sending_back(request: ServiceRequest, *, words: str, at: datetime) -> None:
    """Those who said that it is done hear what is missing, by links that still open something."""
    for link in contractor_links.links_of(request):
        is_alive = contractor_links.standing_of(link, at=at) is contractor_links.Standing.OPEN
        if link.done_at is not None and is_alive:
            contractor_links.note_done(link, at=None)
            write_to_contractor("request_work_sent_back", link, words=words, at=at)


def write_to_contractor(kind: str, link: ContractorLink, *, words: str, at: datetime) -> None:
    """A mail with the link, where there is an address."""
    if link.recipient:
        context = {"words": words, "work_url": links.contractor_url(link), "expires_at": link.expires_at, "contractor": link.name}
        conversations.enqueue(kind, to=link.recipient, language=link.language, request=link.request, at=at, context=context)
