"""Five days of half-hours of four meters, written by hand into every format. The storm begins on the fourth day at noon.

Meter 1 is silent from 14:00 to 19:00 that day. Meter 2 never is. Meter 3 is silent from 15:00 on. Meter 4 reads zero all the time: nobody can know.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FIRST = datetime(2025, 3, 3, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
SLOTS = 5 * 48
STORM = "2025-03-06T12:00Z"
SILENT = {1: range(3 * 48 + 28, 3 * 48 + 38), 3: range(3 * 48 + 30, SLOTS)}
# (status, hours, hours_low, hours_high): meter 1 is dark for 5 h, each edge interval adds half an hour at most; meter 3 is for the 33 h seen.
TRUTH = {1: ("restored", 5.5, 5.0, 6.0), 2: ("never_out", 0.0, 0.0, 0.0), 3: ("still_out", 33.0, 33.0, None), 4: ("unknown", None, None, None)}


def rows() -> Iterator[tuple[int, datetime, float]]:
    """Every reading that was received, by meter and time."""
    for meter in (1, 2, 3, 4):
        for slot in range(SLOTS):
            if slot not in SILENT.get(meter, ()):
                yield meter, FIRST + slot * HALF_HOUR, 0.0 if meter == 4 else 0.2 + 0.1 * (slot % 3)


def as_csv(names: str = "meter_id,interval_start,kwh", day: int | None = None) -> str:
    chosen = [row for row in rows() if day is None or (row[1] - FIRST).days == day]
    return names + "\n" + "".join(f"{meter},{start:%Y-%m-%dT%H:%M:%SZ},{kwh:.1f}\n" for meter, start, kwh in chosen)


READING_TYPE = {
    "commodity": 1, "flowDirection": 1, "intervalLength": 1800, "accumulationBehaviour": 4, "powerOfTenMultiplier": 0, "uom": 72,
}  # fmt: skip


def as_green_button() -> str:
    """One usage point a meter, in blocks of watt-hours."""
    kind = "".join(f"<{name}>{value}</{name}>" for name, value in READING_TYPE.items())
    entries = [_entry("ReadingType/1", "", f"<ReadingType>{kind}</ReadingType>")]
    for meter in (1, 2, 3, 4):
        point = f"UsagePoint/{meter}"
        readings = "".join(_interval_reading(start, kwh) for its, start, kwh in rows() if its == meter)
        entries += [
            _entry(point, "", "<UsagePoint><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>"),
            _entry(f"{point}/MeterReading/1", "ReadingType/1", "<MeterReading/>"),
            _entry(f"{point}/MeterReading/1/IntervalBlock/1", "", f"<IntervalBlock>{readings}</IntervalBlock>"),
        ]
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'


def _interval_reading(start: datetime, kwh: float) -> str:
    period = f"<timePeriod><duration>1800</duration><start>{start.timestamp():.0f}</start></timePeriod>"
    return f"<IntervalReading>{period}<value>{kwh * 1000:.0f}</value></IntervalReading>"


def _entry(address: str, related: str, content: str) -> str:
    links = f'<link rel="self" href="/espi/{address}"/>' + (f'<link rel="related" href="/espi/{related}"/>' if related else "")
    head, rest = re.fullmatch(r"(<\w+)(.*)", content, re.DOTALL).groups()  # type: ignore[union-attr]
    return f'<entry>{links}<content>{head} xmlns="http://naesb.org/espi"{rest}</content></entry>'


def as_table(meter_type: pa.DataType | None = None) -> pa.Table:
    meters, starts, energies = zip(*rows(), strict=True)
    columns = {
        "meter_id": pa.array(meters, pa.int64()).cast(meter_type or pa.int64()),
        "interval_start": pa.array(starts, pa.timestamp("us", tz="UTC")),
        "kwh": energies,
    }
    return pa.table(columns)


def written(folder: Path, kind: str) -> Path:
    """The readings as a file or a folder of this kind."""
    target = folder / f"readings.{kind}"
    if kind == "parquet":
        pq.write_table(as_table(), target)
    elif kind == "csv":
        target.write_text(as_csv())
    elif kind == "xml":
        target.write_text(as_green_button())
    elif kind == "csv.gz":
        target.write_bytes(gzip.compress(as_csv().encode()))
    elif kind == "csv.zst":
        target.write_bytes(pa.compress(as_csv().encode(), codec="zstd", asbytes=True))
    elif kind == "days":
        target.mkdir()
        for day in range(5):
            (target / f"day-{day}.csv").write_text(as_csv(day=day))
    elif kind == "shuffled":
        table = as_table()
        order = [(place * 389) % table.num_rows for place in range(table.num_rows)]  # 389 shares no factor with the number of rows
        pq.write_table(table.take(pa.array(order + order[:50])), target.with_suffix(".parquet"))  # and fifty of them twice
        return target.with_suffix(".parquet")
    return target
