"""Reports that were held for their pace: what they say, why and how long they are held; shown or closed as spam, several at once."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from evenhand.web.accounts.reading_log import note_reads
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.core import clock
from evenhand.web.journeys.review_held import close_held_as_spam, show_held_requests
from evenhand.web.service_requests.held_requests import MOST_SHOWN, held_in
from evenhand.web.service_requests.intake_pace import HELD_FOR

PURPOSE: Final = "held"


@require_http_methods(["GET", "HEAD", "POST"])
def held(request: HttpRequest) -> HttpResponse:
    """What is held now."""
    return _decide(request) if request.method == "POST" else _page(request)


def _page(request: HttpRequest) -> HttpResponse:
    city, person, real_now = city_of_person(request), person_of(request), clock.real_now()
    waiting = held_in(city, person)
    rows: list[dict[str, Any]] = [
        {
            "request": one,
            "place": one.address or str(one.area or ""),
            "since": one.held_until - HELD_FOR,
            "minutes_left": max(0, int((one.held_until - real_now).total_seconds() // 60)),
        }
        for one in waiting[:MOST_SHOWN]
        if one.held_until is not None
    ]
    note_reads(person, city, [row["request"].reference for row in rows], PURPOSE, real_now)  # words that nobody else may read yet
    return setup_page(request, "console/setup/held.html", {"rows": rows, "more_count": max(0, waiting.count() - len(rows))}, part="held")


def _decide(request: HttpRequest) -> HttpResponse:
    city, person = city_of_person(request), person_of(request)
    wanted = [reference[:64].replace("\0", "") for reference in request.POST.getlist("reference")[:MOST_SHOWN]]
    chosen = list(held_in(city, person).filter(reference__in=wanted).select_related("jurisdiction"))
    do = request.POST.get("do", "")
    if not wanted:
        messages.warning(request, _("Nothing was chosen. Mark the reports that you mean."))
    elif do == "show":
        _told(request, wanted, len(show_held_requests(city, chosen, person=person, at=clock.now(), real_at=clock.real_now())), is_shown=True)
    elif do == "spam":
        _told(request, wanted, len(close_held_as_spam(city, chosen, person=person, at=clock.now(), real_at=clock.real_now())), is_shown=False)
    return redirect("console:setup_held")


def _told(request: HttpRequest, wanted: list[str], count: int, *, is_shown: bool) -> None:
    shown = ngettext("%(count)d report is shown now.", "%(count)d reports are shown now.", count)
    closed = ngettext("%(count)d report was closed as spam.", "%(count)d reports were closed as spam.", count)
    if count:
        messages.success(request, (shown if is_shown else closed) % {"count": count})
    late = len(set(wanted)) - count
    if late > 0:
        words = ngettext("%(count)d was no longer held.", "%(count)d were no longer held.", late)
        messages.warning(request, words % {"count": late})
