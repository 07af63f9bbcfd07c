"""Requests counted by map tile on the fly, for filters that the cells' table does not know: the newest 20,000, kept for half a minute a process.

Half a minute is what browsers keep the answer for anyway; panning and zooming then cost no further query.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import kept_for_version
from evenhand.web.service_requests.browsing import Filters, matching_requests
from evenhand.web.service_requests.cells import FINEST, tile
from evenhand.web.service_requests.workflow import Status

TileCounts = dict[tuple[int, int], tuple[int, int]]
"""(x, y) of a tile → open, closed."""

LOOKED_THROUGH: Final = 20_000
KEPT_SECONDS: Final = 30.0
MOST_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class RecentCounts:
    """Counts at the finest level; `newest_only` is set where there were more requests than were looked through."""

    tiles: TileCounts
    newest_only: int | None


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    counts: OrderedDict[Filters, tuple[float, RecentCounts]] = field(default_factory=OrderedDict)


def counts_of(city: Jurisdiction, filters: Filters) -> RecentCounts:
    """The counts for a filter; one query, or none while they are kept."""
    kept = kept_for_version(city, "recent_counts", lambda _: _Kept())
    now = time.monotonic()
    with kept.lock:
        before = kept.counts.get(filters)
    if before is not None and now - before[0] < KEPT_SECONDS:
        return before[1]
    made = _count(city, filters)
    with kept.lock:
        kept.counts[filters] = (now, made)
        kept.counts.move_to_end(filters)
        while len(kept.counts) > MOST_KEPT:
            kept.counts.popitem(last=False)
    return made


def _count(city: Jurisdiction, filters: Filters) -> RecentCounts:
    # The newest first and the point afterwards: a condition on the point before the limit could look through the whole table.
    rows = matching_requests(city, filters).newest_first().values_list("lat", "long", "place_quality", "status")[: LOOKED_THROUGH + 1]
    tiles: TileCounts = {}
    looked_at = 0
    for lat, long, quality, status in rows:
        looked_at += 1
        if looked_at > LOOKED_THROUGH:
            break
        if lat is None or long is None or quality not in {"exact", "address"}:
            continue
        key = tile(lat, long, FINEST)
        opened, closed = tiles.get(key, (0, 0))
        tiles[key] = (opened + 1, closed) if status == Status.OPEN else (opened, closed + 1)
    return RecentCounts(tiles, LOOKED_THROUGH if looked_at > LOOKED_THROUGH else None)
