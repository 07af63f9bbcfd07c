"""Tables, readers, datasets and frames: the same rows as from a file, as often as one asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from evenhand.meters.formats import ReadingOptions, open_readings
from tests.unit.meters.formats.reading_tables import TWO_METERS_ROWS, codes_of, faults_of, rows_of, two_meters


def reader() -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(two_meters().schema, two_meters().to_batches(max_chunksize=1))


@pytest.mark.parametrize(
    "data",
    [two_meters(), two_meters().to_batches()[0], reader(), ds.dataset(two_meters()), pl.from_arrow(two_meters()), two_meters().to_pandas()],
    ids=["table", "batch", "reader", "dataset", "polars", "pandas"],
)
def test_every_kind_of_table_gives_the_same_rows_twice(data: Any) -> None:
    source = open_readings(data)
    assert rows_of(source) == TWO_METERS_ROWS
    assert rows_of(source) == TWO_METERS_ROWS
    assert source.row_count == 4


def test_a_lazy_polars_frame_is_collected() -> None:
    frame = pl.from_arrow(two_meters())
    assert isinstance(frame, pl.DataFrame)
    assert rows_of(open_readings(frame.lazy().filter(pl.col("meter_id") == 1))) == TWO_METERS_ROWS[:2]


def test_text_of_any_arrow_layout_is_text() -> None:
    frame = pl.from_arrow(two_meters().set_column(0, "meter_id", pa.array(["a", "a", "é", "é"], pa.large_string())))
    assert isinstance(frame, pl.DataFrame)
    for data in (frame, frame.with_columns(pl.col("meter_id").cast(pl.Categorical)), frame.to_arrow(), frame.to_pandas()):
        assert [row[0] for row in rows_of(open_readings(data))] == ["a", "a", "é", "é"]


def test_a_dataset_of_files_is_streamed_and_its_columns_mapped(tmp_path: Path) -> None:
    pq.write_table(two_meters().rename_columns(["m", "t", "e"]), tmp_path / "a.parquet")
    options = ReadingOptions(columns={"meter_id": "m", "interval_start": "t", "kwh": "e"})
    assert rows_of(open_readings(ds.dataset(tmp_path), options)) == TWO_METERS_ROWS


def test_a_pandas_column_of_mixed_ids_is_named() -> None:
    frame = pd.DataFrame({"meter_id": [1, "A12"], "interval_start": pd.to_datetime(["2024-01-10", "2024-01-10"], utc=True), "kwh": [1.0, 2.0]})
    unusable = faults_of(frame)
    assert unusable is not None
    assert [fault.code for fault in unusable.faults] == ["wrong_types"]
    assert "'meter_id'" in unusable.message


def test_something_that_is_no_table_is_refused_in_words() -> None:
    unusable = faults_of({"meter_id": [1]})
    assert unusable is not None
    assert "a dict came" in unusable.message


def test_all_faults_of_options_and_data_come_at_once() -> None:
    options = ReadingOptions(columns={"energy": "kwh", "kwh": "e"}, timezone="Mars/Olympus", interval_minutes=0)
    assert codes_of(two_meters(), options) == ["unknown_column", "unknown_timezone", "wrong_interval", "missing_columns"]


def test_rows_are_named_by_their_number_over_all_batches() -> None:
    table = pa.concat_tables([two_meters(), two_meters().set_column(2, "kwh", pa.array([1.0, 1.0, float("nan"), 1.0]))])
    source = open_readings(table)
    rows_of(source)
    assert source.faults.places("not_a_number") == ("row 6: 'nan'",)
