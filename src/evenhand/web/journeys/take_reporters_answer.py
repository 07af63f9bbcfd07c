"""The reporter answers the city's question on the phone, and somebody at the city writes it down. A link sent for it is used up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations.models import ReporterQuestion
from evenhand.web.service_requests import asking
from evenhand.web.service_requests.changing import locked
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor, Move, State, transition_for


@transaction.atomic
def take_reporters_answer(request: ServiceRequest, *, person: Account, words: str, at: datetime) -> ServiceRequest:
    """Raises MoveNotAllowed where no question waits."""
    now = locked(request)
    transition_for(Move.REPORTER_ANSWERED, state=State(now.state), actor=Actor.REPORTER)
    answered = asking.take_answer(now, words=words, actor_id=person.pk, at=at, channel="phone")
    ReporterQuestion.objects.filter(request=answered, answered_at=None).update(answered_at=at, answer_seq=answered.event_count)
    return answered
