"""`evenhand meters show` draws one meter and says what was decided."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.meters.explaining import explain
from evenhand.meters.formats.opening import open_readings
from evenhand.meters.one_meter import readings_of_meter
from evenhand.meters.parameters import RobustRule, StormEvent
from tests.unit.cli.commands import Ran, run_command
from tests.unit.cli.reading_files import STORM, written

pytestmark = pytest.mark.slow


class Show:
    """The command, in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.readings = written(folder, "parquet")
        self.chart = folder / "chart.svg"
        self._patches = monkeypatch, capsys
        monkeypatch.chdir(folder)

    def __call__(self, meter: str, *options: str | Path) -> Ran:
        return run_command(*self._patches, "meters", "show", meter, self.readings, *options)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Show:
    return Show(tmp_path, monkeypatch, capsys)


def test_the_outage_is_drawn_with_its_hours_and_said_in_words(command: Show) -> None:
    ran = command("1", "--event-start", STORM, "--timezone", "America/New_York", "--out", command.chart)
    assert (ran.code, ran.out) == (0, f"{command.chart}\n"), ran.said
    # 14:00 to 19:00 UTC is 9:00 to 14:00 in New York in winter.
    assert "Out from 6 March 2025 09:00 to 6 March 2025 14:00: 5.5 hours (between 5 and 6)." in ran.said
    assert "10 not received" in ran.said
    # Until six hours before noon of the fourth day: 3 × 48 + 12 intervals.
    assert "Its own days before: 156 of 156 intervals were received, none of them zero; the longest silence was 0 h" in ran.said
    drawn = command.chart.read_text()
    assert "storm outage, 5.5 h" in drawn
    assert "event starts" in drawn


def test_the_words_are_the_ones_of_the_rules_own_explanation(command: Show) -> None:
    one = readings_of_meter(open_readings(command.readings), "1")
    found = explain(one.readings, event=StormEvent(datetime.fromisoformat(STORM)), rule=RobustRule(), window=one.window)
    said = command("1", "--event-start", STORM).said
    assert [sentence for sentence in found.sentences if sentence not in said] == []


def test_who_is_silent_until_the_end_is_still_out_here_too(command: Show) -> None:
    assert "Still out: dark from 6 March 2025 15:00 until the readings end, 33 hours" in command("3", "--event-start", STORM).said


def test_never_out_and_unknown_say_why(command: Show) -> None:
    assert "Never out" in command("2", "--event-start", STORM).said
    said = command("4", "--event-start", STORM).said
    assert "read zero before the storm too" in said
    assert "156 of them zero (at most 78 h in a row)" in said


def test_without_an_event_the_readings_are_drawn_and_nothing_is_decided(command: Show) -> None:
    ran = command("2")
    assert "Nothing was decided" in ran.said
    assert ran.out == "meter-2.svg\n"
    assert Path("meter-2.svg").read_text().startswith("<svg")


def test_synthetic_readings_are_called_so_on_the_chart(command: Show) -> None:
    command("1", "--event-start", STORM, "--out", command.chart, "--synthetic")
    assert "Synthetic data" in command.chart.read_text()


def test_revisions_without_an_order_are_said_and_the_greater_is_drawn(command: Show) -> None:
    rows = pq.read_table(command.readings)
    again = rows.slice(4, 2).set_column(2, "kwh", pa.array([7.0, 8.0]))
    pq.write_table(pa.concat_tables([rows, again]), command.readings)
    ran = command("1", "--event-start", STORM, "--out", command.chart)
    assert "2 intervals have two readings that differ, and nothing says which is newer: the greater is shown" in ran.said


def test_a_meter_that_is_not_there_is_bad_input(command: Show) -> None:
    ran = command("99", "--event-start", STORM)
    assert (ran.code, ran.out) == (2, "")
    assert "no reading of meter 99" in ran.said


def test_all_that_is_wrong_is_told_at_once(command: Show) -> None:
    ran = command("1", "--event-start", "noon", "--out", "chart.gif", "--rule", "best")
    assert ran.code == 2
    assert [words for words in ("--event-start takes a time", "chart.gif ends in none", "--rule takes") if words not in ran.said] == []
