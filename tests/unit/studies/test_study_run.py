"""The protocol from readings and raw tables to a finished study: what it counts adds up, and nothing in it moves by itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evenhand.equity.panel_reading import Panel
from evenhand.studies.group_facts import compare_groups
from evenhand.studies.models_json import models_document
from evenhand.studies.study_run import StudyWishes, study_of
from tests import study_results

pytestmark = pytest.mark.slow


def handmade_panel() -> Panel:
    """Forty minority households out for 10 hours, sixty others for 4 hours; ten and six of them reported. Five block groups hold some of both."""
    minority = np.arange(100) < 40
    hours = np.where(minority, 10.0, 4.0)
    reported = np.isin(np.arange(100), [*range(10), *range(50, 56)]).astype(float)
    numbers = {"minority_share": minority.astype(float), "restoration_hours": hours, "participation": reported}
    ids = {"block_group": np.array([f"12073000{k % 5:04d}" for k in range(100)], dtype=object)}
    return Panel(numbers, ids, 100, "handmade", ())


def test_groups_are_counted_and_timed_as_by_hand() -> None:
    everybody, minority, others = compare_groups(handmade_panel()).groups
    assert [(one.households, one.reported, one.out_unheard, one.never_out) for one in (everybody, minority, others)] == [
        (100, 16, 84, 0),
        (40, 10, 30, 0),
        (60, 6, 54, 0),
    ]
    assert (minority.mean_hours, others.mean_hours) == pytest.approx((10.0, 4.0))
    assert everybody.mean_hours == pytest.approx(0.4 * 10.0 + 0.6 * 4.0)
    assert (minority.median_hours, others.median_hours) == (10.0, 4.0)


def test_the_gap_of_the_groups_is_the_difference_of_their_means() -> None:
    gap = compare_groups(handmade_panel()).gap
    assert gap is not None
    assert gap.gap_hours == pytest.approx(6.0)


def test_a_city_of_one_group_has_no_gap_and_says_why() -> None:
    panel = handmade_panel()
    alone = Panel({**panel.numbers, "minority_share": np.zeros(100)}, panel.ids, 100, "handmade", ())
    found = compare_groups(alone)
    assert found.gap is None
    assert "0 of 100 were in the group" in found.why
    assert found.groups[1].households == 0


def test_the_flow_adds_up_from_all_premises_to_the_panel() -> None:
    built = study_results.results().main.built
    steps = built.flow
    assert steps[0].households == 600
    assert [before.households - sum(after.left.values()) for before, after in itertools.pairwise(steps)] == [one.households for one in steps[1:]]
    assert steps[-1].households == built.panel.n


def test_groups_count_everybody_of_the_panel_once() -> None:
    found = study_results.results()
    everybody, minority, others = found.groups.groups
    assert everybody.households == found.main.built.panel.n == minority.households + others.households
    assert everybody.reported == int(found.main.built.panel.numbers["participation"].sum())


def test_presets_differ_in_how_a_block_groups_requests_are_counted_and_in_errors() -> None:
    found = study_results.results()
    assert (found.main.name, found.other.name) == ("default", "xu_tang_2020")
    assert (found.main.built.choices["community"], found.other.built.choices["community"]) == ("others", "study")
    assert (found.main.fits.errors, found.other.fits.errors) == (("cr3",), ("observed",))


def test_whichever_preset_leads_both_have_the_same_numbers() -> None:
    ours, theirs = study_results.results(), study_results.results("xu_tang_2020")
    pairs = [(ours.main, theirs.other), (ours.other, theirs.main)]
    for one, two in pairs:
        # Where panels share estimates, one preset starts from the other's fits: equal to what Newton's last step leaves open.
        first, second = (models_document(study.fits, study.built.panel)["models"] for study in (one, two))
        for number in first:
            assert first[number]["loglik"] == pytest.approx(second[number]["loglik"], rel=1e-9)


def test_the_same_study_twice_says_the_same() -> None:
    again = study_of(study_results.detected(), study_results.raw_tables(), StudyWishes(study_results.event()))
    first = study_results.results()
    assert again.claims == first.claims
    assert again.main.verdicts == first.main.verdicts
    assert [(one.name, one.meaning) for one in again.diagnostics] == [(one.name, one.meaning) for one in first.diagnostics]


def test_what_was_put_into_the_city_is_found() -> None:
    # The city's effect on log hours is 0.103 for a minority household that did not report. Within four errors: the seed is fixed, and another one
    # would fail once in some thousands, more often with so few block groups.
    terms = {term.term: term for term in study_results.results().main.fits.fits["3"].terms("cr3")}
    assert abs(terms["minority_share"].estimate - 0.103) < 4 * terms["minority_share"].std_error


def test_a_study_of_synthetic_tables_is_synthetic() -> None:
    assert study_results.results().is_synthetic


def test_progress_names_the_steps_in_their_order() -> None:
    told: list[str] = []
    study_of(
        study_results.detected(),
        study_results.raw_tables(),
        StudyWishes(study_results.event()),
        progress=lambda step, _done, _total: told.append(step),
    )
    steps = list(dict.fromkeys(told))
    assert steps[:3] == ["Building the panels", "Fitting by default", "Fitting by xu_tang_2020"]
    assert {"Other models", "Checking the models", "Checking the design", "Sampling as published"} <= set(steps)
