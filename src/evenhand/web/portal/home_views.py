"""The front door: report, look a request up, and see what is happening."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evenhand.web.insights.public_figures import CityFigures, figures_of
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.portal.city_pages import city_page
from evenhand.web.portal.figure_words import Figure, as_of_words, median_figure, number
from evenhand.web.portal.request_cards import cards_of, with_card_columns
from evenhand.web.service_requests.browsing import Filters, matching_requests

_LATEST = 5


@require_safe
@city_page
def home(request: HttpRequest, city: Jurisdiction) -> HttpResponse:
    """The first page of a city."""
    figures = figures_of(city)
    latest = with_card_columns(matching_requests(city, Filters())).newest_first()[:_LATEST]
    context = {
        "figures": happening(figures) if figures.city.total else [],
        "as_of": as_of_words(figures),
        "cards": cards_of(list(latest)),
        "tiles": _tiles(city),
    }
    return render(request, "portal/home.html", context)


def happening(figures: CityFigures) -> list[Figure]:
    """What is happening in a city, in four figures, each of how many."""
    whole = figures.city
    total = number(whole.total)
    return [
        Figure(number(whole.open), _("open now") if not figures.is_quiet else _("open when the data end"), _("of %(total)s") % {"total": total}),
        Figure(number(whole.closed_30_days), _("closed in the last 30 days"), _("of %(total)s closed in all") % {"total": number(whole.closed)}),
        median_figure(whole.median),
        Figure(number(whole.vetoed), _("said to be not fixed"), _("at least once, of %(total)s requests") % {"total": total}),
    ]


def _tiles(city: Jurisdiction) -> list[dict[str, str]]:
    n_areas = Area.objects.filter(jurisdiction=city, is_retired=False).count()
    tiles = [
        {"url": reverse("portal:map"), "title": _("Map"), "text": _("What was reported around you, and how it stands.")},
        {"url": reverse("portal:services"), "title": _("What you can report"), "text": _("Every kind of request, and how long it usually takes.")},
    ]
    if n_areas:
        words = _("The %(count)d areas of the city side by side: what is asked for, and how soon it is done.") % {"count": n_areas}
        tiles.append({"url": reverse("portal:areas"), "title": _("Areas"), "text": words})
    return tiles
