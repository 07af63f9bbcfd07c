"""Following a request, and putting messages into the outbox.

Everything here runs in the caller's transaction: a message exists exactly when what it tells has happened. Nothing is sent here.
A message waits, is retried and given up in real time, whatever the city's clock shows: mail servers do not know a storm clock.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from evenhand.web.conversations.mails import write_mail, write_notice
from evenhand.web.conversations.models import Follower, OutboxMessage, SentForm
from evenhand.web.core import clock
from evenhand.web.core.bulk_insert import insert_row, unsaved
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ServiceRequest


def follow(request: ServiceRequest, *, recipient: str, language: str, at: datetime, is_reporter: bool = False, confirmed: bool = False) -> Follower:
    """Let an address hear about a request; once an address a request. Confirmed (here or before), it starts to hear at once.

    Somebody who had stopped starts again as unconfirmed. The caller sends the mail that asks to confirm.
    """
    follower, is_new = Follower.objects.get_or_create(
        request=request,
        channel="email",
        recipient=normalised_address(recipient),
        defaults={
            "language": language,
            "is_reporter": is_reporter,
            "link_salt": secrets.token_hex(8),
            "created_at": at,
            "confirmed_at": at if confirmed else None,
        },
    )
    if not is_new:
        _follow_again(follower, language=language, at=at, is_reporter=is_reporter, confirmed=confirmed)
    return follower


def follow_as_reporter(request: ServiceRequest, *, recipient: str, language: str, at: datetime) -> Follower:
    """The reporter of a request that was made a moment ago, in the same transaction: nobody can follow it yet, so one insert is all it takes."""
    follower = unsaved(
        Follower,
        request_id=request.pk,
        recipient=normalised_address(recipient),
        language=language,
        is_reporter=True,
        link_salt=secrets.token_hex(8),
        created_at=at,
        confirmed_at=at,
    )
    insert_row(follower)
    return follower


def confirm(follower: Follower, *, at: datetime) -> None:
    """The owner of the address says that it is theirs."""
    Follower.objects.filter(pk=follower.pk, confirmed_at=None).update(confirmed_at=at)
    Follower.objects.filter(pk=follower.pk).update(stopped_at=None)


def stop(follower: Follower, *, at: datetime) -> None:
    """No more mails about this request, also none of those that still wait."""
    Follower.objects.filter(pk=follower.pk, stopped_at=None).update(stopped_at=at)
    messages = _about(follower.request_id).filter(recipient=follower.recipient, sent_at=None, failed_at=None)
    messages.exclude(kind__in=ASKED_FOR).update(failed_at=clock.real_now(), last_error="stopped by the recipient")


def enqueue(
    kind: str,
    *,
    to: str,
    language: str,
    request: ServiceRequest,
    at: datetime,
    context: Mapping[str, Any] | None = None,
    follower: Follower | None = None,
) -> OutboxMessage:
    """Write one message to one recipient. With `follower` it carries their stop link, and the private link where they are the reporter."""
    mail = write_mail(kind, language=language, request=request, at=at, follower=follower, context=context or {})
    message = unsaved(
        OutboxMessage,
        kind=kind,
        recipient=to,
        language=language,
        subject=mail.subject,
        text=mail.text,
        headers=_headers(request, mail.stop_url),
        request_id=request.pk,
        message_id=f"<{secrets.token_hex(16)}@{_host()}>",
        created_at=at,
        next_attempt_at=clock.real_now(),
    )
    insert_row(message)
    return message


def enqueue_once(kind: str, *, key: str, to: str, language: str, city: Jurisdiction, at: datetime, context: Mapping[str, Any]) -> bool:
    """Write a mail that is about no single request, once for each `key`; False where it was written before, also by another worker just now."""
    message_id = f"<{key}@{_host()}>"
    if OutboxMessage.objects.filter(message_id=message_id).exists():
        return False
    mail = write_notice(kind, language=language, city=city, context=context)
    message = OutboxMessage(
        kind=kind,
        recipient=to,
        language=language,
        subject=mail.subject,
        text=mail.text,
        message_id=message_id,
        created_at=at,
        next_attempt_at=clock.real_now(),
    )
    try:
        with transaction.atomic():
            insert_row(message)
    except IntegrityError:
        return False
    return True


def was_written(key: str) -> bool:
    """Whether a mail of this key was written by `enqueue_once`."""
    return OutboxMessage.objects.filter(message_id=f"<{key}@{_host()}>").exists()


def announce(
    kind: str, request: ServiceRequest, *, at: datetime, context: Mapping[str, Any] | None = None, apart_from: str = ""
) -> list[OutboxMessage]:
    """Tell everyone who follows, apart from the address of the one who did it: nobody hears their own action."""
    return [
        enqueue(kind, to=one.recipient, language=one.language, request=request, at=at, context=context, follower=one)
        for one in hearing(request)
        if one.recipient != normalised_address(apart_from)
    ]


def hearing(request: ServiceRequest) -> list[Follower]:
    """Who hears what happens to a request, each address once: its followers, and those of the reports that go on with it.

    They stay followers of the report that they followed: their stop link goes on working, the reporter of a duplicate keeps the link to their own
    page and to no other, and when the two are parted everybody is where they were. Who follows both is asked at the request itself: who has stopped
    its mails gets none by way of a duplicate. Of a request that is not public only its own reporter hears.
    """
    rows = Follower.objects.filter(confirmed_at__isnull=False).exclude(recipient="").select_related("request")
    if not request.is_public:
        return list(rows.filter(request=request, is_reporter=True, stopped_at=None).order_by("pk"))
    family = rows.filter(Q(request=request) | Q(request__duplicate_of=request))
    by_address: dict[str, Follower] = {}
    for one in sorted(family, key=lambda row: (row.request_id != request.pk, not row.is_reporter, row.pk)):
        by_address.setdefault(one.recipient, one)
    return [one for one in by_address.values() if one.stopped_at is None]


def erase_recipient(request: ServiceRequest, *, recipient: str) -> None:
    """Take an address out of a request's followers and messages; what still waits is not sent any more."""
    address = normalised_address(recipient)
    Follower.objects.filter(request=request, recipient=address).update(recipient="", stopped_at=clock.real_now())
    messages = _about(request.pk).filter(recipient__iexact=address)
    messages.filter(sent_at=None, failed_at=None).update(failed_at=clock.real_now(), last_error="erased by the recipient")
    messages.update(recipient="", subject="", text="", headers={}, last_error="")


def is_first_sending(form_key: str, *, at: datetime) -> bool:
    """Take note of a form's key in the caller's transaction; False where it came before. A second sender waits for the first to end."""
    _, is_new = SentForm.objects.get_or_create(key=form_key, defaults={"at": at})
    return is_new


def was_sent_before(form_key: str) -> bool:
    """Whether a form of this key was taken; takes note of nothing."""
    return SentForm.objects.filter(key=form_key).exists()


def normalised_address(address: str) -> str:
    """One person, one spelling: no mailbox that people use tells upper from lower case."""
    return address.strip().lower()


ASKED_FOR = ("follow_confirm", "follow_already")
"""Mails that somebody asked for by typing an address: a stop of earlier mails does not stop them."""


def _about(request_id: int) -> QuerySet[OutboxMessage]:
    """Messages about a request, or about the one that it goes on with: what happens there is told to its followers too."""
    parent = ServiceRequest.objects.filter(pk=request_id).values("duplicate_of")
    return OutboxMessage.objects.filter(Q(request=request_id) | Q(request__in=parent))


def _follow_again(follower: Follower, *, language: str, at: datetime, is_reporter: bool, confirmed: bool) -> None:
    follower.language = language
    follower.is_reporter = follower.is_reporter or is_reporter
    if confirmed:
        follower.confirmed_at, follower.stopped_at = follower.confirmed_at or at, None
    elif follower.stopped_at is not None:
        follower.confirmed_at, follower.stopped_at = None, None
    follower.save(update_fields=["language", "is_reporter", "confirmed_at", "stopped_at"])


def _headers(request: ServiceRequest, stop_url: str) -> dict[str, str]:
    thread = {"References": f"<request-{request.reference}@{_host()}>"}
    return thread | ({"List-Unsubscribe": f"<{stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if stop_url else {})


def _host() -> str:
    return urlsplit(settings.EVENHAND.public_url).hostname or "localhost"
