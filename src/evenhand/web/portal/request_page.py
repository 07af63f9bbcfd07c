"""What a request's page shows: one builder for the public and the private page, so that the reporter sees all that everybody sees.

A bounded number of queries, however much happened: request, clock, events, photos, "me too", estimate, duplicates, and two of the reader's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.web.conversations.links import answer_path
from evenhand.web.conversations.models import Follower
from evenhand.web.conversations.questions import open_question_of, words_of
from evenhand.web.core import clock
from evenhand.web.portal import devices
from evenhand.web.portal.cities import cities_of
from evenhand.web.portal.expected_words import expected_words
from evenhand.web.portal.figure_words import number
from evenhand.web.portal.map_views import base_map_addresses
from evenhand.web.portal.request_forms import CommentForm, FollowForm, ReporterCommentForm
from evenhand.web.portal.timeline_words import entries
from evenhand.web.portal.wording import badge_of, channel_words, fault_sentences, number_of, source_name, state_sentence
from evenhand.web.service_requests.duplicates import veto_target
from evenhand.web.service_requests.models import ServiceRequest, Supporter
from evenhand.web.service_requests.one_request import public_duplicates_of, reporter_of
from evenhand.web.service_requests.timeline import Stretch, timeline
from evenhand.web.service_requests.workflow import State

_LONGEST_NUMBER: Final = 9  # digits: so that every database can compare it


@dataclass(frozen=True)
class Visit:
    """A reader at a request: anybody, or the reporter by the token of the private link."""

    request: ServiceRequest
    token: str | None = None

    @property
    def is_reporter(self) -> bool:
        return self.token is not None

    @cached_property
    def page_url(self) -> str:
        return self.url("request", "private")

    def url(self, public_name: str, private_name: str) -> str:
        """The address of a page or form, for this reader."""
        if self.token is None:
            return reverse(f"portal:{public_name}", args=[self.request.reference])
        return reverse(f"portal:{private_name}", args=[self.request.reference, self.token])


def request_page(http: HttpRequest, visit: Visit, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page, with the forms given (those with errors keep what was typed)."""
    template = "portal/request/private.html" if visit.is_reporter else "portal/request/page.html"
    return shown(http, visit, template, _context(http, visit, clock.now(), forms), status=status)


def shown(http: HttpRequest, visit: Visit, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Any page about a request: in the time of its city, and kept from caches and search engines where it is private."""
    city = visit.request.jurisdiction
    with timezone.override(ZoneInfo(city.timezone)):
        known = {
            "visit": visit,
            "city": city,
            "service_request": visit.request,
            "number": number_of(visit.request),
            "service": _service(visit.request),
        }
        response = render(http, template, {**known, **context}, status=status)
    return kept_private(response) if visit.is_reporter else devices.remember_device(http, response)


def kept_private(response: HttpResponse) -> HttpResponse:
    """The address of a private page is a key: it is not stored, not listed, and not told to another site.

    ("no-referrer" would also keep a browser from saying where a form of this page comes from, and the form would be refused as a forgery.)
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _context(http: HttpRequest, visit: Visit, at: datetime, forms: Mapping[str, Any]) -> dict[str, Any]:
    request = visit.request
    own = _of_reporter(visit) if visit.is_reporter else _of_anybody(http, visit)
    parent = request.duplicate_of
    return {
        "badge": badge_of(request),
        "place_words": request.address or (request.area.name if request.area else ""),
        "state_sentence": state_sentence(request),
        "expected": expected_words(request, at=at),
        **_what_happened(http, visit),
        "faults": fault_sentences(request),
        "channel": channel_words(request.channel),
        "source": source_name(request.source) if request.source else "",
        "duplicates": [{"reference": twin.reference, "number": number_of(twin)} for twin in public_duplicates_of(request)],
        "parent": {"reference": parent.reference, "number": number_of(parent)} if parent is not None and parent.is_public else None,
        "can_say_not_fixed": veto_target(request).can_be_vetoed,
        "comment_url": visit.url("request_comment", "private_comment"),
        "not_fixed_url": visit.url("request_not_fixed", "private_not_fixed"),
        "comment_form": (ReporterCommentForm if visit.is_reporter else CommentForm)(auto_id="comment_%s"),
        "follow_form": FollowForm(auto_id="follow_%s"),
        "area_url": _area_url(http, request),
        **_map(http, request),
        **own,
        **forms,
    }


def _what_happened(http: HttpRequest, visit: Visit) -> dict[str, Any]:
    """The newest stretch of the timeline, or the one that the address names."""
    wanted = Stretch(before=_event_number(http, "before"), after=_event_number(http, "after"))
    told = timeline(visit.request, for_reporter=visit.is_reporter, wanted=wanted)
    before_it = told.earlier + len(told.beginning)
    numbers = {
        "first": number(before_it + 1),
        "last": number(before_it + len(told.stretch)),
        "total": number(before_it + len(told.stretch) + told.later),
    }
    return {
        "beginning": entries(visit.request, told.beginning),
        "entries": entries(visit.request, told.stretch),
        "earlier": told.earlier,
        "earlier_number": number(told.earlier),
        "earlier_url": f"{visit.page_url}?before={told.first_seq}#what-happened" if told.earlier else "",
        "later_url": f"{visit.page_url}?after={told.last_seq}#what-happened" if told.later else "",
        "which_entries": _("%(first)s–%(last)s of %(total)s") % numbers if told.earlier or told.later else "",
    }


def _event_number(http: HttpRequest, name: str) -> int | None:
    """An event's place in the history, as an address names it; None for what is none."""
    typed = http.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _LONGEST_NUMBER else None


def _of_anybody(http: HttpRequest, visit: Visit) -> dict[str, Any]:
    has_cookie = devices.COOKIE in http.COOKIES
    device = devices.sender_of(http).device if has_cookie else ""
    return {"said_me_too": has_cookie and Supporter.objects.filter(request=visit.request, device=device).exists()}


def _of_reporter(visit: Visit) -> dict[str, Any]:
    request = visit.request
    follower = Follower.objects.filter(request=request, is_reporter=True).exclude(recipient="").first()
    return {
        "reporter": reporter_of(request),
        "hears": follower is not None and follower.confirmed_at is not None and follower.stopped_at is None,
        "can_hear": follower is not None,
        "answers": answers_of(request),
        "private_url": visit.page_url,
        "question": _open_question(request),
    }


def _open_question(request: ServiceRequest) -> dict[str, Any] | None:
    """What the city asked and the reporter has not answered; no query where nothing waits."""
    question = open_question_of(request, at=clock.now()) if request.state == State.WAITING_FOR_REPORTER else None
    if question is None:
        return None
    return {"words": words_of(question), "url": answer_path(question), "expires_at": question.expires_at}


def answers_of(request: ServiceRequest) -> list[dict[str, str]]:
    """The extra questions as asked, with what was answered; one query, and none where nothing was."""
    if not request.answers:
        return []
    language = get_language() or "en"
    rows = []
    for question in request.service.attributes.all():
        given = request.answers.get(question.code)
        if given:
            words = question.translations.get(language, {})
            names = {str(value["key"]): words.get("values", {}).get(value["key"]) or value["name"] for value in question.values}
            said = ", ".join(str(names.get(one, one)) for one in (given if isinstance(given, list) else [given]))
            rows.append({"term": words.get("question") or question.question, "value": said})
    return rows


def _map(http: HttpRequest, request: ServiceRequest) -> dict[str, Any]:
    if not request.has_place:
        return {}
    addresses = base_map_addresses(http, request.jurisdiction)
    return {name: addresses[name] for name in ("areas_url", "grounds_url", "streets_url")}


def _area_url(http: HttpRequest, request: ServiceRequest) -> str:
    """An area's code means something in its own city only."""
    if request.area is None:
        return ""
    url = reverse("portal:area", args=[request.area.code])
    return f"{url}?city={request.jurisdiction.slug}" if len(cities_of(http)) > 1 else url


def _service(request: ServiceRequest) -> str:
    return request.service.name_in(get_language() or "en")
