"""What the rule saw in one meter: the same answer as among all meters, with habits and a verdict for every stretch."""

from __future__ import annotations

from typing import Any

import pytest

from evenhand.meters.errors import MeterNotFound
from evenhand.meters.explaining import MeterExplanation, explain
from evenhand.meters.parameters import RobustRule, ZeroRule
from tests.unit.meters.drawn_meters import BASELINE, EVENT, found, rows_of, slot_of, table_of, whole

STORY = "#" * 10 + "." + "#" * 9 + "0" * 20 + "#" * 80 + "." * 12 + "#" * 10 + "0"


def explained(drawing: str, baseline: str = BASELINE, **wishes: Any) -> MeterExplanation:
    window = found(drawing, baseline=baseline).grid
    wishes = {"rule": RobustRule()} | wishes
    return explain(table_of(rows_of(1, whole(drawing, baseline))), event=EVENT, window=window, **wishes)


def test_the_rows_are_those_that_detect_gives() -> None:
    for drawing, baseline in ((STORY, BASELINE), ("", BASELINE), ("0" * 192, "0" * 144)):
        answer, result = explained(drawing, baseline), found(drawing, baseline=baseline)
        assert answer.outage == result.outages.to_pylist()[0]
        assert list(answer.interruptions) == [row for row in result.interruptions.to_pylist() if row["meter_id"] == 1]


def test_every_stretch_without_power_has_its_verdict() -> None:
    seen = [(slot_of(each.start), slot_of(each.end), each.n_zero, each.n_missing, each.verdict) for each in explained(STORY).stretches]
    assert seen == [
        (10, 11, 0, 1, "lost_readings"),
        (20, 40, 20, 0, "storm_outage"),
        (120, 132, 0, 12, "interruption"),
        (142, 143, 1, 0, "too_short"),
    ]


def test_the_baseline_is_counted_in_hours_and_readings() -> None:
    baseline = explained("", "#" * 20 + "0" * 6 + "#" * 20 + "." * 4 + "#" * 94).baseline
    assert baseline is not None
    assert (baseline.n_intervals, baseline.n_received, baseline.n_zeros) == (144, 140, 6)
    assert (baseline.longest_zero_hours, baseline.longest_missing_hours, baseline.second_missing_hours) == (3.0, 2.0, 0.0)
    assert baseline.mean_kwh == pytest.approx(134 * 0.5 / 140)


def test_usual_zeros_and_creep_are_said() -> None:
    usual = "#" * 30 + "0" * 14 + "#" * 4
    assert {each.verdict for each in explained(usual * 4, usual * 3).stretches} == {"usual_zeros"}
    creeping = explained("#" * 20 + "c" * 10)
    assert creeping.baseline is not None
    assert creeping.baseline.creep_kwh == pytest.approx(0.004, rel=0.15)  # a code is an eighth of an octave wide
    assert any("creeps" in sentence for sentence in creeping.sentences)


def test_the_decision_comes_first_on_the_clock_that_was_asked_for() -> None:
    # Drawn from 10 October 6:00 UTC: interval 20 begins at 16:00, interval 40 the next day at 2:00; New York is four hours behind.
    assert explained(STORY).sentences[0] == (
        "Out from 10 October 2018 16:00 to 11 October 2018 02:00: 10.5 hours (between 10 and 11). What spoke: zero."
    )
    in_new_york = explained(STORY, timezone="America/New_York").sentences[0]
    assert "from 10 October 2018 12:00 to 10 October 2018 22:00" in in_new_york
    flickering = explained("#" * 20 + "0" * 8 + "#" + "." * 8).sentences[0]
    assert flickering.endswith("Power came back once and did not last. What spoke: gap and zero.")
    still = explained("#" * 20 + "0" * 172).sentences[0]
    assert still == "Still out: dark from 10 October 2018 16:00 until the readings end, 86 hours that were seen. What spoke: zero."


def test_energies_that_cannot_be_used_and_power_that_came_too_late_are_said() -> None:
    rows = [row | {"kwh": float("inf") if row["kwh"] == -1.25 else row["kwh"]} for row in rows_of(1, whole("#" * 20 + "-" * 8))]
    answer = explain(table_of(rows), event=EVENT, rule=RobustRule(), window=found("").grid)
    assert answer.sentences[0] == "Unknown: the meter sent infinite or absurd energies for hours while the storm outage could begin."
    assert [each.verdict for each in answer.stretches] == ["no_energy"]
    late = explained("#" * 20 + "0" * 170 + "##").sentences[0]
    assert "85 hours that were seen. There is power in the last readings, but too little to say that it lasts." in late


def test_what_counts_for_this_meter_is_said() -> None:
    usual = "#" * 30 + "0" * 14 + "#" * 4  # a run of 14 zeros a day: one and a half of it, and 1.5 h more, is evidence in itself
    assert "zeros count only from 12 h in a row on, or where 2 h of them" in " ".join(explained(usual * 4, usual * 3).sentences)
    assert "its zeros say nothing" in " ".join(explained("0" * 192, "0" * 144).sentences)
    twice_silent = "#" * 20 + "." * 9 + "#" * 40 + "." * 6 + "#" * 69
    assert "the longest silence was 4.5 h, the second longest 3 h." in explained("", twice_silent).sentences[1]
    assert "so a silence counts from 2 h on." in explained("").sentences[1]


def test_what_was_passed_over_in_the_storms_window_is_said() -> None:
    words = " ".join(explained("#" * 10 + "." + "#" * 9 + ".." + "#" * 20 + "00").sentences)
    assert "Without power in the storm's window, yet no interruption: 2 stretches of at most 1 h, lost readings" in words
    assert "1 stretch of at most 1 h, too short to be an interruption" in words
    assert "yet no interruption" not in " ".join(explained("#" * 100 + ".").sentences)  # after the event's day


def test_zeros_of_a_register_are_called_by_their_name() -> None:
    answer = explained(STORY, is_register=True)
    assert (answer.outage["evidence"], [each["evidence"] for each in answer.interruptions]) == ("register", ["register", "gap"])


def test_an_unknown_meter_hears_why() -> None:
    assert "read zero before the storm too" in explained("0" * 192, "0" * 144).sentences[0]


def test_the_simple_rule_has_no_baseline_to_tell_of() -> None:
    answer = explained(STORY, rule=ZeroRule())
    assert answer.baseline is None
    assert answer.outage["hours"] == 10.5
    assert answer.sentences[1:] == ("The simple rule looks at zeros alone: gaps, estimates and the meter's own days say nothing to it.",)


def test_a_meter_without_readings_is_refused() -> None:
    with pytest.raises(MeterNotFound):
        explain(table_of([]), event=EVENT, rule=RobustRule(), window=found("").grid)
