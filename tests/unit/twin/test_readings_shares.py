"""Each mix has the shares that it says, and chance is chance.

Bounds: 4.5 standard deviations of a binomial (one honest share in 150,000 falls outside). Where homes share a fate, the transformers are counted.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evenhand.twin.readings import readings_table
from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_grid import transformer_of
from evenhand.twin.readings_head_end import ABSENT, EMPTY, FILLED, GAP, ZEROS, ZEROS_THEN_GAP, Manners, manners_of, states_of
from evenhand.twin.readings_homes import homes_of
from evenhand.twin.readings_mixes import NASTY, ORDINARY, FaultMix
from evenhand.twin.readings_storm import PowerHistory, power_history
from evenhand.twin.readings_window import Window
from tests.unit.twin.twin_readings import column, mix_with

HOMES = np.arange(82_000)
WINDOW = Window()
MIXES = pytest.mark.parametrize("mix", [ORDINARY, NASTY], ids=lambda mix: mix.name)


def assert_share(hits: int, of: int, share: float) -> None:
    spread = np.sqrt(of * share * (1.0 - share))
    assert abs(hits - of * share) <= 4.5 * spread + 1e-9, f"{hits} of {of:,} is not {share}"


def drawn(mix: FaultMix, seed: int = 31) -> tuple[PowerHistory, Manners]:
    chance = Chance(seed)
    return power_history(chance, mix, WINDOW, HOMES), manners_of(chance, mix, WINDOW, HOMES)


def test_the_mixes_have_the_published_shares() -> None:
    assert (ORDINARY.never_out, ORDINARY.still_out, ORDINARY.lost, ORDINARY.lost_as_null) == (0.03, 0.01, 0.02, 0.25)
    assert (ORDINARY.vacant, ORDINARY.standby, ORDINARY.some_days, ORDINARY.solar) == (0.015, 0.025, 0.01, 0.045)
    assert (ORDINARY.outage_as_gap, ORDINARY.outage_as_zeros_then_gap) == (0.38, 0.12)
    assert (ORDINARY.flicker, ORDINARY.blip, ORDINARY.second, ORDINARY.late, ORDINARY.double) == (0.08, 0.03, 0.03, 0.015, 0.01)
    assert (NASTY.never_out, NASTY.still_out, NASTY.lost, NASTY.breaker_off) == (0.10, 0.03, 0.04, 0.02)
    assert (NASTY.vacant, NASTY.solar) == (2 * ORDINARY.vacant, 2 * ORDINARY.solar)
    assert (NASTY.estimated, NASTY.creep, NASTY.flicker, NASTY.blip, NASTY.second) == (0.06, 0.06, 0.30, 0.10, 0.10)
    assert (NASTY.silence, NASTY.late, NASTY.double) == (0.03, 0.05, 0.04)


@MIXES
def test_homes_are_of_each_kind_as_often_as_the_mix_says(mix: FaultMix) -> None:
    homes = homes_of(Chance(31), mix, WINDOW, HOMES)
    assert_share(homes.is_vacant.sum(), HOMES.size, mix.vacant)
    assert_share(homes.is_standby.sum(), HOMES.size, mix.standby)
    assert_share((homes.exports_solar | homes.hides_solar).sum(), HOMES.size, mix.solar)
    assert_share(np.isfinite(homes.breaker_from).sum(), HOMES.size, mix.breaker_off)


@MIXES
def test_outages_are_as_frequent_and_as_troubled_as_the_mix_says(mix: FaultMix) -> None:
    history, _ = drawn(mix)
    transformers, first = np.unique(transformer_of(HOMES), return_index=True)
    assert_share((~history.is_out[first]).sum(), transformers.size, mix.never_out)
    out = int(history.is_out.sum())
    assert_share(history.is_still_out.sum(), out, mix.still_out / (1 - mix.never_out))
    assert_share((~np.isnan(history.blip_from)).sum(), out, mix.blip)
    ended = int((history.is_out & ~history.is_still_out).sum())
    assert_share((~np.isnan(history.second_from)).sum(), ended, mix.second)
    seen_until = np.where(history.is_still_out, WINDOW.slots, history.dark_until)
    roomy = seen_until - history.dark_from > 11  # 5.5 hours, three margins of 1.5 h and one of 1 h: there is room for two flickers
    assert_share((~np.isnan(history.flicker_from[:, 0]) & roomy).sum(), int(roomy.sum()), mix.flicker)


@MIXES
def test_meters_show_the_dark_as_the_mix_says(mix: FaultMix) -> None:
    _, manners = drawn(mix)
    unfilled = 1.0 - mix.estimated
    shares = {GAP: mix.outage_as_gap, ZEROS_THEN_GAP: mix.outage_as_zeros_then_gap, ZEROS: 1 - mix.outage_as_gap - mix.outage_as_zeros_then_gap}
    for kind, share in shares.items():
        assert_share((manners.shows_dark_as == kind).sum(), HOMES.size, share * unfilled)
    assert_share((manners.shows_dark_as == FILLED).sum(), HOMES.size, mix.estimated)
    assert_share((manners.creep_wh > 0).sum(), HOMES.size, mix.creep)
    assert_share(manners.some_days.sum(), HOMES.size, mix.some_days)
    assert_share((~np.isnan(manners.silent_from)).sum(), HOMES.size, mix.silence)
    assert set(np.unique(manners.creep_wh)) <= {0, 1, 2, 3}


@pytest.mark.parametrize("share", [0.02, 0.04])
def test_readings_are_lost_as_often_as_said_a_quarter_of_them_as_rows_without_a_value(share: float) -> None:
    mix, index = mix_with(never_out=1.0, lost=share, lost_as_null=0.25), np.arange(1000)
    chance = Chance(31)
    history = power_history(chance, mix, WINDOW, index)
    manners = manners_of(chance, mix, WINDOW, index)
    state = states_of(chance, mix, WINDOW, index, powered=history.powered(WINDOW.slots), history=history, manners=manners)
    lost = np.isin(state, (ABSENT, EMPTY))
    assert_share(int(lost.sum() / 1.3), int(state.size / 1.3), share)  # lost ones come 1.3 at a time: that many independent ones
    assert_share((state == EMPTY).sum(), int(lost.sum()), 0.25)


@MIXES
def test_rows_arrive_late_and_double_as_often_as_said(mix: FaultMix) -> None:
    arrivals = readings_table(seed=31, homes=range(60), mix=mix, layout="arrival", days=14)
    columns = [column(arrivals, name) for name in ("meter_id", "interval_start", "kwh")]
    with_value, empty = Counter[tuple[int, object]](), Counter[tuple[int, object]]()
    for meter, start, kwh in zip(*columns, strict=True):
        (empty if kwh is None else with_value)[meter, start] += 1
    received = len(with_value)
    assert_share(sum(with_value.values()) - received, received, mix.double)
    assert_share(sum(1 for slot in with_value if empty[slot]), received, mix.late / 2)  # half of the late ones come first without a value


def test_uniform_numbers_are_uniform_and_streams_are_unrelated() -> None:
    chance = Chance(5)
    one, other = (chance.uniforms(name, np.arange(200), 1000).ravel() for name in ("one", "other"))
    counts = np.histogram(one, bins=100, range=(0, 1))[0]
    chi_square = ((counts - 2000) ** 2 / 2000).sum()
    assert 50 < chi_square < 165  # 99 degrees of freedom: 0.001 % on either side
    for pair in ((one, other), (one[:-1], one[1:]), (one[:-1000], one[1000:])):
        assert abs(np.corrcoef(*pair)[0, 1]) < 4.5 / np.sqrt(pair[0].size)
    assert one.min() > 0
    assert one.max() < 1


@pytest.mark.parametrize(("hours", "share"), [(24, 0.05), (48, 0.38), (72, 0.67)])
def test_power_comes_back_as_fast_as_in_the_storm_of_the_study(hours: float, share: float) -> None:
    mix = mix_with(never_out=0.03)
    found = []
    for seed in range(40):
        history = power_history(Chance(seed), mix, WINDOW, HOMES[:16_000])
        until = history.dark_until[history.is_out]
        found.append((until <= WINDOW.storm_slot + hours / WINDOW.interval_hours).mean())
    assert np.mean(found) == pytest.approx(share, abs=0.035)  # 400 feeders whose times go together; own lines come later
    assert until.max() <= WINDOW.storm_slot + 150 / WINDOW.interval_hours
