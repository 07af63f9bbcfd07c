"""Somebody outside answers by their private link, or says that the work is done and shows it. Staff decide what that means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import contractor_links
from evenhand.web.conversations.contractor_links import Standing
from evenhand.web.conversations.models import ContractorLink
from evenhand.web.journeys.attach_photos import FileInStore, rows_of
from evenhand.web.service_requests import outside_work
from evenhand.web.service_requests.changing import locked
from evenhand.web.service_requests.contribution_pace import take_turn
from evenhand.web.service_requests.intake_pace import Sender


@transaction.atomic
def contractor_answers(
    link: ContractorLink,
    *,
    words: str,
    is_done: bool,
    sender: Sender,
    form_key: str,
    at: datetime,
    real_at: datetime,
    photos: Sequence[FileInStore] = (),
) -> Standing:
    """Take it; returns how the link stood when it came: OPEN means that it was taken, also by an earlier send of the same form.

    Raises FactMissing for "done" without a photo, TooManyContributions.
    """
    link.request = locked(link.request)
    if not conversations.is_first_sending(form_key, at=real_at):
        return Standing.OPEN
    link.refresh_from_db(fields=["revoked_at"])
    standing = contractor_links.standing_of(link, at=at)
    if standing is not Standing.OPEN:
        return standing
    take_turn(sender, purpose="work", real_at=real_at)
    rows = rows_of(photos, at=at)
    if is_done:
        outside_work.report_done(link.request, link=link.pk, name=link.name, words=words, at=at, photos=rows)
        contractor_links.note_done(link, at=at)
    else:
        outside_work.note_answered(link.request, link=link.pk, name=link.name, words=words, at=at, photos=rows)
    return Standing.OPEN
