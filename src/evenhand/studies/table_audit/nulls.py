"""The log likelihood of the constant alone, where print tells enough to know it, and what the printed outcome says of itself.

Modelling choice: a 0/1 outcome with k ones among n has a constant-only log likelihood of k ln(k/n) + (n − k) ln(1 − k/n), whatever the link. k is not
printed, but a mean and a spread with three digits leave few whole numbers. Where none fits both by rounding, figures that were cut off are tried:
then the print is at fault, and it is said which figure. A linear model's constant-only likelihood follows from the spread. Counts have none that
could be known without the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from evenhand.studies.table_audit.findings import Finding, count
from evenhand.studies.table_audit.printed import Printed, Span, spanned
from evenhand.studies.table_audit.reading import PublishedTable, TableModel

# More whole numbers than this say nothing that their ends do not.
_MOST_COUNTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class OnesCounted:
    """How many ones the outcome can have: `least` to `most`; `how` is `rounded`, or `cut off` where only figures that were cut off leave any."""

    least: int
    most: int
    how: str


def ones_of(model: TableModel) -> OnesCounted | None:
    """The numbers of ones that print leaves open; None where no mean and n are printed, or no number fits."""
    mean, sd, n = model.figures.get("outcome_mean"), model.figures.get("outcome_sd"), model.n
    if not model.is_binary or mean is None or n is None:
        return None
    least, most = max(math.floor(n * (mean.value - mean.unit)), 0), min(math.ceil(n * (mean.value + mean.unit)), n)
    step = max((most - least) // _MOST_COUNTS, 1)
    for how in ("rounded", "cut off"):
        fitting = [k for k in range(least, most + 1, step) if _fits(k, n, mean, sd, is_cut=how == "cut off")]
        if fitting:
            return OnesCounted(fitting[0], fitting[-1], how)
    return None


def _fits(ones: int, n: int, mean: Printed, sd: Printed | None, *, is_cut: bool) -> bool:
    allowed = {"rounded", "cut off"} if is_cut else {"rounded"}
    if mean.shortens(ones / n) not in allowed:
        return False
    return sd is None or any(sd.shortens(spread) in allowed for spread in _spreads(ones, n))


def _spreads(ones: int, n: int) -> list[float]:
    """The standard deviation over n, and over n − 1."""
    share = ones / n
    variance = share * (1.0 - share)
    return [math.sqrt(variance), math.sqrt(variance * n / (n - 1))] if n > 1 else [math.sqrt(variance)]


def null_of_ones(ones: int, n: int) -> float:
    """Log likelihood of a constant for `ones` of n."""
    return sum(k * math.log(k / n) for k in (ones, n - ones) if k)


def null_span(model: TableModel) -> Span | None:
    """The constant-only log likelihood within rounding; None where it is neither printed nor to be worked out, or may be 0."""
    found = _null_span(model)
    return found if found is not None and (found[1] < 0.0 or model.family == "linear") else None


def _null_span(model: TableModel) -> Span | None:
    if (printed := model.figures.get("loglik_null")) is not None:
        return printed.rounded
    if (ones := ones_of(model)) is not None:
        assert model.n is not None
        ends = [null_of_ones(k, model.n) for k in (ones.least, ones.most)]
        if ones.least < model.n / 2 < ones.most:
            ends.append(null_of_ones(model.n // 2, model.n))
        return min(ends), max(ends)
    sd = model.figures.get("outcome_sd")
    if model.family == "linear" and sd is not None and model.n and model.n > 1 and sd.rounded[0] > 0.0:
        shrink = (model.n - 1) / model.n
        values = [-model.n / 2.0 * (math.log(2.0 * math.pi * shrink * end**2) + 1.0) for end in sd.rounded]
        return min(values), max(values)
    return None


def check_outcomes(table: PublishedTable) -> list[Finding]:
    """Mean and spread of each 0/1 outcome; models of one outcome and n that print different ones."""
    found = [finding for model in table.models if (finding := _of_binary(model)) is not None]
    return [*found, *_differing(table)]


def _of_binary(model: TableModel) -> Finding | None:
    mean, sd = model.figures.get("outcome_mean"), model.figures.get("outcome_sd")
    if not model.is_binary or mean is None or model.n is None:
        return None
    where, printed = f"model {model.name}, outcome {model.outcome}".rstrip(", "), f"mean {mean.text}{f', sd {sd.text}' if sd else ''}, n {model.n:,}"
    ones = ones_of(model)
    if ones is None:
        words = f"No whole number of ones among {model.n:,} gives {printed}, rounded or cut off."
        return Finding("outcome", where, printed, "a share of whole households", "", "disagrees", words, model.name)
    span, figures = spanned((float(ones.least), float(ones.most)), 0), {"ones_least": float(ones.least), "ones_most": float(ones.most)}
    if ones.how == "rounded":
        words = f"Model {model.name}, {printed}: {count(ones.most, 'one') if ones.least == ones.most else f'{span} ones'} would give it."
        return Finding("outcome", where, printed, f"{span} ones", span, "agrees", words, model.name, figures=figures)
    alone = _by_mean_alone(mean, model.n)
    shares = spanned((ones.least / model.n, ones.most / model.n), mean.decimals + 2)
    words = (
        f"Model {model.name}, {printed}: the mean alone, if rounded, leaves {alone} ones, and none of these numbers has such a spread. "
        f"{span} ones do, with a mean of {shares}: a figure was cut off, not rounded."
    )
    return Finding("outcome", where, printed, f"{span} ones", span, "disagrees", words, model.name, figures=figures)


def _by_mean_alone(mean: Printed, n: int) -> str:
    low, high = mean.rounded
    return spanned((float(math.ceil(low * n)), float(math.floor(high * n))), 0)


def _differing(table: PublishedTable) -> list[Finding]:
    found = []
    groups = dict.fromkeys((model.outcome, model.n) for model in table.models if model.outcome and model.n)
    for outcome, n in groups:
        members = [model for model in table.models if (model.outcome, model.n) == (outcome, n)]
        for name in ("outcome_mean", "outcome_sd"):
            printed = {model.figures[name].text for model in members if name in model.figures}
            if len(printed) > 1:
                words = f"Models of the same {n:,} values of {outcome} print {name.replace('_', ' ')} as {' and '.join(sorted(printed))}."
                figures = {"values": float(len(printed))}
                found.append(Finding("outcome", outcome, " and ".join(sorted(printed)), "one value", "", "disagrees", words, figures=figures))
    return found
