"""What the rule saw in one meter: the same answer as among all meters, with habits and a verdict for every stretch."""

from __future__ import annotations

import pytest

from evenhand.meters.errors import MeterNotFound
from evenhand.meters.explaining import MeterExplanation, explain
from evenhand.meters.parameters import RobustRule, ZeroRule
from tests.unit.meters.drawn_meters import BASELINE, EVENT, found, rows_of, slot_of, table_of, whole

STORY = "#" * 10 + "." + "#" * 9 + "0" * 20 + "#" * 80 + "." * 12 + "#" * 10 + "0"


def explained(drawing: str, baseline: str = BASELINE, **wishes: object) -> MeterExplanation:
    rule = wishes.get("rule", RobustRule())
    window = found(drawing, baseline=baseline).grid
    return explain(table_of(rows_of(1, whole(drawing, baseline))), event=EVENT, rule=rule, window=window)  # type: ignore[arg-type]


def test_the_row_is_the_one_that_detect_gives() -> None:
    for drawing, baseline in ((STORY, BASELINE), ("", BASELINE), ("0" * 192, "0" * 144)):
        assert explained(drawing, baseline).outage == found(drawing, baseline=baseline).outages.to_pylist()[0]


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


def test_an_unknown_meter_hears_why() -> None:
    assert "read zero before the storm too" in explained("0" * 192, "0" * 144).sentences[-1]


def test_the_simple_rule_has_no_baseline_to_tell_of() -> None:
    answer = explained(STORY, rule=ZeroRule())
    assert answer.baseline is None
    assert answer.outage["hours"] == 10.5


def test_a_meter_without_readings_is_refused() -> None:
    with pytest.raises(MeterNotFound):
        explain(table_of([]), event=EVENT, rule=RobustRule(), window=found("").grid)
