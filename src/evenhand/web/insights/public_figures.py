"""What a city's public pages count, each figure with what it is a part of.

Everything is counted from public requests up to one moment (`until`): now, or where nothing has happened for thirty days the last thing that did:
a city that shows a finished year of published data is told about as of that data's end. Figures are kept in the process for five minutes, or for ten
minutes for every second that counting took; `counted_at` stands on the page.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.closing_times import LEAST_CLOSINGS
from evenhand.equity.request_history import RequestHistory
from evenhand.web.core import clock
from evenhand.web.insights.figure_frames import PublicRequestsFrame, hours_of, moment_of, public_requests_frame
from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import kept_for_version

KEPT_SECONDS: Final = 300.0
KEPT_SECONDS_A_SECOND: Final = 600.0
QUIET: Final = timedelta(days=30)
TOP: Final = 5
_DAY, _YEAR_DAYS = 24.0, 365.0


@dataclass(frozen=True, slots=True)
class MedianDays:
    """Days by which half were closed, those still open included (Kaplan–Meier).

    `days` is None where it cannot be said: `reason` is then too_few_closings (fewer than 30) or not_half_closed.
    """

    days: float | None
    closed_count: int
    open_count: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one area, one service, or the whole city: `total` is `open` and `closed`; `vetoed` are those that somebody said are not fixed."""

    total: int = 0
    open: int = 0
    closed: int = 0
    closed_30_days: int = 0
    closed_90_days: int = 0
    in_year: int = 0
    vetoed: int = 0
    median: MedianDays = field(default=MedianDays(None, 0, 0, "too_few_closings"))

    def per_thousand(self, population: int | None) -> float | None:
        """Requests of the year for every 1,000 residents; None where the number of residents is not known."""
        return 1000.0 * self.in_year / population if population else None


@dataclass(frozen=True, slots=True)
class CityFigures:
    """All figures of a city. Areas and services are found by key; `year_from` is the beginning of what `in_year` counts."""

    until: datetime
    year_from: datetime
    counted_at: datetime
    city: Figures
    areas: Mapping[int, Figures]
    services: Mapping[int, Figures]
    top_services: Mapping[int, Sequence[tuple[int, int]]]

    @property
    def is_quiet(self) -> bool:
        """Whether the data end earlier than the clock."""
        return self.counted_at - self.until > QUIET

    def of_area(self, key: int) -> Figures:
        return self.areas.get(key, Figures())

    def of_service(self, key: int) -> Figures:
        return self.services.get(key, Figures())


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    figures: CityFigures | None = None
    good_until: float = 0.0


def figures_of(city: Jurisdiction) -> CityFigures:
    """The figures of a city; no query while they are kept. While one thread counts, others are given the figures before."""
    kept = kept_for_version(city, "public_figures", lambda _: _Kept())
    if kept.figures is not None and (time.monotonic() < kept.good_until or kept.lock.locked()):
        return kept.figures
    with kept.lock:
        if kept.figures is None or time.monotonic() >= kept.good_until:
            began = time.monotonic()
            kept.figures = count_figures(city, at=clock.now())
            kept.good_until = time.monotonic() + max(KEPT_SECONDS, KEPT_SECONDS_A_SECOND * (time.monotonic() - began))
        return kept.figures


def count_figures(city: Jurisdiction, *, at: datetime) -> CityFigures:
    """Count everything anew, as of `at`."""
    frame = public_requests_frame(city, at=at)
    now = hours_of(at)
    end = _end(frame, now)
    first = float(frame.opened_hours.min(initial=end))
    areas, services = _grouped(frame, frame.area, end), _grouped(frame, frame.service, end)
    whole = _grouped(frame, np.zeros(frame.area.size, dtype=np.int64), end)
    return CityFigures(
        until=moment_of(end),
        year_from=moment_of(max(end - _YEAR_DAYS * _DAY, first)),
        counted_at=at,
        city=whole.get(0, Figures()),
        areas={key: figures for key, figures in areas.items() if key >= 0},
        services=services,
        top_services=_top_services(frame, end),
    )


def _end(frame: PublicRequestsFrame, now: float) -> float:
    moments = np.concatenate((frame.opened_hours, frame.closed_hours[~np.isnan(frame.closed_hours)]))
    latest = float(moments[moments <= now].max(initial=-math.inf))
    return now if latest == -math.inf or now - latest <= QUIET.total_seconds() / 3600 else latest


def _grouped(frame: PublicRequestsFrame, keys: NDArray[np.int64], end: float) -> dict[int, Figures]:
    groups, index = np.unique(keys, return_inverse=True)

    def counts(chosen: NDArray[np.bool_]) -> list[int]:
        return [int(n) for n in np.bincount(index[chosen], minlength=groups.size)]

    closed = ~frame.is_open
    days_since_closed = (end - frame.closed_hours) / _DAY
    lately = closed & (days_since_closed >= 0)
    columns = zip(
        counts(np.ones(index.size, dtype=np.bool_)),
        counts(frame.is_open),
        counts(closed),
        counts(lately & (days_since_closed <= 30)),
        counts(lately & (days_since_closed <= 90)),
        counts(_in_year(frame, end)),
        counts(frame.is_vetoed),
        _medians(frame, index, groups.size, end),
        strict=True,
    )
    return {int(key): Figures(*row) for key, row in zip(groups, columns, strict=True)}


def _medians(frame: PublicRequestsFrame, index: NDArray[np.int64], n_groups: int, end: float) -> list[MedianDays]:
    waited = frame.was_waited_for
    history = RequestHistory.from_arrays(
        frame.opened_hours[waited], frame.closed_hours[waited], index[waited], as_of=end, seen_until=frame.seen_until[waited]
    )
    return [_median(history, group, end) if group < history.n_services else MedianDays(None, 0, 0, "too_few_closings") for group in range(n_groups)]


def _median(history: RequestHistory, group: int, end: float) -> MedianDays:
    curve = history.of_service(group).curve_at(end)
    if curve.n_closed < LEAST_CLOSINGS:
        return MedianDays(None, curve.n_closed, curve.n_open, "too_few_closings")
    hours = curve.quantile(0.5)
    if math.isinf(hours):
        return MedianDays(None, curve.n_closed, curve.n_open, "not_half_closed")
    return MedianDays(hours / _DAY, curve.n_closed, curve.n_open)


def _top_services(frame: PublicRequestsFrame, end: float) -> dict[int, list[tuple[int, int]]]:
    """By area: the services most asked for in the year, with their counts."""
    chosen = _in_year(frame, end) & (frame.area >= 0)
    pairs, counts = np.unique(np.stack((frame.area[chosen], frame.service[chosen])), axis=1, return_counts=True)
    top: dict[int, list[tuple[int, int]]] = {}
    for place in np.lexsort((pairs[1], -counts)):
        kept = top.setdefault(int(pairs[0, place]), [])
        if len(kept) < TOP:
            kept.append((int(pairs[1, place]), int(counts[place])))
    return top


def _in_year(frame: PublicRequestsFrame, end: float) -> NDArray[np.bool_]:
    return (frame.opened_hours > end - _YEAR_DAYS * _DAY) & (frame.opened_hours <= end)
