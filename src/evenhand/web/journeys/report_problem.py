"""A resident reports a problem: the city has it, with a number, or nothing has happened at all.

Touches the request, who follows it, what is mailed, and the pace of intake: one transaction, and what leaves the house leaves through the outbox.
Sending the same form again, by a double click, the back button or a bad connection, finds the first report by its submission key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests import drafts, intake_pace
from evenhand.web.service_requests.actions import NewReport
from evenhand.web.service_requests.contribution_pace import report_mails
from evenhand.web.service_requests.intake_pace import Measure, Sender
from evenhand.web.service_requests.models import ServiceRequest


@dataclass(frozen=True, slots=True)
class Received:
    """The request of a report, and whether this sending made it."""

    request: ServiceRequest
    is_new: bool


def report_problem(report: NewReport, *, sender: Sender | None, real_at: datetime) -> Received:
    """Take a report whose `submission_key` is the token of its draft, and put the draft away.

    `sender` limits the pace of what comes without a name known to the city; None for staff, who answer for what they enter.
    """
    if report.submission_key is None:
        raise ValueError("A report from a form needs its submission key: without it two sends would make two requests.")
    try:
        with transaction.atomic():
            return _received(report, sender, real_at)
    except IntegrityError:
        # Two sends of one form may begin at once; the unique key lets one of them end, and this is the other. (Its draft was there when it began.)
        winner = sent_before(report.submission_key)
        if winner is None:
            raise
        return Received(winner, is_new=False)


def sent_before(submission_key: str) -> ServiceRequest | None:
    """The request that a form made, if it was sent already."""
    if not drafts.is_token(submission_key):
        return None
    return ServiceRequest.objects.filter(submission_key=submission_key).select_related("jurisdiction", "service").first()


def _received(report: NewReport, sender: Sender | None, real_at: datetime) -> Received:
    held_until, writes_to_reporter = _at_its_pace(report, sender, real_at)
    request = requests.receive(replace(report, held_until=held_until), recorded_at=report.at)
    if writes_to_reporter:
        _write_to_reporter(request, report)
    drafts.put_away(report.submission_key or "")
    return Received(request, is_new=True)


def _at_its_pace(report: NewReport, sender: Sender | None, real_at: datetime) -> tuple[datetime | None, bool]:
    """Until when a report is held, and whether its reporter gets a mail. A report counts, held or not; a mail counts where it is written."""
    contact, limits = report.contact, settings.EVENHAND
    of_sender = Measure(sender, limits.hold_after_per_device, limits.hold_after_per_network) if sender else None
    of_address = report_mails(contact.email) if contact.email and contact.response_method == "email" else None
    measures = [one for one in (of_sender, of_address) if one is not None]
    full = intake_pace.full_among(measures, real_at=real_at)
    # Nobody reports so much in an hour that an address is full: it is somebody else's, and is being used to send them mail.
    intake_pace.leave_traces([one.sender for one in measures if one is of_sender or one not in full], real_at=real_at)
    return real_at + intake_pace.HELD_FOR if of_sender in full else report.held_until, of_address is not None and of_address not in full


def _write_to_reporter(request: ServiceRequest, report: NewReport) -> None:
    contact = report.contact
    follower = conversations.follow_as_reporter(request, recipient=contact.email, language=contact.language, at=report.at)
    conversations.enqueue("request_received", to=contact.email, language=contact.language, request=request, at=report.at, follower=follower)
