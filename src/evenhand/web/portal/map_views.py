"""The map of requests and what it is drawn from. The answers are lean on purpose: a map asks often, and from everywhere."""

from __future__ import annotations

import json
import math
import zlib
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evenhand.web.core.problem_responses import problem
from evenhand.web.places.base_map import Layer, areas_layer, grounds_layer, streets_tile
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.browse_forms import FILTERS, FilterForm
from evenhand.web.portal.cities import cities_of, city_of
from evenhand.web.portal.city_pages import city_page
from evenhand.web.portal.service_names import service_names
from evenhand.web.portal.wording import badge_of
from evenhand.web.service_requests.browsing import Filters
from evenhand.web.service_requests.map_layers import Bounds, Cells, Points, layer_for, sign_of
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import OPEN_STATES, ClosingReason, Evidence, State

MOST_ZOOM: Final = 22
_REQUESTS_SECONDS, _GROUND_SECONDS = 30, 3600
_WORTH_COMPRESSING = 1000
_STREETS = "/0/0.json"


@require_safe
@city_page
def map_(request: HttpRequest, city: Jurisdiction) -> HttpResponse:
    """The map's page, with the same filters as the list."""
    form = FilterForm(request.GET, city=city, with_words=False)
    context = base_map_addresses(request, city) | {
        "filters": form,
        "filter_summary": form.summary(),
        "clear_url": reverse("portal:map") if form.values else "",
        "list_url": reverse("portal:requests") + form.query(),
        "legend": legend(),
    }
    return render(request, "portal/map.html", context)


def base_map_addresses(request: HttpRequest, city: Jurisdiction) -> dict[str, Any]:
    """What every map of a city needs: its layers' addresses, its middle and its bounds."""
    return map_addresses(city, is_named=len(cities_of(request)) > 1)


def map_addresses(city: Jurisdiction, *, is_named: bool) -> dict[str, Any]:
    """The same without asking how many cities there are; named, the addresses say which city it is."""
    named = f"?city={city.slug}" if is_named else ""
    return {
        "areas_url": reverse("portal:map_areas") + named,
        "grounds_url": reverse("portal:map_grounds") + named,
        "streets_url": reverse("portal:map_streets", args=[0, 0]).replace(_STREETS, "/{x}/{y}.json") + named,
        "requests_url": reverse("portal:map_requests") + named,
        "center_lat": (city.south + city.north) / 2,
        "center_long": (city.west + city.east) / 2,
        "bounds": [f"{degree:.5f}" for degree in city.bounds],
    }


def legend() -> list[dict[str, str]]:
    """Every sign of the map with the words that badges have on pages."""
    shown = [(state, "", "") for state in State if state in OPEN_STATES or state is State.REOPEN_REQUESTED]
    closed = [(State.CLOSED, reason, Evidence.NONE) for reason in ClosingReason]
    entries = [*shown, (State.CLOSED, ClosingReason.FIXED, Evidence.PHOTO), *closed]
    return [
        {"state": sign_of(state, reason, evidence), "label": badge_of(ServiceRequest(state=state, closing_reason=reason, evidence=evidence)).label}
        for state, reason, evidence in entries
    ]


@require_safe
def map_requests(request: HttpRequest) -> HttpResponse:
    """Cells or points for a box; see docs/reference/design-system.md for the shape."""
    city = city_of(request)
    if city is None:
        return _no_city()
    faults: list[str] = []
    bounds, zoom = _bounds(request.GET.get("bbox", ""), faults), _zoom(request.GET.get("zoom", ""), faults)
    filters = _filters(request, city, faults)
    if bounds is None or zoom is None or faults:
        return problem(400, code="map_box_invalid", title=_("The map cannot be drawn for this address."), detail=" ".join(faults), faults=faults)
    layer = layer_for(city, bounds, zoom, filters)
    body = _cells(layer) if isinstance(layer, Cells) else _points(city, layer)
    response = _cached(request, _compressed(request, body.encode()), _REQUESTS_SECONDS)
    patch_vary_headers(response, ["Cookie"])  # names of services come in the language that a cookie may hold
    return response


@require_safe
def map_areas(request: HttpRequest) -> HttpResponse:
    """The city's areas as GeoJSON."""
    city = city_of(request)
    if city is None:
        return _no_city()
    return _layer(request, areas_layer(city, lambda code: reverse("portal:area", args=[code])))


@require_safe
def map_grounds(request: HttpRequest) -> HttpResponse:
    """Parks and water as GeoJSON."""
    city = city_of(request)
    return _no_city() if city is None else _layer(request, grounds_layer(city))


@require_safe
def map_streets(request: HttpRequest, x: int, y: int) -> HttpResponse:
    """The streets of one tile at zoom 14."""
    city = city_of(request)
    layer = None if city is None else streets_tile(city, x, y)
    if layer is None:
        return problem(404, code="no_such_tile", title=_("There is no such map tile."))
    return _layer(request, layer)


def _cells(layer: Cells) -> str:
    """The cells as JSON, written by hand: a map's answer is a thousand short rows, and this halves what it costs."""
    note = _("Only the newest %(number)s requests that pass the filters are counted.")
    return (
        f'{{"kind":"cells","level":{layer.level},"size":{_json(layer.size)},"cells":[{",".join(layer.cells)}]'
        f"{_approximate(note, layer.newest_only)}}}"
    )


def _points(city: Jurisdiction, layer: Points) -> str:
    services = list(dict.fromkeys([service for _begun, service in layer.rows]))
    ends = {service: f"{place}]" for place, service in enumerate(services)}
    points = [begun + ends[service] for begun, service in layer.rows]
    note = _("Only the newest %(number)s requests in view were looked through.")
    return (
        f'{{"kind":"points","points":[{",".join(points)}],"services":{_json(service_names(city, services))},'
        f'"more":{_json(layer.has_more)}{_approximate(note, layer.newest_only)}}}'
    )


def _approximate(note: str, newest_only: int | None) -> str:
    if newest_only is None:
        return ""
    return f',"approximate":{_json(note % {"number": number_format(newest_only, force_grouping=True)})}'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _filters(request: HttpRequest, city: Jurisdiction, faults: list[str]) -> Filters:
    """The filters of the address. Most maps have none, and then no choices are looked up."""
    if not any(request.GET.get(name) for name in FILTERS):
        return Filters()
    form = FilterForm(request.GET, city=city, with_words=False)
    filters = form.filters()
    faults += [f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()]
    return filters


def _bounds(typed: str, faults: list[str]) -> Bounds | None:
    parts = typed[:200].split(",")
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError:
        faults.append(_("bbox must be four numbers, west,south,east,north, in degrees."))
        return None
    if not all(map(math.isfinite, (west, south, east, north))) or not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        faults.append(_("bbox must be in degrees, with west less than east and south less than north."))
        return None
    return (west, south, east, north)


def _zoom(typed: str, faults: list[str]) -> int | None:
    try:
        zoom = float(typed[:20])
    except ValueError:
        zoom = math.nan
    if not 0 <= zoom <= MOST_ZOOM:
        faults.append(_("zoom must be a number from 0 to %(most)d.") % {"most": MOST_ZOOM})
        return None
    return int(zoom)


def _compressed(request: HttpRequest, body: bytes) -> HttpResponse:
    """JSON, compressed at the quickest level: half of the time that the middleware would take, and a few percent larger."""
    if len(body) < _WORTH_COMPRESSING or not _takes_gzip(request):
        return HttpResponse(body, content_type="application/json")
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    response = HttpResponse(packer.compress(body) + packer.flush(), content_type="application/json")
    response.headers["Content-Encoding"] = "gzip"
    return response


def _layer(request: HttpRequest, layer: Layer) -> HttpResponse:
    packed = _takes_gzip(request)
    response = HttpResponse(layer.compressed if packed else layer.body, content_type="application/json")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = f'"{layer.etag}{"-gz" if packed else ""}"'
    response = _cached(request, response, _GROUND_SECONDS)
    return get_conditional_response(request, etag=response.headers["ETag"], response=response) or response


def _cached(request: HttpRequest, response: HttpResponse, seconds: int) -> HttpResponse:
    """Public where the address alone says which city it is; else only for this browser, whose cookie chose the city."""
    by_cookie = len(cities_of(request)) > 1 and not request.GET.get("city")
    response.headers["Cache-Control"] = f"{'private' if by_cookie else 'public'}, max-age={seconds}"
    patch_vary_headers(response, ["Accept-Encoding", *(["Cookie"] if by_cookie else [])])
    return response


def _takes_gzip(request: HttpRequest) -> bool:
    return "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")


def _no_city() -> JsonResponse:
    return problem(404, code="no_city", title=_("There is no city yet."))
