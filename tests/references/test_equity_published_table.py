"""The published table of Xu & Tang (2020), recomputed from its own coefficients, errors and log likelihoods.

Tolerances are those of the print: three decimals of a pseudo R², two of a percentage, and four to five digits of a log likelihood.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from evenhand import equity
from evenhand.equity.fits import Fit
from evenhand.equity.model_tables import stars_for

NULL_OF_HOURS = -17_353.0  # the one null log likelihood that models 2 to 5 imply


def rows(shared_data: Path, name: str) -> list[dict[str, str]]:
    with (shared_data / "published_table" / f"xu_tang_2020_{name}.csv").open() as lines:
        return list(csv.DictReader(lines))


def as_printed(terms: dict[str, float]) -> Fit:
    """A fit that carries the printed coefficients; its own rows are drawn only so that such terms exist."""
    rng = np.random.default_rng(2020)
    x = np.column_stack([np.ones(200), rng.normal(size=(200, len(terms) - 1))])
    names = ["Intercept", *(name for name in terms if name != "Intercept")]
    made = equity.fit_arrays(rng.poisson(20.0, 200).astype(float), x, names, family="poisson")
    return made.replaced(coefficients=np.array([terms[name] for name in names]))


def printed_terms(shared_data: Path, model: str) -> dict[str, float]:
    return {row["term"]: float(row["estimate"]) for row in rows(shared_data, "table4") if row["model"] == model}


def test_every_percentage_of_the_text_follows_from_the_table(shared_data: Path) -> None:
    for claim in rows(shared_data, "claims"):
        fit = as_printed(printed_terms(shared_data, claim["model"]))
        found = fit.linear_combination(claim["linear_combination"]).percent[0]
        # the print cuts off where it might have rounded: one unit of its last digit
        unit = 10.0 ** -len(claim["claim_percent"].partition(".")[2])
        assert abs(found - float(claim["claim_percent"])) < unit, claim["text"]


def test_the_odds_of_a_minority_household_are_the_exponential_of_the_printed_number(shared_data: Path) -> None:
    fit = as_printed(printed_terms(shared_data, "1"))
    assert round(fit.linear_combination("minority_share").ratio[0], 2) == 2.32


def test_the_printed_pseudo_r2_of_the_logit_is_nagelkerkes() -> None:
    reporters, n = 515, 3515
    null = reporters * np.log(reporters / n) + (n - reporters) * np.log(1 - reporters / n)
    r2 = equity.PseudoR2.of(-598.8, float(null), n)
    assert round(r2.nagelkerke, 3) == 0.688
    assert round(r2.mcfadden, 3) == 0.591


def test_the_printed_pseudo_r2_of_the_hours_are_nagelkerkes_from_one_null_model(shared_data: Path) -> None:
    for row in rows(shared_data, "models"):
        if row["family"] == "negative_binomial":
            r2 = equity.PseudoR2.of(float(row["loglik"]), NULL_OF_HOURS, int(row["n"]))
            # half a unit of the printed log likelihood moves the measure by 0.0003
            assert r2.nagelkerke == pytest.approx(float(row["pseudo_r2"]), abs=0.0008)
            assert 0.018 <= round(r2.mcfadden, 3) <= 0.022


def test_one_star_in_thirty_five_is_wrong(shared_data: Path) -> None:
    wrong = []
    for row in rows(shared_data, "table4"):
        p_value = 2.0 * float(norm.sf(abs(float(row["estimate"]) / float(row["std_error"]))))
        if stars_for(p_value) != row["stars"]:
            wrong.append((row["model"], row["term"], row["stars"], stars_for(p_value)))
    assert wrong == [("1", "log_population_density", "*", "***")]
