"""Which pseudo R² is it? Every definition that log likelihoods allow, held against what is printed.

Modelling choice: measures that all go by the name of pseudo R² differ by factors of ten. Where the constant-only likelihood is known, each is
worked out; where it is not, models of the same outcome, family and n must share one, so that a definition is possible only where the null
likelihoods that it implies have a value in common. What fits every outcome of the table is what it must be. Measures that need each prediction (Tjur,
Efron, McKelvey and Zavoina) cannot be worked out from a table, and that is said.

References: McFadden (1974); Ben-Akiva & Lerman (1985), section 7.4 (adjusted); Cox & Snell (1989), pp. 208–209; Nagelkerke (1991), Biometrika
78:691–692; Aldrich & Nelson (1984); Veall & Zimmermann (1992), Economics Letters 39:413–420; Estrella (1998), JBES 16:198–205; Tjur (2009), American
Statistician 63:366–372.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenhand.studies.table_audit.findings import Finding, R2Reading, Verdict, listed
from evenhand.studies.table_audit.nulls import null_span
from evenhand.studies.table_audit.printed import Span, meet, meet_all, spanned
from evenhand.studies.table_audit.reading import PublishedTable, TableModel

# (log likelihood, log likelihood of the constant, n, parameters) → measure; it grows with the first and falls with the second.
Measure = Callable[[float, float, int, int], float]
NEEDS_PREDICTIONS: Final = "Tjur's, Efron's, and McKelvey and Zavoina's need every prediction and cannot be worked out from a table."
_FARTHEST_NULL: Final = 1e4  # times the log likelihood


def _cox_snell(loglik: float, null: float, n: int, _k: int) -> float:
    return -math.expm1(2.0 / n * (null - loglik))


def _nagelkerke(loglik: float, null: float, n: int, k: int) -> float:
    return _cox_snell(loglik, null, n, k) / -math.expm1(2.0 / n * null)


def _aldrich_nelson(loglik: float, null: float, n: int, _k: int) -> float:
    gain = 2.0 * (loglik - null)
    return gain / (gain + n)


def _veall_zimmermann(loglik: float, null: float, n: int, k: int) -> float:
    return _aldrich_nelson(loglik, null, n, k) * (n - 2.0 * null) / (-2.0 * null)


def _estrella(loglik: float, null: float, n: int, _k: int) -> float:
    return 1.0 - math.pow(loglik / null, -2.0 * null / n) if loglik < 0.0 else 1.0


@dataclass(frozen=True, slots=True)
class Definition:
    """A measure by name; `is_binary`: proposed for 0/1 outcomes alone."""

    name: str
    measure: Measure
    is_binary: bool = False


DEFINITIONS: Final = (
    Definition("McFadden", lambda loglik, null, _n, _k: 1.0 - loglik / null),
    Definition("McFadden, adjusted", lambda loglik, null, _n, k: 1.0 - (loglik - k) / null),
    Definition("Cox–Snell", _cox_snell),
    Definition("Nagelkerke", _nagelkerke),
    Definition("Aldrich–Nelson", _aldrich_nelson),
    Definition("Veall–Zimmermann", _veall_zimmermann, is_binary=True),
    Definition("Estrella", _estrella, is_binary=True),
)


@dataclass(frozen=True, slots=True)
class _Column:
    """What one model prints of its fit, within rounding."""

    name: str
    loglik: Span
    r2: Span
    n: int
    parameters: int
    null: Span | None


def check_r2(table: PublishedTable) -> tuple[list[Finding], tuple[R2Reading, ...]]:
    """A finding an outcome, one for the whole table, and every definition's figures."""
    groups = _groups(table)
    if not groups:
        return [], ()
    readings = {where: _of_group(columns, is_binary=is_binary) for where, (columns, is_binary) in groups.items()}
    findings = [_group_finding(where, groups[where][0], found) for where, found in readings.items()]
    names = [definition.name for definition in DEFINITIONS if all(_fits(found, definition.name) for found in readings.values())]
    findings.append(_table_finding(table, names, readings, groups))
    return findings, tuple(reading for found in readings.values() for reading in found)


def _groups(table: PublishedTable) -> dict[str, tuple[list[_Column], bool]]:
    """Models that share a constant-only model: one outcome, family and n."""
    found: dict[tuple[str, str, int], list[TableModel]] = {}
    for model in table.models:
        if model.n and {"loglik", "pseudo_r2"} <= model.figures.keys() and model.figures["loglik"].rounded[1] < 0.0:
            found.setdefault((model.outcome, model.family, model.n), []).append(model)
    made = {}
    for members in found.values():
        where = f"model{'s' if len(members) > 1 else ''} {listed([model.name for model in members])}"
        made[where] = ([_column(model, len(table.terms_of(model.name))) for model in members], members[0].is_binary)
    return made


def _column(model: TableModel, n_terms: int) -> _Column:
    assert model.n is not None
    parameters = n_terms + (model.family in {"negative_binomial", "linear"})
    return _Column(model.name, model.figures["loglik"].rounded, model.figures["pseudo_r2"].rounded, model.n, parameters, null_span(model))


def _of_group(columns: Sequence[_Column], *, is_binary: bool) -> tuple[R2Reading, ...]:
    usable = [definition for definition in DEFINITIONS if is_binary or not definition.is_binary]
    return tuple(_reading(definition, columns) for definition in usable)


def _reading(definition: Definition, columns: Sequence[_Column]) -> R2Reading:
    names = tuple(column.name for column in columns)
    nulls = [column.null for column in columns if column.null is not None]
    shared = meet_all(nulls) if nulls else None
    if shared is not None:
        values = {column.name: _values(definition.measure, column, shared) for column in columns}
        fits = all(meet(values[column.name], column.r2) is not None for column in columns)
        return R2Reading(definition.name, names, fits, values=values, common_null=shared)
    implied = {column.name: null for column in columns if (null := _implied_null(definition.measure, column)) is not None}
    common = meet_all(list(implied.values())) if len(implied) == len(columns) else None
    return R2Reading(definition.name, names, common is not None, nulls=implied, common_null=common)


def _values(measure: Measure, column: _Column, null: Span) -> Span:
    return (
        measure(column.loglik[0], min(null[1], column.loglik[0]), column.n, column.parameters),
        measure(column.loglik[1], null[0], column.n, column.parameters),
    )


def _implied_null(measure: Measure, column: _Column) -> Span | None:
    """The null likelihoods at which the measure is the printed one: least with the least likelihood and the greatest measure.

    None where no null likelihood below the model's own gives it.
    """
    ends = [measure(column.loglik[1], null, column.n, column.parameters) for null in (column.loglik[1] * _FARTHEST_NULL, column.loglik[1])]
    if meet((min(ends), max(ends)), column.r2) is None:
        return None
    return _null_at(measure, column.loglik[0], column.r2[1], column), _null_at(measure, column.loglik[1], column.r2[0], column)


def _null_at(measure: Measure, loglik: float, wanted: float, column: _Column) -> float:
    """By halving: the measure falls as the null likelihood rises towards the model's own."""
    low, high = loglik * _FARTHEST_NULL, loglik
    for _ in range(200):
        middle = 0.5 * (low + high)
        if measure(loglik, middle, column.n, column.parameters) > wanted:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _fits(found: Sequence[R2Reading], name: str) -> bool:
    return any(reading.definition == name and reading.fits for reading in found)


def _group_finding(where: str, columns: Sequence[_Column], found: Sequence[R2Reading]) -> Finding:
    fitting = [reading for reading in found if reading.fits]
    printed = ", ".join(spanned(_middle(column.r2), 3) for column in columns)
    is_known = any(reading.values for reading in found)
    if len(columns) == 1 and not is_known:
        words = f"The pseudo R² of {where} can be any: its constant-only likelihood is not printed, and no other model shares it."
        return Finding("pseudo_r2", where, printed, "", "", "cannot_be_told", words)
    said = [_reading_words(reading) for reading in found]
    verdict: Verdict = "agrees" if fitting else "disagrees"
    head = f"The pseudo R² of {where} ({printed}) must be {' or '.join(reading.definition for reading in fitting)}." if fitting else ""
    head = head or f"The pseudo R² of {where} ({printed}) is none that log likelihoods give."
    common = fitting[0].common_null if fitting else None
    figures = {"null_least": common[0], "null_most": common[1]} if common else {}
    expected = " or ".join(reading.definition for reading in fitting)
    rounding = f"constant-only log likelihood {spanned(common, 1)}" if common else ""
    return Finding("pseudo_r2", where, printed, expected, rounding, verdict, f"{head} {' '.join(said)}", figures=figures)


def _middle(span: Span) -> Span:
    middle = 0.5 * (span[0] + span[1])
    return middle, middle


def _reading_words(reading: R2Reading) -> str:
    if reading.values:
        values = (min(low for low, _ in reading.values.values()), max(high for _, high in reading.values.values()))
        return f"{reading.definition} would be {spanned(values, 3)}."
    if reading.common_null is not None:
        return f"{reading.definition}: one constant-only log likelihood, {spanned(reading.common_null, 1)}, serves all."
    if not reading.nulls:
        return f"{reading.definition}: none gives such values."
    ends = (min(low for low, _ in reading.nulls.values()), max(high for _, high in reading.nulls.values()))
    return f"{reading.definition}: none serves all, the models would need values {spanned(ends, 0)}."


def _table_finding(
    table: PublishedTable,
    names: Sequence[str],
    readings: Mapping[str, Sequence[R2Reading]],
    groups: Mapping[str, tuple[list[_Column], bool]],
) -> Finding:
    named = sorted({model.r2_name for model in table.models if model.r2_name})
    told_apart = len(names) == 1
    words = [f"One measure for the whole table: {' or '.join(names)}." if names else "No single measure gives all the pseudo R² of the table."]
    words.append(NEEDS_PREDICTIONS)
    if told_apart and names[0] != "McFadden":
        words.append(_mcfadden_words(readings, groups, names[0]))
    verdict: Verdict = "agrees" if told_apart else "cannot_be_told" if names else "disagrees"
    if named and names and not any(_same(name, said) for name in names for said in named):
        verdict = "disagrees"
        words.append(f"The table names it {listed(named)}.")
    printed = listed(named) or "pseudo R², not named"
    return Finding("pseudo_r2", "the table", printed, " or ".join(names), "", verdict, " ".join(word for word in words if word))


def _same(name: str, said: str) -> bool:
    first = name.lower().split("–")[0].split(",")[0]
    return first in said.lower()


def _mcfadden_words(readings: Mapping[str, Sequence[R2Reading]], groups: Mapping[str, tuple[list[_Column], bool]], name: str) -> str:
    """What McFadden's, which readers take a pseudo R² for, would be."""
    mcfadden, parts = DEFINITIONS[0].measure, []
    for where, (columns, _) in groups.items():
        null = next(reading.common_null for reading in readings[where] if reading.definition == name)
        if null is not None:
            spans = [_values(mcfadden, column, null) for column in columns]
            parts.append(f"{spanned((min(low for low, _ in spans), max(high for _, high in spans)), 3)} for {where}")
    return f"McFadden's would be {listed(parts)}." if parts else ""
