"""Diagnostics of the models: that they find what is there, say it from their figures, and say so where they cannot tell."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from evenhand import equity
from evenhand.equity.panel_reading import Panel, panel_of
from evenhand.equity.verdicts import judge
from evenhand.studies.diagnostics.model import CHECKS, model_diagnostics
from evenhand.studies.diagnostics.model_coverage import block_variance, coverage_of, least_held, noticed_below
from evenhand.studies.diagnostics.model_fit import hours_edges, without_few
from evenhand.studies.five_models import fit_five_models
from evenhand.studies.other_models import OtherModel
from evenhand.studies.results import Diagnostic
from tests.households import household_columns, household_table

pytestmark = pytest.mark.slow

# A figure as a sentence shows it; not the digit of a name (model 3, cr3, NB2).
_NUMBER = re.compile(r"(?<![\w.,])[+−]?\d[\d,]*(?:\.\d+)?(?![\d])")
_NAMES = re.compile(r"\b[Mm]odels? \d(?:, \d)*(?: (?:and|to) \d)?|hc1|\d{12}")


def checked(*, errors: list[str] | None = None, preset: str = "default", **changed: Any) -> dict[str, Diagnostic]:
    return by_name(panel_of(household_table(**changed)), errors=errors, preset=preset)


def by_name(panel: Panel, *, errors: list[str] | None = None, preset: str = "default", **options: Any) -> dict[str, Diagnostic]:
    study = fit_five_models(panel, errors=errors, preset=preset)
    return {one.name: one for one in model_diagnostics(panel, study, **options)}


@pytest.fixture(scope="module")
def plain() -> dict[str, Diagnostic]:
    return checked(n=1500, errors=["cr3"])


def counted(columns: Mapping[str, Any], *, alpha: float, seed: int = 1) -> np.ndarray:
    """Whole hours about a mean of the columns, Poisson or with a dispersion, without differences between block groups."""
    rng = np.random.default_rng(seed)
    mean = np.exp(3.6 + 0.1 * columns["minority_share"] + 0.01 * (columns["house_age"] - 36.0))
    return np.asarray(rng.poisson(mean * (rng.gamma(1.0 / alpha, alpha, mean.size) if alpha else 1.0)), dtype=np.float64)


def test_every_check_answers_once_in_its_order(plain: dict[str, Diagnostic]) -> None:
    expected = [check.name for check, _ in CHECKS]
    expected.insert(expected.index("influence") + 1, "influence_areas")
    assert list(plain) == expected
    for one in plain.values():
        assert one.title.endswith("?")
        assert one.tested
        assert one.advice
        assert (one.standing == "not_testable") == one.meaning.startswith("Cannot be tested because")


def numbers_not_among(figures: Mapping[str, float], sentence: str) -> list[str]:
    lost = []
    for shown in _NUMBER.findall(_NAMES.sub("", sentence)):
        value, decimals = float(shown.replace(",", "").replace("−", "-")), len(shown.partition(".")[2])
        if not any(abs(figure - value) <= 0.5000001 * 10.0**-decimals for figure in figures.values()):
            lost.append(shown)
    return lost


def sick() -> dict[str, Any]:
    """Columns of a panel with something wrong of every kind."""
    columns = household_columns(800)
    rng = np.random.default_rng(4)
    columns["status"] = np.where(rng.random(800) < 0.08, "still_out", "restored")
    columns["house_age"] = np.where(rng.random(800) < 0.07, np.nan, columns["house_age"])
    columns["median_income"] = 80.0 + 5.0 * (columns["log_population_density"] - 7.8) + 0.1 * rng.normal(size=800)
    columns["college_age_share"] = columns["participation"] * (rng.random(800) < 0.5)
    columns["restoration_hours"] = columns["restoration_hours"] * np.where(rng.random(800) < 0.2, 6.0, 1.0)
    return columns


@pytest.mark.parametrize("preset", ["default", "xu_tang_2020"])
@pytest.mark.parametrize("make", [lambda: household_columns(1500), sick, lambda: household_columns(300) | {"education": np.full(300, 0.5)}])
def test_no_sentence_holds_a_number_that_is_not_among_its_figures(make: Any, preset: str) -> None:
    columns = make()
    for one in checked(n=len(columns["premise_id"]), preset=preset, **columns).values():
        for sentence in (one.meaning, one.advice):
            if one.standing != "not_testable":
                assert not numbers_not_among(one.figures, sentence), sentence
                assert "nan" not in sentence
                assert "inf " not in sentence


def test_what_is_sick_is_called_so() -> None:
    found = checked(n=800, **sick())
    assert {name for name, one in found.items() if one.standing == "trouble"} >= {"missing_values", "still_out", "separation", "variance_inflation"}
    assert "college_age_share" in found["separation"].meaning
    assert "median_income" in found["variance_inflation"].meaning
    assert found["still_out"].figures["still_out"] == (sick()["status"] == "still_out").sum()
    assert found["missing_values"].rows == ({"column": "house_age", "households": int(np.isnan(sick()["house_age"]).sum())},)


def test_poisson_hours_are_found_overdispersed_no_more_often_than_chance_allows() -> None:
    rng = np.random.default_rng(20)
    x = np.column_stack([np.ones(150), rng.normal(size=150)])
    tests = [equity.fit_arrays(rng.poisson(np.exp(x @ [3.0, 0.2])).astype(float), x, ("Intercept", "far")).overdispersion() for _ in range(200)]
    rejected = np.mean([test.p_value < 0.05 for test in tests])
    # 200 draws: a standard error of 1.5 points, four of them; with the boundary half of the draws have a statistic of 0
    assert abs(rejected - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 200)
    assert abs(np.mean([test.statistic == 0.0 for test in tests]) - 0.5) < 4 * math.sqrt(0.25 / 200)


def test_overdispersion_is_found_where_it_is_and_only_there() -> None:
    columns = household_columns(2000)
    none = checked(n=2000, restoration_hours=counted(columns, alpha=0.0, seed=3))["overdispersion"]
    some = checked(n=2000, restoration_hours=counted(columns, alpha=0.2))["overdispersion"]
    assert none.meaning.startswith("No overdispersion was found")
    assert none.figures["p_value"] > 0.05
    assert some.meaning.startswith("Hours scatter more than counts")
    # 1 + 0.2 × a mean of about 40 hours
    assert some.figures["variance_ratio"] == pytest.approx(1.0 + 0.2 * some.figures["mean_hours"], rel=0.15)
    assert (none.standing, some.standing) == ("sound", "sound")
    assert [row["model"] for row in some.rows] == ["2", "3", "4", "5"]


def test_hours_of_the_models_own_kind_pass_and_hours_of_two_kinds_do_not() -> None:
    columns = household_columns(4000)
    right = checked(n=4000, restoration_hours=counted(columns, alpha=0.2))
    hours = counted(columns, alpha=0.02)
    wrong = checked(n=4000, restoration_hours=np.where(np.arange(4000) % 3 == 0, np.round(hours / 8.0), 2.0 * hours))
    for name in ("rootogram", "quantile_residuals"):
        assert right[name].standing == "sound"
        assert wrong[name].standing == "trouble"
    assert sum(row["households"] for row in wrong["rootogram"].rows) == 4000
    assert sum(row["found_percent"] for row in wrong["quantile_residuals"].rows) == pytest.approx(100.0)


def test_scatter_that_the_model_does_not_know_is_trouble_only_for_errors_that_believe_it() -> None:
    columns = household_columns(3000)
    hours = counted(columns, alpha=0.05)
    hours[::100] *= 12.0
    for errors, standing in (("cr1", "caution"), ("observed", "trouble")):
        assert checked(n=3000, restoration_hours=hours, errors=[errors])["overdispersion"].standing == standing


def test_a_design_with_an_inflation_of_20_is_named() -> None:
    rng = np.random.default_rng(6)
    n = 4000
    columns = household_columns(n)
    density = rng.normal(size=n)
    income = math.sqrt(0.95) * density + math.sqrt(0.05) * rng.normal(size=n)
    found = checked(
        n=n, log_population_density=7.8 + 0.4 * density, median_income=80.0 + 15.0 * income, restoration_hours=columns["restoration_hours"]
    )
    one = found["variance_inflation"]
    assert one.standing == "trouble"
    assert one.figures["inflation"] == pytest.approx(20.0, rel=0.1)
    assert "median_income" in one.meaning or "log_population_density" in one.meaning


def test_a_term_without_information_is_named() -> None:
    one = checked(n=400, education=np.full(400, 0.5))["rank"]
    assert (one.standing, one.figures["removed_terms"]) == ("trouble", 1.0)
    assert "education (constant)" in one.meaning


def influential() -> tuple[dict[str, Any], str]:
    """Hours without any gap, but for one block group in which minority households wait five times as long."""
    columns = household_columns(1200, blocks=40)
    here = columns["block_group"][0]
    inside = (np.array(columns["block_group"]) == here) & (columns["minority_share"] > 0.5)
    hours = counted(columns, alpha=0.05)
    return columns | {"restoration_hours": np.where(inside, 5.0 * hours, hours)}, here


@pytest.mark.parametrize("errors", ["cr3", "observed"])
def test_a_block_group_that_carries_a_finding_is_found_and_named_only_inside(errors: str) -> None:
    columns, here = influential()
    found = checked(n=1200, blocks=40, errors=[errors], **columns)
    public, internal = found["influence"], found["influence_areas"]
    assert public.standing == "trouble" if errors == "observed" else public.standing in {"caution", "trouble"}
    assert internal.is_internal
    assert internal.rows[0]["block_group"] == here
    assert internal.rows[0]["households"] == columns["block_group"].count(here)
    assert ("fitted anew" in public.meaning) == (errors == "cr3")
    assert ("take households as independent" in public.meaning) == (errors == "observed")
    assert public.figures["ratio_without"] < public.figures["ratio"]


def test_the_block_groups_that_change_a_verdict_are_those_without_which_a_fit_says_otherwise() -> None:
    columns, _ = influential()
    panel = panel_of(household_table(1200, blocks=40, **columns))
    study = fit_five_models(panel)
    (one,) = (one for one in model_diagnostics(panel, study) if one.name == "influence")
    row = next(row for row in one.rows if row["hypothesis"] == "H1")
    own = study.fits["3"].terms("cr3")[1]
    labels, changed = np.array(columns["block_group"]), 0
    for label in np.unique(labels):
        rest = panel_of(household_table(1200, blocks=40, **columns).filter(labels != label))
        without = fit_five_models(rest, errors=["observed"]).fits["3"].coefficients[1]
        low, high = np.exp([without + own.conf_low - own.estimate, without + own.conf_high - own.estimate])
        changed += judge(low, high, "above") != judge(own.ratio[1], own.ratio[2], "above")
    assert (row["block_groups_that_change_it"], row["block_groups"]) == (changed, 40)
    assert changed > 0


def test_what_a_block_group_of_few_households_changes_is_not_published() -> None:
    columns, here = influential()
    few = np.flatnonzero(np.array(columns["block_group"]) == here)[9:]
    columns["block_group"] = ["120739999999" if place in set(few) else label for place, label in enumerate(columns["block_group"])]
    columns["restoration_hours"][np.array(columns["block_group"]) == here] *= 8.0
    found = checked(n=1200, blocks=40, errors=["cr3"], **columns)
    assert found["influence_areas"].rows[0]["block_group"] == here
    assert found["influence_areas"].rows[0]["households"] == 9
    assert "ratio_without" not in found["influence"].figures
    assert "instead of" not in found["influence"].meaning


def test_nothing_that_may_be_published_names_a_block_group(plain: dict[str, Diagnostic]) -> None:
    assert [one.name for one in plain.values() if one.is_internal] == ["influence_areas"]
    for one in plain.values():
        assert "12073" not in repr(replace(one, rows=()))
        assert one.is_internal or "12073" not in repr(one.rows)


def test_without_block_groups_or_status_it_is_said_that_nothing_can_be_told() -> None:
    found = checked(n=400, block_group=None)
    assert found["influence"].meaning == "Cannot be tested because the panel has no column block_group."
    assert "influence_areas" not in found
    assert found["still_out"].meaning.startswith("Cannot be tested because the panel has no column status")
    assert found["coverage"].standing == "not_testable"
    assert found["families"].standing != "not_testable"


def test_a_column_that_tells_nothing_stops_no_other_check() -> None:
    panel = panel_of(household_table(400))
    flat = replace(panel, numbers={**panel.numbers, "minority_share": np.zeros(400)})
    found = by_name(flat)
    assert found["families"].standing == "not_testable"
    assert "minority_share" in found["families"].meaning
    assert found["rootogram"].standing != "not_testable"


def test_groups_that_miss_values_unequally_are_trouble_however_few_miss_them() -> None:
    columns = household_columns(2000)
    gone = (columns["minority_share"] > 0.5) & (np.arange(2000) % 10 == 0)
    one = checked(n=2000, house_age=np.where(gone, np.nan, columns["house_age"]))["missing_values"]
    assert one.figures["missing_percent"] < 5.0
    assert one.figures["others_percent"] == 0.0
    assert one.standing == "trouble"


def test_families_agree_about_hours_of_their_common_mean_and_part_where_the_tail_differs() -> None:
    columns = household_columns(4000)
    alike = checked(n=4000, restoration_hours=counted(columns, alpha=0.1))["families"]
    # of minority households a few wait very long and the others less: means say longer, medians and hazards say shorter
    hours = counted(columns, alpha=0.1) + 1.0
    minority = columns["minority_share"] > 0.5
    long = minority & (np.arange(4000) % 20 == 0)
    apart = checked(n=4000, restoration_hours=np.where(long, 14.0 * hours, np.where(minority, 0.6 * hours, hours)))["families"]
    assert alike.standing == "sound"
    assert [row["family"] for row in alike.rows] == ["negative binomial", "Poisson", "log-normal", "Cox"]
    assert apart.standing == "trouble"
    by_households = checked(n=4000, restoration_hours=counted(columns, alpha=0.1), preset="xu_tang_2020")["families"]
    assert [row["errors"] for row in by_households.rows] == ["cr3_one_step", "cr3_one_step", "cr3_one_step", "cr1"]
    assert {row["direction"] for row in apart.rows} >= {"longer", "shorter"}


def test_a_family_that_cannot_hold_households_never_out_says_so() -> None:
    columns = household_columns(2000)
    hours = np.where(np.arange(2000) % 20 == 0, 0.0, counted(columns, alpha=0.1) + 1.0)
    one = checked(n=2000, restoration_hours=hours)["families"]
    left_out = {row["family"]: row["left_out"] for row in one.rows}
    assert left_out["log-normal"].startswith("0 hours")
    assert not left_out["Poisson"]
    assert "The log-normal model is of fewer households: it cannot hold one that was never out." in one.meaning
    assert "fewer households" not in checked(n=2000, restoration_hours=hours + 1.0)["families"].meaning


def test_the_least_count_of_the_self_test_is_the_binomials() -> None:
    # Eleven terms, 400 cities, 95 % promised: chance alone brings some term below the count in at most 5 of 100 studies, and one more would not do.
    least = least_held(400, 11, 0.95)
    assert 11 * binom.cdf(least - 1, 400, 0.95) <= 0.05 < 11 * binom.cdf(least, 400, 0.95)
    noticed = noticed_below(400, least)
    assert binom.cdf(least - 1, 400, noticed) >= 0.8 > binom.cdf(least - 1, 400, noticed + 0.001)


def test_models_that_were_fitted_already_are_not_fitted_again() -> None:
    panel = panel_of(household_table(400))
    known = (
        OtherModel("log-normal", "time ratio", "cr1", 400, 0, {"minority_share": (1.23, 1.1, 1.4)}),
        OtherModel("person-period", "hazard ratio", "", 0, 0, {}, "nobody reported"),
    )
    rows = {row["family"]: row for row in by_name(panel, others=known)["families"].rows}
    assert (rows["log-normal"]["ratio"], rows["log-normal"]["errors"]) == (1.23, "cr1")
    assert rows["person-period"]["why"] == "nobody reported"


def test_the_same_seed_gives_the_same_figures_and_steps_are_counted_to_the_end() -> None:
    panel = panel_of(household_table(400))
    study = fit_five_models(panel, errors=["cr1"])
    seen: list[tuple[int, int]] = []
    one = model_diagnostics(panel, study, seed=5, progress=lambda done, total: seen.append((done, total)))
    assert one == model_diagnostics(panel, study, seed=5)
    assert seen == [(k + 1, len(CHECKS)) for k in range(len(CHECKS))]


def test_no_bin_and_no_share_tells_of_fewer_than_11_households() -> None:
    columns = household_columns(900)
    status = np.full(900, "restored", dtype=object)
    minority = np.flatnonzero(columns["minority_share"] > 0.5)
    others = np.flatnonzero(columns["minority_share"] <= 0.5)
    status[others[:40]] = status[minority[:10]] = "still_out"
    few = checked(n=900, status=status)
    status[minority[:11]] = "still_out"
    enough = checked(n=900, status=status)
    assert min(row["households"] for row in few["rootogram"].rows) >= 11
    assert "minority_percent" not in few["still_out"].figures
    assert "minority households" not in few["still_out"].meaning
    assert enough["still_out"].figures["minority_percent"] == pytest.approx(100.0 * 11 / minority.size)


def test_bins_of_few_are_joined_to_the_next() -> None:
    edges = np.array([0.0, 5.0, 10.0, 15.0, 20.0])
    assert without_few(edges, np.array([3, 9, 20, 11, 2])).tolist() == [0.0, 10.0, 15.0]
    assert without_few(edges, np.array([11, 0, 30, 12, 11])).tolist() == [0.0, 5.0, 15.0, 20.0]
    assert without_few(edges, np.array([0, 0, 60, 0, 0])).tolist() == edges.tolist()


def test_bins_of_hours_are_usual_widths_and_few() -> None:
    edges = hours_edges(np.linspace(0.0, 280.0, 500))
    assert (edges[0], edges[1]) == (0.0, 12.0)
    assert edges.size <= 25
    assert hours_edges(np.zeros(10)).tolist() == [0.0, 1.0]
    assert hours_edges(np.full(10, 10_000.0)).size <= 25


def test_differences_between_block_groups_are_estimated_without_bias() -> None:
    rng = np.random.default_rng(30)
    place = rng.integers(0, 150, 6000)
    mean = rng.uniform(40.0, 90.0, 6000)
    found = []
    for _ in range(60):
        factors = np.exp(rng.normal(-0.5 * 0.3**2, 0.3, 150))[place]
        found.append(block_variance(rng.poisson(mean * factors * rng.gamma(8.0, 1 / 8, 6000)).astype(float), mean, place))
    # the variance of a log-normal factor of mean 1 and spread 0.3; sixty estimates from 150 groups each scatter by about 2 % of it
    assert np.mean(found) == pytest.approx(math.expm1(0.3**2), rel=0.08)
    assert block_variance(np.array([1.0, 2.0]), np.array([1.5, 1.5]), np.array([0, 1])) == 0.0


def test_intervals_of_independent_households_hold_what_they_promise() -> None:
    columns = household_columns(600)
    columns["restoration_hours"] = counted(columns, alpha=0.1, seed=2)
    fit = fit_five_models(panel_of(household_table(600, **columns)), errors=["observed"]).fits["3"]
    found = coverage_of(fit, None, errors="observed", draws=150, seed=1)
    assert (found.draws, found.failed, found.block_spread) == (150, 0, 0.0)
    # 150 draws: a standard error of 1.8 points, four of them
    assert all(abs(share - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 150) for share in found.held.values())


def test_the_self_test_fails_errors_of_independent_households_where_block_groups_differ() -> None:
    columns = household_columns(600, blocks=30)
    rng = np.random.default_rng(3)
    area = np.exp(rng.normal(0.0, 0.4, 30))[np.unique(columns["block_group"], return_inverse=True)[1]]
    columns["restoration_hours"] = np.round(counted(columns, alpha=0.05) * area)
    panel = panel_of(household_table(600, **columns))
    labels = panel.ids["block_group"]
    by_households, by_groups = (
        coverage_of(fit_five_models(panel, errors=[errors]).fits["3"], labels, errors=errors, draws=60, seed=1) for errors in ("observed", "cr3")
    )
    assert by_households.block_spread == pytest.approx(0.4, rel=0.35)
    assert by_households.held["median_income"] < 0.7
    # 60 draws: a standard error of 2.8 points, four of them
    assert by_groups.held["median_income"] > 0.95 - 4 * math.sqrt(0.95 * 0.05 / 60)
    assert by_groups.held["minority_share"] > 0.95 - 4 * math.sqrt(0.95 * 0.05 / 60)


def test_a_thorough_study_says_which_intervals_are_too_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.studies.diagnostics.model.DRAWS", 30)
    monkeypatch.setattr("evenhand.studies.diagnostics.model_coverage.DRAWS", 30)
    columns = household_columns(600, blocks=30)
    rng = np.random.default_rng(3)
    area = np.exp(rng.normal(0.0, 0.5, 30))[np.unique(columns["block_group"], return_inverse=True)[1]]
    panel = panel_of(household_table(600, **(columns | {"restoration_hours": np.round(counted(columns, alpha=0.05) * area)})))
    seen: list[int] = []
    one = by_name(panel, errors=["observed"], thorough=True, progress=lambda done, total: seen.append(total - done))["coverage"]
    assert one.standing == "trouble"
    assert not numbers_not_among(one.figures, one.meaning + one.advice)
    assert one.figures["cities"] == 30.0
    assert seen[-1] == 0
