"""What becomes of questions that wait: the reporter is reminded once, and when no answer came in time the request is the city's again.

Everything is decided from rows and history: killed at any moment it is done at the next round, and never twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import questions
from evenhand.web.conversations.models import ReporterQuestion
from evenhand.web.conversations.questions import Reach, Standing
from evenhand.web.journeys.ask_reporter import write_question
from evenhand.web.service_requests import asking
from evenhand.web.service_requests.changing import locked
from evenhand.web.service_requests.one_request import reporter_of
from evenhand.web.service_requests.workflow import State


def mind_questions(*, at: datetime) -> dict[str, int]:
    """Remind and return; how many of each."""
    reminded = sum(_remind(question, at) for question in list(questions.soon_to_expire(at=at)))
    returned = sum(_return(question, at) for question in questions.expired(at=at))
    return {"reminded": reminded, "returned": returned}


@transaction.atomic
def _remind(question: ReporterQuestion, at: datetime) -> bool:
    now = locked(question.request)
    still = any(one.pk == question.pk for one in questions.soon_to_expire(at=at)) and now.state == State.WAITING_FOR_REPORTER
    reporter = reporter_of(now)
    if not still or reporter is None or questions.reach_of(now, reporter) is not Reach.MAIL:
        return False
    write_question("request_question_reminder", question, reporter, words=questions.words_of(question), at=at)
    asking.note_reminded(now, question_seq=question.event_seq, at=at)
    return True


@transaction.atomic
def _return(question: ReporterQuestion, at: datetime) -> bool:
    now = locked(question.request)
    question.refresh_from_db(fields=["answered_at"])
    if now.state != State.WAITING_FOR_REPORTER or questions.standing_of(question, at=at) is not Standing.EXPIRED:
        return False
    asking.return_unanswered(now, at=at)
    return True
