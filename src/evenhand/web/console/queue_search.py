"""Where a search leads by itself: a request's number to the request, an address of the city to what lies there. All else is words."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from evenhand.web.console.queue_forms import QueueQuery
from evenhand.web.places.address_search import addresses_like, folded_words
from evenhand.web.places.distances import meters_between
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.queue import NEAR_METERS
from evenhand.web.service_requests.reference_numbers import LENGTH, SERVABLE, is_valid, normalised

_HAS_DIGIT: Final = re.compile(r"\d")
_MOST_UNITS: Final = 50


def where_search_leads(visible: ServiceRequestQuerySet, query: QueueQuery, *, city: Jurisdiction) -> str:
    """The address to go to; empty where the words are to be looked for. No query where nothing with a digit was typed, else one or two."""
    typed = query.filters.words
    if not _HAS_DIGIT.search(typed):
        return ""
    number = normalised(typed)
    if SERVABLE.fullmatch(number) and (found := visible.filter(reference=number).values_list("reference", flat=True).first()):
        return f"{reverse('console:queue')}requests/{quote(found)}/"
    place = _place(typed, city)
    if place is None:
        return ""
    lat, long, words = place
    return reverse("console:queue") + query.address(without=("q", "near", "place"), near=f"{lat:.5f},{long:.5f}", place=words)


def number_notice(typed: str) -> str:
    """What to say about a number that led nowhere. Missing ones and those that this person may not see look alike."""
    digits = re.sub(r"[\s#-]", "", typed)
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return ""
    if not is_valid(digits):
        return _("The number %(number)s has a typing error: its last digit does not fit the others.") % {"number": digits}
    return _("There is no request with the number %(number)s that you may see.") % {"number": digits}


def _place(typed: str, city: Jurisdiction) -> tuple[float, float, str] | None:
    """The one place in the city that the words name: a house, however many flats it has."""
    if len(folded_words(typed)) < 2:
        return None
    found = addresses_like(city, typed, most=_MOST_UNITS)
    if not found or any(meters_between(found[0].lat, found[0].long, other.lat, other.long) > NEAR_METERS / 3 for other in found):
        return None
    return found[0].lat, found[0].long, found[0].address
