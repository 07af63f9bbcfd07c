"""Was the gap there before the storm? The study's model on a week in which no storm was.

Modelling choice: the hours without power of a quiet week take the place of the storm's hours, all else as in model 3. The storm cannot have touched
them: a gap in them is a gap of the grid, and one that the storm's hours may have inherited. Most homes have 0 such hours; the ratio of means is
estimated all the same, and its errors are cr3_one_step, because here an interval is what is asked for. A week so quiet that its interval holds the
storm's gap as well as none tells nothing, and that is said; so does an interval that holds none and whose ends are more than ten times apart. It is a
week, with its working days and its Sunday, or nothing: readings that begin later cannot be asked.

Reference: Lipsitch, Tchetgen Tchetgen & Cohen (2010), Epidemiology 21:383–388 (negative controls).
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.verdicts import ratio_words
from evenhand.studies.diagnostics.design_refits import HOURS, Floats, Refits, about, hypothesis_of, numbers_of, ratio_of, untestable
from evenhand.studies.five_models import FIVE_MODELS, fit_model, wanted_conventions
from evenhand.studies.hypotheses import inference
from evenhand.studies.results import BuiltPanel, Diagnostic, Standing

# Fewer households that were dark in the quiet week tell nothing of a gap.
LEAST_DARK: Final = 30
DAYS, GAP_DAYS = 7.0, 1.0
# An interval whose ends are farther apart than this ratio tells of no gap that anybody could mean.
WIDEST: Final = 10.0
_A_DAY_SECONDS: Final = 86_400.0
_PLACEBO: Final = "Model 3 with the hours without power of a quiet week before the storm as outcome"


def placebo_outcome(built: BuiltPanel, refits: Refits, placebo: NDArray[Any] | pa.Table | None, readings_begin: datetime | None = None) -> Diagnostic:
    """The same model on a week in which no storm was; parameters as in `design_diagnostics`."""
    title = "Placebo outcome: a quiet week before the storm"
    hours = quiet_hours(placebo, built) if isinstance(placebo, pa.Table) else placebo
    why = _why_no_week(built.event_start, readings_begin) or _why_no_placebo(hours, built.panel.n)
    if why or hours is None:
        return untestable("placebo", title, _PLACEBO, why, "Keep readings of some weeks before a storm: they show what the grid did without one.")
    quiet = np.asarray(hours, dtype=np.float64)
    wanted = wanted_conventions(["cr3_one_step" if refits.has_clusters else "hc1"])
    panel = replace(refits.panel, numbers={**refits.panel.numbers, HOURS: quiet})
    try:
        fit = fit_model(panel, FIVE_MODELS[2], errors=wanted, is_weighted=refits.study.is_weighted)
        found = {name: ratio_of(inference(hypothesis_of(name), fit)) for name in ("H1", "H3b")}
        storm = ratio_of(inference(hypothesis_of("H1"), refits.study.fits["3"], refits.study.errors[0]))
    except DesignUnusable as error:
        return untestable("placebo", title, _PLACEBO, error.message.rstrip("."))
    if not all(math.isfinite(value) for value in (*found["H1"], *storm)):
        return untestable("placebo", title, _PLACEBO, "the quiet week's model has no finite interval")
    _, low, high = found["H1"]
    if low <= 1.0 <= high and high > WIDEST * low:
        why = f"the week had so few hours without power that the ends of the gap's 95 % interval (H1) are more than {WIDEST:g} times apart"
        return untestable("placebo", title, _PLACEBO, why, "Take more weeks before the storm, if readings are kept.")
    return _of_placebo(quiet, found, storm, title, next(iter(wanted)))


def _why_no_week(event_start: datetime, readings_begin: datetime | None) -> str:
    if readings_begin is None:
        return ""
    days = (event_start - readings_begin).total_seconds() / _A_DAY_SECONDS
    if days >= DAYS + GAP_DAYS:
        return ""
    return f"the readings begin {days:.1f} days before the event, and a week that ends a day before it needs {DAYS + GAP_DAYS:g}"


def _why_no_placebo(hours: NDArray[Any] | None, n: int) -> str:
    if hours is None:
        return "no interruption is known from a quiet week before the storm"
    if hours.shape != (n,):
        return f"hours of a quiet week came for {hours.size:,} households, and the panel holds {n:,}"
    dark = int(np.count_nonzero(np.nan_to_num(np.asarray(hours, dtype=np.float64)) > 0.0))
    return "" if dark >= LEAST_DARK else f"fewer than {LEAST_DARK} households were dark in the quiet week"


def _of_placebo(
    quiet: Floats, found: dict[str, tuple[float, float, float]], storm: tuple[float, float, float], title: str, errors: str
) -> Diagnostic:
    gap, low, high = found["H1"]
    is_there = low > 1.0 or high < 1.0
    is_like_storm = low <= storm[0] <= high
    same_way = (gap > 1.0) == (storm[0] > 1.0)
    standing: Standing = "sound"
    if is_there:
        standing = "trouble" if same_way else "caution"
        said = "A gap was there before the storm, and the same way: the grid, and not the response to this storm, may carry the storm's."
        if not same_way:
            said = "A gap was there before the storm, but the other way: it does not carry the storm's, and would hide a part of it."
        advice = "Do not lay the gap to the restoration alone; compare each household's storm with its own quiet weeks."
    elif is_like_storm:
        standing = "caution"
        said = "No gap is told apart from none, but the interval holds the storm's gap too: the week was too quiet to tell."
        advice = "Take more weeks before the storm, if readings are kept."
    else:
        said = "No gap is told apart from none, and the storm's gap lies outside of the interval: what makes it was not there in the quiet week."
        advice = "Nothing; a quiet week says nothing of damage that only storms do."
    figures = {
        "households dark in the quiet week, about": about(int(np.count_nonzero(np.nan_to_num(quiet) > 0.0))),
        "mean hours dark": float(np.nanmean(quiet)),
        "H1 in the quiet week (ratio)": gap,
        "H1 in the quiet week, low (ratio)": low,
        "H1 in the quiet week, high (ratio)": high,
        "H1 in the storm (ratio)": storm[0],
    }
    meaning = f"In the quiet week the gap (H1) is {ratio_words((gap, low, high))}; in the storm it is {ratio_words(storm)}. {said}"
    return Diagnostic("placebo", title, f"{_PLACEBO} (errors: {errors}).", figures, meaning, advice, standing)


def quiet_hours(interruptions: pa.Table, built: BuiltPanel) -> Floats | None:
    """Hours without power of each household in the week that ends a day before the event (the first gusts are no quiet week), by `meter_id`.

    Parameters
    ----------
    interruptions
        One row an interruption, as detection writes them: `meter_id`, `start`, `end` (UTC; null while still out).
    built
        Its table has `meter_id`.

    Returns
    -------
    float64, shape (n,), in the order of the panel; None where there is nothing to match by, or nothing before the event.
    """
    if "meter_id" not in built.table.column_names or not {"meter_id", "start", "end"} <= set(interruptions.column_names):
        return None
    until = built.event_start.timestamp() - GAP_DAYS * _A_DAY_SECONDS
    begin, end = (_seconds(interruptions.column(name)) for name in ("start", "end"))
    spans = np.clip(np.where(np.isnan(end), until, end), None, until) - np.clip(begin, until - DAYS * _A_DAY_SECONDS, None)
    in_week = spans > 0.0
    if not in_week.any():
        return None
    dark: dict[Any, float] = {}
    meters = interruptions.column("meter_id").to_pylist()
    for row in np.flatnonzero(in_week):
        dark[meters[row]] = dark.get(meters[row], 0.0) + float(spans[row]) / 3600.0
    return np.array([dark.get(meter, 0.0) for meter in built.table.column("meter_id").to_pylist()])


def _seconds(column: pa.ChunkedArray) -> Floats:
    return numbers_of(column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())) / 1e6
