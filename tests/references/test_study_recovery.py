"""The study's five models are recovered where its printed coefficients are the truth: the fast part of `benchmarks/study_recovery.py`.

Tolerances: 24 panels give a coverage of 95 % with a standard error of 4.4 points, and four of them are allowed: an interval that is right fails once
in thousands of such tests, one that holds its truth in 70 % fails more often than not. The mean distance of 24 right estimates from their truth has a
standard error of 0.2 of theirs; four of them, and a fifth of a standard error for the bias of small samples. Seeds are fixed.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from evenhand import equity
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS, Model
from evenhand.studies.published_study import COEFFICIENTS
from evenhand.twin.panel import PanelRecipe, synthetic_panel

PANELS = 24
HOUSEHOLDS, BLOCK_GROUPS = 1_200, 60  # enough for hours; who reports needs a full panel: among few households, no student may have reported
COVERED_LEAST = 0.95 - 4 * math.sqrt(0.95 * 0.05 / PANELS)
AWAY_MOST = 4 / math.sqrt(PANELS) + 0.2


def truth_of(model: Model) -> dict[str, float]:
    return {term: COEFFICIENTS[model.number][term][0] for term in model.terms}


def recipe_of(model: Model) -> PanelRecipe:
    """Each hours model has panels of its own; who takes part is by model 1 in all of them."""
    recipe = PanelRecipe(participation_effects=truth_of(FIVE_MODELS[0]))
    return (
        recipe
        if model.outcome == "participation"
        else replace(recipe, hours_effects=truth_of(model), households=HOUSEHOLDS, block_groups=BLOCK_GROUPS)
    )


@pytest.mark.parametrize("model", FIVE_MODELS, ids=lambda model: f"model {model.number}")
def test_the_default_intervals_of_a_model_hold_its_printed_coefficients(model: Model) -> None:
    truth, recipe, held, away = truth_of(model), recipe_of(model), [], []
    for seed in range(PANELS):
        fit = equity.fit(f"{model.outcome} ~ {' + '.join(model.terms)}", synthetic_panel(recipe, seed), family=model.family, errors={"cr3": CLUSTER})
        found = {row.term: row for row in fit.terms("cr3")}
        held.append([found[term].conf_low <= truth[term] <= found[term].conf_high for term in model.terms])
        away.append([(found[term].estimate - truth[term]) / found[term].std_error for term in model.terms])
    assert dict(zip(model.terms, (np.mean(held, axis=0) >= COVERED_LEAST).tolist(), strict=True)) == dict.fromkeys(model.terms, True)
    assert np.abs(np.mean(away, axis=0)).max() < AWAY_MOST
