"""What happens on the city's side while a browser visits: `python -m tests.browser.behind_the_counter WHAT …`, in the environment of the instance.

Everything goes through the product's own journeys and rows; the answer is one line of JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from PIL import Image, ImageDraw, ImageFilter, TiffImagePlugin

GPS_TAG, MAKE_TAG = 0x8825, 0x010F


def photo(file: str, lat: str, long: str) -> dict[str, Any]:
    """A JPEG as a telephone makes it: with the maker's name and the place where it was taken."""
    picture = _street_with_a_hole()
    exif = Image.Exif()
    exif[MAKE_TAG] = "Pocket Camera Works"
    north, east = float(lat), float(long)
    exif[GPS_TAG] = {1: "N" if north >= 0 else "S", 2: _degrees(abs(north)), 3: "E" if east >= 0 else "W", 4: _degrees(abs(east))}
    picture.save(file, "JPEG", exif=exif, quality=85)
    return {"bytes": Path(file).stat().st_size}


def close(reference: str, reason: str = "unable") -> dict[str, Any]:
    """The city closes a request, in words that a resident may object to."""
    from evenhand.web.core import clock
    from evenhand.web.journeys.close_request import close_request
    from evenhand.web.service_requests.workflow import ClosingReason

    closed = close_request(_request(reference), reason=ClosingReason(reason), words="The crew found nothing at this address.", at=clock.now())
    return {"state": closed.state}


def count(words: str) -> dict[str, Any]:
    """How many requests say these words."""
    from evenhand.web.service_requests.models import ServiceRequest

    return {"requests": ServiceRequest.objects.filter(description=words).count()}


def place(reference: str) -> dict[str, Any]:
    """Where a request is, as the city has it."""
    request = _request(reference)
    return {"lat": request.lat, "long": request.long, "address": request.address, "area": request.area.name if request.area else None}


def age_draft(token: str, hours: str) -> dict[str, Any]:
    """As if a draft had last been touched some hours earlier; then the worker's tidying passes over."""
    from evenhand.web.core import clock
    from evenhand.web.journeys.tidy_up import tidy_up
    from evenhand.web.service_requests.models import ReportDraft

    earlier = clock.real_now() - timedelta(hours=float(hours))
    ReportDraft.objects.filter(pk=token).update(started_at=earlier, touched_at=earlier)
    tidy_up(at=clock.now(), real_at=clock.real_now())
    return {"is_there": ReportDraft.objects.filter(pk=token).exists()}


def examples() -> dict[str, Any]:
    """Requests and places of the sample city for the pages that need one."""
    from evenhand.web.places.models import Area
    from evenhand.web.service_requests.models import ServiceRequest

    public = ServiceRequest.objects.public().order_by("-requested_at", "pk")
    newest = public.filter(status="open", lat__isnull=False)[0]
    return {
        "open": newest.reference,
        "open_place": [newest.lat, newest.long],
        "closed": {
            reason: public.filter(closing_reason=reason).values_list("reference", flat=True).first()
            for reason in public.exclude(closing_reason="").order_by().values_list("closing_reason", flat=True).distinct()
        },
        "area": Area.objects.order_by("name").values_list("code", flat=True).first(),
    }


def _request(reference: str) -> Any:
    from evenhand.web.service_requests.models import ServiceRequest

    return ServiceRequest.objects.get(reference=reference)


def _street_with_a_hole() -> Image.Image:
    """Gray asphalt, a curb, a painted line and a puddle in a hole: drawn, and plainly so."""
    picture = Image.merge("RGB", [Image.effect_noise((1280, 960), 34).point(lambda value, tint=tint: value * 0.5 + tint) for tint in (48, 50, 54)])
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 0), (1280, 0), (1280, 190), (0, 330)], fill=(171, 166, 156))
    draw.polygon([(0, 330), (1280, 190), (1280, 232), (0, 380)], fill=(122, 118, 110))
    draw.polygon([(90, 960), (300, 960), (830, 520), (740, 520)], fill=(226, 222, 208))
    for inset, color in ((0, (64, 62, 60)), (26, (38, 37, 37)), (62, (86, 104, 116)), (100, (112, 132, 144))):
        draw.ellipse((620 + inset, 420 + inset * 0.6, 1180 - inset, 760 - inset * 0.7), fill=color)
    return picture.filter(ImageFilter.GaussianBlur(2.2))


def _degrees(value: float) -> tuple[TiffImagePlugin.IFDRational, ...]:
    whole, rest = divmod(value * 3600, 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        TiffImagePlugin.IFDRational(int(whole), 1),
        TiffImagePlugin.IFDRational(int(minutes), 1),
        TiffImagePlugin.IFDRational(round(seconds * 10_000), 10_000),
    )


ERRANDS: dict[str, Callable[..., dict[str, Any]]] = {
    "photo": photo,
    "close": close,
    "count": count,
    "place": place,
    "age-draft": age_draft,
    "examples": examples,
}

if __name__ == "__main__":
    if sys.argv[1] != "photo":
        django.setup()
    sys.stdout.write(json.dumps(ERRANDS[sys.argv[1]](*sys.argv[2:])) + "\n")
