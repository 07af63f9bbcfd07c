"""The list of requests, with every filter in its address; and the door for somebody who only has a number."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.browse_forms import FilterForm
from evenhand.web.portal.city_pages import city_page
from evenhand.web.portal.request_cards import cards_of, with_card_columns
from evenhand.web.service_requests.browsing import Counted, Page, counted, matching_requests, page_of
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.reference_numbers import LENGTH, SERVABLE, is_valid, normalised

_HAS_DIGIT: Final = re.compile(r"\d")


@require_safe
@city_page
def requests(request: HttpRequest, city: Jurisdiction) -> HttpResponse:
    """A page of public requests, newest first. A number in the search box leads to its request."""
    form = FilterForm(request.GET, city=city)
    typed = form.values.get("q", "")
    found = public_request_numbered(typed)
    if found is not None:
        return redirect(reverse("portal:requests") + f"{found}/")
    matching = matching_requests(city, form.filters())
    page = page_of(with_card_columns(matching), before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    context = {
        "form": form,
        "filter_summary": form.summary(),
        "clear_url": reverse("portal:requests") if form.values else "",
        "cards": cards_of(page.requests),
        "count_words": count_words(counted(matching)),
        "newer_url": _newer_url(form, page),
        "older_url": form.query(before=page.older) if page.older else "",
        "map_url": reverse("portal:map") + form.query(without=("q",)),
        "is_search_dropped_on_map": "q" in form.values,
        "number_notice": number_notice(typed),
    }
    return render(request, "portal/browse/requests.html", context)


def _newer_url(form: FilterForm, page: Page) -> str:
    if page.newer is None:
        return ""
    return form.query(after=page.newer) if page.newer else reverse("portal:requests") + form.query()


def public_request_numbered(typed: str) -> str | None:
    """The reference of the public request whose number was typed, however its digits were set apart."""
    number = normalised(typed)
    if not _HAS_DIGIT.search(number) or not SERVABLE.fullmatch(number):
        return None
    return ServiceRequest.objects.public().filter(reference=number).values_list("reference", flat=True).first()


def number_notice(typed: str) -> str:
    """What to say about a number that leads nowhere: mistyped, or of no public request. Missing, held and private ones look alike."""
    digits = re.sub(r"[\s#-]", "", typed)
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return ""
    if not is_valid(digits):
        return _("The number %(number)s has a typing error: its last digit does not fit the others. Please compare it with what you were given.") % {
            "number": digits
        }
    return _("There is no public request with the number %(number)s. If it is your own, use the private link that you were given.") % {
        "number": digits
    }


def count_words(found: Counted) -> str:
    """ "412 requests", or "More than 1,000 requests"."""
    number = number_format(found.number, force_grouping=True)
    if found.is_more:
        return _("More than %(number)s requests") % {"number": number}
    return ngettext("%(number)s request", "%(number)s requests", found.number) % {"number": number}
