"""What a map costs: the whole city, and one square kilometre of its busiest part, at 10 thousand and at 1 million requests.

Run: `python -m benchmarks.maps`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from benchmarks.web_measuring import Answer, Bar, Cost, Meter, run

if TYPE_CHECKING:
    from evenhand.web.places.models import Jurisdiction

BUSIEST: Final = (42.3266, -71.0815)
# The whole city fits a telephone at zoom 11 and a desk's screen at 12; at 13 it fills a wall. A square kilometre fills a screen at 17.
CITY_ZOOMS: Final = {"map of the city (phone)": 11, "map of the city (desk)": 12, "map of the city (wall)": 13}
CLOSE, CLOSE_ZOOM = "map of 1 km²", 17
BARS: Final = dict.fromkeys([*CITY_ZOOMS, CLOSE], Bar(3.0, kilobytes=60.0))


def main() -> int:
    return run("benchmarks.maps", measured, BARS)


def measured(city: Jurisdiction, meter: Meter) -> Iterator[Cost]:
    whole = (city.west, city.south, city.east, city.north)
    for name, zoom in CITY_ZOOMS.items():
        yield meter.cost(name, _asking(meter, whole, zoom))
    yield meter.cost(CLOSE, _asking(meter, _square(*BUSIEST, kilometers=1.0), CLOSE_ZOOM))


def _asking(meter: Meter, box: tuple[float, ...], zoom: int) -> Callable[[], Answer]:
    address = f"/map/requests.json?bbox={','.join(f'{degree:.5f}' for degree in box)}&zoom={zoom}"

    def ask() -> Answer:
        answer = meter.ask(address)
        assert answer.status == 200, answer
        return answer

    shown = json.loads(ask().words)
    assert shown.get("cells") or shown.get("points")
    return ask


def _square(lat: float, long: float, *, kilometers: float) -> tuple[float, float, float, float]:
    high = kilometers / 2 / 111.195
    wide = high / math.cos(math.radians(lat))
    return (long - wide, lat - high, long + wide, lat + high)


if __name__ == "__main__":
    raise SystemExit(main())
