"""Somebody calls, writes or stands at the counter, and a call taker enters it: the same report as on the web, with the same number and follow-up.

Who entered it (`entered_by`), who reported it (the reporter), how they reached us and how they want to hear are four things and kept apart. A report
that the city has already is not made twice: the caller is counted in on it, once a caller, and hears by e-mail once they have confirmed the address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.journeys.follow_request import follow_request
from evenhand.web.journeys.report_problem import Received, report_problem
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.actions import Contact, NewReport
from evenhand.web.service_requests.intake_pace import Sender, device_hash
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor


@dataclass(frozen=True, slots=True)
class CountedIn:
    """What became of "that is mine too": whether the caller counts anew, and whether they were asked to confirm an address."""

    request: ServiceRequest
    is_new: bool
    has_mail: bool


def take_call(report: NewReport, *, taken_by: Account, real_at: datetime) -> Received:
    """Take a report that `taken_by` entered for a resident. Sending the same form again finds the first report."""
    return report_problem(replace(report, made_by="resident", entered_by=taken_by), sender=None, real_at=real_at)


@transaction.atomic
def count_caller_in(
    request: ServiceRequest, *, caller: Contact, submission_key: str, words: str, channel: str, at: datetime, real_at: datetime
) -> CountedIn:
    """ "That is mine too": counted once a telephone number or address, else once a form; with what they add, and followed if they wish."""
    if not conversations.is_first_sending(submission_key, at=real_at):
        return CountedIn(request, is_new=False, has_mail=False)
    device = device_hash(f"caller:{caller.phone or caller.email.strip().lower() or submission_key}")
    is_new = requests.support(request, device=device, at=at, channel=channel)
    if words:
        requests.comment(request, words=words, actor=Actor.RESIDENT, at=at, channel=channel)
    wants_mail = bool(caller.email) and caller.response_method == "email"
    if wants_mail:
        sender = Sender(device, "", is_new_device=False)
        follow_request(request, email=caller.email, language=caller.language, sender=sender, at=at, real_at=real_at)
    return CountedIn(request, is_new=is_new, has_mail=wants_mail)
