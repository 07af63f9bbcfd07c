"""Areas: one table of them all, and a page for each. Every figure stands beside what it is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from evenhand.web.insights.public_figures import CityFigures, figures_of
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.portal.city_pages import city_page
from evenhand.web.portal.figure_words import as_of_words, day, figures_in_words, median_words, number, per_thousand_figure
from evenhand.web.portal.map_views import base_map_addresses, legend
from evenhand.web.portal.request_cards import cards_of, with_card_columns
from evenhand.web.service_requests.browsing import Filters, matching_requests
from evenhand.web.service_requests.models import Service

_LATEST = 5


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A row of the table of areas."""

    url: str
    name: str
    population: str
    total: str
    open: str
    closed_90_days: str
    median: str
    vetoed: str
    per_thousand: str


@require_safe
@city_page
def areas(request: HttpRequest, city: Jurisdiction) -> HttpResponse:
    """All areas of the city side by side, by name."""
    figures = figures_of(city)
    found = Area.objects.filter(jurisdiction=city, is_retired=False).only("pk", "code", "name", "population").order_by("name", "code")
    context = {
        "rows": [_row(area, figures) for area in found],
        "as_of": as_of_words(figures),
        "year_from": day(figures.year_from),
        "map_url": reverse("portal:map"),
    }
    return render(request, "portal/areas/areas.html", context)


@require_safe
@city_page
def area(request: HttpRequest, city: Jurisdiction, code: str) -> HttpResponse:
    """One area: its figures, what is asked for there, and its latest requests."""
    found = Area.objects.filter(jurisdiction=city, code=code).defer("shape", "properties").first()
    if found is None:
        raise Http404
    figures = figures_of(city)
    only_here = f"?{urlencode({'area': found.code})}"
    latest = with_card_columns(matching_requests(city, Filters(area_id=found.pk))).newest_first()[:_LATEST]
    addresses = base_map_addresses(request, city)
    separator = "&" if "?" in addresses["requests_url"] else "?"
    context = addresses | {
        "area": found,
        "figures": figures_in_words(figures.of_area(found.pk), figures, population=found.population, with_population=True),
        "population": number(found.population) if found.population is not None else "",
        "as_of": as_of_words(figures),
        "top_services": _top_services(found, figures),
        "year_from": day(figures.year_from),
        "cards": cards_of(list(latest)),
        "list_url": reverse("portal:requests") + only_here,
        "map_url": reverse("portal:map") + only_here,
        "requests_url": f"{addresses['requests_url']}{separator}{only_here[1:]}",
        "bounds": [f"{degree:.5f}" for degree in found.bounds],
        "center_lat": (found.south + found.north) / 2,
        "center_long": (found.west + found.east) / 2,
        "legend": legend(),
    }
    return render(request, "portal/areas/area.html", context)


def _row(area: Area, figures: CityFigures) -> AreaRow:
    own = figures.of_area(area.pk)
    return AreaRow(
        url=reverse("portal:area", args=[area.code]),
        name=area.name,
        population=number(area.population) if area.population is not None else "–",
        total=number(own.total),
        open=number(own.open),
        closed_90_days=number(own.closed_90_days),
        median=median_words(own.median),
        vetoed=number(own.vetoed),
        per_thousand=per_thousand_figure(own, figures, area.population).number,
    )


def _top_services(area: Area, figures: CityFigures) -> list[dict[str, str]]:
    top = figures.top_services.get(area.pk, ())
    services = {service.pk: service for service in Service.objects.filter(pk__in=[key for key, _count in top], is_private=False)}
    language = get_language() or ""
    return [
        {
            "name": services[key].name_in(language),
            "count": number(count),
            "url": f"{reverse('portal:requests')}?{urlencode({'service': services[key].code, 'area': area.code})}",
        }
        for key, count in top
        if key in services
    ]
