"""Could chance show the same? Permutation within block groups, and the price of asking several questions at once.

Modelling choice: the permutation shuffles the minority share among the households of each block group, so that what is left of a gap is one between
neighbours; it uses the score of the share in model 2 fitted without it, and fits nothing again. Multiplicity adjusts the p-values of the hypotheses'
contrasts, each counted once: H2a and H2b, as H3a and H3b, are one test.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.multiplicity import benjamini_hochberg, holm
from evenhand.equity.permutation import PermutationTest, freed_within, permutation_within
from evenhand.equity.verdicts import percent_words
from evenhand.studies.diagnostics.design_refits import GROUP, HOURS, Floats, Refits, about, finite, hypothesis_of, listed, untestable
from evenhand.studies.five_models import CLUSTER, HOUSES, Model
from evenhand.studies.hypotheses import contrast_of, told
from evenhand.studies.results import Diagnostic, Standing

DRAWS: Final = 299
THOROUGH_DRAWS: Final = 9_999
LEVEL: Final = 0.05
_WITHOUT: Final = Model("2 without the share", "", "negative_binomial", HOURS, ("participation", *HOUSES))
_PERMUTED: Final = "The minority share shuffled among the households of each block group; statistic: its score in model 2 fitted without it"
# One of each pair of opposite claims.
TESTED_ONCE: Final = ("H1", "H2b", "H3b", "gap among reporters", "minority reporters", "service rule", "fair service rule")


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
    p_values, whys = _p_values(refits)
    if np.isnan(p_values).all():
        return untestable("multiplicity", title, tested, "no hypothesis has a p-value")
    by_holm, by_share = holm(p_values), benjamini_hochberg(p_values)
    rows = tuple(
        {"hypothesis": name, "p_value": p, "holm": h, "benjamini_hochberg": b, "why": whys.get(name, "")}
        for name, p, h, b in zip(TESTED_ONCE, p_values.tolist(), by_holm.tolist(), by_share.tolist(), strict=True)
    )
    alone = [row["hypothesis"] for row in rows if row["p_value"] < LEVEL]
    lost = [row["hypothesis"] for row in rows if row["p_value"] < LEVEL <= row["holm"]]
    lost_too = [row["hypothesis"] for row in rows if row["p_value"] < LEVEL <= row["benjamini_hochberg"]]
    figures = {f"{row['hypothesis']} p-value": row["p_value"] for row in rows} | {f"{row['hypothesis']} p-value, Holm": row["holm"] for row in rows}
    count = int(np.count_nonzero(~np.isnan(p_values)))
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
        rows,
    )


def _p_values(refits: Refits) -> tuple[Floats, dict[str, str]]:
    found, whys = [], {}
    for name in TESTED_ONCE:
        hypothesis = hypothesis_of(name)
        try:
            fit = refits.study.fits[hypothesis.model]
            one, note = told(fit, contrast_of(fit, hypothesis), refits.study.errors[0])
        except DesignUnusable as error:
            found.append(math.nan)
            whys[name] = error.message
        else:
            found.append(one.p_value)
            whys[name] = note
    return np.array(found), whys
