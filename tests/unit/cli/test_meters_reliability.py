"""`evenhand meters reliability` on tables written by hand."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.meters.detections import RUN
from tests.unit.cli.commands import Ran, run_command
from tests.unit.meters.interruption_tables import restored, still_out, table

pytestmark = pytest.mark.slow

STORM = [restored(1, 8.5, 1.5), restored(2, 8.5, 3.5), restored(2, 20.0, 0.5), restored(3, 10.0, 5.5)]  # 13 h in all


class Reliability:
    """The command, with a table of interruptions and a folder to write into."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.events = self.written("storm.events.parquet", table(STORM))
        self._patches = monkeypatch, capsys

    def written(self, name: str, content: pa.Table | str) -> Path:
        file = self.folder / name
        if isinstance(content, str):
            file.write_text(content)
        else:
            pq.write_table(content, file)
        return file

    def __call__(self, *options: str | Path, customers: int = 10, events: Path | None = None) -> Ran:
        arguments = ("meters", "reliability", events or self.events, "--customers", str(customers), *options)
        return run_command(*self._patches, *arguments)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Reliability:
    return Reliability(tmp_path, monkeypatch, capsys)


def test_words_go_to_stderr_and_nothing_to_stdout(command: Reliability) -> None:
    ran = command()
    assert (ran.code, ran.out) == (0, "")
    assert "SAIFI  0.4000 interruptions a customer" in ran.said
    assert "SAIDI  78.0 minutes (between 66.0 and 90.0) a customer" in ran.said  # 13 h × 60 / 10
    assert "CAIDI  195.0 minutes" in ran.said
    assert "not computable from this" in ran.said


def test_json_is_alone_on_stdout(command: Reliability) -> None:
    ran = command("--json")
    told = json.loads(ran.out)
    assert (ran.code, ran.said) == (0, "")
    assert told["indices"]["saidi_minutes"] == pytest.approx(78.0)
    assert told["major_event_days"]["reason"] == "no_daily_history"
    assert [row["customers_out"] for row in told["customers_out_by_hour"]][:4] == [0, 2, 3, 2]


def test_who_is_still_out_makes_the_index_a_lower_bound_in_words(command: Reliability) -> None:
    ran = command(events=command.written("open.parquet", table([*STORM, still_out(4, 18.0, 6.0)])))
    assert "SAIDI  at least 114.0 minutes" in ran.said
    assert "The readings end here, with customers still out." in ran.said


def test_households_from_csv_keep_the_zeros_in_front_of_their_block_groups(command: Reliability) -> None:
    rows = "premise,meter_id,GEOID\np1,1,010730001001\np2,2,010730001001\np3,3,010730002001\n"
    households = command.written("households.csv", rows)
    told = json.loads(command("--households", households, "--column", "block_group=GEOID", "--json").out)
    assert [(row["block_group"], row["customers"]) for row in told["by_area"]] == [("010730001001", 2), ("010730002001", 1)]
    assert "010730002001" in command("--households", households, "--column", "block_group=GEOID").said


@pytest.mark.parametrize(("ending", "codec"), [(".gz", "gzip"), (".zst", "zstd")])
def test_compressed_tables_are_read_too(command: Reliability, ending: str, codec: str) -> None:
    households = command.folder / f"households.csv{ending}"
    with pa.CompressedOutputStream(households, codec) as stream:
        stream.write(b"meter_id,block_group\n1,120730001001\n2,120730001001\n3,120730002001\n")
    assert [row["customers"] for row in json.loads(command("--households", households, "--json").out)["by_area"]] == [2, 1]


def test_a_daily_history_gives_the_threshold_and_the_days_above_it(command: Reliability) -> None:
    days = [date(2020, 3, 10) + timedelta(days=n) for n in range(1826)]
    history = command.written("history.csv", "date,saidi_minutes\n" + "".join(f"{day},{1 + n % 2}\n" for n, day in enumerate(days)))
    told = json.loads(command("--daily-history", history, "--json").out)
    # 1 and 2 minutes in turn: mean ln 2 / 2, deviation ln 2 / 2, so the threshold is 2^(0.5 + 1.25) = 3.36 minutes.
    assert told["major_event_days"]["threshold_minutes"] == pytest.approx(2**1.75, rel=1e-3)
    (day,) = told["major_event_days"]["days"]
    assert (day["day"], day["is_major"], day["saidi_minutes"]) == ("2025-03-10", True, 78.0)
    assert told["without_major_event_days"]["interruptions"] == 0
    assert "2025-03-10  SAIDI        78.00  major-event day" in command("--daily-history", history).said


def test_all_that_is_wrong_is_told_at_once_with_exit_code_2(command: Reliability) -> None:
    broken = command.written("broken.parquet", "PAR1 and then nothing")
    ran = command(
        "--households", command.folder / "gone.csv", "--daily-history", broken, "--timezone", "Mars/Olympus", "--column", "x", "--out", "a.gif"
    )
    assert (ran.code, ran.out) == (2, "")
    for words in ("gone.csv is not there", "broken.parquet could not be read", "'Mars/Olympus' is none", "ours=theirs", "a.gif ends in none"):
        assert words in ran.said


def test_faults_of_all_tables_and_of_the_customers_are_told_together_with_their_files(command: Reliability) -> None:
    households = command.written("households.csv", "meter_id,area\n1,120730001001\n")
    history = command.written("history.csv", "day,saidi_minutes\n2020-01-01,3\n")
    ran = command("--households", households, "--daily-history", history, customers=0)
    assert ran.code == 2
    areas, days = "the table of households has no column block_group", "the daily history has no column date"
    wrong = ("--customers: 0 customers", f"households.csv: {areas}", f"history.csv: {days}")
    assert [words for words in wrong if words not in ran.said] == []


def test_customers_who_lie_in_no_area_are_counted(command: Reliability) -> None:
    households = command.written("households.csv", "meter_id,block_group\n1,120730001001\n2,120730001001\n3,120730001002\n4,120730001002\n")
    assert "6 of the 10 customers served lie in no area: the table of households places 4 meters." in command("--households", households).said
    assert "lie in no area" not in command("--households", households, customers=4).said


def test_events_beside_the_outages_of_another_run_are_refused(command: Reliability) -> None:
    pq.write_table(table(STORM).replace_schema_metadata({RUN: b"one"}), command.events)
    command.written("storm.parquet", pa.table({"meter_id": [1]}).replace_schema_metadata({RUN: b"other"}))
    ran = command()
    assert ran.code == 2
    assert "are of two different runs" in ran.said


def test_a_table_of_outages_is_no_table_of_interruptions(command: Reliability) -> None:
    ran = command(events=command.written("outages.parquet", pa.table({"meter_id": [1], "outage_start": ["x"]})))
    assert ran.code == 2
    assert "there is no column start" in ran.said
    assert "OUT.events.parquet" in ran.said


def test_the_chart_is_drawn_and_called_synthetic(command: Reliability) -> None:
    ran = command("--out", command.folder / "storm.svg", "--synthetic")
    assert ran.code == 0
    assert "Synthetic data" in (command.folder / "storm.svg").read_text()


def test_where_nobody_was_interrupted_nothing_is_drawn_and_that_is_said(command: Reliability) -> None:
    ran = command("--out", command.folder / "calm.svg", events=command.written("calm.parquet", table([])))
    assert ran.code == 0
    assert "Nobody was interrupted" in ran.said
    assert not (command.folder / "calm.svg").exists()
