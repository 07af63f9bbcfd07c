"""What was known at a moment about the requests of each service.

Modelling choice: at the moment `cut`, a request opened before it is known; its closing is known if it came no later than `cut`; else it counts as
open and is censored at `cut` (or at `seen_until`, when its source's records ended earlier). Nothing later than `cut` reaches a curve, so the same
function serves today's page and the replay of a past day.

The window is a year of *calendar*: what happened in it, to requests opened before it too (they enter late). A year holds every season once and
lets go of the pace of years ago. A service with fewer than 30 closings of requests opened within the year falls back on all its history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.closing_times import LEAST_CLOSINGS, Bools, ClosingTimes, Floats, Ints, curve_of
from evenhand.equity.errors import RequestArraysUnusable

WINDOW_HOURS: Final = 365 * 24.0


@dataclass(frozen=True, slots=True, eq=False)
class RequestHistory:
    """Usable requests, sorted by service and then opening. Times are epoch hours; `closed` is infinite where no closing is known.

    `row` is the place in the arrays that came; `bounds[s]:bounds[s + 1]` are the rows of service `s`; `n_unusable` counts what was left out: no
    opening time, or closed before opened.
    """

    opened: Floats
    closed: Floats
    seen_until: Floats
    row: Ints
    bounds: Ints
    n_unusable: int

    @classmethod
    def from_arrays(
        cls, opened_hours: Floats, closed_hours: Floats, service: NDArray[np.integer], *, as_of: float, seen_until: Floats | None = None
    ) -> RequestHistory:
        """Sort and clean. NaN in `closed_hours` is open; a closing after the end of the records is not known yet."""
        _refuse_unusable(opened_hours, closed_hours, service, seen_until)
        until = np.full(opened_hours.shape, as_of) if seen_until is None else np.minimum(seen_until, as_of)
        closed = np.where(np.isnan(closed_hours), np.inf, closed_hours)
        usable = ~(closed < opened_hours) & ~np.isnan(opened_hours)
        order = np.lexsort((opened_hours, service))
        order = order[(usable & (opened_hours <= until))[order]]
        known = np.where(closed > until, np.inf, closed)[order]
        n_services = int(service.max(initial=-1)) + 1
        bounds = np.searchsorted(service[order], np.arange(n_services + 1))
        return cls(opened_hours[order], known, until[order], order, bounds, int((~usable).sum()))

    @property
    def n_services(self) -> int:
        return self.bounds.size - 1

    def of_service(self, service: int) -> ServiceHistory:
        here = slice(int(self.bounds[service]), int(self.bounds[service + 1]))
        return ServiceHistory(self.opened[here], self.closed[here], self.seen_until[here], self.row[here])


@dataclass(frozen=True, slots=True, eq=False)
class ServiceHistory:
    """The requests of one service in the order of their opening."""

    opened: Floats
    closed: Floats
    seen_until: Floats
    row: Ints

    def curve_at(self, cut: float, *, window_hours: float = WINDOW_HOURS) -> ClosingTimes:
        """The curve as it could have been drawn at `cut`."""
        n_known = int(self.opened.searchsorted(cut, side="left"))
        opened = self.opened[:n_known]
        left_at = np.minimum(np.minimum(self.closed[:n_known], self.seen_until[:n_known]), cut)
        is_closed: Bools = self.closed[:n_known] <= cut
        start = cut - window_hours
        if n_known == 0 or opened[0] >= start or _too_few_of_the_window(opened, is_closed, start):
            return curve_of(left_at - opened, is_closed, None)
        seen = left_at >= start
        opened = opened[seen]
        return curve_of(left_at[seen] - opened, is_closed[seen], np.maximum(start - opened, 0.0))


def _too_few_of_the_window(opened: Floats, is_closed: Bools, start: float) -> bool:
    """Late entrants alone tell nothing about young requests: without enough openings in the window the curve would begin in the air."""
    return int(is_closed[opened.searchsorted(start, side="left") :].sum()) < LEAST_CLOSINGS


def _refuse_unusable(opened: Floats, closed: Floats, service: NDArray[np.integer], seen_until: Floats | None) -> None:
    faults: list[str] = []
    shapes = {array.shape for array in (opened, closed, service, seen_until) if array is not None}
    if len(shapes) > 1 or opened.ndim != 1:
        faults.append(f"shapes {', '.join(map(str, sorted(shapes)))} came")
    if not np.issubdtype(service.dtype, np.integer):
        faults.append(f"services came as {service.dtype} where a place in the list of services (int, from 0) was expected")
    elif service.size and int(service.min()) < 0:
        faults.append(f"{int((service < 0).sum())} services were negative: leave such requests out")
    if faults:
        raise RequestArraysUnusable(faults)
