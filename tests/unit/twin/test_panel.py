"""The synthetic panel is what its recipe says.

Expected means and spreads are the printed ones; 60 panels of 170 block groups allow the tolerances.
"""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.twin.errors import PanelRecipeUnusable
from evenhand.twin.panel import AREA_COLUMNS, PanelRecipe, synthetic_panel

# mean, spread, least, most; an area column's mean of 170 block groups wanders by a thirteenth of its spread, of 60 panels by a hundredth
PRINTED = {
    "restoration_hours": (75.134, 35.187, 0.0, 1000.0),
    "participation": (0.146, 0.354, 0.0, 1.0),
    "minority_share": (0.21, 0.387, 0.0, 1.0),
    "community_participation": (5.455, 10.039, 0.0, 54.0),
    "log_population_density": (7.76, 0.495, 4.089, 9.674),
    "median_income": (89.043, 27.139, 10.307, 134.25),
    "house_age": (36.767, 12.05, 3.0, 121.0),
    "education": (0.576, 0.129, 0.0, 0.876),
    "elderly_share": (0.359, 0.48, 0.0, 1.0),
    "college_age_share": (0.008, 0.09, 0.0, 1.0),
    "renter_share": (0.066, 0.108, 0.0, 0.715),
}


@pytest.fixture(scope="module")
def panels() -> list[dict[str, np.ndarray]]:
    return [synthetic_panel(PanelRecipe(), seed) for seed in range(60)]


@pytest.mark.parametrize("column", PRINTED)
def test_columns_have_the_printed_means_spreads_and_ranges(panels: list[dict[str, np.ndarray]], column: str) -> None:
    mean, spread, least, most = PRINTED[column]
    assert np.mean([p[column].mean() for p in panels]) == pytest.approx(mean, rel=0.04)
    assert np.mean([p[column].std() for p in panels]) == pytest.approx(spread, rel=0.06)
    assert all(least <= p[column].min() and p[column].max() <= most for p in panels)


def test_area_columns_are_constant_within_a_block_group(panels: list[dict[str, np.ndarray]]) -> None:
    panel = panels[0]
    for column in AREA_COLUMNS:
        pairs = set(zip(panel["block_group"].tolist(), panel[column].tolist(), strict=True))
        assert len(pairs) == 170, column


def test_the_same_seed_gives_the_same_panel_and_another_one_another() -> None:
    one, same, other = (synthetic_panel(PanelRecipe(), seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["restoration_hours"], other["restoration_hours"])


def test_half_hourly_meters_give_halves() -> None:
    hours = synthetic_panel(PanelRecipe(hours_step=0.5), 1)["restoration_hours"]
    assert np.array_equal(hours * 2, np.rint(hours * 2))
    assert not np.array_equal(hours, np.rint(hours))


def test_everything_wrong_with_a_recipe_is_said_at_once() -> None:
    with pytest.raises(PanelRecipeUnusable) as refused:
        synthetic_panel(PanelRecipe(households=10, share_taking_part=1.5, hours_effects={"wealth:house_age": 1.0}), 1)
    assert len(refused.value.facts["faults"]) == 3  # type: ignore[arg-type]
