"""Places for scripts: suggestions while one types, and a point in words."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evenhand.web.places import geocoding, shapes
from evenhand.web.places.coordinates import coordinates_in
from evenhand.web.portal.cities import city_of
from evenhand.web.portal.report_place import outside_words

_LONGEST_QUERY = 200


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Addresses and corners that fit `?q=`."""
    city, typed = city_of(request), request.GET.get("q", "")[:_LONGEST_QUERY].replace("\0", " ")
    found = geocoding.suggestions(city, typed) if city is not None else []
    places = [{"label": place.label, "lat": place.lat, "long": place.long, "address_id": place.key} for place in found]
    return JsonResponse({"places": places}, headers={"Cache-Control": "private, max-age=60"})


@require_safe
def describe(request: HttpRequest) -> JsonResponse:
    """The point `?lat=&long=` in words, and whether it lies in the city."""
    city = city_of(request)
    point = coordinates_in(f"{request.GET.get('lat', '')}, {request.GET.get('long', '')}"[:80])
    if city is None or point is None:
        return JsonResponse({"inside": False, "label": "", "area": "", "message": _("These are no coordinates.")}, status=400)
    if not shapes.is_inside(city, *point):
        return JsonResponse({"inside": False, "label": "", "area": "", "message": outside_words(city)})
    place = geocoding.describe(city, *point)
    answer = {"inside": True, "label": place.label, "area": place.area.name if place.area else "", "message": ""}
    return JsonResponse(answer, headers={"Cache-Control": "private, max-age=60"})
