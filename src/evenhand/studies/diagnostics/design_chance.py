"""Could chance show the same? Permutation within block groups, and the price of asking several questions at once.

Modelling choice: the permutation shuffles the minority share among the households of each block group, so that what is left of a gap is one between
neighbours; it uses the score of the share in model 2 fitted without it, and fits nothing again. Several questions at once are told by the adjusted
p-values of the hypotheses' contrasts, and by what the adjustment takes away.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Final

import numpy as np

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.permutation import PermutationTest, freed_within, permutation_within
from evenhand.equity.verdicts import percent_words
from evenhand.studies.diagnostics.design_refits import GROUP, HOURS, Floats, Refits, about, finite, listed, untestable
from evenhand.studies.five_models import CLUSTER, HOUSES, Model
from evenhand.studies.hypotheses import LEVEL, asked_at_once
from evenhand.studies.results import Diagnostic, Standing

DRAWS: Final = 299
THOROUGH_DRAWS: Final = 9_999
_WITHOUT: Final = Model("2 without the share", "", "negative_binomial", HOURS, ("participation", *HOUSES))
_PERMUTED: Final = "The minority share shuffled among the households of each block group; statistic: its score in model 2 fitted without it"


def permutation(refits: Refits, *, thorough: bool = False, seed: int = 8311) -> Diagnostic:
    """Is there a gap between neighbours, or only between block groups?"""
    title = "Permutation within block groups"
    if not refits.has_clusters:
        return untestable("permutation", title, _PERMUTED, "the panel has no block groups, or one only")
    share = refits.panel.numbers[GROUP]
    try:
        fit = refits.refit(_WITHOUT, keep=np.isfinite(share))
    except DesignUnusable as error:
        return untestable("permutation", title, _PERMUTED, error.message.rstrip("."))
    rows = fit.design.rows
    groups = refits.panel.ids[CLUSTER][rows]
    freed = freed_within(share[rows], fit.design.x[:, 1:], groups)
    scores, weight = _scores(fit)
    found = permutation_within(scores, freed, groups, draws=THOROUGH_DRAWS if thorough else DRAWS, seed=seed)
    if math.isnan(found.p_value):
        return untestable("permutation", title, _PERMUTED, "in no block group do minority shares differ")
    return _of_permutation(refits, found, ratio=float(np.exp(found.total / (weight @ freed**2))), title=title)


def _scores(fit: Fit) -> tuple[Floats, Floats]:
    """Each household's score residual, and its weight in the information."""
    mean = fit.mean_at(fit.linear_predictor())
    spread = 1.0 + (fit.alpha or 0.0) * mean
    weights = fit.design.weights if fit.design.weights.size else np.ones(fit.n)
    return weights * (fit.design.y - mean) / spread, weights * mean / spread


def _of_permutation(refits: Refits, found: PermutationTest, *, ratio: float, title: str) -> Diagnostic:
    figures = {
        "p-value": found.p_value,
        "draws": float(found.draws),
        "statistic": found.statistic,
        "gap within block groups (ratio, one step)": ratio,
        "households that tell, about": about(found.rows_that_tell),
        "block groups that tell": float(found.groups_that_tell),
    }
    percent = 100.0 * found.p_value
    often = f"{percent:.{2 if percent < 1.0 else 1}f} % of {found.draws + 1:,} shuffles (the sample counted as one of them)"
    base = refits.study.fits["2"]
    whole = ""
    if GROUP in base.names:
        whole = f"; all comparisons together give {percent_words(float(np.exp(base.coefficients[base.names.index(GROUP)])))} (model 2)"
    is_found = found.p_value < LEVEL
    between = "neighbours of the same block group do wait differently" if is_found else "between neighbours no gap is told apart from chance"
    meaning = (
        f"Within block groups all-minority households wait about {percent_words(ratio)} beside others{whole}. A score so far from its middle came in "
        f"{often}: {between}. Streets that lose power together and differ in who lives there would make this p-value too small."
    )
    advice = "Look at feeders before speaking of a person's group." if is_found else "Where a gap is claimed, say that it lies between block groups."
    standing: Standing = "sound" if is_found else "caution"
    return Diagnostic("permutation", title, f"{_PERMUTED} ({found.draws:,} draws).", finite(figures), meaning, advice, standing)


def multiplicity(refits: Refits) -> Diagnostic:
    """The hypotheses' p-values as they read when all were asked at once."""
    title = "Several hypotheses at once"
    tested = "Each hypothesis's contrast against no difference, adjusted by Holm (any false finding) and by Benjamini–Hochberg (the share of them)"
    asked = asked_at_once(refits.study)
    count = sum(math.isfinite(one.p_value) for one in asked)
    if not count:
        return untestable("multiplicity", title, tested, "no hypothesis has a p-value")
    alone = [one.hypothesis for one in asked if one.p_value < LEVEL]
    lost = [one.hypothesis for one in asked if one.p_value < LEVEL <= one.holm]
    lost_too = [one.hypothesis for one in asked if one.p_value < LEVEL <= one.benjamini_hochberg]
    figures = {f"{one.hypothesis} p-value": one.p_value for one in asked} | {f"{one.hypothesis} p-value, Holm": one.holm for one in asked}
    meaning = f"{len(alone)} of {count} contrasts are below 5 % by themselves."
    meaning += f" Holm takes away {listed(lost)}" if lost else " Holm takes none away" if alone else ""
    meaning += f"; Benjamini–Hochberg takes away {listed(lost_too)}." if lost_too else "; nor does Benjamini–Hochberg." if alone and not lost else "."
    return Diagnostic(
        "multiplicity",
        title,
        f"{tested} (errors: {refits.study.errors[0]}; pairs of opposite claims are one test).",
        {name: value for name, value in figures.items() if not math.isnan(value)},
        meaning.replace("..", "."),
        f"Do not claim {listed(lost)} as if it were the one question asked." if lost else "Nothing.",
        "caution" if lost else "sound",
        tuple(map(asdict, asked)),
    )
