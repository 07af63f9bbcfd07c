"""Whom the households of a study hold of the residents, worked by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from evenhand.studies.diagnostics.design_frame import who_is_not_in_the_frame
from evenhand.studies.frame import FrameCoverage, frame_coverage
from evenhand.studies.results import BuiltPanel
from evenhand.twin.panel import PanelRecipe
from tests.built_panels import built_panel, city_columns

pytestmark = pytest.mark.slow


def panel(**changed: Any) -> pa.Table:
    """Twenty households of three members in one block group, all of a minority, and sixty of two in another, with none."""
    columns = {
        "block_group": ["A"] * 20 + ["B"] * 60,
        "minority_share": [1.0] * 20 + [0.0] * 60,
        "members": [3] * 20 + [2] * 60,
    }
    return pa.table({name: values for name, values in (columns | changed).items() if values is not None})


def areas(**changed: Any) -> pa.Table:
    """A and B with 400 residents, and C, where no household of the panel lives."""
    columns = {"geoid": ["A", "B", "C"], "population": [100.0, 300.0, 5_000.0], "minority_share": [0.8, 0.4, 1.0]}
    return pa.table({name: values for name, values in (columns | changed).items() if values is not None})


def test_members_and_residents_are_laid_beside_each_other_in_the_block_groups_of_the_panel() -> None:
    # Members: 20 × 3 + 60 × 2 = 180, of which 60 of a minority. Residents: 400, of which 80 + 120 = 200.
    found = frame_coverage(panel(), areas())
    assert (found.residents, found.members, found.held) == (400.0, 180.0, 0.45)
    assert found.minority_of_members == pytest.approx(60 / 180, abs=5e-3)
    assert found.minority_of_residents == pytest.approx(0.5)
    assert found.words == (
        "The study’s households have about 180 members; the block groups in which they live have 400 residents (45 %)."
        " Of the members 33 % are of a minority, of the residents 50 %."
    )


def test_members_of_one_household_move_nothing_that_is_told() -> None:
    more = panel(members=[3] * 20 + [2] * 59 + [3])
    assert frame_coverage(more, areas()) == frame_coverage(panel(), areas())


@pytest.mark.parametrize(
    ("homes", "zones", "why"),
    [
        ({}, {"minority_share": None}, "the table of areas has no minority_share"),
        ({"members": None}, {}, "the table of households has no members"),
        ({}, {"minority_share": [0.8, None, 1.0]}, "1 of 2 block groups have no minority_share"),
        ({"members": [3] * 20 + [2] * 50 + [None] * 10}, {}, "more than 5 % of the households have no members, or no minority_share"),
        ({"minority_share": [1.0] * 10 + [0.0] * 70}, {}, "fewer than 11 households have members of a minority, or others"),
        ({"minority_share": [1.0] * 70 + [0.0] * 10}, {}, "fewer than 11 households have members of a minority, or others"),
    ],
)
def test_where_it_cannot_be_told_that_is_said_with_the_reason(homes: dict[str, Any], zones: dict[str, Any], why: str) -> None:
    found = frame_coverage(panel(**homes), areas(**zones))
    assert found.words == f"How many of the residents the study’s households hold cannot be told because {why}."
    check = who_is_not_in_the_frame(of(found))
    assert (check.standing, check.meaning) == ("not_testable", f"Cannot be tested because {why}.")


def of(frame: FrameCoverage | None) -> BuiltPanel:
    built = built_panel(city_columns(PanelRecipe(households=200, block_groups=10), 1))
    return BuiltPanel(**{name: getattr(built, name) for name in BuiltPanel.__slots__} | {"frame": frame})


def covered(held: float, residents: float, members: float) -> FrameCoverage:
    return FrameCoverage(10_000.0, 10_000.0 * held, held, residents, members)


def test_a_frame_that_holds_few_or_others_is_a_caution_that_says_which_way() -> None:
    under = who_is_not_in_the_frame(of(covered(0.57, 0.38, 0.20)))
    assert under.standing == "caution"
    assert "Nothing here tells of the other 43 % of the residents." in under.meaning
    assert "Residents of a minority are under-represented by 18 points" in under.meaning
    assert "made from" in under.advice
    assert "over-represented by 10 points" in who_is_not_in_the_frame(of(covered(0.95, 0.3, 0.4))).meaning
    few = who_is_not_in_the_frame(of(covered(0.5, 0.3, 0.32)))
    assert (few.standing, "lie within 5 points" in few.meaning) == ("caution", True)
    assert "more members than residents" in who_is_not_in_the_frame(of(covered(1.2, 0.3, 0.3))).meaning


def test_a_frame_that_holds_nearly_all_is_sound_and_still_said() -> None:
    check = who_is_not_in_the_frame(of(covered(0.95, 0.30, 0.28)))
    assert (check.standing, check.advice) == ("sound", "Nothing.")
    assert "95 %" in check.meaning
    assert who_is_not_in_the_frame(of(None)).standing == "not_testable"
