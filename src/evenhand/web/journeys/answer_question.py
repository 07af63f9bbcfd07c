"""The reporter answers by the private link of a question: the request goes back to where it was, and the city can read the answer.

Answered twice, or after the question expired, nothing is taken and the caller says so; what was written stays in the form.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import questions
from evenhand.web.conversations.models import ReporterQuestion
from evenhand.web.conversations.questions import Standing
from evenhand.web.journeys.attach_photos import FileInStore, rows_of
from evenhand.web.service_requests import asking
from evenhand.web.service_requests.changing import locked
from evenhand.web.service_requests.contribution_pace import take_turn
from evenhand.web.service_requests.intake_pace import Sender


@transaction.atomic
def answer_question(
    question: ReporterQuestion,
    *,
    words: str,
    sender: Sender,
    form_key: str,
    at: datetime,
    real_at: datetime,
    photos: Sequence[FileInStore] = (),
) -> Standing:
    """Take the answer; returns how the question stood when it came: OPEN means that it was taken, also by an earlier send of the same form.

    Raises FactMissing for an empty one, TooManyContributions.
    """
    locked(question.request)
    if not conversations.is_first_sending(form_key, at=real_at):
        return Standing.OPEN
    question.refresh_from_db(fields=["answered_at"])
    standing = questions.standing_of(question, at=at)
    if standing is not Standing.OPEN:
        return standing
    take_turn(sender, purpose="answer", real_at=real_at)
    answered = asking.take_answer(question.request, words=words, at=at, channel="web", photos=rows_of(photos, at=at))
    questions.note_answered(question, seq=answered.event_count, at=at)
    return Standing.OPEN
