"""The window is that of most meters, and what nobody sent before the storm is nobody's habit, on both roads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.meters.attendance import attendance_of
from evenhand.meters.detect import detect
from evenhand.meters.detections import Detections
from evenhand.meters.explaining import explain
from evenhand.meters.limits import TimeGrid, limits_of
from evenhand.meters.parameters import RobustRule
from tests.unit.meters.drawn_meters import BASELINE, EVENT, FIRST, HALF_HOUR, rows_of, sorted_file, table_of, whole

DARK_TO_THE_END = "#" * 20 + "0" * 172
OUT_SIX_HOURS = "#" * 20 + "." * 12
TWICE_SILENT = "#" * 40 + "." * 12 + "#" * 44 + "." * 12 + "#" * 36


def city(*stories: str, baseline: str = BASELINE) -> list[dict[str, Any]]:
    return [row for meter, story in enumerate(stories, start=1) for row in rows_of(meter, whole(story, baseline))]


def on_both_roads(rows: list[dict[str, Any]], folder: Path) -> Detections:
    """The answer, which is the same by meter and in the order of time."""
    by_meter = detect(sorted_file(table_of(sorted(rows, key=lambda row: row["meter_id"])), folder / "by_meter.parquet"), event=EVENT)
    by_time = detect(table_of(rows).sort_by("interval_start"), event=EVENT)
    assert (by_meter.road, by_time.road) == ("sorted", "arrival")
    assert by_meter.outages.equals(by_time.outages)
    assert by_meter.interruptions.equals(by_time.interruptions)
    assert by_meter.warnings == by_time.warnings
    assert by_meter.grid == by_time.grid
    return by_meter


def counted(found: Detections) -> dict[str, int]:
    return {warning.code: warning.count for warning in found.warnings}


@pytest.mark.parametrize("days", [(60,), (390,), (-60,), (-60, -30), (-60, 60)])
def test_stray_rows_of_one_meter_change_nothing_for_anybody_and_are_counted(tmp_path: Path, days: tuple[int, ...]) -> None:
    rows = city("", OUT_SIX_HOURS, DARK_TO_THE_END)
    strays = [rows[7] | {"interval_start": EVENT.start + timedelta(days=away)} for away in days]
    expected, found = on_both_roads(rows, tmp_path), on_both_roads(rows + strays, tmp_path)
    assert found.outages.equals(expected.outages)
    assert found.interruptions.equals(expected.interruptions)
    assert counted(found) == {"rows_far_from_readings": len(days)}


def test_a_few_clocks_that_went_wrong_for_days_do_not_stretch_the_window_of_a_city(tmp_path: Path) -> None:
    rows = city(*["#"] * 150)
    wrong = rows_of(151, BASELINE, first=FIRST + timedelta(days=40))
    found = on_both_roads(rows + wrong, tmp_path)
    assert found.grid.n_slots == 7 * 48
    assert counted(found)["rows_far_from_readings"] == len(BASELINE)


def test_one_meter_alone_keeps_its_window(tmp_path: Path) -> None:
    found = on_both_roads(rows_of(1, BASELINE + "#" * 20 + "n" * 80), tmp_path)
    assert found.outages["status"].to_pylist() == ["still_out"]
    assert found.outages["hours"].to_pylist() == [40.0]


def test_a_city_that_goes_dark_but_for_a_few_is_still_out_and_not_cut_off() -> None:
    rows = [row for meter in range(200) for row in rows_of(meter, BASELINE + "#" * 20)] + rows_of(999, whole(""))
    found = detect(table_of(rows), event=EVENT)
    assert found.count("still_out") == 200


def test_hours_that_nobody_sent_before_the_storm_hide_no_outage_and_are_no_interruption(tmp_path: Path) -> None:
    found = on_both_roads(city(*[OUT_SIX_HOURS] * 3, *[""] * 3, baseline=TWICE_SILENT), tmp_path)
    assert found.outages["status"].to_pylist() == ["restored"] * 3 + ["never_out"] * 3
    assert found.interruptions.num_rows == 3
    assert counted(found) == {"silence_of_all": 24}
    assert "2018-10-08 02:00 to 2018-10-08 08:00 UTC" in found.warnings[0].words


def test_what_two_meters_miss_together_stays_their_habit(tmp_path: Path) -> None:
    found = on_both_roads(city(OUT_SIX_HOURS, "", baseline=TWICE_SILENT), tmp_path)
    assert found.outages["status"].to_pylist() == ["never_out"] * 2
    assert counted(found) == {}


def test_a_silence_of_all_that_lasts_into_the_storm_is_told_of_nobody_as_an_outage(tmp_path: Path) -> None:
    found = on_both_roads(city(*["." * 40] * 5, baseline=BASELINE[:-10] + "." * 10), tmp_path)
    assert found.reasons == {"dark_before": 5}


def test_an_explanation_leaves_out_what_nobody_sent() -> None:
    found = detect(table_of(city(*[OUT_SIX_HOURS] * 3, baseline=TWICE_SILENT)), event=EVENT)
    one = table_of(rows_of(1, whole(OUT_SIX_HOURS, TWICE_SILENT)))
    answer = explain(one, event=EVENT, rule=RobustRule(), window=found.grid, silences=found.silences)
    assert answer.outage == found.outages.to_pylist()[0]
    assert [stretch.verdict for stretch in answer.stretches] == ["silence_of_all", "silence_of_all", "storm_outage"]
    assert answer.baseline is not None
    assert (answer.baseline.n_received, answer.baseline.second_missing_hours) == (120, 0.0)


def test_the_window_needs_a_hundredth_of_the_meters_in_half_of_a_day() -> None:
    grid = TimeGrid(int(FIRST.timestamp()) * 1_000_000, int(HALF_HOUR.total_seconds()) * 1_000_000, 7 * 48)
    seen = np.zeros((2, grid.n_slots), np.int32)
    seen[:, 48:288] = 1000
    seen[:, 288:] = 9
    attendance = attendance_of(seen, 1000, grid, limits_of(RobustRule(), EVENT, grid))
    assert (attendance.window.first_us - grid.first_us, attendance.window.n_slots) == (48 * grid.interval_us, 240)
    assert attendance.n_far == 9 * 48
    seen[:, 288:] = 10
    assert attendance_of(seen, 1000, grid, limits_of(RobustRule(), EVENT, grid)).window.n_slots == 288
