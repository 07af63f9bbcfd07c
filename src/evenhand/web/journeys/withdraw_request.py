"""The reporter takes a report back: it is closed as withdrawn, and neighbors who follow it hear that they may report it themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of


@transaction.atomic
def withdraw_request(request: ServiceRequest, *, words: str, at: datetime) -> ServiceRequest:
    """Close as withdrawn. Raises MoveNotAllowed where it is closed already."""
    withdrawn = requests.withdraw(request, at=at, words=words)
    reporter = reporter_of(withdrawn)
    conversations.announce("request_withdrawn", withdrawn, at=at, apart_from=reporter.email if reporter else "")
    return withdrawn


@transaction.atomic
def withdraw_by_phone(request: ServiceRequest, *, person: Account, words: str, at: datetime) -> ServiceRequest:
    """The reporter asked for it on the phone. Everyone hears it, the reporter too: somebody else may have called. Raises MoveNotAllowed."""
    withdrawn = requests.withdraw(request, at=at, words=words, channel="phone", entered_by=person.pk)
    conversations.announce("request_withdrawn", withdrawn, at=at)
    return withdrawn
