"""How long requests of one service stay open, and what that lets us promise to one that still is.

Modelling choice: the share still open after so many hours is the Kaplan–Meier estimate. A request that is open when the records end is censored
there: it tells that it took *at least* so long, and leaving it out would promise the pace of the quick ones to everybody. A request opened before
the window that is looked at enters late, at the age it had when the window began (left truncation).

A range is conditional: given that this request is open at its present age, four in five like it were closed between `low_hours` and `high_hours`
after their opening. It rests on closings *later than that age*, at least 30 of them. Each end is moved outward by one standard error of its level,
sqrt(tail (1 - tail) / n): a tenth read off 30 closings is not known to be a tenth, and requests closed in one batch count as fewer than they are.
Where fewer are known, or where so many stay open that the upper end was never seen, the answer is CannotSay: an upper end that was not seen is not
replaced by the longest one that was.

References: Kaplan & Meier (1958), JASA 53:457–481; Klein & Moeschberger, Survival Analysis, 2nd ed., sections 4.2 and 4.6 (left truncation).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import RequestArraysUnusable
from evenhand.equity.kaplan_meier import risk_table

STORED_VERSION: Final = 1
LEAST_CLOSINGS: Final = 30
COVERAGE: Final = 0.8
STORED_POINTS: Final = 200
# Products of many factors end a few ulps beside the level that they stand for: 0.9 must count as 0.9.
_ROUNDING: Final = 1e-12

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ExpectedRange:
    """When a request that is open now is expected to be closed. Hours count from its *opening*, so a date is opening plus hours.

    `n_closed` and `n_open` are the requests of the service that the curve rests on; `n_closed_later` are those among the closed that were still open
    at the age asked about: the ones this range is made of (from a stored curve, at most one stored step too many).
    """

    low_hours: float
    median_hours: float
    high_hours: float
    n_closed: int
    n_open: int
    n_closed_later: int


@dataclass(frozen=True, slots=True)
class CannotSay:
    """Why no range is given. `reason` is for machines and never changes; `words` are plain English, to be translated by the reason.

    too_few_closings      fewer than 30 known closings of the service
    too_few_this_old      30 or more, but fewer than 30 of requests that had been open this long
    too_many_stay_open    the upper end was never seen: more than the tail's share are still open at the end of the records
    ranges_did_not_hold   past ranges for this service missed too often (see `back_tests`)
    """

    reason: str
    words: str
    n_closed: int


@dataclass(frozen=True, slots=True, eq=False)
class ClosingTimes:
    """The curve of one service: after `hours[i]` the share `still_open[i]` was open, and `closings_later[i]` known closings came later.

    All three have one place for each distinct age at closing, rising in `hours` (float64, hours from opening). Before the first the share is 1.
    """

    hours: Floats
    still_open: Floats
    closings_later: Ints
    n_closed: int
    n_open: int

    def share_open_after(self, age_hours: float) -> float:
        """Estimated share still open at this age; closings exactly at the age have happened."""
        place = int(self.hours.searchsorted(age_hours, side="right")) - 1
        return 1.0 if place < 0 else float(self.still_open[place])

    def quantile(self, p: float, *, age_hours: float = -1.0) -> float:
        """Hours from opening by which the share `p` was closed, of those open at `age_hours`; infinite where the records never got there.

        The default age is before opening, so that requests closed in the moment they were opened count.
        """
        if not 0.0 < p < 1.0:
            raise RequestArraysUnusable([f"a quantile's share must lie between 0 and 1, and {p!r} came"])
        level = (1.0 - p) * self.share_open_after(age_hours) + _ROUNDING
        # `still_open` falls: the first place at or below the level, but never one that lies before the age itself.
        place = int((-self.still_open).searchsorted(-level, side="left"))
        place = max(place, int(self.hours.searchsorted(age_hours, side="right")))
        return float(self.hours[place]) if place < self.hours.size else math.inf

    def range_from(self, age_hours: float, coverage: float = COVERAGE, *, least_closings: int = LEAST_CLOSINGS) -> ExpectedRange | CannotSay:
        """The central `coverage` of closings, for a request open at `age_hours` (≥ 0) after its opening.

        >>> curve = closing_times(np.arange(1.0, 101.0), np.ones(100, dtype=bool))
        >>> found = curve.range_from(0.0)
        >>> (found.low_hours, found.median_hours, found.high_hours)
        (7.0, 50.0, 93.0)
        """
        if self.n_closed < least_closings:
            words = f"Only {self.n_closed} requests like this have been closed so far. We need {least_closings} to say when to expect it."
            return CannotSay("too_few_closings", words, self.n_closed)
        age = max(age_hours, 0.0)
        later = self._closings_later_than(age)
        if later < least_closings:
            words = "This request has been open longer than most like it. Too few took this long to say when to expect it."
            return CannotSay("too_few_this_old", words, self.n_closed)
        tail = _cautious_tail((1.0 - coverage) / 2.0, later)
        high = self.quantile(1.0 - tail, age_hours=age)
        if math.isinf(high):
            words = "Too many requests like this stay open longer than our records reach to say by when to expect it."
            return CannotSay("too_many_stay_open", words, self.n_closed)
        low, median = self.quantile(tail, age_hours=age), self.quantile(0.5, age_hours=age)
        return ExpectedRange(low, median, high, self.n_closed, self.n_open, later)

    def _closings_later_than(self, age_hours: float) -> int:
        place = int(self.hours.searchsorted(age_hours, side="right")) - 1
        return self.n_closed if place < 0 else int(self.closings_later[place])

    def thinned(self, points: int = STORED_POINTS) -> ClosingTimes:
        """At most `points` places of the curve, the first and the last among them, each with its exact values.

        Between kept places the curve stays flat, so quantiles asked at opening come out never earlier. Places are spread evenly over
        (1 - share) - log(share) / 4: even steps of the share while many are open, even *ratios* when few are, because a request of great age asks
        for shares of those few. `level_error` bounds what is lost.
        """
        if self.hours.size <= points:
            return self
        passed = _progress(self.still_open)
        spread = np.searchsorted(passed, np.linspace(passed[0], passed[-1], points - 1)[:-1])
        # The place from which too few closings are later is kept, so that the thinned curve refuses at exactly the same ages.
        enough_until = int(np.argmax(self.closings_later < LEAST_CLOSINGS))
        keep = np.unique(np.append(spread, (enough_until, passed.size - 1)))
        return replace(self, hours=self.hours[keep], still_open=self.still_open[keep], closings_later=self.closings_later[keep])

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for a JSON column: at most 200 places, hours to 3.6 seconds."""
        thin = self.thinned()
        return {
            "version": STORED_VERSION,
            "n_closed": self.n_closed,
            "n_open": self.n_open,
            "hours": [round(float(h), 3) for h in thin.hours],
            "still_open": [round(float(s), 9) for s in thin.still_open],
            "closings_later": thin.closings_later.tolist(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ClosingTimes:
        """What `to_dict` made; another version or uneven lists are refused, so that the caller computes anew."""
        columns = [stored.get(name, ()) for name in ("hours", "still_open", "closings_later")]
        if stored.get("version") != STORED_VERSION or len({len(column) for column in columns}) != 1:
            raise RequestArraysUnusable([f"a stored curve of version {stored.get('version')!r} with {[len(c) for c in columns]} places came"])
        hours, still_open, later = columns
        return cls(np.array(hours, dtype=np.float64), np.array(still_open, dtype=np.float64), np.array(later, dtype=np.int64),
                   int(stored["n_closed"]), int(stored["n_open"]))  # fmt: skip


def closing_times(hours: Floats, closed: Bools, entered: Floats | None = None) -> ClosingTimes:
    """Kaplan–Meier curve of the hours from opening to closing.

    Parameters
    ----------
    hours
        float64, shape (n,), hours from opening to closing, or to the end of the records where not closed. ≥ 0, no NaN.
    closed
        bool, shape (n,): was it closed then? False is right-censored; a closing and a censoring at the same age count in that order.
    entered
        float64, shape (n,), the age at which each came under observation; None where all were seen from their opening. One with `entered` 0 is at
        risk from the start, a later one only after that age.

    Raises
    ------
    RequestArraysUnusable
        For shapes that differ, NaN or negative hours, or requests that left before they entered.

    Examples
    --------
    >>> curve = closing_times(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, True]))
    >>> curve.still_open.tolist()
    [0.75, 0.5, 0.0]
    """
    _refuse_unusable(hours, closed, entered)
    return curve_of(hours, closed, entered)


def curve_of(hours: Floats, closed: Bools, entered: Floats | None) -> ClosingTimes:
    """`closing_times` without its checks, for callers that fit thousands of curves from arrays checked once."""
    table = risk_table(hours, closed, entered=entered)
    still_open: Floats = np.cumprod(1.0 - table.ended / table.at_risk, dtype=np.float64)
    n_here = table.ended.astype(np.int64)
    n_closed = int(n_here.sum())
    return ClosingTimes(table.hours, still_open, n_closed - np.cumsum(n_here), n_closed, hours.size - n_closed)


def level_error(curve: ClosingTimes, points: int = STORED_POINTS) -> float:
    """The largest fall of the share, relative to the share, that thinning hides: how far a thinned curve's share may lie from the true one."""
    thin = curve.thinned(points)
    stored = thin.still_open[np.maximum(thin.hours.searchsorted(curve.hours, side="right") - 1, 0)]
    return float(np.max(1.0 - curve.still_open / np.where(stored > 0, stored, 1.0), initial=0.0, where=stored > 0))


def _cautious_tail(tail: float, n: int) -> float:
    """The share to leave outside at each end, less one standard error of its being read off `n` closings; never below half a closing."""
    return max(tail - math.sqrt(tail * (1.0 - tail) / n), 0.5 / n)


def _progress(still_open: Floats) -> Floats:
    """How far along the curve each place is: rising, finite where nobody is left too."""
    positive = still_open[still_open > 0]
    least = positive.min() / 2.0 if positive.size else 0.5
    return np.asarray((1.0 - still_open) - np.log(np.maximum(still_open, least)) / 4.0)


def _refuse_unusable(hours: Floats, closed: Bools, entered: Floats | None) -> None:
    faults: list[str] = []
    if hours.ndim != 1 or closed.shape != hours.shape or (entered is not None and entered.shape != hours.shape):
        faults.append(f"shapes {hours.shape}, {closed.shape}" + ("" if entered is None else f" and {entered.shape}") + " came")
    elif closed.dtype != np.bool_:
        faults.append(f"`closed` came as {closed.dtype} where true or false was expected")
    else:
        if bad := int((~(hours >= 0)).sum()):
            faults.append(f"{bad} hours were negative or missing: drop and count such requests first")
        if entered is not None and (bad := int((~(entered <= hours)).sum())):
            faults.append(f"{bad} requests left before they came under observation")
    if faults:
        raise RequestArraysUnusable(faults)
