"""Would the ranges have held? Past days replayed, each with only what was known then.

Modelling choice: for every request opened in the tried period, the range is drawn from the curve of its service as of the last refit before the
prediction (daily, as the platform does), and compared with what happened by the end of the records:

- *hit* closed within the range, both ends included · *early* closed before its low end · *late* still open when its high end passed;
- *undetermined* the records end before its high end does and it is open: neither is known. Coverage is given with all of them counted as misses and
  with all counted as hits; the truth lies between. Leaving them out would favour the quick ones.

The gate works in the same way inside the replay. At each refit it looks at the ranges given in the 120 days before that have *run out*: those
whose high end lay before that moment. A range runs out at a time fixed when it was given, whatever became of the request, so judging only these
favours nobody. Where at least 30 ran out and even the upper end of the 95 % Wilson interval of their coverage is below 60 %, the service says
nothing until it does better. The floor is no higher because requests closed in one batch miss together: a gate at 75 % was tried on Boston's second
quarter and silenced services whose next ranges held more often than those of the others.

References: Wilson (1927), JASA 22:209–212.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np

from evenhand.equity.closing_times import COVERAGE, LEAST_CLOSINGS, Bools, CannotSay, ClosingTimes, Floats, Ints
from evenhand.equity.request_history import WINDOW_HOURS, RequestHistory, ServiceHistory

REFIT_HOURS: Final = 24.0
TRIAL_HOURS: Final = 120 * 24.0
LEAST_COVERAGE: Final = 0.6
SAID: Final = "said"
REASONS: Final = (SAID, "too_few_closings", "too_few_this_old", "too_many_stay_open", "ranges_did_not_hold")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often ranges held. `early` and `late` miss; `undetermined` are open at the end of the records before their high end."""

    n: int
    hits: int
    early: int
    late: int
    undetermined: int

    @property
    def share_low(self) -> float:
        """Share that held if every undetermined one misses; NaN where no range was given."""
        return self.hits / self.n if self.n else math.nan

    @property
    def share_high(self) -> float:
        """Share that held if every undetermined one holds."""
        return (self.hits + self.undetermined) / self.n if self.n else math.nan

    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval: its low end from `share_low`, its high end from `share_high`. Requests are taken as independent of each other."""
        return wilson_interval(self.hits, self.n)[0], wilson_interval(self.hits + self.undetermined, self.n)[1]


@dataclass(frozen=True, slots=True, eq=False)
class BackTest:
    """One replayed prediction a place. Hours count from opening and are NaN where nothing was said; `reason` is a place in REASONS."""

    row: Ints
    service: Ints
    predicted_at: Floats
    age_hours: Floats
    low_hours: Floats
    median_hours: Floats
    high_hours: Floats
    took_hours: Floats
    open_for_hours: Floats
    reason: Ints

    @property
    def is_said(self) -> Bools:
        return np.asarray(self.reason == 0)

    def only(self, chosen: Bools) -> Self:
        """The predictions that are marked: those of residents, of one service, of one area."""
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def of_service(self, service: int) -> Self:
        return self.only(self.service == service)

    def coverage(self) -> Coverage:
        """Of the predictions that said something."""
        said = self.only(self.is_said)
        hits, early = said._is_hit(), said.took_hours < said.low_hours
        late = (said.took_hours > said.high_hours) & (said.open_for_hours > said.high_hours)
        n = said.row.size
        n_hits, n_early, n_late = int(hits.sum()), int(early.sum()), int(late.sum())
        return Coverage(n, n_hits, n_early, n_late, n - n_hits - n_early - n_late)

    def share_cannot_say(self) -> dict[str, float]:
        """Share of all predictions by reason, `said` among them."""
        counts = np.bincount(self.reason, minlength=len(REASONS))
        return {reason: float(count) / max(self.row.size, 1) for reason, count in zip(REASONS, counts, strict=True)}

    def median_width_hours(self) -> float:
        widths = (self.high_hours - self.low_hours)[self.is_said]
        return float(np.median(widths)) if widths.size else math.nan

    def _is_hit(self) -> Bools:
        return np.asarray((self.low_hours <= self.took_hours) & (self.took_hours <= self.high_hours))

    def run_out(self, at: float) -> Self:
        """Ranges whose high end lay before `at`: their outcome was known then, whatever it is."""
        return self.only(self._runs_out_at < at)

    @property
    def _runs_out_at(self) -> Floats:
        """When each range's outcome is known for certain; never (infinite) where nothing was said or the records end sooner."""
        opened_at = self.predicted_at - self.age_hours
        return np.where(self.is_said & (self.open_for_hours > self.high_hours), opened_at + self.high_hours, np.inf)


def back_test(
    history: RequestHistory,
    *,
    since: float,
    until: float,
    age_hours: float = 0.0,
    coverage: float = COVERAGE,
    refit_hours: float = REFIT_HOURS,
    window_hours: float = WINDOW_HOURS,
    gated: bool = True,
) -> BackTest:
    """Replay the predictions for requests opened in `[since, until)` that were still open at `age_hours`.

    With `gated`, predictions from `TRIAL_HOURS` before `since` are replayed too, and a service says nothing on the days on which its own run-out
    ranges of the 120 days before had not held. Only earlier outcomes decide it.
    """
    begin = since - TRIAL_HOURS if gated else since
    replay = Replay(age_hours, coverage, refit_hours, window_hours)
    parts = [replay.of_service(history.of_service(s), s, begin, until) for s in range(history.n_services)]
    if gated:
        parts = [_gated(part, refit_hours) for part in parts]
    joined = joined_tests(parts)
    return joined.only(joined.predicted_at - joined.age_hours >= since) if gated else joined


def joined_tests(parts: list[BackTest]) -> BackTest:
    """One back-test from those of several services."""
    if not parts:
        none, no_hours = np.zeros(0, dtype=np.int64), np.zeros(0)
        return BackTest(none, none, no_hours, no_hours, no_hours, no_hours, no_hours, no_hours, no_hours, none)
    return BackTest(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(BackTest)))


@dataclass(frozen=True, slots=True)
class Replay:
    """How predictions are replayed: at which age, for which coverage, from curves how old and of how long a window."""

    age_hours: float = 0.0
    coverage: float = COVERAGE
    refit_hours: float = REFIT_HOURS
    window_hours: float = WINDOW_HOURS

    def of_service(self, history: ServiceHistory, service: int, since: float, until: float) -> BackTest:
        """Predictions for one service, in the order of opening."""
        asked = self._asked(history, since, until)
        at = history.opened[asked] + self.age_hours
        answers = np.full((4, asked.size), np.nan)
        for first, last, cut in _runs(np.floor(at / self.refit_hours) * self.refit_hours):
            answers[:, first:last] = np.reshape(self._answer(history.curve_at(cut, window_hours=self.window_hours)), (4, 1))
        opened = history.opened[asked]
        return BackTest(
            row=history.row[asked],
            service=np.full(asked.size, service, dtype=np.int64),
            predicted_at=at,
            age_hours=at - opened,
            low_hours=answers[0],
            median_hours=answers[1],
            high_hours=answers[2],
            took_hours=history.closed[asked] - opened,
            open_for_hours=history.seen_until[asked] - opened,
            reason=answers[3].astype(np.int64),
        )

    def _asked(self, history: ServiceHistory, since: float, until: float) -> Ints:
        """Requests opened in the period that were open, and known to be, at the age asked about."""
        first, last = history.opened.searchsorted((since, until), side="left")
        opened, closed, seen = history.opened[first:last], history.closed[first:last], history.seen_until[first:last]
        return np.asarray(first + np.flatnonzero((closed > opened + self.age_hours) & (seen > opened + self.age_hours)))

    def _answer(self, curve: ClosingTimes) -> tuple[float, float, float, float]:
        found = curve.range_from(self.age_hours, self.coverage)
        if isinstance(found, CannotSay):
            return math.nan, math.nan, math.nan, float(REASONS.index(found.reason))
        return found.low_hours, found.median_hours, found.high_hours, 0.0


def holds(n: int, hits: int) -> bool:
    """Is a coverage of at least 60 % still credible? True too where fewer than 30 ran out: then nothing speaks against the ranges."""
    return n < LEAST_CLOSINGS or wilson_interval(hits, n)[1] >= LEAST_COVERAGE


def _gated(test: BackTest, refit_hours: float) -> BackTest:
    """One service's predictions, silenced at the moments when its run-out ranges had not held.

    A silenced prediction keeps being made inside, and its range counts when it runs out: how else could a service be heard again?
    """
    runs_out, is_hit = test._runs_out_at, test._is_hit()
    silent = np.zeros(test.row.size, dtype=bool)
    for first, last, cut in _runs(np.floor(test.predicted_at / refit_hours) * refit_hours):
        judged = (test.predicted_at >= cut - TRIAL_HOURS) & (runs_out < cut)
        silent[first:last] = not holds(int(judged.sum()), int((judged & is_hit).sum()))
    silent &= test.is_said
    low, median, high = (np.where(silent, np.nan, hours) for hours in (test.low_hours, test.median_hours, test.high_hours))
    reason = np.where(silent, REASONS.index("ranges_did_not_hold"), test.reason)
    return replace(test, low_hours=low, median_hours=median, high_hours=high, reason=reason)


def wilson_interval(hits: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Interval for a share of `hits` in `n`; the whole of 0–1 where there is nothing to go by."""
    if n == 0:
        return 0.0, 1.0
    share, shrink = hits / n, 1.0 + z * z / n
    middle = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _runs(values: Floats) -> Iterator[tuple[int, int, float]]:
    """Stretches of equal neighbours: first place, place after the last, value."""
    edges = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1], [True]))) if values.size else np.zeros(1, dtype=np.int64)
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        yield first, last, float(values[first])
