"""Addresses that stand in mails. Nobody who gets one has an account: a keyed hash of their own row's salt opens what the link is for, and tells
nothing to anybody else.

Each purpose has a token of its own: who was sent a stop link cannot confirm with it, who was asked a question cannot take the report back. Addresses
are made of the public URL, never of a request's Host header, which its sender chooses.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from evenhand.web.conversations.models import ContractorLink, Follower, ReporterQuestion
from evenhand.web.core.keyed_tokens import is_keyed_token, keyed_token
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.private_links import private_token

CONFIRM, STOP = "confirm", "stop"
_QUESTION, _CONTRACTOR = "evenhand.reporter_question", "evenhand.contractor"


def follower_token(follower: Follower, purpose: str) -> str:
    """The token of a follower's confirm or stop link."""
    return keyed_token(f"evenhand.follower.{purpose}", _signed(follower))


def holds_follower_link(follower: Follower, purpose: str, token: str) -> bool:
    """Whether `token` is this follower's for `purpose`."""
    return is_keyed_token(f"evenhand.follower.{purpose}", _signed(follower), token)


def holds_question_link(question: ReporterQuestion, token: str) -> bool:
    """Whether `token` opens the page on which this question is answered."""
    return is_keyed_token(_QUESTION, _signed(question), token)


def holds_contractor_link(link: ContractorLink, token: str) -> bool:
    """Whether `token` is this link's."""
    return is_keyed_token(_CONTRACTOR, _signed(link), token)


def request_url(request: ServiceRequest) -> str:
    """The public page of a request."""
    return _absolute(reverse("portal:request", args=[request.reference]))


def console_url() -> str:
    """Where staff begin their day."""
    return _absolute(reverse("console:queue"))


def report_url() -> str:
    """Where a report begins."""
    return _absolute(reverse("portal:report"))


def private_url(request: ServiceRequest) -> str:
    """The page that only the reporter has."""
    return _absolute(reverse("portal:private", args=[request.reference, private_token(request)]))


def confirm_url(follower: Follower) -> str:
    """Where a follower says that the address is theirs."""
    return _absolute(reverse("portal:follow_confirm", args=[follower.pk, follower_token(follower, CONFIRM)]))


def stop_url(follower: Follower) -> str:
    """Where a follower ends the mails."""
    return _absolute(reverse("portal:follow_stop", args=[follower.pk, follower_token(follower, STOP)]))


def answer_path(question: ReporterQuestion) -> str:
    """Where the reporter answers, for a page of their own."""
    return reverse("portal:answer", args=[question.pk, keyed_token(_QUESTION, _signed(question))])


def answer_url(question: ReporterQuestion) -> str:
    """Where the reporter answers."""
    return _absolute(answer_path(question))


def contractor_url(link: ContractorLink) -> str:
    """Where somebody outside sees what is to be done, and says that it is done."""
    return _absolute(reverse("portal:work", args=[link.pk, keyed_token(_CONTRACTOR, _signed(link))]))


def _absolute(path: str) -> str:
    return f"{settings.EVENHAND.public_url.rstrip('/')}{path}"


def _signed(row: Follower | ReporterQuestion | ContractorLink) -> str:
    return f"{row.pk}:{row.link_salt}"
