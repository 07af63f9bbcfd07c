"""Any readings, written in any format and read again, are the same standard rows."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.meters.formats import ReadingOptions, open_readings
from tests.unit.meters.formats.reading_tables import UTC_US, all_of

pytestmark = pytest.mark.slow

SECONDS = st.integers(int(datetime(1991, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2099, 1, 1, tzinfo=UTC).timestamp()))
TIMES = SECONDS.map(lambda second: datetime.fromtimestamp(second, UTC))
ENERGIES = st.none() | st.floats(-5000.0, 5000.0, allow_nan=False).map(lambda kwh: kwh + 0.0)
QUALITIES = st.sampled_from(["A", "E", None])
IDS = st.integers(-(2**60), 2**60) | st.integers(0, 99)
TEXTS = st.text("abcXYZ-0123456789", min_size=1, max_size=12).map(lambda text: f"m{text}")


def tables(ids: st.SearchStrategy[object]) -> st.SearchStrategy[pa.Table]:
    rows = st.lists(st.tuples(ids, TIMES, ENERGIES, QUALITIES, st.integers(0, 9)), min_size=1, max_size=20)
    return rows.map(_table)


def _table(rows: list[tuple[object, datetime, float | None, str | None, int]]) -> pa.Table:
    ids, times, kwh, quality, version = (list(column) for column in zip(*rows, strict=True))
    columns = {"meter_id": ids, "interval_start": pa.array(times).cast(UTC_US), "kwh": pa.array(kwh, pa.float64())}
    return pa.table(columns | {"quality": pa.array(quality, pa.string()), "version": version})


def _as_csv(table: pa.Table, path: Path) -> None:
    pa_csv.write_csv(table, path)


def _as_gzip(table: pa.Table, path: Path) -> None:
    with gzip.open(path, "wb") as stream:
        pa_csv.write_csv(table, stream)


def _as_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=3)


def _as_polars_csv(table: pa.Table, path: Path) -> None:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame.write_csv(path, separator=";", datetime_format="%Y-%m-%dT%H:%M:%S%z")


def expected(table: pa.Table) -> list[tuple[object, ...]]:
    rows = zip(*(table[name].to_pylist() for name in ("meter_id", "interval_start", "kwh", "quality", "version")), strict=True)
    return [(meter, at, kwh, quality == "E", version) for meter, at, kwh, quality, version in rows]


@pytest.mark.parametrize("write", [_as_csv, _as_gzip, _as_parquet, _as_polars_csv])
@given(table=tables(IDS) | tables(TEXTS))
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read(write: Callable[[pa.Table, Path], None], table: pa.Table) -> None:
    with TemporaryDirectory() as folder:
        write(table, Path(folder) / "readings.csv")
        source = open_readings(folder)
        assert [tuple(row.values()) for row in all_of(source).to_pylist()] == expected(table)
        assert source.faults.counts == {}


@given(table=tables(IDS))
@settings(max_examples=40, deadline=None)
def test_whole_watt_hours_in_text_ids_are_the_same_readings(table: pa.Table) -> None:
    watt_hours = [None if kwh is None else round(kwh * 1000) for kwh in table["kwh"].to_pylist()]
    source = open_readings(table.set_column(2, "kwh", pa.array(watt_hours, pa.int64())), ReadingOptions(unit="Wh", ids="text"))
    read = all_of(source)
    assert read["meter_id"].to_pylist() == [str(meter) for meter in table["meter_id"].to_pylist()]
    assert read["kwh"].to_pylist() == [None if wh is None else pytest.approx(wh / 1000) for wh in watt_hours]
