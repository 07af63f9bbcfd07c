"""One report becomes two, each with a number. Followers of the first hear of the second; the reporter follows both, with a private link to each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import links
from evenhand.web.conversations.models import Follower
from evenhand.web.service_requests import splitting
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.splitting import Split


@transaction.atomic
def split_request(
    request: ServiceRequest,
    *,
    service: Service,
    place: Place,
    words: str,
    person: Account,
    at: datetime,
    photos: Collection[int] = (),
    publishing_is_meant: bool = False,
) -> Split:
    """Split and tell. Raises FactMissing without words, NotMovable for a place outside or a publishing that was not confirmed."""
    split = splitting.split_off(
        request, service=service, place=place, words=words, person=person, at=at, photos=photos, publishing_is_meant=publishing_is_meant
    )
    for one in conversations.hearing(split.original):
        if one.is_reporter and one.request_id == split.original.pk:
            _tell_reporter(split, one, at)
        elif split.new.is_public:
            conversations.enqueue(
                "request_split", to=one.recipient, language=one.language, request=split.original, at=at, context=_about(split.new), follower=one
            )
    return split


def _tell_reporter(split: Split, reporter: Follower, at: datetime) -> None:
    """About the new request, by the follower's row of the new one: the private link in the mail is the new one's."""
    address, language = reporter.recipient, reporter.language
    new = conversations.follow(split.new, recipient=address, language=language, at=at, is_reporter=True, confirmed=True)
    known = {"original_number": spoken(split.original.reference)}
    conversations.enqueue("request_split", to=address, language=language, request=split.new, at=at, context=known, follower=new)


def _about(new: ServiceRequest) -> dict[str, str]:
    return {"new_number": spoken(new.reference), "new_url": links.request_url(new)}
