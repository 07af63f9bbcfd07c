"""`evenhand meters detect` on readings written by hand, in every format, and on everything that can be wrong with what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.cli.commands import Ran, run_command
from tests.unit.cli.reading_files import STORM, TRUTH, as_table, written

pytestmark = pytest.mark.slow

FORMATS = ("parquet", "csv", "csv.gz", "csv.zst", "days", "shuffled", "xml")


class Detect:
    """The command, with a folder to read from and another to write into."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.inbox, self.outbox = folder / "in", folder / "out"
        self.inbox.mkdir()
        self.outbox.mkdir()
        self.out = self.outbox / "storm.parquet"
        self._patches = monkeypatch, capsys

    def __call__(self, readings: Path | str, *options: str | Path, start: str = STORM, out: Path | None = None) -> Ran:
        return run_command(*self._patches, "meters", "detect", readings, "--event-start", start, "--out", out or self.out, *options)

    def found(self) -> dict[Any, tuple[object, ...]]:
        rows = pq.read_table(self.out).to_pylist()
        return {row["meter_id"]: (row["status"], row["hours"], row["hours_low"], row["hours_high"]) for row in rows}

    def csv(self, text: str, name: str = "readings.csv") -> Path:
        (self.inbox / name).write_text(text)
        return self.inbox / name


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Detect:
    return Detect(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_outages_worked_by_hand(command: Detect, kind: str) -> None:
    ran = command(written(command.inbox, kind))
    assert (ran.code, ran.out) == (0, ""), ran.said
    assert {int(meter): found for meter, found in command.found().items()} == TRUTH


def test_the_events_stand_beside_the_outages_and_serve_reliability(
    command: Detect, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(written(command.inbox, "parquet"))
    events = command.outbox / "storm.events.parquet"
    found = [(row["meter_id"], row["status"], row["is_storm"]) for row in pq.read_table(events).to_pylist()]
    assert found == [(1, "restored", True), (3, "still_out", True)]
    ran = run_command(monkeypatch, capsys, "meters", "reliability", events, "--customers", "4")
    assert "SAIFI  0.5000" in ran.said
    assert "SAIDI  at least 577.5 minutes" in ran.said  # (5.5 + 33) h × 60 / 4


def test_at_the_end_it_says_what_was_found(command: Detect) -> None:
    said = " ".join(command(written(command.inbox, "csv")).said.split())
    for words in (
        "4 meters",
        "intervals of 30 minutes",
        "out 2 of 3",
        "restored 1",
        "still out 1",
        "never out 1",
        "unknown 1",
        "read zero before the storm too: 1",
    ):
        assert words in said
    # Kaplan–Meier of 5.5 h (restored) and 33 h (still out): half are out after 5.5 h, and the mean up to 33 h is 5.5 + 27.5 / 2.
    assert "median 5.5 h, mean 19.2 h restricted to 33.0 h" in said


def test_text_ids_stay_text(command: Detect) -> None:
    table = as_table(pa.string())
    named = table.set_column(0, "meter_id", pa.array([f"00{meter}" for meter in table["meter_id"].to_pylist()]))
    pq.write_table(named, command.inbox / "text.parquet")
    assert command(command.inbox / "text.parquet").code == 0
    assert set(command.found()) == {"001", "002", "003", "004"}


def test_columns_zone_stamps_and_units_are_taken_as_stated(command: Detect) -> None:
    # The same readings in watt-hours, stamped at their end on New York's winter clock (UTC-5), under other names.
    lines = ["id,read_at,wh"]
    for meter, start, kwh in zip(*(as_table()[name].to_pylist() for name in ("meter_id", "interval_start", "kwh")), strict=True):
        local = (start.timestamp() + 1800) - 5 * 3600
        lines.append(f"{meter},{pa.scalar(int(local), pa.timestamp('s')).as_py():%Y-%m-%d %H:%M:%S},{kwh * 1000:.0f}")
    names = ("--column", "meter_id=id", "--column", "interval_start=read_at", "--column", "kwh=wh")
    ran = command(
        command.csv("\n".join(lines) + "\n"), *names, "--timezone", "America/New_York", "--interval-end", "--unit", "Wh", start="2025-03-06T07:00"
    )
    assert ran.code == 0, ran.said
    assert command.found() == TRUTH


def test_registers_are_differenced(command: Detect) -> None:
    lines, total, last = ["meter_id,interval_start,kwh"], 100.0, None
    for meter, start, kwh in zip(*(as_table()[name].to_pylist() for name in ("meter_id", "interval_start", "kwh")), strict=True):
        total = 100.0 if meter != last else total
        lines.append(f"{meter},{start:%Y-%m-%dT%H:%M:%SZ},{total:.1f}")
        total, last = total + kwh, meter
    ran = command(command.csv("\n".join(lines) + "\n"), "--register")
    assert ran.code == 0, ran.said
    statuses = {meter: found[0] for meter, found in command.found().items()}
    assert statuses == {meter: found[0] for meter, found in TRUTH.items()}


def test_a_feed_of_interval_energies_is_no_register(command: Detect) -> None:
    ran = command(written(command.inbox, "xml"), "--register")
    assert ran.code == 2
    assert "leave --register out" in ran.said


def test_the_zero_rule_sees_no_gap(command: Detect) -> None:
    assert command(written(command.inbox, "parquet"), "--rule", "zero").code == 0
    assert [command.found()[meter][0] for meter in (1, 2)] == ["never_out", "never_out"]


def test_everything_that_is_wrong_is_told_at_once_with_exit_code_2(command: Detect) -> None:
    ran = command(
        command.inbox / "gone.parquet", "--engine", "spark", "--rule", "best", "--unit", "MWh", "--timezone", "Mars/Olympus", "--column", "kwh",
        "--event-end", "tomorrow", "--grid", command.inbox / "grid.csv", start="yesterday", out=command.inbox / "deep" / "out.csv",
    )  # fmt: skip
    assert (ran.code, ran.out) == (2, "")
    wrong = (
        "--engine spark is not in this version", "ends in .parquet", "there is no folder", "--event-start takes a time", "--event-end takes a time",
        "--rule takes robust, zero", "--unit takes kWh, Wh, kW", "'Mars/Olympus' is none", "ours=theirs", "gone.parquet is not there",
        "grid.csv is not there",
    )  # fmt: skip
    assert [words for words in wrong if words not in ran.said] == []


def test_faults_of_several_files_are_named_together(command: Detect) -> None:
    command.csv("meter_id,when,kwh\n1,2025-03-03T00:00Z,1\n", "a.csv")
    command.csv("id,interval_start\n1,2025-03-03T00:00Z\n", "b.csv")
    (command.inbox / "c.parquet").write_bytes(written(command.inbox, "parquet").read_bytes()[:2000])
    ran = command(command.inbox, start="2025-03-06T12:00")
    assert ran.code == 2
    assert [word for word in ("a.csv", "b.csv", "c.parquet", "--event-start 2025-03-06T12:00 has no zone") if word not in ran.said] == []
    assert list(command.outbox.iterdir()) == []


def test_a_naive_event_needs_a_zone_and_a_skipped_hour_is_refused(command: Detect) -> None:
    readings = written(command.inbox, "csv")
    assert "clocks of America/New_York skip" in command(readings, "--timezone", "America/New_York", start="2025-03-09T02:30").said
    assert command(readings, "--timezone", "America/New_York", start="2025-03-06T07:00").code == 0


def test_a_time_that_the_clock_shows_twice_is_refused_with_both_readings(command: Detect) -> None:
    ran = command(written(command.inbox, "csv"), "--timezone", "America/New_York", start="2025-11-02T01:30")
    assert ran.code == 2
    assert "2025-11-02T01:30:00-04:00 or 2025-11-02T01:30:00-05:00" in ran.said


@pytest.mark.parametrize("kind", ["parquet", "csv", "xml"])
@pytest.mark.parametrize("year", [2023, 2024, 2026, 2027])
def test_an_event_in_the_wrong_year_is_told_with_the_readings_true_range(command: Detect, kind: str, year: int) -> None:
    ran = command(written(command.inbox, kind), start=f"{year}-03-06T12:00Z")
    assert ran.code == 2
    assert "run from 2025-03-03T00:00:00+00:00 to 2025-03-08T00:00:00+00:00" in ran.said


def test_an_event_that_ends_before_it_starts_is_refused(command: Detect) -> None:
    ran = command(written(command.inbox, "csv"), "--event-end", "2025-03-05T00:00Z")
    assert ran.code == 2
    assert "ends" in ran.said


def test_output_into_the_folder_of_the_readings_is_refused(command: Detect) -> None:
    written(command.inbox, "csv")
    ran = command(command.inbox, out=command.inbox / "storm.parquet")
    assert ran.code == 2
    assert "write it elsewhere" in ran.said


def test_meter_events_and_a_grid_are_taken_with_the_ids_of_the_readings(command: Detect) -> None:
    events = command.csv("meter_id,at,event\n1,2025-03-06T13:45:00Z,power_off\n1,2025-03-06T19:05:00Z,power_on\n", "events.csv")
    grid = command.csv("premise_id,meter_id,transformer,feeder,substation,critical\np1,1,T1,F1,S1,false\np2,2,T1,F1,S1,false\n", "grid.csv")
    readings = written(command.outbox, "parquet")
    ran = command(readings, "--events", events, "--grid", grid)
    assert ran.code == 0, ran.said
    assert {meter: found[0] for meter, found in command.found().items()} == {meter: found[0] for meter, found in TRUTH.items()}


def test_faults_of_the_evidence_are_told_with_their_files_and_beside_all_others(command: Detect) -> None:
    events = command.csv("meter,at,event\n1,2025-03-06T13:45:00,gone\n", "events.csv")
    grid = command.csv("meter_id,transformer\n1,T1\n1,T2\n", "grid.csv")
    ran = command(written(command.outbox, "parquet"), "--events", events, "--grid", grid, "--rule", "best")
    assert ran.code == 2
    wrong = (
        "events.csv: there is no column meter_id", "events.csv: the times of `at` carry no zone", "power_off or power_on, but gone",
        "grid.csv: a meter hangs on one transformer", "meter 1 on T1 and T2", "--rule takes",
    )  # fmt: skip
    assert [words for words in wrong if words not in ran.said] == []
    gone = command(command.outbox / "readings.parquet", "--events", events, "--grid", command.inbox / "gone.csv")
    assert [words for words in ("events.csv: there is no column meter_id", "gone.csv is not there") if words not in gone.said] == []


def test_messages_on_a_local_clock_are_taken_with_its_zone_and_incomplete_ones_counted(command: Detect) -> None:
    # 8:45 and 14:05 in New York's winter are 13:45 and 19:05 UTC.
    said = "4,2025-03-06T08:45:00,power_off\n4,2025-03-06T14:05:00,power_on\n4,,power_off\n4,2025-03-06T08:45:00,\n"
    events = command.csv(f"meter_id,at,event\n{said}", "events.csv")
    ran = command(written(command.outbox, "parquet"), "--events", events, "--timezone", "America/New_York")
    assert ran.code == 0, ran.said
    # Dark from the first interval wholly after 13:45 to the one in which 19:05 lies: 14:00 to 19:00.
    assert command.found()[4] == ("restored", 5.5, 5.0, 6.0)
    assert "2  incomplete_messages" in ran.said


def test_ids_of_another_kind_beside_the_readings_are_refused(command: Detect) -> None:
    events = command.csv("meter_id,at,event\nA7,2025-03-06T13:45:00Z,power_off\n", "events.csv")
    ran = command(written(command.outbox, "parquet"), "--events", events)
    assert ran.code == 2
    assert "no whole numbers" in ran.said


def test_interrupted_it_leaves_what_stood_there_and_nothing_half_written(command: Detect, monkeypatch: pytest.MonkeyPatch) -> None:
    readings = written(command.inbox, "csv")
    assert command(readings).code == 0
    before = {file.name: file.read_bytes() for file in command.outbox.iterdir()}
    really, writes = pq.write_table, []

    def interrupted(table: pa.Table, where: Path, **options: object) -> None:
        writes.append(where)
        really(table.slice(0, 1), where)
        if len(writes) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(pq, "write_table", interrupted)
    assert command(readings, "--rule", "zero").code == 130
    assert {file.name: file.read_bytes() for file in command.outbox.iterdir()} == before
