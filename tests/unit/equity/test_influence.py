"""What an estimate would be without one area."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand import equity
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.influence import cluster_influence, jackknife_error, shares_of_variance
from tests.households import household_columns

FORMULA = "restoration_hours ~ minority_share * participation + house_age + median_income"


def test_shifts_are_those_of_fits_without_each_block_group() -> None:
    columns = household_columns(400, blocks=12)
    fit = equity.fit(FORMULA, columns, errors={"cr3": "block_group"})
    found = cluster_influence(fit, "block_group")
    labels = np.array(columns["block_group"])
    assert found.is_exact
    assert found.sizes.sum() == 400
    for place in (0, 5, 11):
        rest = {name: np.asarray(values)[labels != found.labels[place]] for name, values in columns.items()}
        without = equity.fit(FORMULA, rest)
        assert found.sizes[place] == (labels == found.labels[place]).sum()
        assert fit.coefficients + found.shifts[place] == pytest.approx(without.coefficients, abs=1e-6)
        assert found.in_errors[place] == pytest.approx(found.shifts[place] / np.sqrt(np.diag(fit.covariance("cr3"))))


def test_the_jackknifes_variance_is_shared_out_among_block_groups() -> None:
    fit = equity.fit(FORMULA, household_columns(400, blocks=12), errors={"cr3": "block_group"})
    found = cluster_influence(fit, "block_group")
    contrast = np.zeros(len(fit.names))
    contrast[[1, fit.names.index("minority_share:participation")]] = 1.0
    shifts = found.shifts_of(contrast)
    assert jackknife_error(shifts) == pytest.approx(fit.infer(contrast).std_error)
    assert shares_of_variance(shifts).sum() == pytest.approx(1.0)
    assert shares_of_variance(shifts) == pytest.approx(11 / 12 * shifts**2 / fit.infer(contrast).std_error ** 2)


def test_without_cr3_one_step_serves_and_is_close() -> None:
    columns = household_columns(600, blocks=30)
    plain = equity.fit(FORMULA, columns, errors="observed")
    found = cluster_influence(plain, "block_group", columns["block_group"])
    exact = cluster_influence(equity.fit(FORMULA, columns, errors={"cr3": "block_group"}), "block_group")
    assert (found.is_exact, found.errors) == (False, "observed")
    # a Newton step leaves out what is of second order: shifts are below one error, so that a twentieth of an error is a wide bound
    assert (np.abs(found.shifts - exact.shifts) / exact.std_errors).max() < 0.05
    assert [e.convention for e in plain.errors] == ["observed"]


def test_an_unknown_column_or_a_single_area_is_refused() -> None:
    columns = household_columns(200)
    fit = equity.fit(FORMULA, columns)
    with pytest.raises(DesignUnusable, match="block_group"):
        cluster_influence(fit, "block_group")
    with pytest.raises(DesignUnusable, match="lie in one"):
        cluster_influence(fit, "block_group", ["one"] * 200)
