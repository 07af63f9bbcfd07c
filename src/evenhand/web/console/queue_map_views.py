"""What the map beside the queue is drawn from: the requests of the same filters, limited to what this person may see."""

from __future__ import annotations

import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.queue_choices import choices_of
from evenhand.web.console.queue_views import visible_in_queue
from evenhand.web.core.problem_responses import problem
from evenhand.web.places.versions import kept_for_version
from evenhand.web.portal.map_views import MOST_ZOOM
from evenhand.web.service_requests.map_layers import Bounds, sign_of
from evenhand.web.service_requests.queue_map import QueueMap, queue_map
from evenhand.web.service_requests.reference_numbers import spoken

KEPT_SECONDS: Final = 15.0
MOST_KEPT: Final = 256


@require_safe
def queue_map_layer(request: HttpRequest) -> HttpResponse:
    """Points or cells of a box: `bbox` west,south,east,north in degrees, `zoom` as of the map."""
    bounds, zoom = _box(request.GET.get("bbox", "")), request.GET.get("zoom", "")
    if bounds is None or not (zoom.isascii() and zoom.isdigit() and int(zoom[:4]) <= MOST_ZOOM):
        return problem(400, code="map_box_invalid", title=_("The map cannot be drawn for this address."))
    city, person = city_of_person(request), person_of(request)
    kept = kept_for_version(city, "queue_map_layers", lambda _: _Kept())
    return HttpResponse(kept.body((person.pk, person.role, request.GET.urlencode()), lambda: _drawn(request, bounds, int(zoom))), "application/json")


def _drawn(request: HttpRequest, bounds: Bounds, zoom: int) -> str:
    found, query, city = visible_in_queue(request)
    layer = queue_map(found, query.filters, city=city, bounds=bounds, zoom=zoom)
    names = {choice.key: choice.name for choice in choices_of(city).services}
    points = []
    for p in layer.points:
        sign = sign_of(p.state, p.closing_reason, p.evidence)
        points.append([round(p.lat, 5), round(p.long, 5), p.reference, sign, names.get(p.service_id, ""), spoken(p.reference)])
    drawn = {"kind": "cells" if layer.cells else "points", "points": points, "cells": layer.cells, "words": _words(layer)}
    return json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))


class _Kept:
    """The last drawings of a process, each for a few seconds: long enough for a map that is moved back and forth, too short to mislead."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[tuple[int, str, str], tuple[float, str]] = OrderedDict()

    def body(self, key: tuple[int, str, str], make: Callable[[], str]) -> str:
        now = time.monotonic()
        found = self._bodies.get(key)
        if found is not None and found[0] > now:
            return found[1]
        body = make()
        self._bodies[key] = (now + KEPT_SECONDS, body)
        while len(self._bodies) > MOST_KEPT:
            self._bodies.popitem(last=False)
        return body


def _words(layer: QueueMap) -> str:
    """What is in view, in a sentence."""
    number = len(layer.points) or sum(cell[2] + cell[3] for cell in layer.cells)
    words = ngettext("%(number)s request in view", "%(number)s requests in view", number) % {"number": number_format(number, force_grouping=True)}
    if layer.newest_only is None:
        return words
    return words + " " + _("(of the newest %(most)s closed ones)") % {"most": number_format(layer.newest_only, force_grouping=True)}


def _box(typed: str) -> Bounds | None:
    try:
        west, south, east, north = (float(part) for part in typed[:200].split(","))
    except ValueError:
        return None
    is_box = all(map(math.isfinite, (west, south, east, north))) and -180 <= west < east <= 180 and -90 <= south < north <= 90
    return (west, south, east, north) if is_box else None
