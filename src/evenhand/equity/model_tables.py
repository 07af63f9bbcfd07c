"""Tables of models, side by side, whose note is made from what stands in them.

Modelling choice: a note written by hand goes wrong (tables in print call coefficients "odds ratios" and give one star where three are due). Here
the note is generated from the cells: the scale that was printed, the error convention of each column, the stars that really occur, the rows
dropped and the warnings. Stars are off by default: an interval says more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from evenhand.equity.errors import DesignUnusable

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit, Term

STARS: Final = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
_RATIO_NAMES: Final = {"logit": "odds ratios", "poisson": "incidence-rate ratios", "negative_binomial": "incidence-rate ratios"}
_FAMILY_NAMES: Final = {"logit": "logit", "poisson": "Poisson", "negative_binomial": "negative binomial (NB2)"}
Scale = Literal["log", "ratio"]
Below = Literal["std_error", "interval", "p_value"]


@dataclass(frozen=True, slots=True)
class ModelTable:
    """Cells as text: `columns` heads (the first over the row names), `rows` of the same length, `note` what a reader must know."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str

    def __str__(self) -> str:
        widths = [max(len(row[j]) for row in (self.columns, *self.rows)) for j in range(len(self.columns))]
        lines = ["  ".join(cell.ljust(w) if j == 0 else cell.rjust(w) for j, (cell, w) in enumerate(zip(row, widths, strict=True)))
                 for row in (self.columns, *self.rows)]  # fmt: skip
        return "\n".join([*lines, "", self.note])


def compare(
    fits: Sequence[Fit],
    *,
    labels: Sequence[str] | None = None,
    errors: str | None = None,
    scale: Scale = "log",
    below: Below = "std_error",
    stars: bool = False,
    confidence: float = 0.95,
    digits: int = 3,
) -> ModelTable:
    """Models side by side.

    Parameters
    ----------
    fits
        In the order of the columns.
    labels
        Heads of the columns; `(1)`, `(2)`, … by default.
    errors
        The convention to print; None takes the first of each fit, and the note names each.
    scale
        `log` prints coefficients, `ratio` exp of them (with the interval's ends the same; standard errors stay on the log scale and are not printed).
    below
        What stands under each estimate.
    """
    if not fits:
        raise DesignUnusable(["at least one fit was expected to compare"])
    if scale == "ratio" and below == "std_error":
        below = "interval"
    terms = [f.terms(errors, confidence=confidence) for f in fits]
    names = _in_order([[t.term for t in column] for column in terms])
    by_name = [{t.term: t for t in column} for column in terms]
    body: list[tuple[str, ...]] = []
    for name in names:
        found = [column.get(name) for column in by_name]
        body.append((name, *(_estimate_cell(t, scale, stars, digits) if t else "" for t in found)))
        body.append(("", *(_below_cell(t, scale, below, digits) if t else "" for t in found)))
    heads = tuple(labels) if labels is not None else tuple(f"({k})" for k in range(1, len(fits) + 1))
    seen = {mark for column in terms for t in column if (mark := stars_for(t.p_value))} if stars else None
    note = _note(fits, errors, scale, below, stars=seen, confidence=confidence)
    return ModelTable(("", *heads), (*body, *_foot(fits)), note)


def _in_order(columns: list[list[str]]) -> list[str]:
    """Every name once, in the order of first appearance, the intercept last as tables print it."""
    found = list(dict.fromkeys(name for column in columns for name in column))
    return [name for name in found if name != "Intercept"] + [name for name in found if name == "Intercept"]


def stars_for(p_value: float) -> str:
    """The customary marks of a p-value: three below 0.01, two below 0.05, one below 0.1."""
    return next((mark for level, mark in STARS if p_value < level), "")


def _number(value: float, digits: int) -> str:
    """At least `digits` decimals, more where a small number would otherwise read as zero; a dash where there is none."""
    if math.isnan(value):
        return "–"
    if value != 0.0 and abs(value) < 10.0**-digits:
        return f"{value:.1g}" if abs(value) < 1e-6 else f"{value:.{digits + 2}f}"
    return f"{value:.{digits}f}"


def _estimate_cell(term: Term, scale: Scale, stars: bool, digits: int) -> str:
    value = term.ratio[0] if scale == "ratio" else term.estimate
    return _number(value, digits) + (stars_for(term.p_value) if stars else "")


def _below_cell(term: Term, scale: Scale, below: Below, digits: int) -> str:
    if below == "p_value" and math.isnan(term.p_value):
        return "–"
    if below == "p_value":
        return f"p = {term.p_value:.3f}" if term.p_value >= 0.001 else "p < 0.001"
    if below == "std_error":
        return f"({_number(term.std_error, digits)})"
    low, high = term.ratio[1:] if scale == "ratio" else (term.conf_low, term.conf_high)
    return f"[{_number(low, digits)}, {_number(high, digits)}]"


def _foot(fits: Sequence[Fit]) -> list[tuple[str, ...]]:
    rows = [
        ("family", *(_FAMILY_NAMES[f.family] for f in fits)),
        ("outcome", *(f.outcome for f in fits)),
        ("n", *(f"{f.n:,}" for f in fits)),
        ("log likelihood", *(f"{f.loglik:,.1f}" for f in fits)),
        ("AIC", *(f"{f.aic:,.1f}" for f in fits)),
        ("pseudo R² (McFadden)", *(f"{f.pseudo_r2.mcfadden:.3f}" for f in fits)),
        ("pseudo R² (Cox–Snell)", *(f"{f.pseudo_r2.cox_snell:.3f}" for f in fits)),
        ("pseudo R² (Nagelkerke)", *(f"{f.pseudo_r2.nagelkerke:.3f}" for f in fits)),
    ]
    if any(f.alpha is not None for f in fits):
        rows.append(("dispersion α", *("" if f.alpha is None else f"{f.alpha:.3f}" for f in fits)))
    return rows


def _note(fits: Sequence[Fit], errors: str | None, scale: Scale, below: Below, *, stars: set[str] | None, confidence: float) -> str:
    sentences = [_scale_words(fits, scale), _below_words(fits, errors, below, confidence)]
    if stars is not None:
        sentences.append(", ".join(f"{mark} p < {level:g}" for level, mark in STARS if mark in stars) + "." if stars else "No p-value is below 0.1.")
    sentences += _dropped_words(fits)
    sentences += list(dict.fromkeys(w.text for f in fits for w in f.warnings))
    return " ".join(s for s in sentences if s)


def _scale_words(fits: Sequence[Fit], scale: Scale) -> str:
    families = list(dict.fromkeys(f.family for f in fits))
    names = list(dict.fromkeys(_RATIO_NAMES[f] for f in families))
    if scale == "ratio":
        return f"Cells are {' and '.join(names)}: the exponential of the coefficients."
    return f"Cells are coefficients on the log scale, not ratios; their exponentials are {' and '.join(names)}."


def _below_words(fits: Sequence[Fit], errors: str | None, below: Below, confidence: float) -> str:
    what = {"std_error": "In parentheses", "interval": f"In brackets {confidence:.0%} intervals from", "p_value": "p-values by"}[below]
    words = list(dict.fromkeys(f.errors_by(errors).words for f in fits))
    return f"{what} {'; '.join(words)}."


def _dropped_words(fits: Sequence[Fit]) -> list[str]:
    found = []
    for k, f in enumerate(fits, start=1):
        gone = f.design.n_given - f.n
        if gone:
            by_column = ", ".join(f"{d.rows:,} without {d.column}" for d in f.design.dropped)
            found.append(f"Model {k} leaves out {gone:,} of {f.design.n_given:,} rows ({by_column}).")
    return found
