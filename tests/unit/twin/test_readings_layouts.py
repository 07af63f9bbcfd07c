"""The same readings, whoever asks for them and however they are stored."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from evenhand.twin import readings as readings_module
from evenhand.twin.errors import TwinReadingsError
from evenhand.twin.readings import Layout, build_readings, readings_table, truth_table, write_readings
from tests.unit.twin.twin_readings import column, newest_of_each_slot, slots_of

SEED, HOMES, DAYS = 12, 70, 14


def of_homes(table: pa.Table, homes: list[int]) -> pa.Table:
    return table.filter(pc.is_in(table["meter_id"], pa.array([10_000_000 + 10 * home for home in homes])))


def test_the_same_seed_gives_the_same_tables() -> None:
    one, again = (build_readings(seed=SEED, households=HOMES, days=DAYS, mix="nasty") for _ in range(2))
    for name in ("readings", "truth", "interruptions", "grid", "meter_events"):
        assert getattr(one, name).equals(getattr(again, name))


def test_another_seed_gives_other_readings() -> None:
    assert not readings_table(seed=1, households=5, days=DAYS).equals(readings_table(seed=2, households=5, days=DAYS))


@pytest.mark.parametrize("scenario", [None, "conflicting_revisions", "registers", "backup_generators", "batteries"])
def test_a_subset_in_any_order_is_the_same_meters(scenario: str | None) -> None:
    whole = build_readings(seed=SEED, households=HOMES, days=DAYS, mix="nasty", scenario=scenario)
    homes = [41, 3, 69, 17]
    part = build_readings(seed=SEED, homes=homes, days=DAYS, mix="nasty", scenario=scenario)
    order = [("meter_id", "ascending"), ("interval_start", "ascending")]
    assert part.readings.sort_by(order).equals(of_homes(whole.readings, homes).sort_by(order))
    assert part.truth.sort_by("meter_id").equals(of_homes(whole.truth, homes))


def test_chunks_of_another_size_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build_readings(seed=SEED, households=HOMES, days=DAYS, mix="nasty")
    monkeypatch.setattr(readings_module, "CHUNK", 23)
    assert build_readings(seed=SEED, households=HOMES, days=DAYS, mix="nasty").readings.equals(whole.readings)


@pytest.mark.parametrize("layout", ["arrival", "daily"])
def test_the_newest_arrival_of_each_slot_is_the_warehouse(layout: Layout, tmp_path: Path) -> None:
    warehouse = readings_table(seed=SEED, households=HOMES, days=DAYS, mix="nasty")
    folder = write_readings(tmp_path / "twin", seed=SEED, households=HOMES, days=DAYS, mix="nasty", layout=layout)
    arrived = pa.concat_tables([pq.read_table(path) for path in sorted(folder.iterdir())])
    assert arrived.num_rows > warehouse.num_rows * 1.05
    assert newest_of_each_slot(arrived) == slots_of(warehouse)
    times = column(arrived, "arrived_at")
    assert times == sorted(times)
    assert all(at >= start + timedelta(minutes=30) for at, start in zip(times, column(arrived, "interval_start"), strict=True))


def test_daily_files_hold_what_arrived_on_their_day(tmp_path: Path) -> None:
    folder = write_readings(tmp_path, seed=SEED, households=20, days=DAYS, layout="daily")
    files = sorted(folder.iterdir())
    assert len(files) >= DAYS
    for path in files:
        assert {f"{at:%Y-%m-%d}" for at in column(pq.read_table(path), "arrived_at")} == {path.stem}


def test_the_sorted_file_is_the_table_and_no_row_group_splits_a_meter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings_module, "CHUNK", 32)
    folder = write_readings(tmp_path, seed=SEED, homes=[*range(HOMES)][::-1], days=DAYS)
    file = pq.ParquetFile(folder / "readings.parquet")
    meters = [set(file.read_row_group(number)["meter_id"].to_pylist()) for number in range(file.num_row_groups)]
    assert [len(group) for group in meters] == [32, 32, 6]
    assert len(set.union(*meters)) == HOMES
    assert file.metadata.row_group(0).column(2).compression == "ZSTD"
    assert file.read().cast(readings_table(seed=SEED, households=1, days=DAYS).schema).equals(readings_table(seed=SEED, households=HOMES, days=DAYS))


def test_a_folder_has_truth_beside_the_readings_and_says_that_it_is_synthetic(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_readings(tmp_path, seed=SEED, households=HOMES, days=DAYS, progress=lambda done, total: seen.append((done, total)))
    assert {path.name for path in tmp_path.iterdir()} == {
        "readings",
        "truth.parquet",
        "truth.events.parquet",
        "grid.parquet",
        "meter_events.parquet",
        "truth.json",
    }
    story = json.loads((tmp_path / "truth.json").read_text())
    assert "invented" in story["synthetic"]
    assert (story["seed"], story["meters"], story["mix"]["name"]) == (SEED, HOMES, "ordinary")
    assert seen[-1] == (HOMES, HOMES)
    assert pq.read_table(tmp_path / "truth.parquet").equals(truth_table(seed=SEED, households=HOMES, days=DAYS))


def test_a_folder_that_has_readings_is_left_as_it_is(tmp_path: Path) -> None:
    write_readings(tmp_path, seed=SEED, households=3, days=DAYS)
    before = (tmp_path / "truth.json").read_text()
    with pytest.raises(TwinReadingsError, match="already has readings"):
        write_readings(tmp_path, seed=SEED + 1, households=3, days=DAYS)
    assert (tmp_path / "truth.json").read_text() == before


def test_an_interrupted_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_readings(tmp_path, seed=SEED, households=3, days=DAYS, layout="daily", progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_ids_as_text_name_the_same_meters() -> None:
    numbers, texts = (truth_table(seed=SEED, households=9, days=DAYS, text_ids=text) for text in (False, True))
    assert [f"M{number}" for number in numbers["meter_id"].to_pylist()] == texts["meter_id"].to_pylist()
    assert numbers.drop_columns(["meter_id"]).equals(texts.drop_columns(["meter_id"]))


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"mix": "calm"}, "ordinary, nasty"),
        ({"scenario": "flood"}, "conflicting_revisions"),
        ({"layout": "random"}, "sorted, arrival, daily"),
        ({"days": 3, "interval_minutes": 20}, r"interval_minutes is one of .*; days is 14 or more"),
        ({"households": 0}, "numbered from 0"),
        ({"homes": [1, 1], "households": None}, "named twice"),
        ({"homes": [1]}, "either how many"),
        ({"seed": -1}, "from 0 on"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_could(wish: dict[str, object], words: str) -> None:
    wishes = {"seed": 1, "households": 2, **wish}
    with pytest.raises(TwinReadingsError, match=words):
        build_readings(**wishes)  # type: ignore[arg-type]
