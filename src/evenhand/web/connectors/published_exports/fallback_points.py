"""Points that stand for "we do not know where".

Modelling choice: a geocoder that finds nothing often answers with one fixed point. Many requests then share it although the rest of their rows
says that they lie far apart. At the four decimals that cities publish, a point is 11 m wide: four areas can meet in it, five cannot. So a point
is a fallback if

- at least MIN_REQUESTS requests share it,
- they are published under at least MIN_AREAS different zips, or wards, or neighbourhoods (one kind must show it alone), and
- no single one of those areas holds more than MAX_SHARE of the requests that name one: a busy corner has one area and a few slips of the pen.

Requests that name no area count as sharing the point, not as evidence. In five cities the two groups lie far apart: no point with at least 12
requests that is a place shows more than three areas of a kind, and the two fallback points show 11 and 30 zips.

Memory grows with the number of different points (a quarter of a kilobyte each), not of requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evenhand.web.connectors.published_exports.places import point_of
from evenhand.web.connectors.published_exports.reading import Sighting

MIN_REQUESTS: Final = 30
MIN_AREAS: Final = 5
MAX_SHARE: Final = 0.75


@dataclass(frozen=True, slots=True)
class FallbackPoint:
    """A point that stands for an unknown place, with what shows it: `areas` different ones of `kind`, the largest with `largest_share`."""

    key: str
    lat: float
    long: float
    requests: int
    kind: str
    areas: int
    largest_share: float


def find_fallback_points(sightings: Iterable[Sighting], kinds: Sequence[str]) -> tuple[FallbackPoint, ...]:
    """The points that too many requests from too many areas share, those with most requests first; `kinds` names the areas of a sighting."""
    alike = Counter(sightings)
    requests: Counter[str] = Counter()
    for seen, count in alike.items():
        requests[seen.key] += count
    crowded = {key: [Counter[str]() for _ in kinds] for key, count in requests.items() if count >= MIN_REQUESTS}
    for (key, areas), count in alike.items():
        for counter, area in zip(crowded.get(key, ()), areas, strict=False):
            if area is not None:
                counter[area] += count
    found = [point for key, counters in crowded.items() if (point := _judge(key, requests[key], counters, kinds))]
    return tuple(sorted(found, key=lambda point: -point.requests))


def _judge(key: str, requests: int, counters: Sequence[Counter[str]], kinds: Sequence[str]) -> FallbackPoint | None:
    counter, kind = max(zip(counters, kinds, strict=True), key=lambda pair: len(pair[0]))
    if len(counter) < MIN_AREAS or (share := max(counter.values()) / counter.total()) > MAX_SHARE:
        return None
    try:
        lat, long = point_of(key)
    except ValueError:
        return None
    if lat is None or long is None or (lat, long) == (0, 0):
        return None
    return FallbackPoint(key, lat, long, requests, kind, len(counter), share)
