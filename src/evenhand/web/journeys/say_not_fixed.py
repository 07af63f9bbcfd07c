"""The veto: it was closed, and whoever reported it or lives beside it says that it is not fixed.

The request becomes "reopen requested", which counts in every figure until the city decides, and everyone who follows hears it. Of a report that goes
on with another, it is said at that other one, once that is closed. When the state has changed meanwhile nothing is taken, and the caller shows how
things stand now, with the words still in the form.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.journeys.attach_photos import FileInStore, rows_of
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.contribution_pace import take_turn
from evenhand.web.service_requests.duplicates import lock_families, pass_veto_on, veto_target
from evenhand.web.service_requests.intake_pace import Sender
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of
from evenhand.web.service_requests.workflow import Actor


@transaction.atomic
def say_not_fixed(
    request: ServiceRequest,
    *,
    words: str,
    actor: Actor,
    sender: Sender,
    form_key: str,
    at: datetime,
    real_at: datetime,
    photos: Sequence[FileInStore] = (),
) -> bool:
    """Ask the city to look again; False where this form had come before. Raises MoveNotAllowed, TooManyContributions."""
    if not conversations.is_first_sending(form_key, at=real_at):
        return False
    take_turn(sender, purpose="not_fixed", real_at=real_at)
    lock_families(request.pk)
    target, said_by = veto_target(request), actor
    if target is not request:
        pass_veto_on(request, actor=actor, at=at)
        actor = Actor.RESIDENT  # of the request that goes on somebody else is the reporter
    asked = requests.request_reopen(target, actor=actor, at=at, words=words, photos=rows_of(photos, at=at))
    by_reporter = actor is Actor.REPORTER
    reporter = reporter_of(request) if said_by is Actor.REPORTER else None
    conversations.announce("reopen_requested", asked, at=at, context={"by_reporter": by_reporter}, apart_from=reporter.email if reporter else "")
    return True
