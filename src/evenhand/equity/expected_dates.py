"""What a city can say about when a request will be closed: one curve, one trial and one verdict a service.

Modelling choice: each service is tried on its own last 120 days of openings, replayed with daily refits (`back_tests`); the verdict goes by the
ranges that had run out by `as_of`. The stretch ends with the service's own last opening, so that a service which pauses in summer is
judged by its last season. A city recomputes this once a day and stores `to_dict()` of each service; a page then asks `range_from(age)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.back_tests import TRIAL_HOURS, Coverage, Replay, holds
from evenhand.equity.closing_times import CannotSay, ClosingTimes, ExpectedRange, Floats
from evenhand.equity.request_history import RequestHistory, ServiceHistory


@dataclass(frozen=True, slots=True)
class ServiceForecast:
    """One service: its curve, and how its own past ranges did (`trial`: given at opening, run out by now)."""

    times: ClosingTimes
    trial: Coverage

    @property
    def holds(self) -> bool:
        """False where the trial makes a coverage of 60 % or more incredible."""
        return holds(self.trial.n, self.trial.hits)

    def range_from(self, age_hours: float) -> ExpectedRange | CannotSay:
        """The 80 % range for a request of this service that is open `age_hours` after its opening, or why there is none."""
        found = self.times.range_from(age_hours)
        if isinstance(found, CannotSay) or self.holds:
            return found
        words = f"What we expected for requests like this came true for only {self.trial.hits} of {self.trial.n}, so we say nothing for now."
        return CannotSay("ranges_did_not_hold", words, found.n_closed)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for a JSON column, about 6 kB."""
        return {"times": self.times.to_dict(), "trial": asdict(self.trial)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` made."""
        return cls(ClosingTimes.from_dict(stored["times"]), Coverage(**stored["trial"]))


@dataclass(frozen=True, slots=True)
class ExpectedDates:
    """`services[s]` belongs to service index `s`; `n_unusable` requests had no opening time or were closed before opened, and tell nothing."""

    services: tuple[ServiceForecast, ...]
    n_unusable: int


def expected_dates(
    opened_hours: Floats, closed_hours: Floats, service: NDArray[np.integer], *, as_of: float, seen_until: Floats | None = None
) -> ExpectedDates:
    """Everything a city can say at `as_of`.

    Parameters
    ----------
    opened_hours, closed_hours
        float64, shape (n,), hours since the epoch in UTC; NaN in `closed_hours` is open. Closings after `as_of` count as not yet known.
    service
        int, shape (n,), from 0; a service without requests gets an empty curve.
    as_of
        Hours since the epoch: now, or the time of the export where nothing newer is known.
    seen_until
        float64, shape (n,): the end of each request's records, for requests imported from an export that nobody updates. None is `as_of` for all.

    Raises
    ------
    RequestArraysUnusable
        For shapes that differ, services that are no places in a list.
    """
    history = RequestHistory.from_arrays(opened_hours, closed_hours, service, as_of=as_of, seen_until=seen_until)
    services = tuple(_forecast(history.of_service(s), s, as_of) for s in range(history.n_services))
    return ExpectedDates(services, history.n_unusable)


def _forecast(history: ServiceHistory, service: int, as_of: float) -> ServiceForecast:
    return ServiceForecast(history.curve_at(as_of), _trial(history, service, as_of))


def _trial(history: ServiceHistory, service: int, as_of: float) -> Coverage:
    if history.opened.size == 0:
        return Coverage(0, 0, 0, 0, 0)
    last_opening = float(history.opened[-1])
    replayed = Replay().of_service(history, service, last_opening - TRIAL_HOURS, np.nextafter(last_opening, np.inf))
    return replayed.run_out(as_of).coverage()
