"""Samples of a population that is known: what they say with weights and without, and the tables that tell it."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from evenhand.equity import panel_of
from evenhand.equity.panel_reading import Panel
from evenhand.reports.sampling_tables import descriptives_table, sampling_tables
from evenhand.studies.errors import StudyOptionInvalid
from evenhand.studies.five_models import FIVE_MODELS, fit_five_models, fit_model
from evenhand.studies.sampling.published import NON_REPORTERS, PUBLISHED_DESCRIPTIONS, SAMPLED, population_intercept
from evenhand.studies.sampling.repeated import SamplingStudy, sampling_study
from evenhand.twin.panel import PanelRecipe, synthetic_panel
from tests.built_panels import built_panel
from tests.households import household_table

pytestmark = pytest.mark.slow

LOGIT, THREE, FOUR = FIVE_MODELS[0], FIVE_MODELS[2], FIVE_MODELS[3]


@pytest.fixture(scope="module")
def city() -> Panel:
    """12,000 synthetic households, 6 % of which report."""
    return panel_of(pa.table(synthetic_panel(PanelRecipe(households=12_000, block_groups=100, share_taking_part=0.06), 8311)))


@pytest.fixture(scope="module")
def study(city: Panel) -> SamplingStudy:
    return sampling_study(city, sizes=(600, 2_000), seeds=12, models=(LOGIT, THREE, FOUR))


def test_the_population_is_that_of_the_whole_panel(city: Panel, study: SamplingStudy) -> None:
    whole = fit_model(city, FOUR, errors={"observed": None})
    for term, expected in zip(whole.names, whole.coefficients, strict=True):
        assert study.of("4", term, is_weighted=False)[0].population == pytest.approx(expected, abs=1e-9)


def test_a_sample_of_everybody_is_everybody(city: Panel) -> None:
    others = int((city.numbers["participation"] == 0.0).sum())
    all_of_them = sampling_study(city, sizes=(others,), seeds=1, models=(FOUR,))
    for one in all_of_them.terms:
        assert one.estimates[0] == pytest.approx(one.population, abs=1e-6)


def test_weights_bring_the_sample_to_the_population_where_it_strays_without(study: SamplingStudy) -> None:
    # Model 4 leaves out who reported, and those are in excess: without weights it answers for another city. The tolerance is three errors of the
    # mean of 12 samples.
    plain, weighted = (study.of("4", "minority_share", is_weighted=is_weighted)[0] for is_weighted in (False, True))
    assert abs(weighted.mean - weighted.population) < 3.0 * weighted.spread / math.sqrt(12)
    assert abs(plain.mean - plain.population) > 3.0 * plain.spread / math.sqrt(12)


def test_the_constant_of_the_logit_moves_by_the_log_of_the_sampling_odds(study: SamplingStudy) -> None:
    # Sizes share their reporters, so that seeds do not show the whole error of a constant: the tolerance is one standard error of one sample.
    for one in study.of("1", "Intercept", is_weighted=False):
        moved = population_intercept(one.mean, sampled=one.size, non_reporters=study.non_reporters)
        error = float(one.std_errors.mean())
        assert moved == pytest.approx(one.population, abs=error)
        assert abs(one.mean - one.population) > error


def test_the_published_constant_belongs_to_a_population_constant_of_14_6() -> None:
    # 17.878 − ln(79,000/3,000) = 17.878 − 3.271
    assert population_intercept(17.878, sampled=SAMPLED, non_reporters=NON_REPORTERS) == pytest.approx(14.607, abs=5e-4)


def test_a_quick_estimate_is_the_whole_fits(city: Panel, study: SamplingStudy) -> None:
    assert study.shown is not None
    rows = study.shown.rows
    part = Panel({name: values[rows] for name, values in city.numbers.items()}, {}, rows.size, "part", ())
    for model in (LOGIT, THREE):
        fit = fit_model(part, model, errors={"observed": None})
        for place, term in enumerate(fit.names):
            found = study.of(model.number, term, is_weighted=False)[1]  # 2,000 others, the first stream
            error = math.sqrt(fit.covariance()[place, place])
            assert found.estimates[0] == pytest.approx(fit.coefficients[place], abs=1e-5 * error)
            assert found.std_errors[0] == pytest.approx(error, rel=1e-5)


def test_known_fits_are_used_and_change_nothing(city: Panel, study: SamplingStudy) -> None:
    known = fit_five_models(city, preset="xu_tang_2020")
    again = sampling_study(city, sizes=(600, 2_000), seeds=12, models=(LOGIT, THREE, FOUR), population=known)
    for one, other in zip(study.terms, again.terms, strict=True):
        assert one.population == other.population
        assert np.allclose(one.estimates, other.estimates, rtol=0, atol=1e-6)


def test_the_same_seed_gives_the_same_study_and_another_does_not(city: Panel) -> None:
    one, same, other = (sampling_study(city, sizes=(600,), seeds=2, seed=seed, models=(THREE,)) for seed in (1, 1, 2))
    assert all(np.array_equal(a.estimates, b.estimates) for a, b in zip(one.terms, same.terms, strict=True))
    assert not np.array_equal(one.terms[0].estimates, other.terms[0].estimates)


def test_shares_over_seeds_are_counted_by_hand(study: SamplingStudy) -> None:
    one = replace(study.terms[0], estimates=np.array([0.0, 1.0, 2.0, np.nan]), std_errors=np.array([1.0, 0.1, 1.0, np.nan]), population=0.5)
    assert (one.n, one.mean, one.spread, one.range) == (3, 1.0, 1.0, (0.0, 2.0))
    assert one.share_holding_population == pytest.approx(2 / 3)
    assert one.share_significant == pytest.approx(2 / 3)


def test_missing_values_and_sizes_too_large_are_said(city: Panel) -> None:
    education = city.numbers["education"].copy()
    education[:7] = np.nan
    holed = replace(city, numbers={**city.numbers, "education": education})
    found = sampling_study(holed, sizes=(600, 50_000), seeds=1, models=(THREE,))
    assert found.sizes == (600,)
    assert found.n == 11_993
    assert found.notes[0] == "7 of 12,000 households miss a value of the study and are in no sample."
    assert "A sample of 50,000 cannot be drawn" in found.notes[1]


def test_a_small_panel_still_shows_a_sample() -> None:
    found = sampling_study(panel_of(household_table()), seeds=2)
    assert found.shown is not None
    assert found.shown.size == found.non_reporters // 2
    assert (found.sizes, found.terms) == ((), ())
    assert len(sampling_tables(found)) == 3


def test_without_reporters_there_is_nothing_to_sample(city: Panel) -> None:
    silent = replace(city, numbers={**city.numbers, "participation": np.zeros(city.n)})
    found = sampling_study(silent, seeds=1)
    assert found.why.startswith("0 households reported")
    assert sampling_tables(found) == ()


def test_wishes_that_make_no_sense_are_refused_together(city: Panel) -> None:
    with pytest.raises(StudyOptionInvalid) as caught:
        sampling_study(city, sizes=(600, 0), seeds=0)
    assert "0 came; at least one seed" in caught.value.message


def test_progress_counts_samples(city: Panel) -> None:
    told: list[tuple[int, int]] = []
    sampling_study(city, sizes=(600, 700), seeds=2, models=(THREE,), progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_tables_lay_the_published_figures_beside_ours(study: SamplingStudy) -> None:
    two, three, sizes, weights = sampling_tables(study)
    assert two.rows[1][:2] == ("Hours without power", "75.134 (35.187)")
    assert len(two.rows) == len(PUBLISHED_DESCRIPTIONS) == 11
    assert len(three.rows) == 10
    assert [row[0] for row in sizes.rows][-2:] == ["4, Requests of the block group, 600", "4, Requests of the block group, 2,000"]
    assert [row[:2] for row in weights.rows] == [
        ("Model 1", "difference of slopes"), *((f"Model {number}", "DuMouchel–Duncan") for number in (2, 3, 4, 5)),
    ]  # fmt: skip
    assert any("Minority share in model 4" in note for note in sizes.notes)


def test_tables_beside_the_published_ones_count_requests_as_the_study_did_and_others_are_named_by_the_choice() -> None:
    # Every household of the panel counts 4 in the study's way and 3 beside itself: the mean tells which was printed.
    columns = dict(synthetic_panel(PanelRecipe(households=4_000, block_groups=40, share_taking_part=0.06), 8311))
    others = np.asarray(columns["community_participation"], dtype=np.float64)
    built = built_panel({**columns, "community_participation_raw": others + 4.0})
    found = sampling_study(replace(built, choices={"community": "others"}), sizes=(600,), seeds=2, models=(FOUR,))
    two, three, sizes, _ = sampling_tables(found)
    for table, column in ((two, 4), (three, 2)):
        row = next(row for row in table.rows if row[0] == "Requests of the block group")
        drawn_from = others if table is two else others[columns["participation"] == 0.0]
        assert row[column].startswith(f"{np.mean(drawn_from) + 4.0:.3f} (")
        assert any("as the study counted" in note for note in table.notes)
    assert [row[0] for row in sizes.rows][-1] == "4, Others of the block group that were out and reported, 600"
    assert found.terms[0].population == pytest.approx(fit_model(built.panel, FOUR, errors={"observed": None}).coefficients[0])


@pytest.mark.parametrize("unlike", [5, 0])
def test_single_households_stand_in_no_table_that_leaves_the_house(city: Panel, study: SamplingStudy, unlike: int) -> None:
    assert "range" not in " ".join(descriptives_table(study).head)
    assert descriptives_table(study, is_internal=True).head[-1] == "Everyone's range"
    hours = next(row for row in descriptives_table(study).rows if row[0] == "Hours without power")
    assert all(re.fullmatch(r"[\d.,]+\.\d \([\d.,]+\.\d\)", cell) for cell in hours[2:])
    few = np.zeros(city.n)
    few[:unlike] = 1.0
    found = sampling_study(replace(city, numbers={**city.numbers, "college_age_share": few}), sizes=(600,), seeds=1, models=(THREE,))
    row = next(row for row in descriptives_table(found).rows if row[0] == "Aged 18–24, share")
    assert row[4] == "withheld"
    assert next(row for row in sampling_tables(found)[1].rows if row[0] == "Aged 18–24, share")[1] == "withheld"


def test_synthetic_data_is_called_synthetic_on_every_table(city: Panel) -> None:
    found = sampling_study(replace(city, is_synthetic=True), sizes=(600,), seeds=1, models=(THREE,))
    assert all(table.notes[0].startswith("Synthetic data") for table in sampling_tables(found))
