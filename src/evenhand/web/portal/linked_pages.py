"""Pages behind a link that was mailed to one person: in that person's language unless they chose another here, kept from caches and lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.web.conversations.actions import was_sent_before
from evenhand.web.core import clock
from evenhand.web.portal.devices import remember_device, sender_of
from evenhand.web.portal.photo_uploads import StoredPhoto, store_photos
from evenhand.web.portal.request_forms import MOST_PHOTOS, OneTimeForm
from evenhand.web.portal.request_page import kept_private
from evenhand.web.portal.wording import number_of
from evenhand.web.service_requests.contribution_pace import refuse_when_full
from evenhand.web.service_requests.models import ServiceRequest

UNPROCESSABLE = 422


@contextmanager
def language_of(http: HttpRequest, preferred: str) -> Iterator[None]:
    """The language that somebody is known to read, unless they have chosen one in this browser."""
    known = {code for code, _name in settings.LANGUAGES}
    if settings.LANGUAGE_COOKIE_NAME in http.COOKIES or preferred not in known:
        yield
        return
    with translation.override(preferred):
        yield


def linked_page(http: HttpRequest, request: ServiceRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A page about one request, in the time of its city."""
    city = request.jurisdiction
    with timezone.override(ZoneInfo(city.timezone)):
        known = {
            "city": city,
            "service_request": request,
            "number": number_of(request),
            "service": request.service.name_in(get_language() or "en"),
            "place_words": request.address or (request.area.name if request.area else ""),
        }
        return kept_private(remember_device(http, render(http, template, {**known, **context}, status=status)))


def photos_of(http: HttpRequest, request: ServiceRequest, form: OneTimeForm) -> tuple[StoredPhoto, ...]:
    """The form's photos, made clean, before anybody waits for a turn to write; none where the form came before. Raises TooManyContributions."""
    files = form.cleaned_data["photos"]
    if not files or was_sent_before(form.key_for(request.reference)):
        return ()
    sender = sender_of(http)
    refuse_when_full(sender, purpose=form.purpose, real_at=clock.real_now())
    uploads = store_photos(files, most=MOST_PHOTOS, sender=sender)
    for sentence in uploads.refused:
        messages.warning(http, sentence)
    return uploads.stored


def too_many() -> str:
    """Said to whoever writes faster than people do."""
    return _("That is more than people write in an hour. Please wait a little and send it again; what you wrote stays here.")
