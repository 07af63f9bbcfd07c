"""Attacks on figures: a curve of a small group, and curves whose difference is one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenhand.equity.kaplan_meier import survival_curve
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_curves import EVERYBODY, GatedCurves

LEAST = 11
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Labels = dict[str, NDArray[Any]]


def city(seed: int, n: int) -> tuple[Floats, Bools, Labels]:
    """Half-hourly restorations, a few still out, in two families of groups of any size."""
    draw = np.random.default_rng(seed)
    hours = np.round(2 * draw.gamma(3.0, 12.0, n)) / 2
    restored = draw.random(n) < 0.95
    minority = np.where(draw.random(n) < draw.uniform(0.02, 0.5), "minority", "others")
    heard = np.where(draw.random(n) < draw.uniform(0.0, 0.3), "heard", "unheard")
    return hours, restored, {"share": minority, "part": heard}


def gated(seed: int, n: int) -> tuple[Floats, Bools, Labels, GatedCurves]:
    hours, restored, families = city(seed, n)
    return hours, restored, families, Gate().curves(hours, restored, families, name="curves")


def ended(hours: Floats, restored: Bools, group: Bools, after: float, until: float) -> int:
    """Who came back; those never out have 0 hours and stand in a table by themselves."""
    return int((group & restored & (hours > max(after, 0.0)) & (hours <= until)).sum())


SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=40)
@given(SEEDS, st.integers(12, 900))
def test_each_step_of_a_curve_is_eleven_households_and_eleven_remain_after_it(seed: int, n: int) -> None:
    hours, restored, families, told = gated(seed, n)
    everybody = {EVERYBODY: np.full(n, EVERYBODY), **families}
    for curve in told.curves:
        group = everybody[curve.family] == curve.group
        for after, until in zip([-1.0, *curve.hours], curve.hours, strict=False):
            assert ended(hours, restored, group, after, until) >= LEAST
            assert int((group & (hours > until)).sum()) >= LEAST


@settings(max_examples=40)
@given(SEEDS, st.integers(12, 900))
def test_what_the_curves_of_a_family_leave_of_everybody_steps_by_eleven_too(seed: int, n: int) -> None:
    # The attacker takes, at each hour at which the family is told, everybody less all its groups that are told there.
    hours, restored, families, told = gated(seed, n)
    for family, labels in families.items():
        there = sorted({hour for curve in told.family(family) for hour in curve.hours.tolist()})
        for after, until in zip([-1.0, *there], there, strict=False):
            shown = [curve.group for curve in told.family(family) if until in curve.hours]
            left = ~np.isin(labels, shown)
            assert not left.any() or ended(hours, restored, left, after, until) >= LEAST


@settings(max_examples=40)
@given(SEEDS, st.integers(100, 900))
def test_a_group_within_a_group_of_another_family_does_not_give_away_the_few_between(seed: int, n: int) -> None:
    hours, restored, _ = city(seed, n)
    share = np.random.default_rng(seed + 1).random(n)
    nested: Labels = {"half": np.where(share > 0.5, "upper", "lower"), "most": np.where(share > 0.45, "nearly upper", "lowest")}
    told = Gate().curves(hours, restored, nested, name="nested")
    between = (share > 0.45) & (share <= 0.5)
    curves = {curve.group: curve for curve in told.curves}
    if {"upper", "nearly upper"} <= curves.keys() and between.any():
        both = [hour for hour in curves["upper"].hours if hour in curves["nearly upper"].hours]
        for after, until in zip([-1.0, *both], both, strict=False):
            assert ended(hours, restored, between, after, until) >= LEAST


def test_a_group_of_forty_is_not_drawn_and_neither_is_the_other_that_would_tell_it() -> None:
    hours = np.tile(np.arange(1.0, 51.0), 20)
    few = np.where(np.arange(1000) % 25 == 0, "few", "many")
    told = Gate().curves(hours, np.ones(1000, dtype=bool), {"by": few}, name="curves")
    assert told.family("by") == ()
    assert told.not_drawn == (("by", "few"), ("by", "many"))
    assert [curve.group for curve in told.curves] == [EVERYBODY]


def test_told_shares_are_those_of_kaplan_and_meier() -> None:
    hours, restored, families = city(7, 800)
    told = Gate().curves(hours, restored, families, name="curves")
    assert len(told.family("share")) == 2
    for curve in told.family("share"):
        group = families["share"] == curve.group
        known = survival_curve(hours[group], restored[group])
        assert curve.share_out.tolist() == [known.share_out_after(hour) for hour in curve.hours.tolist()]


def test_many_households_are_told_every_hour() -> None:
    # 100 come back in each hour from 1 to 60, half of each group: nothing has to be kept back until the last hours.
    hours = np.repeat(np.arange(1.0, 61.0), 100)
    group = np.where(np.arange(6000) % 2 == 0, "a", "b")
    told = Gate().curves(hours, np.ones(6000, dtype=bool), {"by": group}, name="curves")
    assert told.family("by")[0].hours.tolist() == [float(hour) for hour in range(1, 60)]  # after hour 60 nobody is left


def test_a_family_of_few_steps_does_not_hold_up_the_first() -> None:
    # "rare" comes back around hours 5 and 45; between, the first family goes on hour by hour.
    hours = np.repeat(np.arange(1.0, 61.0), 100)
    rare = np.zeros(6000, dtype=bool)
    rare[400:480] = rare[4400:4480] = True
    by = np.where(np.arange(6000) % 2 == 0, "a", "b")
    told = Gate().curves(hours, np.ones(6000, dtype=bool), {"by": by, "rare": np.where(rare, "rare", "usual")}, name="curves")
    assert told.family("by")[0].hours.tolist() == [float(hour) for hour in range(1, 60)]
    assert [curve.hours.tolist() for curve in told.family("rare")] == [[5.0], [5.0]]  # at hour 45 the last 80 come back


@settings(max_examples=30)
@given(SEEDS, st.integers(12, 900))
def test_no_sum_of_told_groups_steps_where_everybody_may_not(seed: int, n: int) -> None:
    _, _, families, told = gated(seed, n)
    public = told.family(EVERYBODY)
    for family in families:
        for curve in told.family(family):
            assert set(curve.hours.tolist()) <= set(public[0].hours.tolist())


def test_an_internal_gate_tells_every_hour_to_the_end() -> None:
    told = Gate(is_internal=True).curves(np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=bool), {}, name="curves")
    assert told.curves[0].hours.tolist() == [1.0, 2.0, 3.0]
    assert told.curves[0].share_out.tolist() == pytest.approx([2 / 3, 1 / 3, 0.0])
    assert told.note.startswith("Internal")


@settings(max_examples=40)
@given(SEEDS, st.integers(100, 900), st.integers(11, 60))
def test_the_first_step_less_those_never_out_is_eleven_households(seed: int, n: int, never_out: int) -> None:
    # The attacker takes the number of those never out, which the table prints, from everybody who is back at the first told hour.
    hours, restored, families = city(seed, n)
    hours[:never_out], restored[:never_out] = 0.0, True
    told = Gate().curves(hours, restored, families, name="curves").family(EVERYBODY)
    for curve in told:
        back = round(n * (1.0 - float(curve.share_out[0]))) if restored.all() else int((restored & (hours <= curve.hours[0])).sum())
        assert back - int((hours == 0.0).sum()) >= LEAST
