"""How right a rule is about meters whose truth is known. Knows tables, and no rule.

*Exact*: start and restoration both equal the truth's intervals, and no outage where there was none, over all meters. *Precision, recall*: of "had
a storm outage", over meters; a rule that says `unknown` has not said so. *Error*: mean absolute difference of `hours` from the truth's intervals
plus one, over meters that were restored and of which the rule says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Answers:
    """A rule's answers beside the truth, meter by meter; arrays of shape (n,)."""

    exact: Bools
    said_out: Bools
    was_out: Bools
    can_tell: Bools
    said_status: list[str]
    true_status: list[str]
    faults: list[frozenset[str]]
    error_hours: NDArray[np.float64]  # NaN where not restored, or not said to be; against the truth's intervals
    error_of_moments_hours: NDArray[np.float64]  # … against the true moments, which lie inside intervals
    is_within_bounds: Bools  # hours_low ≤ true hours ≤ hours_high, where both say restored

    @property
    def n(self) -> int:
        return int(self.exact.size)

    def only(self, rows: Bools) -> Answers:
        """The answers about some meters."""
        at = np.flatnonzero(rows).tolist()
        return Answers(
            exact=self.exact[rows],
            said_out=self.said_out[rows],
            was_out=self.was_out[rows],
            can_tell=self.can_tell[rows],
            said_status=[self.said_status[row] for row in at],
            true_status=[self.true_status[row] for row in at],
            faults=[self.faults[row] for row in at],
            error_hours=self.error_hours[rows],
            error_of_moments_hours=self.error_of_moments_hours[rows],
            is_within_bounds=self.is_within_bounds[rows],
        )

    def carrying(self, fault: str) -> Answers:
        """The answers about meters with this fault."""
        return self.only(np.array([fault in names for names in self.faults], dtype=bool))

    def scores(self) -> Scores:
        right = int((self.said_out & self.was_out).sum())
        compared = ~np.isnan(self.error_hours)
        return Scores(
            n=self.n,
            exact=_share(int(self.exact.sum()), self.n),
            exact_told=_share(int((self.exact & self.can_tell).sum()), int(self.can_tell.sum())),
            told=_share(int(self.can_tell.sum()), self.n),
            precision=_share(right, int(self.said_out.sum())),
            recall=_share(right, int(self.was_out.sum())),
            error_hours=float(self.error_hours[compared].mean()) if compared.any() else float("nan"),
            error_of_moments_hours=float(self.error_of_moments_hours[compared].mean()) if compared.any() else float("nan"),
            within_bounds=_share(int(self.is_within_bounds[compared].sum()), int(compared.sum())),
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares 0–1 (NaN where nothing was to be judged) and hours."""

    n: int
    exact: float
    exact_told: float
    told: float
    precision: float
    recall: float
    error_hours: float
    error_of_moments_hours: float
    within_bounds: float

    def words(self) -> str:
        return (
            f"exact {self.exact:.4f} ({self.exact_told:.4f} of the {self.told:.1%} where the data can tell), precision {self.precision:.4f}, "
            f"recall {self.recall:.4f}, mean error {self.error_hours:.3f} h; {self.n:,} meters"
        )


def compare(outages: pa.Table, truth: pa.Table, *, interval_hours: float) -> Answers:
    """Lay a rule's `outages` beside the truth, by meter; a meter without an answer counts as `unknown`."""
    answer = dict(zip(outages["meter_id"].to_pylist(), range(outages.num_rows), strict=True))
    rows = np.array([answer.get(meter, -1) for meter in truth["meter_id"].to_pylist()])
    known = rows >= 0
    said_status = ["unknown" if row < 0 else status for row, status in zip(rows, _taken(outages["status"].to_pylist(), rows), strict=True)]
    true_status = truth["status"].to_pylist()
    said, true = np.array(said_status), np.array(true_status)
    said_out, was_out = np.isin(said, ("restored", "still_out")), np.isin(true, ("restored", "still_out"))
    start, end = (np.where(known, _moments(outages[name])[rows], NEVER) for name in ("outage_start", "restored_at"))
    true_start, true_end = _moments(truth["outage_start"]), _moments(truth["restored_at"])
    same = (start == true_start) & (end == true_end) & (said == true)
    both = (said == "restored") & (true == "restored")
    hours, low, high = (_numbers(outages[name])[rows] for name in ("hours", "hours_low", "hours_high"))
    true_hours = _numbers(truth["hours"])
    by_intervals = np.where(both, (true_end.astype(np.float64) - true_start) / 3.6e9 + interval_hours, np.nan)
    return Answers(
        exact=np.where(was_out, same, np.where(true == "never_out", said == "never_out", ~said_out)),
        said_out=said_out,
        was_out=was_out,
        can_tell=truth["can_tell"].to_numpy(),
        said_status=said_status,
        true_status=true_status,
        faults=[frozenset(names) for names in truth["faults"].to_pylist()],
        error_hours=np.where(both, np.abs(hours - by_intervals), np.nan),
        error_of_moments_hours=np.where(both, np.abs(hours - true_hours), np.nan),
        is_within_bounds=both & (low <= true_hours + 1e-9) & (true_hours <= high + 1e-9),
    )


def joined(parts: list[Answers]) -> Answers:
    """The answers about several seeds as one."""
    arrays = ("exact", "said_out", "was_out", "can_tell", "error_hours", "error_of_moments_hours", "is_within_bounds")
    lists = ("said_status", "true_status", "faults")
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays}
    columns |= {name: [one for part in parts for one in getattr(part, name)] for name in lists}
    return Answers(**columns)


def _share(hits: int, of: int) -> float:
    return hits / of if of else float("nan")


def _taken(values: list[str], rows: NDArray[np.intp]) -> list[str]:
    return [values[row] for row in rows.tolist()]


def _moments(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Microseconds since 1970; NEVER for null."""
    micro = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(micro.fill_null(NEVER).to_numpy(), dtype=np.int64)


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
