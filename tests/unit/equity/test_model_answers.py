"""What a fitted model answers: combinations, effects in hours, predictions, tables, figures."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pytest
from scipy.stats import chi2

from evenhand import equity
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit

GROUPS = {"hours": [2, 4, 6, 10, 20, 30, 1, 3, 5, 8, 12, 40], "minority": [0, 0, 0, 1, 1, 1] * 2, "part": [0] * 6 + [1] * 6}


def saturated() -> Fit:
    """Means by group: 4 and 20 without participation, 3 and 20 with it."""
    return equity.fit("hours ~ minority * part", GROUPS, family="poisson")


def test_a_combination_is_the_ratio_of_the_groups_it_compares() -> None:
    fit = saturated()
    among = fit.linear_combination("minority + minority:part")
    assert among.ratio[0] == pytest.approx(20 / 3, rel=1e-9)
    assert among.inference.std_error == pytest.approx(math.sqrt(1 / 60 + 1 / 9), rel=1e-9)
    assert among.percent[0] == pytest.approx(100 * (20 / 3 - 1), rel=1e-9)
    assert fit.linear_combination("part:minority + minority").ratio == among.ratio


def test_combinations_take_numbers_and_signs() -> None:
    fit = saturated()
    assert fit.linear_combination("2 * minority - part").inference.estimate == pytest.approx(2 * math.log(5) - math.log(3 / 4), rel=1e-9)


@pytest.mark.parametrize("expression", ["", "minority +", "minority part", "income", "minority ** 2"])
def test_an_expression_that_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(DesignUnusable):
        saturated().linear_combination(expression)


def test_an_effect_in_hours_is_the_difference_of_averages() -> None:
    """Half of the homes took part: minority against others is (20 − 4)/2 + (20 − 3)/2."""
    minority, part = saturated().marginal_effects()
    assert minority.inference.estimate == pytest.approx(16.5, rel=1e-9)
    assert part.inference.estimate == pytest.approx(-0.5, rel=1e-9)
    assert (minority.change, minority.unit) == ("from 0 to 1", "hours")


def test_an_effect_on_taking_part_is_in_percentage_points() -> None:
    table = {"reported": [1] * 10 + [0] * 30 + [1] * 20 + [0] * 20, "minority": [0] * 40 + [1] * 40}
    (effect,) = equity.fit("reported ~ minority", table, family="logit").marginal_effects()
    assert effect.inference.estimate == pytest.approx(25.0, rel=1e-9)
    assert effect.inference.std_error == pytest.approx(100 * math.sqrt(0.25 * 0.75 / 40 + 0.5 * 0.5 / 40), rel=1e-7)
    assert effect.unit == "percentage points"


def test_predictions_are_the_groups_means_with_intervals_about_them() -> None:
    found = saturated().predict({"minority": [0, 1], "part": [1, 1]})
    assert found.mean == pytest.approx([3, 20], rel=1e-9)
    assert found.std_error == pytest.approx([math.sqrt(9) / 3, math.sqrt(60) / 3], rel=1e-9)
    assert (found.conf_low < found.mean).all()
    assert (found.mean < found.conf_high).all()


def test_rows_to_predict_may_be_single_numbers_and_hold_more_columns() -> None:
    assert saturated().predict({"minority": 1.0, "part": [0, 1], "name": "unused"}).mean == pytest.approx([20, 20], rel=1e-9)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"part": [1.0]}, "no value came for 'minority'"),
        ({}, "no value came for 'part'"),
        ({"minority": "many", "part": 1.0}, "'minority' was expected as numbers"),
        ({"minority": [0, 1], "part": [0, 1, 1]}, "columns of one length"),
    ],
)
def test_rows_that_cannot_be_predicted_are_refused_in_words(rows: dict[str, object], words: str) -> None:
    with pytest.raises(DesignUnusable, match=words):
        saturated().predict(rows)


def test_a_category_that_no_row_of_the_fit_holds_is_refused_and_not_predicted_as_nothing() -> None:
    fit = equity.fit("hours ~ kind", {"hours": GROUPS["hours"], "kind": ["flat", "house"] * 6}, family="poisson")
    with pytest.raises(DesignUnusable, match="'kind' holds 'tent', which no row of the fit holds"):
        fit.predict({"kind": ["flat", "tent"]})


def test_whole_weights_say_what_as_many_rows_say() -> None:
    """Likelihood and BIC both: the observations are as many as the weights add up to."""
    times = [1, 2, 3] * 4
    weighted = equity.fit("hours ~ minority", GROUPS, weights=times)
    repeated = equity.fit("hours ~ minority", {name: np.repeat(values, times) for name, values in GROUPS.items()})
    for name in ("loglik", "aic", "bic"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name), rel=1e-9), name


def test_that_errors_take_weights_as_counts_is_said_whenever_they_are_asked_for() -> None:
    later = equity.fit("hours ~ minority", GROUPS, weights=[1, 2, 3] * 4, errors="hc1")
    assert [w.code for w in later.warnings] == []
    assert [w.code for w in later.with_errors("observed").warnings] == ["weights_as_counts"]


def test_the_test_against_poisson_halves_the_probability() -> None:
    fit = equity.fit("hours ~ minority", GROUPS)
    poisson = equity.fit("hours ~ minority", GROUPS, family="poisson")
    found = fit.overdispersion()
    assert found.statistic == pytest.approx(2 * (fit.loglik - poisson.loglik), rel=1e-9)
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 1) / 2, rel=1e-9)


def test_a_tidy_table_has_the_columns_of_the_contract() -> None:
    fit = equity.fit("hours ~ minority * part", GROUPS, errors={"cr2": "minority", "observed": None})
    found = fit.tidy(ratios=True)
    assert found.column_names == [
        "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "ratio", "ratio_low", "ratio_high",
    ]  # fmt: skip
    assert found["term"].to_pylist() == ["Intercept", "minority", "part", "minority:part"]
    assert fit.tidy("observed")["df"].null_count == 4
    row = found.to_pylist()[1]
    assert row["ratio"] == pytest.approx(math.exp(row["estimate"]))


def test_the_whole_model_in_one_row() -> None:
    (row,) = saturated().glance().to_pylist()
    assert row["n"] == 12
    assert row["loglik"] == pytest.approx(saturated().loglik)
    assert row["aic"] == pytest.approx(8 - 2 * row["loglik"])
    assert row["alpha"] is None


def test_rows_used_come_back_with_what_was_expected_of_them() -> None:
    found = saturated().augment()
    assert found["fitted"].to_pylist() == pytest.approx([4, 4, 4, 20, 20, 20, 3, 3, 3, 20, 20, 20], rel=1e-9)
    assert found["row"].to_pylist() == list(range(12))


def test_the_note_says_what_was_printed_and_nothing_else() -> None:
    log = equity.compare([saturated(), equity.fit("hours ~ minority", GROUPS, errors="hc1")])
    assert "coefficients on the log scale, not ratios" in log.note
    assert "observed information" in log.note
    assert "HC1" in log.note
    assert "*" not in str(log)
    ratio = equity.compare([saturated()], scale="ratio", stars=True)
    assert "Cells are incidence-rate ratios" in ratio.note
    cells = " ".join(cell for row in ratio.rows for cell in row)
    assert "*** p < 0.01" in ratio.note
    assert "***" in cells
    assert ", * p" not in ratio.note  # no cell has one star


def test_the_note_counts_what_each_model_left_out() -> None:
    table = {name: np.array(values, dtype=float) for name, values in GROUPS.items()}
    table["part"][2] = np.nan
    found = equity.compare([equity.fit("hours ~ minority", table), equity.fit("hours ~ part", table)])
    assert "Model 2 leaves out 1 of 12 rows (1 without part)." in found.note
    assert "Model 1 leaves out" not in found.note


def test_small_coefficients_are_not_printed_as_zero() -> None:
    cells = [row[1] for row in equity.compare([equity.fit("hours ~ cents", {"hours": GROUPS["hours"], "cents": [h * 1e4 for h in range(12)]})]).rows]
    assert float(cells[0]) != 0.0
    assert float(cells[1].strip("()")) != 0.0


def test_a_figure_is_a_valid_specification_without_the_intercept() -> None:
    spec = saturated().plot(ratios=True)
    alt.Chart.from_dict(spec)
    assert [row["term"] for row in spec["data"]["values"]] == ["minority", "part", "minority:part"]
    assert "Incidence-rate ratio" in spec["description"]


def test_a_term_without_an_error_has_dashes_and_no_p_value_below_a_thousandth() -> None:
    table = {"hours": GROUPS["hours"] * 3, "one": [1.0] + [0.0] * 35, "street": [k // 6 for k in range(36)]}
    fit = equity.fit("hours ~ one", table, errors={"cr3": "street"})
    for below, cell in (("p_value", "–"), ("std_error", "(–)"), ("interval", "[–, –]")):
        shown = equity.compare([fit], below=below).rows  # type: ignore[arg-type]
        place = next(k for k, row in enumerate(shown) if row[0] == "one")
        assert shown[place + 1] == ("", cell)


def lonely() -> Fit:
    """All of the minority that took part live in street 0: cr3 knows no error of the interaction alone."""
    rng = np.random.default_rng(2)
    minority, part = rng.integers(0, 2, 300).astype(float), rng.integers(0, 2, 300).astype(float)
    street = rng.integers(0, 20, 300)
    street[(minority == 1.0) & (part == 1.0)] = 0
    hours = rng.poisson(np.exp(2.0 + 0.3 * minority - 0.2 * part)).astype(float)
    table = {"hours": hours, "minority": minority, "part": part, "street": street}
    return equity.fit("hours ~ minority * part", table, errors={"cr3": "street"})


def test_a_term_without_an_error_leaves_the_intervals_of_rows_that_do_not_use_it() -> None:
    fit = lonely()
    used = fit.design.x[:, 3] != 0.0
    found = fit.predict()
    assert [term.term for term in fit.terms() if math.isnan(term.std_error)] == ["minority:part"]
    for values in (found.std_error, found.conf_low, found.conf_high):
        assert (np.isnan(values) == used).all()
    known = fit.covariance()[:3, :3]
    expected = np.sqrt(np.diag(fit.design.x[~used][:, :3] @ known @ fit.design.x[~used][:, :3].T))
    assert found.std_error[~used] == pytest.approx(found.mean[~used] * expected, rel=1e-12)
    assert np.isnan(fit.predict({"minority": 1.0, "part": 1.0}).conf_low).all()


@pytest.mark.parametrize("confidence", [95.0, 1.0, 0.0, float("nan")])
def test_a_confidence_that_is_no_share_is_refused_in_words(confidence: float) -> None:
    for ask in (saturated().tidy, saturated().predict, saturated().marginal_effects):
        with pytest.raises(DesignUnusable, match="a level of confidence above 0 and below 1 was expected"):
            ask(confidence=confidence)
