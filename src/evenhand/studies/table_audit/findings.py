"""What an audit of a published table finds, as data.

Modelling choice: a finding always says what stands in print, what it must be, and how far rounding leaves room. `disagrees` is said only where no
value within rounding would do; where some would and the printed figures as they stand would not, it cannot be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from evenhand.studies.table_audit.printed import Span

Verdict = Literal["agrees", "disagrees", "cannot_be_told"]
VERDICTS: Final[tuple[Verdict, ...]] = ("disagrees", "cannot_be_told", "agrees")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    `check` names the question: `stars`, `star_convention`, `std_error`, `term`, `scale`, `outcome`, `log_likelihood`, `nested`, `pseudo_r2`, `claim`.
    `where` says which entry, in words; `model` and `term` are for machines and may be empty. `rounding` says how far the printed figures leave room.
    `figures` are the numbers behind it, by name.
    """

    check: str
    where: str
    printed: str
    expected: str
    rounding: str
    verdict: Verdict
    words: str
    model: str = ""
    term: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedTerm:
    """An entry worked out: its statistic with the interval that rounding leaves, the stars due, and its ratio (NaN where the family has none)."""

    model: str
    term: str
    estimate: str
    std_error: str
    stars: str
    statistic: float
    statistic_low: float
    statistic_high: float
    p_value: float
    stars_due: str
    ratio: float
    ratio_conf_low: float
    ratio_conf_high: float


@dataclass(frozen=True, slots=True)
class R2Reading:
    """One definition of pseudo R² held against models of one outcome.

    `values` are what it would be for each model, where the null likelihood is known; `nulls` what the null log likelihood would have to be, where it
    is not; `common_null` what all of them leave. `fits` says whether the printed figures can be this measure.
    """

    definition: str
    models: tuple[str, ...]
    fits: bool
    values: Mapping[str, Span] = field(default_factory=dict)
    nulls: Mapping[str, Span] = field(default_factory=dict)
    common_null: Span | None = None


@dataclass(frozen=True, slots=True)
class TableAudit:
    """Everything that was found, in the order of the table."""

    files: Mapping[str, str]
    convention: str
    findings: tuple[Finding, ...]
    terms: tuple[CheckedTerm, ...]
    pseudo_r2: tuple[R2Reading, ...]

    def by_verdict(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.verdict == verdict)

    def of(self, check: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.check == check)


def listed(names: Sequence[str]) -> str:
    """`1, 2 and 3`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def count(n: int, one: str, many: str = "") -> str:
    """`1 entry`, `35 entries`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
