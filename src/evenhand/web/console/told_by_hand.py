"""Whom nothing tells by itself: reporters who want to hear by telephone or by text message, which only people can do, and who get no mail.

Staff read it before they close or answer, and once more when it is done. The number stands there for those whose role sees who reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Ability
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests.callers import shown_phone
from evenhand.web.service_requests.models import Reporter, ServiceRequest

BY_HAND: Final = ("phone", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who hears what staff say now: `by_mail` addresses; `own` and `others`, the reporters of this report and of its duplicates, by hand."""

    by_mail: int
    own: Reporter | None
    others: int


def audience_of(request: ServiceRequest) -> Audience:
    """Whom mails reach, and whom they don't; two queries."""
    hearing = conversations.hearing(request)
    addresses = {one.recipient for one in hearing}
    reports = {one.request_id for one in hearing if one.is_reporter}
    wanting = Reporter.objects.filter(response_method__in=BY_HAND, erased_at=None).exclude(phone="")
    family = wanting.filter(Q(request=request) | Q(request__duplicate_of=request))
    unheard = [one for one in family if one.request_id not in reports and conversations.normalised_address(one.email) not in addresses]
    own = next((one for one in unheard if one.request_id == request.pk), None)
    return Audience(by_mail=len(hearing), own=own, others=len(unheard) - (own is not None))


def mail_words(audience: Audience) -> str:
    """How many get it by mail."""
    if not audience.by_mail:
        return _("Nobody follows by mail, so nobody gets it by mail.")
    words = ngettext("One address gets it by mail.", "%(count)s addresses get it by mail.", audience.by_mail)
    return words % {"count": audience.by_mail}


def hand_words(audience: Audience, person: Account) -> str:
    """Who is to be told by hand, as this person may know it; empty where nobody is."""
    parts = [_own_words(audience.own, may_see=person.can(Ability.SEE_PERSONAL_DATA))] if audience.own is not None else []
    if audience.others:
        words = ngettext(
            "The reporter of a duplicate chose a call or text message too: its own page says who.",
            "The reporters of %(count)s duplicates chose a call or text message too: their own pages say who.",
            audience.others,
        )
        parts.append(words % {"count": audience.others})
    return " ".join(parts)


def _own_words(reporter: Reporter, *, may_see: bool) -> str:
    is_text = reporter.response_method == "text"
    if not may_see:
        return _("The reporter gets no mail and chose text messages.") if is_text else _("The reporter gets no mail and chose the phone.")
    chose_text, chose_phone = (
        _("The reporter gets no mail and chose text messages: %(phone)s."),
        _("The reporter gets no mail and chose the phone: %(phone)s."),
    )
    words = chose_text if is_text else chose_phone
    return words % {"phone": shown_phone(reporter.phone)}
