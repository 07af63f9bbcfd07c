"""The queue: what waits, overdue first, with every filter in its address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_safe

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.reading_log import note_reads
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.packing import packed
from evenhand.web.console.queue_choices import Choices, choices_of
from evenhand.web.console.queue_fields import FIRST, FURTHER, chosen_words, fields_html, select
from evenhand.web.console.queue_forms import QueueQuery, options, read_query
from evenhand.web.console.queue_rows import rows_html
from evenhand.web.console.queue_search import number_notice, where_search_leads
from evenhand.web.console.queue_undo import undo_of
from evenhand.web.console.queue_views_beside import count_words, links_of, views_beside
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import kept_for_version
from evenhand.web.portal.map_views import map_addresses
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.queue import LOOKED_THROUGH, QueuePage, are_words_too_common, counted_all, page_of_queue, requests_in_queue

MOST_NEW: Final = 99
_MARKS: Final = ("after", "before")


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """A page of the queue. A number or an address in the search box leads straight there."""
    city, person, at = city_of_person(request), person_of(request), clock.now()
    choices = choices_of(city)
    query = read_query(request.GET, choices=choices, city=city, person=person, at=at)
    visible = ServiceRequest.objects.visible_to(person, city)
    if query.filters.words and (target := where_search_leads(visible, query, city=city)):
        return redirect(target)
    found = requests_in_queue(visible, query.filters, person=person, at=at)
    page = page_of_queue(found, query.filters, city=city, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    if query.filters.keys is not None:
        note_reads(person, city, [row.reference for row in page.rows], "caller_history", clock.real_now())
    if not page.rows and page.previous is not None:
        return redirect(reverse("console:queue") + query.address())  # a mark of rows that are gone
    views, count = views_beside(visible, query, choices=choices, city=city, person=person, at=at)
    with timezone.override(ZoneInfo(city.timezone)):
        context = _frame(request, query, choices, person, city) | _paging(request, query, page)
        context |= {
            "views": links_of(views),
            "view": next((view for view in views if view.is_current), None),
            "count_words": count_words(count),
            "count": count.number,
            "rows": rows_html(page.rows, choices, at=at, can_choose=person.can(Ability.ASSIGN)),
            "row_count": len(page.rows),
            "newest_only": page.newest_only,
            "common_words": LOOKED_THROUGH if are_words_too_common(query.filters) else None,
            "news_url": reverse("console:queue_news") + query.address(since=_moment(at)),
            "undo_count": len(undo_of(request, city)),
        }
        return packed(request, render(request, "console/queue.html", context))


@require_safe
def queue_news(request: HttpRequest) -> HttpResponse:
    """How many requests came into what is shown since a moment: asked every half minute by an open page."""
    city, person, at = city_of_person(request), person_of(request), clock.now()
    query = read_query(request.GET, choices=choices_of(city), city=city, person=person, at=at)
    since = _read_moment(request.GET.get("since", ""), at)
    found = requests_in_queue(ServiceRequest.objects.visible_to(person, city), query.filters, person=person, at=at)
    (count,) = counted_all([found.filter(requested_at__gt=since, requested_at__lte=at)], at_most=MOST_NEW)
    words = ngettext("%(number)s new since you looked", "%(number)s new since you looked", count.number) % {"number": count_words(count)}
    return JsonResponse({"new": count.number, "words": words})


def visible_in_queue(request: HttpRequest) -> tuple[ServiceRequestQuerySet, QueueQuery, Jurisdiction]:
    """What the address of a map or a list asks for, of what this person may see."""
    city, person, at = city_of_person(request), person_of(request), clock.now()
    query = read_query(request.GET, choices=choices_of(city), city=city, person=person, at=at)
    visible = ServiceRequest.objects.visible_to(person, city)
    return requests_in_queue(visible, query.filters, person=person, at=at), query, city


def _frame(request: HttpRequest, query: QueueQuery, choices: Choices, person: Account, city: Jurisdiction) -> dict[str, Any]:
    """Search, filters, the form of bulk assignment, and the map."""
    known = options(choices, person)
    return {
        "city": city,
        "map": _map(city),
        "query": query,
        "typed": query.values.get("q", ""),
        "search_fault": query.faults.get("q", ""),
        "number_notice": number_notice(query.values.get("q", "")),
        "first_fields": fields_html(FIRST, query, choices, known),
        "further_fields": fields_html(FURTHER, query, choices, known),
        "is_further_open": any(name in query.values or name in query.faults for name in FURTHER),
        "chosen": chosen_words(query, known),
        "faults": list(query.faults.values()),
        "can_assign": person.can(Ability.ASSIGN),
        "team_select": select("to_team", "", choices, known, nothing="–"),
        "person_select": select("to_person", "", choices, known, nothing="–"),
        "closed_too_url": query.address(state="any") if query.filters.words and not query.filters.shows_closed else "",
        "back": request.GET.urlencode(),
    }


def _map(city: Jurisdiction) -> SafeString:
    """The map's frame, the same for everybody in a city: its script takes the filters from the page's own address."""
    name = f"queue_map, {get_language() or city.language}, {city.slug}"
    return kept_for_version(city, name, lambda _: render_to_string("console/queue_map.html", map_addresses(city, is_named=True)))


def _paging(request: HttpRequest, query: QueueQuery, page: QueuePage) -> dict[str, str]:
    here = reverse("console:queue")
    previous = ""
    if page.previous is not None:
        previous = here + (query.address(before=page.previous) if page.previous else query.address())
    return {
        "first_url": here + query.address() if any(request.GET.get(mark) for mark in _MARKS) else "",
        "previous_url": previous,
        "next_url": here + query.address(after=page.next) if page.next else "",
    }


def _moment(at: datetime) -> str:
    return f"{at.timestamp():.3f}"


def _read_moment(typed: str, at: datetime) -> datetime:
    """The moment that a page was shown; a page that is older than a day asks for a day."""
    try:
        since = datetime.fromtimestamp(float(typed), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return at
    return max(since, at - timedelta(days=1))
