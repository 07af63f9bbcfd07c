"""Do hours scatter as the model of hours says? Dispersion, bins of hours, and each household's position.

Modelling choice: the hours model that is looked at is model 3, which carries the main hypothesis; the others stand in the rows where that is cheap.
Of 82,000 households every test rejects, so verdicts are given on sizes, by bounds declared here: a share of households in the wrong place, a ratio of
variances. The probability stands among the figures all the same.

Bounds: Pearson's dispersion between 0.8 and 1.25 is as expected (errors then err by less than 12 %). Up to 5 % of households in the wrong bin, or a
largest deviation of 5 percentage points, more than chance makes, is close; beyond 15 %, or 10 points, the distribution is another one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.fits import Fit
from evenhand.equity.panel_faults import STILL_OUT
from evenhand.equity.residuals import QuantileResiduals, pearson_dispersion, quantile_residuals, uniformity
from evenhand.equity.rootogram import Rootogram, rootogram
from evenhand.studies.diagnostics.model_words import FEW_HOUSEHOLDS, Asked, Check, Verdict, graded
from evenhand.studies.results import Diagnostic

Floats = NDArray[np.float64]
HOURS_MODELS: Final = ("2", "3", "4", "5")
MAIN: Final = "3"
BELIEVES_THE_MODEL: Final = ("observed", "expected")
_CERTAIN: Final = 0.05
_PEARSON: Final = (0.8, 1.25)
_MISPLACED_PERCENT: Final = (5.0, 15.0)
_DEVIATION_POINTS: Final = (5.0, 10.0)
_BIN_WIDTHS: Final = (1, 2, 3, 4, 6, 12, 24, 48, 96, 168)
_MOST_BINS: Final = 24

OVERDISPERSION: Final = Check(
    "overdispersion",
    "Do hours scatter more than counts would?",
    "The hours models: a likelihood-ratio test of the negative binomial against the Poisson model (the dispersion cannot be negative, so half of the "
    "χ² probability counts), and Pearson's dispersion, which is one where hours scatter as the model says. Figures are model 3's.",
)
ROOTOGRAM: Final = Check(
    "rootogram",
    "Does the model expect households in the hours in which they are?",
    "Model 3: how many households lie in each bin of hours, beside how many the model expects there (a hanging rootogram). Fractional hours were "
    "made whole at random, up or down by their fraction; households still out stand at their hours so far.",
)
RESIDUALS: Final = Check(
    "quantile_residuals",
    "Are single households where the model puts them?",
    "Model 3: the position of each household in the distribution that the model gives it (randomised quantile residuals). Where the model is right, "
    "each tenth of the distribution holds a tenth of the households. Households still out count as somewhere above their hours so far.",
)


def overdispersion(asked: Asked) -> Iterator[Diagnostic]:
    """Likelihood-ratio test against Poisson and Pearson's dispersion, a row a model."""
    rows = [_dispersion_row(number, asked.study.fits[number]) for number in HOURS_MODELS]
    main = rows[HOURS_MODELS.index(MAIN)]
    figures = {name: float(main[name]) for name in main if name != "model"}
    figures |= {"pearson_low": _PEARSON[0], "pearson_high": _PEARSON[1], "p_value_bound": _CERTAIN}
    is_as_said = _PEARSON[0] <= figures["pearson_negative_binomial"] <= _PEARSON[1]
    standing: Verdict = "sound" if is_as_said else "trouble" if asked.study.errors[0] in BELIEVES_THE_MODEL else "caution"
    yield OVERDISPERSION.found(figures, standing, _dispersion_meaning(figures, is_as_said), _dispersion_advice(figures, is_as_said), rows)


def _dispersion_row(number: str, fit: Fit) -> dict[str, Any]:
    test = fit.overdispersion()
    mean = float(np.average(fit.design.y, weights=fit.design.weights if fit.design.weights.size else None))
    return {
        "model": number,
        "lr_statistic": test.statistic,
        "p_value": test.p_value,
        "alpha": fit.alpha or 0.0,
        "mean_hours": mean,
        "variance_ratio": 1.0 + (fit.alpha or 0.0) * mean,
        "pearson_poisson": pearson_dispersion(fit, alpha=0.0),
        "pearson_negative_binomial": pearson_dispersion(fit),
    }


def _dispersion_meaning(figures: dict[str, float], is_as_said: bool) -> str:
    if figures["p_value"] < _CERTAIN:
        said = (
            "Hours scatter more than counts: at the mean of {mean_hours:.1f} hours the model's variance is {variance_ratio:.1f} times that of "
            "counts, and chance does not explain it (likelihood-ratio statistic {lr_statistic:,.1f}). "
        )
    else:
        said = (
            "No overdispersion was found: at the mean of {mean_hours:.1f} hours the model's variance is {variance_ratio:.2f} times that of counts, "
            "which chance may explain (likelihood-ratio statistic {lr_statistic:.2f}, probability {p_value:.2f}). "
        )
    inside = "within" if is_as_said else "outside of"
    return (
        f"{said}The scatter is {{pearson_negative_binomial:.2f}} times what the negative binomial expects, {inside} the range from "
        f"{{pearson_low:g}} to "
        "{pearson_high:g} that passes as expected here."
    )


def _dispersion_advice(figures: dict[str, float], is_as_said: bool) -> str:
    kept = (
        "Keep the negative binomial"
        if figures["p_value"] < _CERTAIN
        else "The Poisson model would give the same; the negative binomial costs nothing"
    )
    if not is_as_said:
        return f"{kept}, with errors by block group or robust ones: those of the information believe a scatter that is not there."
    return (
        f"{kept}. Read the ratio of variances rather than the probability: of many households the test finds the smallest excess. The ratio depends "
        "on the unit of hours."
    )


def hours_rootogram(asked: Asked) -> Iterator[Diagnostic]:
    """The hanging rootogram of model 3."""
    fit = asked.study.fits[MAIN]
    edges = hours_edges(fit.design.y)
    edges = without_few(edges, rootogram(fit, edges, seed=asked.seed).n)
    found = rootogram(fit, edges, seed=asked.seed)
    total = float(found.found.sum())
    worst = int(np.argmax(np.abs(found.found - found.expected)))
    figures = {
        "misplaced_percent": 100.0 * found.misplaced,
        "by_chance_percent": 100.0 * found.misplaced_by_chance,
        "bins": float(edges.size),
        "bin_hours": float(np.diff(edges).min()),
        "worst_from_hours": float(edges[worst]),
        "worst_found_percent": 100.0 * float(found.found[worst]) / total,
        "worst_expected_percent": 100.0 * float(found.expected[worst]) / total,
        "households": float(fit.n),
        "caution_percent": _MISPLACED_PERCENT[0],
        "trouble_percent": _MISPLACED_PERCENT[1],
    }
    is_open = worst == edges.size - 1
    if not is_open:
        figures["worst_to_hours"] = float(edges[worst + 1])
    standing = graded(figures["misplaced_percent"] - figures["by_chance_percent"], *_MISPLACED_PERCENT)
    where = "{worst_from_hours:.0f} hours or more" if is_open else "{worst_from_hours:.0f} to {worst_to_hours:.0f} hours"
    meaning = (
        "{misplaced_percent:.1f} % of the households would have to lie in another of {bins:.0f} bins of {bin_hours:.0f} hours or more for the model "
        "to be right, of which chance makes about {by_chance_percent:.1f}. "
        f"It errs most at {where}: {{worst_found_percent:.1f}} % of the households are there, and {{worst_expected_percent:.1f}} % were expected."
    )
    yield ROOTOGRAM.found(figures, standing, meaning, _SHAPE_ADVICE[standing], list(_rootogram_rows(found)))


_SHAPE_ADVICE: Final[dict[Verdict, str]] = {
    "sound": "Nothing: up to {caution_percent:g} % more than chance makes is close enough.",
    "caution": "Ratios of mean hours stand, with errors by block group. Do not read from this model how many are still out after so many hours: the "
    "restoration curves say that.",
    "trouble": "More than {trouble_percent:g} % beyond chance: hours follow another distribution. Take ratios from this model only beside those of "
    "the log-normal and survival models, and everything about single hours from the restoration curves.",
}


def _rootogram_rows(found: Rootogram) -> Iterator[dict[str, Any]]:
    for j, edge in enumerate(found.edges):
        end = float(found.edges[j + 1]) if j + 1 < found.edges.size else None
        yield {
            "from_hours": float(edge),
            "to_hours": end,
            "households": int(found.n[j]),
            "found": float(found.found[j]),
            "expected": float(found.expected[j]),
            "hanging": float(found.hanging[j]),
        }


def hours_edges(hours: Floats) -> Floats:
    """Where bins begin: of one usual width, at most 24 of them up to the 99th percentile, and one without an end."""
    far = float(np.quantile(hours, 0.99))
    width = next((w for w in _BIN_WIDTHS if far / w <= _MOST_BINS), math.ceil(far / _MOST_BINS))
    return np.arange(0.0, max(math.floor(far / width), 1) + 1.0) * width


def without_few(edges: Floats, n: NDArray[np.int64]) -> Floats:
    """Edges between which at least 11 households lie, bins of fewer being joined to the next; as they were where all lie in one bin."""
    kept, count = [float(edges[0])], 0
    for edge, here in zip(edges, n, strict=True):
        if count >= FEW_HOUSEHOLDS:
            kept, count = [*kept, float(edge)], 0
        count += int(here)
    if count < FEW_HOUSEHOLDS and len(kept) > 1:
        kept.pop()
    return np.array(kept) if len(kept) > 1 else edges


def residuals(asked: Asked) -> Iterator[Diagnostic]:
    """Randomised quantile residuals of model 3 and how far they are from uniform."""
    fit = asked.study.fits[MAIN]
    drawn = quantile_residuals(fit, still_out=still_out(asked, fit), seed=asked.seed)
    found = uniformity(drawn)
    figures = {
        "largest_deviation_points": 100.0 * found.largest_deviation,
        "deviates_at_percent": 100.0 * found.deviates_at,
        "by_chance_points": 100.0 * found.by_chance,
        "p_value": found.p_value,
        "far_percent": 100.0 * found.share_far,
        "far_expected_percent": 5.0,
        "households": float(fit.n),
        "households_drawn": float(found.n),
        "still_out_drawn": float(drawn.n_censored),
        "caution_points": _DEVIATION_POINTS[0],
        "trouble_points": _DEVIATION_POINTS[1],
    }
    standing = graded(figures["largest_deviation_points"] - figures["by_chance_points"], *_DEVIATION_POINTS)
    rows = [
        {"tenth": place + 1, "households": n, "found_percent": 100.0 * share, "expected_percent": 10.0}
        for place, (share, n) in enumerate(zip(found.tenths, found.tenths_n, strict=True))
    ]
    yield RESIDUALS.found(figures, standing, _residual_meaning(figures, drawn), _residual_advice(standing, found.p_value), rows)


def _residual_meaning(figures: dict[str, float], drawn: QuantileResiduals) -> str:
    who = (
        "{households_drawn:,.0f} of {households:,.0f} households, drawn at random"
        if drawn.rows.size < drawn.n
        else "All {households:,.0f} households"
    )
    if figures["p_value"] < _CERTAIN:
        chance = "chance makes {by_chance_points:.1f}; a test rejects, as it does every model where households are many, so that the size counts"
    else:
        chance = "chance makes {by_chance_points:.1f} and may explain it"
    return (
        f"{who}: the largest gap between where households are and where the model puts them is {{largest_deviation_points:.1f}} percentage points, "
        f"near the {{deviates_at_percent:.0f}} % point of the distribution ({chance}). {{far_percent:.1f}} % lie where the model expects the "
        "outermost {far_expected_percent:.0f} %."
    )


def _residual_advice(standing: Verdict, p_value: float) -> str:
    if standing == "sound" and p_value >= _CERTAIN:
        return "Nothing."
    if standing == "sound":
        return "Nothing: up to {caution_points:g} points more than chance makes is close enough for ratios of means."
    if standing == "caution":
        return "Ratios of mean hours stand, with errors by block group; do not predict single households from this model."
    return (
        "More than {trouble_points:g} points beyond chance: hours follow another distribution. Believe ratios only where the log-normal and "
        "survival models agree."
    )


def still_out(asked: Asked, fit: Fit) -> NDArray[np.bool_] | None:
    """Which of the fit's rows were still out; None where the panel does not say."""
    if "status" not in asked.panel.ids:
        return None
    return np.asarray(asked.panel.ids["status"][fit.design.rows] == STILL_OUT, dtype=np.bool_)
