"""What cannot be right in a panel's values, and what is poor but usable.

Modelling choice: a fault says what was expected, what came, how often, the first row (counted from 1), and what to do; where two readings are
possible it asks. The limits are those of the words themselves (a share lies between 0 and 1), not of what is usual in one city.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Columns = Mapping[str, Floats]
Ids = Mapping[str, NDArray[Any]]

SHARES: Final = ("minority_share", "education", "elderly_share", "college_age_share", "renter_share")
NOT_NEGATIVE: Final = (
    "restoration_hours",
    "community_participation",
    "community_participation_others",
    "house_age",
    "median_income",
    "reported_hours",
)
STILL_OUT: Final = "still_out"
UNKNOWN: Final = "unknown"
STATUSES: Final = ("restored", STILL_OUT, "never_out", UNKNOWN)
MAY_BE_MISSING_THROUGHOUT: Final = ("reported_hours",)
_ROUNDING: Final = 1e-9
# Nobody lives 10^11 to a square mile, and no block group's median income is a million dollars.
_LARGEST_LOG_DENSITY: Final = 25.0
_LARGEST_INCOME_THOUSANDS: Final = 1000.0


def faults_of_values(numbers: Columns, ids: Ids) -> list[str]:
    """Every fault, in the order of the columns."""
    found: list[str] = []
    for name, values in numbers.items():
        if np.isnan(values).all():
            if name not in MAY_BE_MISSING_THROUGHOUT:
                found.append(f"{name}: every value is missing")
            continue
        found += _faults_of_column(name, values)
    if "premise_id" in ids:
        found += _faults_of_premises(ids["premise_id"])
    if "status" in ids:
        found += _faults_of_status(ids["status"].astype(str), numbers.get("restoration_hours"))
    return found


def warnings_of_values(numbers: Columns, ids: Ids) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Code, words and columns of what is poor but usable."""
    yield from _missing(numbers)
    if "block_group" in ids:
        yield from _poor_clusters(ids["block_group"])
    else:
        text = "There is no column block_group: errors cannot respect that neighbours lose and regain power together, and are too small."
        yield "no_clusters", text, ("block_group",)
    if "participation" in numbers and "minority_share" in numbers:
        yield from _silent_groups(numbers["participation"], numbers["minority_share"])
    if "status" in ids and (out := int((ids["status"] == STILL_OUT).sum())):
        text = f"{out:,} households were still out at the end of the records: models of mean hours take their hours so far for all of them."
        yield "still_out", text, ("restoration_hours",)
    if "restoration_hours" in numbers and (zero := int((numbers["restoration_hours"] == 0).sum())):
        yield "zero_hours", f"{zero:,} households have 0 hours: they count as restored at once; were they out at all?", ("restoration_hours",)


def _faults_of_column(name: str, values: Floats) -> Iterator[str]:
    if np.isinf(values).any():
        yield _said(name, np.isinf(values), "are infinite")
    if name == "participation":
        yield from _faults_of_participation(values)
    elif name in SHARES:
        yield from _faults_of_share(name, values)
    elif name in NOT_NEGATIVE and (values < 0).any():
        hint = {"restoration_hours": "; an outage cannot end before it began", "reported_hours": "; a report before the outage is of another outage"}
        yield _said(name, values < 0, f"are below 0, the least {np.nanmin(values):g}{hint.get(name, '')}")
    elif name == "restoration_hours" and np.nanmax(values) == 0.0:
        yield "restoration_hours: every value is 0, so that models 2 to 5 have nothing to compare; was anybody out?"
    if name == "log_population_density" and np.nanmax(values) > _LARGEST_LOG_DENSITY:
        yield f"{name}: values up to {np.nanmax(values):,.0f} came. People per square mile? Then give their natural logarithm"
    if name == "median_income" and np.nanmax(values) > _LARGEST_INCOME_THOUSANDS:
        yield f"{name}: values up to {np.nanmax(values):,.0f} came. Dollars? The panel holds thousands of dollars: divide by 1,000"
    if name == "weight" and not (values > 0).all():
        yield _said(name, ~(values > 0), "are missing, 0 or negative; a household in the panel stands for more than none")


def _faults_of_participation(values: Floats) -> Iterator[str]:
    other = ~np.isin(values, (0.0, 1.0)) & ~np.isnan(values)
    if other.any():
        yield _said("participation", other, f"are neither 0 nor 1, as {values[other][0]:g}; did the household report in the window?")
    elif np.nanmin(values) == np.nanmax(values):
        which = "every household took part" if np.nanmax(values) == 1 else "no household took part"
        yield f"participation: {which}, so nothing can be compared"


def _faults_of_share(name: str, values: Floats) -> Iterator[str]:
    if np.nanmin(values) < -_ROUNDING:
        yield _said(name, values < -_ROUNDING, f"are below 0, the least {np.nanmin(values):g}")
    top = float(np.nanmax(values))
    if top > 1.0 + _ROUNDING:
        question = f"Per cent? Then add --percent {name}" if 1.5 < top <= 100.0 + _ROUNDING else "A share cannot be larger than 1"
        yield f"{name}: shares between 0 and 1 were expected, and values up to {top:g} came. {question}"


def _faults_of_premises(premises: NDArray[Any]) -> Iterator[str]:
    counts = Counter(one for one in premises if one is not None)
    twice = [one for one, count in counts.items() if count > 1]
    if twice:
        yield f"premise_id: {len(twice):,} households have more than one row, as {twice[0]!r}; one row a household was expected"


def _faults_of_status(status: NDArray[np.str_], hours: NDArray[np.float64] | None) -> Iterator[str]:
    other = ~np.isin(status, STATUSES)
    if other.any():
        yield _said("status", other, f"are none of {', '.join(STATUSES)}, as '{status[other][0]}'")
    if hours is not None and (told := (status == UNKNOWN) & ~np.isnan(hours)).any():
        yield _said("status", told, f"are {UNKNOWN} beside hours: of such a household no hours can be known")


def _said(name: str, bad: NDArray[np.bool_], words: str) -> str:
    return f"{name}: {int(bad.sum()):,} of {bad.size:,} values {words} (first in row {int(np.argmax(bad)) + 1:,})"


def _missing(numbers: Columns) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    lost = {name: int(np.isnan(values).sum()) for name, values in numbers.items() if name not in MAY_BE_MISSING_THROUGHOUT}
    some = {name: count for name, count in lost.items() if count}
    if some:
        counts = ", ".join(f"{name} {count:,}" for name, count in some.items())
        yield "values_missing", f"Missing values: {counts}. A model leaves out the rows that miss a column of its own.", tuple(some)


def _poor_clusters(labels: NDArray[Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    counts = Counter(labels)
    single = sum(count == 1 for count in counts.values())
    if len(counts) == 1:
        yield "one_cluster", "All households are in one block group: errors by cluster cannot be told.", ("block_group",)
    elif len(counts) < 20:
        yield "few_clusters", f"{len(counts)} block groups are few: errors by cluster are uncertain themselves.", ("block_group",)
    if single and len(counts) > 1:
        yield "singleton_clusters", f"{single:,} of {len(counts):,} block groups hold one household each.", ("block_group",)


def _silent_groups(participation: Floats, minority: Floats) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for words, chosen in (("minority", minority > 0.5), ("non-minority", minority <= 0.5)):
        known = participation[chosen & ~np.isnan(participation)]
        if known.size and known.sum() == 0:
            text = f"None of the {known.size:,} {words} households took part: what taking part goes with cannot be told for them."
            yield "group_without_participants", text, ("participation", "minority_share:participation")
