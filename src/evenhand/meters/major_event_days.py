"""Major-event days: days so bad that they are set apart from a utility's everyday reliability.

Modelling choice: the 2.5 beta method of IEEE Std 1366. Daily SAIDI is close to log-normal, so a day is set apart where the logarithm of its SAIDI
lies more than 2.5 standard deviations above the mean of the logarithms of up to five years of days before. Days without an interruption are left
out, for they have no logarithm. An interruption that spans midnight belongs wholly to the day on which it begins. The standard deviation is the
sample's (n - 1).

With fewer than five years the standard takes all that there are, and so does this; the result says how many. Under one year there is no threshold:
a season would be missing.

References: IEEE Std 1366-2022, definitions of a major event day and clause on the 2.5 beta method; Christie (2003), "Statistical classification of
major event days in distribution system reliability", IEEE Transactions on Power Delivery 18(4):1336–1341.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.interruption_rows import Bools, Floats, Ints
from evenhand.meters.not_computable import NotComputable
from evenhand.meters.reliability_errors import ReliabilityUnusable

BETAS: Final = 2.5
YEARS_ASKED: Final = 5
_DAYS_A_YEAR: Final = 365.25
_LEAST_SPAN_DAYS: Final = 365
_LEAST_DAYS: Final = 30
_EPOCH: Final = date(1970, 1, 1).toordinal()

Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MajorEventDays:
    """The threshold and the days that pass it.

    `alpha` and `beta` are the mean and the sample standard deviation of ln(daily SAIDI in minutes) over `history_days_used` days;
    `threshold_minutes` is exp(alpha + 2.5 beta). `days` (dates) and `saidi_minutes` (float64) are the days judged; `is_major` (bool) those above.
    """

    alpha: float
    beta: float
    threshold_minutes: float
    history_from: date
    history_to: date
    history_years: float
    history_days_used: int
    history_days_without_interruption: int
    days: tuple[date, ...]
    saidi_minutes: Floats
    is_major: Bools
    notes: tuple[str, ...]

    def table(self) -> pa.Table:
        """Columns `day` (date32), `saidi_minutes`, `threshold_minutes`, `is_major`."""
        threshold = np.full(len(self.days), self.threshold_minutes)
        days = pa.array(self.days, pa.date32())
        return pa.table({"day": days, "saidi_minutes": self.saidi_minutes, "threshold_minutes": threshold, "is_major": self.is_major})

    def plot(self) -> dict[str, Any]:
        """A chart specification (Vega-Lite, data inside): each day's SAIDI, and the threshold as a rule."""
        rows = [
            {"day": day.isoformat(), "saidi_minutes": float(minutes), "kind": "major-event day" if major else "other day"}
            for day, minutes, major in zip(self.days, self.saidi_minutes, self.is_major, strict=True)
        ]
        bars = {
            "mark": "bar",
            "encoding": {
                "x": {"field": "day", "type": "ordinal", "title": "Day on which the interruption began"},
                "y": {"field": "saidi_minutes", "type": "quantitative", "title": "SAIDI of the day (minutes a customer)"},
                "color": {"field": "kind", "type": "nominal", "title": None},
            },
        }
        threshold = {"mark": "rule", "encoding": {"y": {"datum": self.threshold_minutes}}}
        return {"data": {"values": rows}, "layer": [bars, threshold]}


def major_event_days(days: Days, saidi_minutes: Floats, history: pa.Table | None) -> MajorEventDays | NotComputable:
    """Judge days by the utility's own past.

    Parameters
    ----------
    days
        int64, shape (n,), days since 1970 in the utility's zone, distinct: the days to judge.
    saidi_minutes
        float64, shape (n,), minutes a customer: the SAIDI of each, all interruptions that began on it.
    history
        Columns `date` (date, timestamp or ISO text) and `saidi_minutes` (number, minutes a customer; 0 or null = no interruption), one row a day.
        Days from the first day judged on are left out; of the rest the last five years count. None where there is no history.

    Returns
    -------
    MajorEventDays, or NotComputable with the reason `no_daily_history`, `history_under_a_year`, `too_few_days_with_interruptions`.

    Raises
    ------
    ReliabilityUnusable
        If the history lacks a column, holds a day twice, or minutes that are negative or infinite; all at once.

    References
    ----------
    IEEE Std 1366-2022, the 2.5 beta method, steps a to g.
    """
    if history is None:
        return NotComputable(
            "no_daily_history",
            "Major-event days are not computable from this: the 2.5 beta method needs the SAIDI of each day of the five years before "
            "(--daily-history, with the columns date and saidi_minutes).",
        )
    if faults := list(history_faults(history)):
        raise ReliabilityUnusable(faults)
    past_days, past_minutes = _read(history)
    if not days.size:
        return NotComputable("no_interruptions", "There are no interruptions, so there is no day to judge.")
    before = past_days < days.min()
    past_days, past_minutes, later = past_days[before], past_minutes[before], int((~before).sum())
    span_days = int(past_days.max() - past_days.min()) + 1 if past_days.size else 0
    if span_days < _LEAST_SPAN_DAYS:
        return NotComputable(
            "history_under_a_year",
            f"Major-event days are not computable from this: the daily history before {_date(int(days.min()))} spans {span_days} days. The method "
            f"asks for {YEARS_ASKED} years, and under one a season is missing.",
        )
    recent = past_days > _five_years_before(int(past_days.max()))
    return _judged(days, saidi_minutes, past_days[recent], past_minutes[recent], later)


def _judged(days: Days, saidi_minutes: Floats, past_days: Days, past_minutes: Floats, later: int) -> MajorEventDays | NotComputable:
    some = past_minutes > 0
    used = int(some.sum())
    if used < _LEAST_DAYS:
        return NotComputable(
            "too_few_days_with_interruptions",
            f"Major-event days are not computable from this: only {used} days of the history had an interruption, and {_LEAST_DAYS} are the least.",
        )
    logs = np.log(past_minutes[some])
    alpha, beta = float(logs.mean()), float(logs.std(ddof=1))
    threshold = float(np.exp(alpha + BETAS * beta))
    order = np.argsort(days)
    span = int(past_days.max() - past_days.min()) + 1
    return MajorEventDays(
        alpha=alpha,
        beta=beta,
        threshold_minutes=threshold,
        history_from=_date(int(past_days.min())),
        history_to=_date(int(past_days.max())),
        history_years=span / _DAYS_A_YEAR,
        history_days_used=used,
        history_days_without_interruption=span - used,
        days=tuple(_date(int(day)) for day in days[order]),
        saidi_minutes=saidi_minutes[order],
        is_major=saidi_minutes[order] > threshold,
        notes=tuple(_notes(int(past_days.max()), span, past_days.size, int(days.min()) - int(past_days.max()) - 1, later)),
    )


def _notes(last_day: int, span_days: int, rows: int, gap_days: int, later: int) -> Iterator[str]:
    yield (
        "Daily SAIDI of the history is the utility's own count, and that of these days comes from meter readings, which see no interruption "
        "shorter than their interval: compare with that in mind."
    )
    if span_days < last_day - _five_years_before(last_day):
        yield f"The standard asks for {YEARS_ASKED} years of days; this history spans {span_days / _DAYS_A_YEAR:.1f}, and all of it was used."
    if missing := span_days - rows:
        yield f"{missing:,} days of the history have no row and were taken as days without an interruption."
    if gap_days:
        yield f"The history ends {gap_days:,} days before the first day judged."
    if later:
        yield f"{later:,} days of the history do not lie before the first day judged and were left out."


def history_faults(history: pa.Table) -> Iterator[str]:
    """What is wrong with a daily history: columns, dates and minutes that cannot be read, days that come twice."""
    if missing := [name for name in ("date", "saidi_minutes") if name not in history.column_names]:
        had = ", ".join(history.column_names)
        yield from (f"the daily history has no column {name} (its columns: {had})" for name in missing)
        return
    try:
        days, minutes = _read(history)
    except pa.ArrowException as error:
        yield f"the daily history needs dates (2025-03-31) and minutes as numbers, and {str(error).splitlines()[0]}"
        return
    if history["date"].null_count:
        yield f"{history['date'].null_count:,} rows of the daily history have no date"
    elif twice := int(days.size - np.unique(days).size):
        yield f"{twice:,} rows of the daily history repeat a date"
    if wrong := int((~(np.isfinite(minutes) & (minutes >= 0))).sum()):
        yield f"{wrong:,} days of the daily history have minutes that are negative or infinite"


def _read(history: pa.Table) -> tuple[Days, Floats]:
    """Days since 1970 and minutes, one place a row; null minutes are 0."""
    return _days(history["date"]), np.asarray(pc.fill_null(history["saidi_minutes"].cast(pa.float64()), 0.0), dtype=np.float64)


def _days(values: pa.ChunkedArray) -> Ints:
    if pa.types.is_timestamp(values.type):
        values = pc.floor_temporal(pc.local_timestamp(values) if values.type.tz else values, unit="day")
    as_dates = values.cast(pa.date32())
    return np.asarray(pc.fill_null(as_dates.cast(pa.int32()), 0), dtype=np.int64)


def _five_years_before(day: int) -> int:
    """The same day of the calendar five years earlier; 28 February for the 29th."""
    last = _date(day)
    is_leap_day = (last.month, last.day) == (2, 29)
    first = last.replace(year=last.year - YEARS_ASKED, day=28 if is_leap_day else last.day)
    return first.toordinal() - _EPOCH


def _date(days_since_1970: int) -> date:
    return date.fromordinal(_EPOCH + days_since_1970)
