"""The reporter takes a report back: it is closed as withdrawn, and neighbors who follow it hear that they may report it themselves.

Reports of others that went on with it are not taken back by that: the oldest opens again, and the rest go on with that one.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.duplicates import go_on_without, lock_families
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of


@transaction.atomic
def withdraw_request(request: ServiceRequest, *, words: str, at: datetime) -> ServiceRequest:
    """Close as withdrawn. Raises MoveNotAllowed where it is closed already."""
    lock_families(request.pk)
    withdrawn = requests.withdraw(request, at=at, words=words)
    reporter = reporter_of(withdrawn)
    _let_others_go_on(withdrawn, at=at)
    conversations.announce("request_withdrawn", withdrawn, at=at, apart_from=reporter.email if reporter else "")
    return withdrawn


@transaction.atomic
def withdraw_by_phone(request: ServiceRequest, *, person: Account, words: str, at: datetime) -> ServiceRequest:
    """The reporter asked for it on the phone. Everyone hears it, the reporter too: somebody else may have called. Raises MoveNotAllowed."""
    lock_families(request.pk)
    withdrawn = requests.withdraw(request, at=at, words=words, channel="phone", entered_by=person.pk)
    _let_others_go_on(withdrawn, at=at)
    conversations.announce("request_withdrawn", withdrawn, at=at)
    return withdrawn


def _let_others_go_on(withdrawn: ServiceRequest, *, at: datetime) -> None:
    """Its duplicates' followers hear that theirs is open again, and not that somebody else took a report back."""
    with translation.override(withdrawn.jurisdiction.language):
        words = _("The report that this one went on with was taken back. What you reported is not forgotten: it is open again.")
    opened = go_on_without(withdrawn, at=at, words=words)
    if opened is not None:
        conversations.announce("request_reopened", opened, at=at, context={"words": words})
