"""What the request page shows: all that somebody who works on a request wants to see at a glance, in a bounded number of queries.

Who reported it, and how to reach them, is read only for those who may see it, and each reading is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.reading_log import note_read
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.door import person_of
from evenhand.web.console.event_words import signed, staff_entries
from evenhand.web.console.message_words import message_name
from evenhand.web.console.packing import packed
from evenhand.web.console.relation_contexts import outside_panel
from evenhand.web.console.request_actions import possible_actions
from evenhand.web.console.request_rows import Line, Sent, deeds_html, history_html, lines_html, messages_html
from evenhand.web.console.routing_words import PRIORITY_WORDS, routing_words
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.conversations.outbox import PRINTED
from evenhand.web.core import clock
from evenhand.web.core.plain_rows import rows_where
from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.places.versions import kept_for_version
from evenhand.web.portal.expected_words import expected_words
from evenhand.web.portal.map_views import map_addresses
from evenhand.web.portal.request_page import answers_of
from evenhand.web.portal.wording import badge_of, channel_words, fault_sentences, number_of, source_name, state_sentence
from evenhand.web.service_requests.callers import shown_phone
from evenhand.web.service_requests.models import Reporter, ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of
from evenhand.web.service_requests.sight import sight_of
from evenhand.web.service_requests.similar import likely_duplicates
from evenhand.web.service_requests.staff_timeline import StaffHappening, as_everybody_sees, staff_timeline
from evenhand.web.service_requests.workflow import Priority

PURPOSE: Final = "request_page"
MOST_LISTED: Final = 20
MOST_MESSAGES: Final = 100
_LINE: Final = ("jurisdiction", "team", "reference", "state", "closing_reason", "evidence", "visibility", "requested_at")
"""What a line about another request reads."""
_MESSAGE: Final = ("kind", "channel", "created_at", "sent_at", "failed_at")
_HEARING: Final = (
    "SELECT count(*), sum(CASE WHEN is_reporter THEN 1 ELSE 0 END){} FROM conversations_follower"
    " WHERE request_id = %s AND confirmed_at IS NOT NULL AND stopped_at IS NULL AND recipient <> ''"
)
_SAME: Final = (
    "(SELECT count(*) FROM requests_reporter p WHERE p.{0} = %s AND NOT (p.{0} = ''){1} AND p.request_id <> %s"
    " AND (SELECT jurisdiction_id FROM requests_request r WHERE r.id = p.request_id) = %s)"
)
_OTHERS: Final = ", " + _SAME.format("email", "") + " + " + _SAME.format("phone", " AND (p.email <> %s OR p.email = '')")
"""Others with the same address, and those with the same number under another address: each by its own index, in the words of that index's condition.
The city is asked of each that is found: joined to the requests, SQLite would walk through all of the city's."""


def request_page(http: HttpRequest, request: ServiceRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a request."""
    return shown(http, request, "console/request.html", _context(http, request, clock.now()) | more, status=status)


def shown(http: HttpRequest, request: ServiceRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Any console page about a request: in its city's time, with what all of them show."""
    city = request.jurisdiction
    known = {
        "city": city,
        "service_request": request,
        "number": number_of(request),
        "service": request.service.name_in(_language()),
        "badge": badge_of(request),
        "place_words": request.address or (request.area.name if request.area else ""),
        "page_url": reverse("console:request", args=[request.reference]),
    }
    with timezone.override(ZoneInfo(city.timezone)):
        return packed(http, render(http, template, known | context, status=status))


def _context(http: HttpRequest, request: ServiceRequest, at: datetime) -> dict[str, Any]:
    person = person_of(http)
    possible = possible_actions(request, person)
    codes = {action.code for action in possible}
    page_url, token = reverse("console:request", args=[request.reference]), get_token(http)
    with timezone.override(ZoneInfo(request.jurisdiction.timezone)):
        told = staff_timeline(request) if person.can(Ability.SEE_PERSONAL_DATA) else as_everybody_sees(staff_timeline(request))
        return {
            "at": at,
            "csrf_token": token,  # the one for all forms of the page: each is masked anew, which takes longer than a form
            "deeds": deeds_html(possible, page_url=page_url, seen=request.event_count, token=token),
            "history": history_html(staff_entries(request, told), hide_at=page_url if "hide" in codes else ""),
            "words": _words(request, told),
            "photos": _photos(request, told),
            "answers": answers_of(request) if person.can(Ability.SEE_PERSONAL_DATA) else [],  # the public page has none either
            "state_sentence": state_sentence(request),
            "expected": expected_words(request, at=at),
            "is_overdue": request.is_overdue(at),
            "is_promise_broken": request.is_open and request.expected_at is not None and request.expected_at < at,
            "why_due": _why_due(request, told),
            "priority": PRIORITY_WORDS.get(Priority(request.priority)),
            "channel": channel_words(request.channel),
            "source": source_name(request.source) if request.source else "",
            "faults": fault_sentences(request),
            "nearby": lines_html(_nearby(request, at), link_at=page_url if "link-duplicate" in codes else ""),
            **_relatives(request, person),
            **outside_panel(request, person, {one.happening.kind for one in told}, at=at),
            "messages_sent": messages_html(_messages(request)),
            **_people(http, request, person),
            **_map(request),
        }


def _words(request: ServiceRequest, told: Sequence[StaffHappening]) -> str:
    """The report's own words; where they are hidden from the public, staff read them in the history."""
    if request.description:
        return request.description
    first = told[0] if told else None
    return first.happening.words if first is not None and first.happening.kind == "received" else ""


def _photos(request: ServiceRequest, told: Sequence[StaffHappening]) -> Sequence[Any]:
    """The photos of the report; those that came later stand where they came in the history."""
    return [signed(photo, request) for one in told[:1] for photo in one.happening.photos]


def _why_due(request: ServiceRequest, told: Sequence[StaffHappening]) -> str:
    """Why it lies where it lies and is due when it is: the rule that counted last; one query, none where routing said nothing."""
    routed = [one.event for one in told if one.happening.kind == "routed"]
    return routing_words(routed[-1], request.jurisdiction) if routed else ""


def _nearby(request: ServiceRequest, at: datetime) -> list[Line]:
    if not request.has_place or request.lat is None or request.long is None:
        return []
    found = likely_duplicates(request.service, request.lat, request.long, at=at, most=6, columns=_LINE)
    return [_listed(one.request, round(one.distance_meters)) for one in found if one.request.pk != request.pk][:5]


def _relatives(request: ServiceRequest, person: Account) -> dict[str, Any]:
    """What points at this request, and what it points at."""
    found = [request.duplicate_of] if request.duplicate_of is not None else []
    rows = rows_where(ServiceRequest, f"duplicate_of_id = %s ORDER BY requested_at, id LIMIT {MOST_LISTED}", (request.pk,), only=_LINE)
    sight = sight_of(person, request.jurisdiction_id) if rows or found else None
    duplicates, parents = ([_listed(row) for row in side if sight is not None and sight.covers(row)] for side in (rows, found))
    return {"duplicates": lines_html(duplicates), "duplicate_count": len(duplicates), "parent": lines_html(parents)}


def _listed(request: ServiceRequest, meters: int | None = None) -> Line:
    return Line(
        url=reverse("console:request", args=[request.reference]),
        reference=request.reference,
        number=number_of(request),
        standing=badge_of(request).label,
        requested_at=request.requested_at,
        meters=meters,
    )


def _messages(request: ServiceRequest) -> list[Sent]:
    """Messages by what they were: kind, when, and whether they arrived. One row for all that said the same at the same time, newest first."""
    found = rows_where(OutboxMessage, f"request_id = %s ORDER BY id DESC LIMIT {MOST_MESSAGES}", (request.pk,), only=_MESSAGE)
    rows: dict[tuple[str, datetime], Sent] = {}
    for one in found:
        row = rows.setdefault((one.kind, one.created_at), Sent(name=message_name(one.kind), at=one.created_at))
        row.count += 1
        row.failed += one.failed_at is not None
        row.printed += one.sent_at is not None and one.channel == PRINTED
        row.waiting += one.sent_at is None and one.failed_at is None
    return list(rows.values())


def _people(http: HttpRequest, request: ServiceRequest, person: Account) -> dict[str, Any]:
    """Who hears of it, counted; and who reported it, for those who may know."""
    may_see = person.can(Ability.SEE_PERSONAL_DATA)
    reporter = reporter_of(request) if may_see else None
    followers, own, others = _counts(request, reporter)
    hearing = {"followers": followers, "reporter_hears": bool(own)}
    return hearing | (_reporter(http, request, person, reporter, others) if may_see else {"may_see_reporter": False})


def _counts(request: ServiceRequest, reporter: Reporter | None) -> tuple[int, int, int]:
    """Who hears of it; whether the reporter is one of them; and how many other requests of this city name the same address or number.

    Past the query builder: building such a query costs ten times what answering it does, and every page asks.
    """
    others = ", 0"
    values: list[int | str] = [request.pk]
    if reporter is not None and (reporter.email or reporter.phone):
        same: list[int | str] = [reporter.pk, request.jurisdiction_id]
        others, values = _OTHERS, [reporter.email, *same, reporter.phone, reporter.email, *same, request.pk]
    with prepared_cursor() as cursor:
        cursor.execute(_HEARING.format(others), values)
        followers, own, number = cursor.fetchone()
    return int(followers), int(own or 0), int(number)


def _reporter(http: HttpRequest, request: ServiceRequest, person: Account, reporter: Reporter | None, others: int) -> dict[str, Any]:
    known = reporter is not None and bool(reporter.name or reporter.email or reporter.phone)
    if known and http.method in {"GET", "POST"}:
        note_read(person, request.jurisdiction, request.reference, PURPOSE, clock.real_now())
    return {
        "may_see_reporter": True,
        "reporter": reporter,
        "reporter_is_known": known,
        "reporter_phone": shown_phone(reporter.phone) if reporter else "",
        "reporter_wants": _response_words(reporter) if reporter else "",
        "others": others,
    }


def _response_words(reporter: Reporter) -> str:
    known = {"email": _("by e-mail"), "text": _("by text message"), "phone": _("by phone"), "none": _("not at all")}
    return known.get(reporter.response_method, "")


def _map(request: ServiceRequest) -> dict[str, Any]:
    if not request.has_place:
        return {}
    city = request.jurisdiction
    addresses = kept_for_version(city, f"console_map, {city.slug}", lambda _: map_addresses(city, is_named=True))
    return {name: addresses[name] for name in ("areas_url", "grounds_url", "streets_url")}


def _language() -> str:
    return get_language() or "en"
