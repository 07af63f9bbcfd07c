"""Every fault of real readings, drawn by hand: what is an outage, what is not, and where it begins and ends."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from evenhand.meters.detect import detect
from evenhand.meters.parameters import StormEvent, ZeroRule
from tests.unit.meters.drawn_meters import BASELINE, DAY, DRAWN_FROM, EVENT, FIRST, found, outage, rows_of, slot_of, table_of, whole

BEFORE = "#" * 20
NIGHT = "#" * 30 + "0" * 14 + "#" * 4  # a day whose zeros are usual at those hours


def edges(drawing: str, **wishes: object) -> tuple[str, int | None, int | None]:
    row = outage(drawing, **wishes)
    return row["status"], row["outage_start"], row["restored_at"]


@pytest.mark.parametrize("dark", ["0" * 10, "." * 10, "n" * 10, "e" * 10, "000......."])
def test_zeros_gaps_nulls_and_estimates_are_darkness(dark: str) -> None:
    assert edges(BEFORE + dark) == ("restored", 20, 30)


def test_half_of_each_edge_interval_counts() -> None:
    row = outage(BEFORE + "0" * 10)
    assert (row["hours"], row["hours_low"], row["hours_high"]) == (5.5, 5.0, 6.0)


@pytest.mark.parametrize("dark", ["00", ".", "..", "...", "n.", "0"])
def test_what_is_short_is_lost_data_or_a_blip(dark: str) -> None:
    assert edges(BEFORE + dark) == ("never_out", None, None)


def test_an_hour_and_a_half_of_zeros_is_an_outage_and_of_silence_it_is_not() -> None:
    assert edges(BEFORE + "000") == ("restored", 20, 23)
    assert edges(BEFORE + "...") == ("never_out", None, None)
    assert edges(BEFORE + "....") == ("restored", 20, 24)


def test_never_out_has_zero_hours_and_no_times() -> None:
    row = outage("")
    assert (row["status"], row["hours"], row["hours_low"], row["hours_high"], row["evidence"]) == ("never_out", 0.0, 0.0, 0.0, None)


def test_still_out_is_a_lower_bound_without_an_end() -> None:
    row = outage(BEFORE + "0" * (4 * 48 - 20))
    assert (row["status"], row["outage_start"], row["restored_at"]) == ("still_out", 20, None)
    assert (row["hours"], row["hours_low"], row["hours_high"]) == ((4 * 48 - 20) / 2, (4 * 48 - 20) / 2, None)


def test_a_meter_that_falls_silent_for_good_is_still_out() -> None:
    rows = rows_of(1, BASELINE + BEFORE) + rows_of(2, whole(""))
    assert detect(table_of(rows), event=EVENT).outages["status"].to_pylist() == ["still_out", "never_out"]


def test_power_that_does_not_last_is_a_flicker_inside() -> None:
    row = outage(BEFORE + "0000000##0000000#00000")
    assert (row["outage_start"], row["restored_at"], row["flickers"]) == (20, 42, 2)


def test_darkness_shortly_before_the_long_one_belongs_to_it() -> None:
    assert edges(BEFORE + "00##" + "0" * 20) == ("restored", 20, 44)


def test_a_blip_three_hours_before_does_not() -> None:
    assert edges(BEFORE + "00" + "######" + "0" * 20) == ("restored", 28, 48)


def test_power_is_confirmed_over_one_lost_reading() -> None:
    assert edges(BEFORE + "0" * 10 + "#.##") == ("restored", 20, 30)
    assert edges(BEFORE + "." * 10 + "#..###") == ("restored", 20, 30)


def test_a_lost_reading_at_an_edge_is_dark_and_widens_the_bounds() -> None:
    row = outage(BEFORE + "." + "0" * 10 + ".")
    assert (row["outage_start"], row["restored_at"]) == (20, 32)
    assert (row["hours"], row["hours_low"], row["hours_high"]) == (6.5, 5.0, 7.0)


def test_the_longest_is_the_storm_outage_and_the_others_are_events() -> None:
    result = found(BEFORE + "0" * 6 + "#" * 8 + "0" * 12 + "#" * 60 + "0" * 30)
    spans = [(slot_of(row["start"]), slot_of(row["end"]), row["is_storm"]) for row in result.interruptions.to_pylist()]
    assert spans == [(20, 26, False), (34, 46, True), (106, 136, False)]  # the last begins after the event's day


def test_a_storm_outage_begins_in_the_window_of_the_event() -> None:
    baseline = BASELINE[:-4] + "0000"
    row = outage("0" * 40, baseline=baseline)
    assert row["status"] == "unknown"


def test_a_vacant_home_is_unknown_and_a_gap_tells() -> None:
    vacant = "0" * len(BASELINE)
    assert outage("0" * 192, baseline=vacant)["status"] == "unknown"
    assert edges("0" * 20 + "." * 20 + "0" * 152, baseline=vacant) == ("restored", 20, 40)


def test_unknown_has_nothing_but_its_status() -> None:
    row = outage("0" * 192, baseline="0" * len(BASELINE))
    assert {name for name, value in row.items() if value is not None} == {"meter_id", "status"}


def test_zeros_at_the_hours_of_everyday_are_no_outage_and_at_others_they_are() -> None:
    assert edges(NIGHT * 4, baseline=NIGHT * 3)[0] == "never_out"
    assert edges("#" * 8 + "0" * 10 + NIGHT[18:] + NIGHT * 3, baseline=NIGHT * 3) == ("restored", 8, 18)


def test_an_edge_among_usual_zeros_is_the_middle_of_what_is_possible() -> None:
    drawing = "#" * 30 + "0" * 14 + "0" * 8 + "#" * 26 + NIGHT[30:] + NIGHT * 2
    row = outage(drawing, baseline=NIGHT * 3)
    assert row["status"] == "restored"
    assert 30 <= row["outage_start"] <= 44
    assert row["restored_at"] == 52
    assert row["hours_low"] <= 8 / 2 + 1 < 22 / 2 <= row["hours_high"]


def test_export_is_power() -> None:
    assert edges(BEFORE + "-" * 20) == ("never_out", None, None)
    assert edges(BEFORE + "0" * 10 + "-" * 10) == ("restored", 20, 30)


def test_creep_is_dark_for_a_meter_that_never_read_so_little() -> None:
    assert edges(BEFORE + "c" * 10) == ("restored", 20, 30)


def test_a_home_that_reads_almost_nothing_does_not_creep() -> None:
    assert edges("c" * 192, baseline="c" * len(BASELINE)) == ("never_out", None, None)
    assert edges("c" * 20 + "0" * 10 + "c" * 162, baseline="c" * len(BASELINE)) == ("restored", 20, 30)


def test_a_meter_that_misses_hours_by_itself_needs_a_longer_gap() -> None:
    twice_silent = "#" * 20 + "." * 9 + "#" * 40 + "." * 9 + "#" * (len(BASELINE) - 78)
    assert edges(BEFORE + "." * 9, baseline=twice_silent)[0] == "never_out"
    assert edges(BEFORE + "." * 10, baseline=twice_silent) == ("restored", 20, 30)


def test_a_single_silence_is_no_habit() -> None:
    once_silent = "#" * 20 + "." * 9 + "#" * (len(BASELINE) - 29)
    assert edges(BEFORE + "." * 9, baseline=once_silent) == ("restored", 20, 29)


def test_the_edge_of_a_gap_may_be_the_absence_that_the_meter_has_by_itself() -> None:
    once_absent = "#" * 36 + "." * 48 + "#" * 60  # from midnight to midnight
    away_until_midnight = outage("#" * 20 + "." * 112 + "#" * 60, baseline=once_absent)
    assert (away_until_midnight["outage_start"], away_until_midnight["restored_at"]) == (20, 108)  # the middle of the last day
    assert (away_until_midnight["hours_low"], away_until_midnight["hours_high"]) == (32.0, 57.0)
    until_morning = outage("#" * 20 + "." * 122 + "#" * 50, baseline=once_absent)
    assert (until_morning["restored_at"], until_morning["hours_low"], until_morning["hours_high"]) == (142, 61.0, 62.0)


@pytest.mark.parametrize("every", ["#.", "#.."])
def test_an_interval_that_becomes_longer_after_the_baseline_is_noticed(every: str) -> None:
    assert found("#" * 20 + (every * 96)[:50]).reasons == {"other_interval": 1}


def test_readings_lost_by_chance_are_no_other_interval() -> None:
    chance = random.Random(20)
    lost = "".join("." if chance.random() < 0.3 else "#" for _ in range(192))
    assert "other_interval" not in found(lost).reasons


@pytest.mark.parametrize("energy", [1e7, float("inf")])
def test_energies_that_cannot_be_used_are_neither_darkness_nor_power(energy: float) -> None:
    def told(drawing: str) -> dict[str, object]:
        rows = rows_of(1, whole(drawing.replace("x", "-"))) + rows_of(2, whole(""))
        table = table_of([row | {"kwh": energy if row["kwh"] == -1.25 else row["kwh"]} for row in rows])
        return dict(detect(table, event=EVENT).outages.to_pylist()[0])

    assert told(BEFORE + "xxx")["status"] == "never_out"
    assert told(BEFORE + "x" * 10)["status"] == "unknown"
    inside = told(BEFORE + "0000xxxx0000")
    assert (inside["status"], inside["hours"], inside["flickers"]) == ("restored", 6.5, 0)
    behind = told(BEFORE + "0" * 10 + "x" * 6)
    assert (behind["hours_low"], behind["hours_high"]) == (5.0, 9.0)
    assert told("".join("#x" for _ in range(96)))["status"] == "never_out"


def test_a_meter_seen_only_some_days_is_not_judged_by_its_absences() -> None:
    some_days = "#" * 32 + "." * 24 + "#" * 32 + "." * 24 + "#" * 32
    assert found("." * 48, baseline=some_days).reasons == {"seldom_seen": 1}


def test_zeros_after_a_gap_are_dark_for_a_meter_that_never_read_zero_and_the_bounds_begin_where_it_answered() -> None:
    row = outage(BEFORE + "." * 20 + "0" * 90)
    assert (row["status"], row["outage_start"], row["restored_at"]) == ("restored", 20, 130)
    assert (row["hours_low"], row["hours"], row["hours_high"]) == (10.0, 55.5, 56.0)


def test_an_outage_whose_hours_are_open_by_two_days_is_unknown_and_stays_an_interruption() -> None:
    detected = found(BEFORE + "." * 20 + "0" * 100)  # 10 hours, or 60
    assert detected.reasons == {"wide_bounds": 1}
    assert detected.outages["hours"].to_pylist()[0] is None
    (spell,) = detected.interruptions.to_pylist()
    assert (spell["is_storm"], spell["hours_low"], spell["hours_high"]) == (False, 10.0, 61.0)


@pytest.mark.parametrize("silent", ["...", "....", "eeee", "nnnnn", "." * 12])
def test_a_silence_then_zeros_to_the_end_is_still_out(silent: str) -> None:
    row = outage(BEFORE + silent + "0" * (4 * 48 - 20 - len(silent)))
    assert (row["status"], row["outage_start"]) == ("still_out", 20)
    assert (4 * 48 - 20 - len(silent)) / 2 <= row["hours"] <= (4 * 48 - 20) / 2


def test_zeros_after_a_gap_are_power_for_a_meter_that_reads_zero_by_itself_and_the_bounds_hold_both() -> None:
    row = outage("#" * 30 + "." * 20 + "0" * 10 + "#" * 132, baseline=NIGHT * 3)
    assert (row["status"], row["restored_at"]) == ("restored", 50)
    assert (row["hours_low"] <= 10, row["hours_high"] >= 15) == (True, True)


def test_power_that_the_readings_do_not_confirm_before_they_end_is_no_restoration() -> None:
    for back in (1, 3):
        row = outage(BEFORE + "0" * (4 * 48 - 20 - back) + "#" * back)
        assert (row["status"], row["restored_at"], row["hours_high"]) == ("still_out", None, None)
        assert row["hours"] == row["hours_low"] == (4 * 48 - 20 - back) / 2
    assert edges(BEFORE + "0" * (4 * 48 - 24) + "####") == ("restored", 20, 188)


def test_lost_readings_between_a_blip_and_the_outage_part_nothing() -> None:
    assert edges(BEFORE + "00#.#" + "0" * 20) == ("restored", 20, 45)
    assert edges(BEFORE + "00#..#" + "0" * 20) == ("restored", 20, 46)


def test_exactly_two_days_of_baseline_may_miss_a_few_readings() -> None:
    two_days = "#" * 30 + "." + "#" * 40 + ".." + "#" * 23
    rows = rows_of(1, two_days + "#" * 20 + "0" * 20 + "#" * 60, first=DRAWN_FROM - timedelta(days=2)) + rows_of(2, whole(""))
    assert detect(table_of(rows), event=EVENT).outages["status"].to_pylist() == ["restored", "never_out"]
    late = rows_of(1, whole("0" * 30, "." * 52 + "#" * 92)) + rows_of(2, whole(""))
    assert detect(table_of(late), event=EVENT).reasons == {"little_baseline": 1}


def test_too_little_baseline_is_unknown() -> None:
    result = found("0" * 30, baseline="." * 100 + "#" * 44)
    assert result.outages["status"].to_pylist()[0] == "unknown"
    assert result.reasons == {"little_baseline": 1}


def test_a_meter_of_twice_the_interval_is_told_apart() -> None:
    every_second = "".join("#." for _ in range(len(BASELINE) // 2))
    result = found("#." * 96, baseline=every_second)
    assert result.reasons == {"other_interval": 1}


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_the_same_hours_are_found_at_every_interval_length(minutes: int) -> None:
    per_hour = 60 // minutes
    slots = "#" * (72 * per_hour) + "#" * (10 * per_hour) + "0" * (8 * per_hour) + "#" * (60 * per_hour)
    rows = rows_of(1, slots, interval=timedelta(minutes=minutes))
    row = detect(table_of(rows), event=EVENT).outages.to_pylist()[0]
    assert row["outage_start"] == FIRST + timedelta(hours=82)
    assert row["restored_at"] == FIRST + timedelta(hours=90)
    assert row["hours"] == 8 + minutes / 60


def test_the_simple_rule_sees_zeros_and_nothing_else() -> None:
    zero = ZeroRule()
    assert edges(BEFORE + "0" * 10, rule=zero) == ("restored", 20, 30)
    assert edges(BEFORE + "." * 10, rule=zero) == ("never_out", None, None)
    assert edges(BEFORE + "0" + "." * 9 + "0", rule=zero) == ("restored", 20, 31)
    assert edges(BEFORE + "0", rule=zero) == ("restored", 20, 21)


def test_evidence_says_what_spoke() -> None:
    assert outage(BEFORE + "0" * 10)["evidence"] == "zero"
    assert outage(BEFORE + "." * 10)["evidence"] == "gap"
    assert outage(BEFORE + "000" + "." * 10)["evidence"] == "gap+zero"


def test_the_event_may_have_an_end_of_its_own() -> None:
    late = BEFORE + DAY + "0" * 10
    longer = StormEvent(EVENT.start, EVENT.start + timedelta(days=3))
    rows = table_of(rows_of(1, whole(late)))
    assert detect(rows, event=EVENT).outages["status"].to_pylist() == ["never_out"]
    assert detect(rows, event=longer).outages["status"].to_pylist() == ["restored"]
