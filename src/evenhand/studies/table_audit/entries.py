"""Entries of a published table on the scale on which they are tested, and the custom by which it gives stars.

Modelling choice: what a note says may be wrong, so two things are read from the entries themselves, together: whether a model prints logarithms or
ratios, and which custom of stars the table follows. Of all pairs, the one is taken that leaves the fewest entries whose mark no value within rounding
deserves; one entry alone does not speak against what the table says of itself; where several are alike, the commoner is taken. A ratio r with an
error s has ln r over s / r, or over s where the error is on the scale of logarithms. A negative entry is no ratio. Linear models with a known n have
t, all others z.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scipy.special import stdtr

from evenhand.studies.table_audit.printed import Span, absolute
from evenhand.studies.table_audit.reading import PublishedTable, TableModel, TableTerm

Reading = Literal["logs", "ratios", "ratios, errors of logs"]
RATIO_FAMILIES: Final[Mapping[str, str]] = {
    "logit": "odds ratio",
    "negative_binomial": "incidence-rate ratio",
    "poisson": "incidence-rate ratio",
}
READINGS: Final[tuple[Reading, ...]] = ("logs", "ratios", "ratios, errors of logs")
# So many marks that cannot be right speak against a reading: one is a slip.
LEAST_MISFITS: Final = 2
_SMALLEST_RATIO: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is tested: estimate and error with the intervals that rounding leaves; errors are NaN where none is printed."""

    term: TableTerm
    reading: Reading
    value: float
    span: Span
    error: float
    error_span: Span
    df: float

    @property
    def statistic(self) -> float:
        if self.error > 0.0:
            return self.value / self.error
        return math.copysign(math.inf, self.value) if self.error == 0.0 else math.nan

    @property
    def size(self) -> Span:
        """|z| within rounding; NaN without an error."""
        low, high = absolute(self.span)
        least, most = self.error_span
        if not most > 0.0:
            return math.nan, math.nan
        return low / most, high / least if least > 0.0 else math.inf

    @property
    def is_tested(self) -> bool:
        return not math.isnan(self.size[0])

    def p_value(self, sides: int = 2) -> float:
        return self._beyond(abs(self.statistic), sides)

    def p_span(self, sides: int = 2) -> Span:
        low, high = self.size
        return self._beyond(high, sides), self._beyond(low, sides)

    def _beyond(self, size: float, sides: int) -> float:
        return 0.0 if math.isinf(size) else sides * float(stdtr(self.df, -size))


def entry_of(term: TableTerm, reading: Reading, df: float = math.inf) -> Entry | None:
    """The entry, if it is read so; None where it cannot be."""
    low, high = term.estimate.rounded
    printed = term.std_error
    has_error = printed is not None and printed.value >= 0.0
    error = printed.value if printed is not None and has_error else math.nan
    least, most = (max(printed.rounded[0], 0.0), printed.rounded[1]) if printed is not None and has_error else (math.nan, math.nan)
    if reading == "logs":
        return Entry(term, reading, term.estimate.value, (low, high), error, (least, most), df)
    if high <= 0.0 or term.estimate.value <= 0.0:
        return None
    low = max(low, _SMALLEST_RATIO)
    scale = (term.estimate.value, low, high) if reading == "ratios" else (1.0, 1.0, 1.0)
    span = (math.log(low), math.log(high))
    return Entry(term, reading, math.log(term.estimate.value), span, error / scale[0], (least / scale[2], most / scale[1]), df)


@dataclass(frozen=True, slots=True)
class StarCustom:
    """Marks and the probability below which each is given, the strictest first; `sides` of the test."""

    marks: tuple[tuple[str, float], ...]
    sides: int = 2

    @property
    def words(self) -> str:
        said = ", ".join(f"{mark} p < {level:g}" for mark, level in reversed(self.marks))
        return f"{said}{' (one-sided)' if self.sides == 1 else ''}"

    def mark(self, entry: Entry) -> str:
        """The mark that the figures deserve as they stand."""
        p_value = entry.p_value(self.sides)
        return next((mark for mark, level in self.marks if p_value < level), "")

    def possible(self, entry: Entry) -> tuple[str, ...]:
        """Every mark that some value within rounding deserves, the strictest first."""
        low, high = entry.p_span(self.sides)
        bounds = [0.0, *(level for _, level in self.marks), math.inf]
        names = [*(mark for mark, _ in self.marks), ""]
        return tuple(name for name, least, most in zip(names, bounds[:-1], bounds[1:], strict=True) if low < most and high >= least)

    def allows(self, entry: Entry | None) -> bool:
        return entry is not None and entry.term.stars in self.possible(entry)


def _custom(*marks: tuple[str, float], sides: int = 2) -> StarCustom:
    return StarCustom(tuple(reversed(marks)), sides)


# The commoner first: they are taken where several fit alike.
CUSTOMS: Final = (
    _custom(("*", 0.1), ("**", 0.05), ("***", 0.01)),
    _custom(("*", 0.05), ("**", 0.01), ("***", 0.001)),
    _custom(("+", 0.1), ("*", 0.05), ("**", 0.01), ("***", 0.001)),
    _custom(("*", 0.05), ("**", 0.01)),
    _custom(("+", 0.1), ("*", 0.05), ("**", 0.01)),
    _custom(("*", 0.05)),
    _custom(("*", 0.1), ("**", 0.05), ("***", 0.01), ("****", 0.001)),
    _custom(("*", 0.05), ("**", 0.01), ("***", 0.001), ("****", 0.0001)),
    _custom(("*", 0.05), ("**", 0.01), ("***", 0.001), sides=1),
    _custom(("*", 0.1), ("**", 0.05), ("***", 0.01), sides=1),
)


@dataclass(frozen=True, slots=True)
class ReadTable:
    """`entries` by model, as they are best read; `customs` of stars that fit most of them, the one used first (none where there are no stars).

    `misfits` counts, by model and reading, entries whose mark no value within rounding deserves under the first custom.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    customs: tuple[StarCustom, ...]
    misfits: Mapping[tuple[str, Reading], int]

    @property
    def starred(self) -> tuple[Entry, ...]:
        """Entries with an error, in a table with stars."""
        return tuple(entry for entries in self.entries.values() for entry in entries if entry.term.stars is not None and entry.is_tested)


def read_entries(table: PublishedTable) -> ReadTable:
    """Find the readings and the custom that go together best."""
    read = {name: _by_reading(table, name) for name in table.model_names() if table.terms_of(name)}
    used = {term.stars for term in table.terms if term.stars}
    usable = [custom for custom in CUSTOMS if used and used <= {mark for mark, _ in custom.marks}]
    scores = {custom: _summed([_best(custom, readings)[1] for readings in read.values()]) for custom in usable}
    top = max(scores.values(), default=(0, 0))
    customs = tuple(custom for custom in usable if scores[custom] == top)
    first = customs[0] if customs else None
    chosen = {name: _best(first, readings)[0] for name, readings in read.items()}
    entries = {name: tuple(entry for entry in read[name][chosen[name]] if entry is not None) for name in read}
    misfits = {(name, reading): _score(first, found)[0] for name, readings in read.items() for reading, found in readings.items()} if first else {}
    return ReadTable(entries, customs, {key: -score for key, score in misfits.items()})


Readings = Mapping[Reading, tuple[Entry | None, ...]]


def _by_reading(table: PublishedTable, name: str) -> Readings:
    """A model's entries by each reading that is open to it; what the table says of itself comes first."""
    model, terms = table.model(name), table.terms_of(name)
    df = _degrees(model, len(terms))
    is_open = model is not None and model.family in RATIO_FAMILIES
    order = sorted(READINGS, key=lambda reading: bool(is_said_ratio(model)) != (reading != "logs")) if is_open else READINGS[:1]
    found: dict[Reading, tuple[Entry | None, ...]] = {reading: tuple(entry_of(term, reading, df) for term in terms) for reading in order}
    return {reading: entries for reading, entries in found.items() if reading == "logs" or None not in entries}


def _degrees(model: TableModel | None, n_terms: int) -> float:
    if model is not None and model.family == "linear" and model.n and model.n > n_terms:
        return float(model.n - n_terms)
    return math.inf


def is_said_ratio(model: TableModel | None) -> bool | None:
    """Does the table say that it prints ratios? None where it says neither.

    A note that speaks of logarithms or coefficients speaks of logarithms, also of "log odds ratios".
    """
    said = model.reported_as.lower() if model is not None else ""
    if "log" in said.replace("logistic", "").replace("logit", "") or "coefficient" in said:
        return False
    return True if "ratio" in said or said.strip() in {"or", "irr"} else None


Score = tuple[int, int]


def _best(custom: StarCustom | None, readings: Readings) -> tuple[Reading, Score]:
    """The reading of a model that goes best with a custom: the one that it states, unless another leaves fewer misfits by at least two."""
    scored = [(reading, _score(custom, entries)) for reading, entries in readings.items()]
    stated, *others = scored
    better = [found for found in others if found[1][0] >= stated[1][0] + LEAST_MISFITS]
    if not better:
        return stated
    reading, (misfits, fitting) = max(better, key=lambda found: found[1])
    return reading, (misfits - LEAST_MISFITS, fitting)  # a custom that needs another reading is no better for what the reading mended


def _summed(scores: Sequence[Score]) -> Score:
    return sum(first for first, _ in scores), sum(second for _, second in scores)


def _score(custom: StarCustom | None, entries: Sequence[Entry | None]) -> Score:
    """Minus the entries that cannot be right, then those that are right as they stand."""
    if custom is None:
        return 0, 0
    tested = [entry for entry in entries if entry is not None and entry.term.stars is not None and entry.is_tested]
    return -sum(not custom.allows(entry) for entry in tested), sum(entry.term.stars == custom.mark(entry) for entry in tested)
