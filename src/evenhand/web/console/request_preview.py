"""What residents will see and hear, before it is sent: the action is carried out in a transaction that is taken back.

So the preview cannot differ from what will be. Keys that open something (private links, stop links) are left out of the mail that is shown.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.db import transaction

from evenhand.web.console.request_action import Action, Sending
from evenhand.web.console.request_forms import ActionForm
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.core import clock
from evenhand.web.portal.timeline_words import Entry, entries
from evenhand.web.portal.wording import Badge, badge_of
from evenhand.web.service_requests.changing import locked
from evenhand.web.service_requests.duplicates import lock_families
from evenhand.web.service_requests.editing import refuse_stale
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.timeline import timeline

_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Preview:
    """The state afterwards, the new entries of the public page, and the mail as the first of `hearers` gets it."""

    badge: Badge
    is_public: bool
    entries: list[Entry]
    photos: int
    hearers: int
    subject: str
    text: str
    language: str


def preview(action: Action, form: ActionForm) -> Preview:
    """Try it, look, and take it back. Raises what the action raises."""
    with transaction.atomic():
        try:
            return _tried(action, form)
        finally:
            transaction.set_rollback(True)


def _tried(action: Action, form: ActionForm) -> Preview:
    at, real_at = clock.now(), clock.real_now()
    lock_families(form.request.pk, *form.others)  # as `act_once` does, in the same order
    now = locked(form.request)
    refuse_stale(now, form.cleaned_data["seen"], action.subject)
    action.require_possible(now)
    before, known = now.event_count, OutboxMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    count = getattr(form, "photo_count", len(form.cleaned_data.get("photos") or ()))
    photos = tuple(Photo.objects.create(key=f"preview-{secrets.token_hex(16)}", width=1, height=1, added_at=at) for _ in range(count))
    action.carry_out(Sending(request=now, person=form.person, data=form.cleaned_data, at=at, real_at=real_at, photos=photos))
    after = ServiceRequest.objects.select_related("jurisdiction", "service", "area").get(pk=now.pk)
    mails = list(OutboxMessage.objects.filter(request=after, pk__gt=known).order_by("pk"))
    mail = mails[0] if mails else None
    return Preview(
        badge=badge_of(after),
        is_public=after.is_public,
        entries=_new_entries(after, before),
        photos=count,
        hearers=len(mails),
        subject=mail.subject if mail else "",
        text=_without_keys(after, mail.text) if mail else "",
        language=mail.language if mail else "",
    )


def _new_entries(request: ServiceRequest, seen: int) -> list[Entry]:
    """The public entries that are new, without their photos, which are not stored."""
    public = request.events.filter(seq__gt=seen, visibility="public").count()
    told = entries(request, timeline(request).happenings)[-public:] if public else []
    return [Entry(at=one.at, title=one.title, text=one.text, actor=one.actor, state=one.state, source=one.source) for one in told]


def _without_keys(request: ServiceRequest, text: str) -> str:
    """A mail's text in which every address but the public page's is "…"."""
    page = f"/requests/{request.reference}/"
    return _ADDRESS.sub(lambda found: found.group(0) if found.group(0).endswith(page) else "https://…", text)
