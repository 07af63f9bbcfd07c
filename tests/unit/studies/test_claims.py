"""The list of claims: a sentence holds only while nothing that was tried takes it away, and what does is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from evenhand.equity.verdicts import Verdict, judge
from evenhand.studies.claims import claims
from evenhand.studies.diagnostics.design import design_diagnostics
from evenhand.studies.five_models import StudyFits, fit_five_models
from evenhand.studies.hypotheses import city_gaps, verdicts
from evenhand.studies.results import BuiltPanel, Claim, Diagnostic, Standing
from evenhand.twin.panel import PanelRecipe
from tests.built_panels import built_panel, city_columns, requests_of

LONGER = "Where nobody reports, minority households wait longer than others like them."


@pytest.fixture(scope="module")
def built() -> BuiltPanel:
    """Large effects, little noise: every verdict is definite by both presets."""
    effects = {"minority_share": 0.3, "minority_share:participation": -0.5, "house_age": 0.011}
    columns = city_columns(PanelRecipe(households=3_000, block_groups=60, hours_effects=effects, block_group_spread=0.0, alpha=0.1), 3)
    return built_panel(columns, requests=requests_of(columns))


@pytest.fixture(scope="module")
def study(built: BuiltPanel) -> StudyFits:
    return fit_five_models(built.panel)


@pytest.fixture(scope="module")
def other(built: BuiltPanel, study: StudyFits) -> StudyFits:
    return fit_five_models(built.panel, preset="xu_tang_2020", known=study)


def as_said(claimed: tuple[Claim, ...]) -> dict[str, Claim]:
    return {one.text: one for one in claimed}


def check(
    name: str, *, standing: Standing = "caution", figures: Mapping[str, float] | None = None, rows: tuple[dict[str, Any], ...] = ()
) -> Diagnostic:
    return Diagnostic(name, name, "Something.", figures or {}, "It means something.", "Nothing.", standing, rows)


def row(setting: str, outcome: str, said: str, *, studied: bool = False, extreme: bool = False, hypothesis: str = "H1") -> dict[str, Any]:
    return {"setting": setting, "hypothesis": hypothesis, "ratio": 1.1, "outcome": outcome, "said": said, "is_as_studied": studied,
            "is_extreme": extreme, "why": ""}  # fmt: skip


STUDIED = row("hours", "supported", "above 0 %", studied=True)


def test_a_claim_that_nothing_takes_away_holds_and_names_its_figures(study: StudyFits, other: StudyFits) -> None:
    (gap,) = (one for one in verdicts(study) if one.hypothesis == "H1")
    claim = as_said(claims(study, other, verdicts(study), (), ()))[LONGER]
    assert (claim.standing, claim.on) == ("holds", ())
    assert f"{100 * (gap.ratio - 1):+.1f} %" in claim.because
    assert "by default" in claim.because
    assert "by xu_tang_2020" in claim.because


@pytest.mark.parametrize(
    ("diagnostic", "on"),
    [
        (
            check("window", rows=(STUDIED, row("12 h", "inconclusive", "not told apart from none"))),
            "the window in which a report counts (not told apart",
        ),
        (check("unit", rows=(STUDIED, row("days", "contradicted", "below 0 %"))), "the unit of the hours (below 0 %: days)"),
        (check("never_out", rows=(STUDIED, row("without them", "equivalent", "inside the margin"))), "whether households that were never out are"),
        (check("morans_i", rows=(STUDIED, row("by tract", "inconclusive", "not told apart from none"))), "how wide a neighbourhood"),
        (check("multiplicity", rows=({"hypothesis": "H1", "p_value": 0.02, "holm": 0.14},)), "how many questions are asked (p = 0.020 alone, 0.140"),
        (
            check("influence", rows=({"hypothesis": "H1", "block_groups_that_change_it": 3, "block_groups": 60},)),
            "single block groups (leaving one out changes it for 3 of 60)",
        ),
        (check("permutation", figures={"p-value": 0.4}), "comparing block groups with each other (within them, shuffling gives p = 0.400"),
        (
            check("placebo", standing="trouble", figures={"H1 in the quiet week (ratio)": 1.25}),
            "a gap that was there before the storm (+25.0 % in a quiet week)",
        ),
    ],
)
def test_what_takes_a_claim_away_is_named(study: StudyFits, other: StudyFits, diagnostic: Diagnostic, on: str) -> None:
    claim = as_said(claims(study, other, verdicts(study), (), (diagnostic,)))[LONGER]
    assert claim.standing == "depends"
    (named,) = claim.on
    assert named.startswith(on)


@pytest.mark.parametrize(
    "diagnostic",
    [
        check("missing_hours", rows=(STUDIED, row("least for H1", "contradicted", "below 0 %", extreme=True))),
        check("landmark", rows=(STUDIED, row("48 h", "inconclusive", "not told apart from none"))),
        check("unit", rows=(STUDIED, row("days", "supported", "above 0 %"))),
        check("multiplicity", rows=({"hypothesis": "H1", "p_value": 0.001, "holm": 0.007},)),
        check("influence", standing="trouble", rows=({"hypothesis": "H1", "block_groups_that_change_it": 0, "block_groups": 60},)),
        check("influence", rows=({"hypothesis": "H3b", "block_groups_that_change_it": 9, "block_groups": 60},)),
        check("rootogram", standing="trouble"),
    ],
)
def test_worst_cases_and_lesser_precision_take_no_claim_away(study: StudyFits, other: StudyFits, diagnostic: Diagnostic) -> None:
    assert as_said(claims(study, other, verdicts(study), (), (diagnostic,)))[LONGER].standing == "holds"


def test_a_change_of_the_gap_among_reporters_is_seen_wherever_reporting_is_refitted(built: BuiltPanel, study: StudyFits) -> None:
    checks = design_diagnostics(built, study)
    for name in ("window", "unit", "rounding", "minority_definition", "landmark"):
        rows = [row for one in checks if one.name == name for row in one.rows]
        assert not rows or any(row["hypothesis"] == "gap among reporters" and not row["is_as_studied"] for row in rows), name


def as_verdict(like: Verdict, low: float, high: float) -> Verdict:
    claim = "none" if like.hypothesis in {"gap among reporters", "minority reporters", "fair service rule"} else "above"
    outcome = judge(low, high, claim)  # type: ignore[arg-type]
    return Verdict(like.hypothesis, like.claim, outcome, (low * high) ** 0.5, low, high, like.margin, like.words, like.assumed)


def test_what_only_the_other_preset_finds_is_claimed_by_nobody_and_stands_among_the_figures(study: StudyFits, other: StudyFits) -> None:
    unsure = tuple(as_verdict(one, 0.8, 1.4) for one in verdicts(study))
    assert next(one for one in verdicts(other) if one.hypothesis == "H1").outcome == "supported"
    claimed = as_said(claims(study, other, unsure, (), ()))
    assert LONGER not in claimed
    claim = claimed["Whether minority households wait longer than others like them where nobody reports."]
    assert (claim.standing, claim.on) == ("cannot_be_said", ())
    (theirs,) = (one for one in verdicts(other) if one.hypothesis == "H1")
    assert f"{100 * (theirs.ratio - 1):+.1f} %" in claim.because.split("by default; ")[1]
    assert all(one.standing == "cannot_be_said" and one.text.startswith("Whether ") for one in claimed.values())


def test_a_verdict_that_the_other_preset_does_not_share_depends_on_it(study: StudyFits) -> None:
    silent = PanelRecipe(households=300, block_groups=30, hours_effects={"house_age": 0.011}, participation_effects={}, alpha=0.5)
    smaller = fit_five_models(built_panel(city_columns(silent, 2)).panel, preset="xu_tang_2020")
    assert next(one for one in verdicts(smaller) if one.hypothesis == "H1").outcome == "inconclusive"
    claim = as_said(claims(study, smaller, verdicts(study), (), ()))[LONGER]
    assert (claim.standing, claim.on) == ("depends", ("the preset (by xu_tang_2020: not told apart from none)",))


def test_hours_that_are_not_known_are_said_with_what_was_tried_of_them(study: StudyFits, other: StudyFits) -> None:
    lost = check("missing_hours", rows=(STUDIED, row("least for H1", "contradicted", "below 0 %", extreme=True)))
    claim = as_said(claims(study, other, verdicts(study), (), (lost,)))["How long those waited whose hours are not known to their end."]
    assert (claim.standing, claim.because) == ("cannot_be_said", lost.meaning)


def test_reporters_of_the_landmark_are_named_as_those_without_minority_members(study: StudyFits, other: StudyFits) -> None:
    rows = (row("the study's window", "supported", "below 0 %", studied=True, hypothesis="reporting"),
            row("24 h", "supported", "below 0 %", hypothesis="reporting"))  # fmt: skip
    claim = as_said(claims(study, other, verdicts(study), (), (check("landmark", rows=rows),)))["Whether reporting itself changes the wait."]
    assert claim.because.startswith("The wait of reporters without minority members, beside like households that did not report, is +10.0 %")


def test_what_no_preset_tells_cannot_be_said() -> None:
    # nothing to be found: no effects, and few households
    columns = city_columns(PanelRecipe(households=300, block_groups=30, hours_effects={"house_age": 0.011}, participation_effects={}, alpha=0.5), 2)
    panel = built_panel(columns).panel
    study = fit_five_models(panel)
    other = fit_five_models(panel, preset="xu_tang_2020", known=study)
    untold = [one for one in claims(study, other, verdicts(study), (), ()) if one.standing == "cannot_be_said"]
    assert untold
    assert all(one.text.startswith("Whether ") and "95 % interval" in one.because and not one.on for one in untold)


def test_equality_is_claimed_only_from_inside_the_margin(study: StudyFits, other: StudyFits) -> None:
    alike = tuple(as_verdict(one, 0.98, 1.02) for one in verdicts(study))
    claimed = as_said(claims(study, other, alike, (), ()))
    assert claimed["Where nobody reports, minority households wait as long as others like them."].on[0].startswith("the preset")


def test_every_comparison_is_said_once_and_in_order_of_standing(built: BuiltPanel, study: StudyFits, other: StudyFits) -> None:
    checks = design_diagnostics(built, study)
    claimed = claims(study, other, verdicts(study), city_gaps(built.panel, study), checks)
    order = ["holds", "depends", "cannot_be_said"]
    assert [order.index(one.standing) for one in claimed] == sorted(order.index(one.standing) for one in claimed)
    assert len({one.text for one in claimed}) == len(claimed)
    assert all(
        one.text.endswith(".") and one.because.endswith(".") and (any(c.isdigit() for c in one.because) or "Cannot be tested" in one.because)
        for one in claimed
    )
    said = as_said(claimed)
    assert said["Whether belonging to a minority is what makes a household wait."].standing == "cannot_be_said"
    assert said["Whether reporting itself changes the wait."].standing == "cannot_be_said"
    assert any(text.startswith("Across the whole city, minority households wait longer") for text in said)


def test_the_citys_gap_says_when_adjusting_makes_it(study: StudyFits, other: StudyFits, built: BuiltPanel) -> None:
    gaps = city_gaps(built.panel, study)
    by_name = {one.name: one for one in gaps}
    assert by_name["unadjusted"].gap is not None
    assert by_name["participation fixed"].gap is not None
    mean_hours = {share: built.panel.numbers["restoration_hours"][built.panel.numbers["minority_share"] == share].mean() for share in (0.0, 1.0)}
    (city,) = (one for one in claims(study, other, verdicts(study), gaps, ()) if one.text.startswith("Across the whole city"))
    assert "adjusted, each household reporting or not as it did" in city.because
    assert np.sign(mean_hours[1.0] - mean_hours[0.0]) == np.sign(by_name["unadjusted"].gap.gap_hours)
