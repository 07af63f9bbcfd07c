"""The city asks the reporter something: the request waits, and a private link to the answer goes out where there is an address.

A question is asked for the city's sake, so it goes to the reporter's address also where they said that they do not want to hear of news; not where
they stopped the mails. Without an address the reporter's own page shows it, and whoever asks is told beforehand to call instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import links, questions
from evenhand.web.conversations.models import Follower, ReporterQuestion
from evenhand.web.conversations.questions import Reach
from evenhand.web.service_requests import asking
from evenhand.web.service_requests.models import Reporter, ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and how it reached the reporter."""

    question: ReporterQuestion
    reach: Reach


@transaction.atomic
def ask_reporter(request: ServiceRequest, *, words: str, person: Account, at: datetime, days: int = questions.DAYS_TO_ANSWER) -> Asked:
    """Ask and write. Raises MoveNotAllowed for a closed request, FactMissing without words."""
    waiting = asking.ask_reporter(request, words=words, actor_id=person.pk, at=at)
    question = questions.keep_question(waiting, seq=waiting.event_count, person=person, at=at, days=days)
    reporter = reporter_of(waiting)
    reach = questions.reach_of(waiting, reporter)
    if reach is Reach.MAIL and reporter is not None:
        write_question("request_question", question, reporter, words=words, at=at)
    return Asked(question, reach)


def write_question(kind: str, question: ReporterQuestion, reporter: Reporter, *, words: str, at: datetime) -> None:
    """Put a mail with the answering link into the outbox."""
    request: ServiceRequest = question.request
    context = {"words": words, "answer_url": links.answer_url(question), "expires_at": question.expires_at}
    follower = Follower.objects.filter(request=request, is_reporter=True).exclude(recipient="").first()
    conversations.enqueue(kind, to=reporter.email, language=reporter.language, request=request, at=at, context=context, follower=follower)
