"""What does it cost to read the raw tables of a study and to build its panel, for 82,000 households?

A synthetic city of 82,000 households in 170 block groups and 20,000 requests, a third of which name the premise, a third only a place, a third
nothing; outages as the meters would have found them. The same run times a bare reading of the same files. Imports are left out, figures are the
least of three runs, in CPU seconds of this process with the wall beside. Run: `python -m benchmarks.study_panel`.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from benchmarks.least_spent import Spent, least
from evenhand.studies.panel.building import build_panel
from evenhand.studies.raw.tables import RawTables, check_raw_tables

HOUSEHOLDS, BLOCK_GROUPS, REQUESTS = 82_000, 170, 20_000
START = datetime(2018, 10, 10, 17, tzinfo=UTC)
READ_BAR_CPU_SECONDS = BUILD_BAR_CPU_SECONDS = 1.0
TIMES = 3


def write_city(folder: Path) -> pa.Table:
    """The three raw tables as files (households as CSV too), and the outages of their meters."""
    rng = np.random.default_rng(8311)
    geoids = np.array([f"12073{number:07d}" for number in range(BLOCK_GROUPS)])
    premises = np.array([f"P{number}" for number in rng.permutation(HOUSEHOLDS)])
    lat, long = 30.44 + rng.normal(0.0, 0.05, HOUSEHOLDS), -84.28 + rng.normal(0.0, 0.05, HOUSEHOLDS)
    shares = {name: rng.random(HOUSEHOLDS) for name in ("minority_share", "elderly_share", "college_age_share")}
    ids = {"premise_id": premises, "meter_id": np.arange(HOUSEHOLDS), "block_group": geoids[rng.integers(0, BLOCK_GROUPS, HOUSEHOLDS)]}
    homes = pa.table({**ids, "lat": lat, "long": long, **shares, "house_age": rng.uniform(3.0, 100.0, HOUSEHOLDS)})
    per_area = {
        "population": rng.integers(500, 3000, BLOCK_GROUPS),
        "land_sq_mi": rng.uniform(0.2, 5.0, BLOCK_GROUPS),
        "median_income_usd": rng.uniform(2e4, 1.3e5, BLOCK_GROUPS),
        "education": rng.random(BLOCK_GROUPS),
        "renter_share": rng.random(BLOCK_GROUPS),
    }
    for name, table in (
        ("households", homes),
        ("areas", pa.table({"geoid": geoids, **per_area})),
        ("requests", requests_of(premises, lat, long, rng)),
    ):
        pq.write_table(table, folder / f"{name}.parquet")
    arrow_csv.write_csv(homes, folder / "households.csv")
    starts = pa.array([START] * HOUSEHOLDS, pa.timestamp("us", tz="UTC"))
    hours = rng.gamma(4.0, 20.0, HOUSEHOLDS)
    return pa.table({"meter_id": np.arange(HOUSEHOLDS), "outage_start": starts, "hours": hours, "status": ["restored"] * HOUSEHOLDS})


def requests_of(premises: np.ndarray, lat: np.ndarray, long: np.ndarray, rng: np.random.Generator) -> pa.Table:
    home, told = rng.integers(0, premises.size, REQUESTS), rng.integers(0, 3, REQUESTS)
    times = [START + timedelta(hours=float(hours)) for hours in rng.uniform(-20.0, 200.0, REQUESTS)]
    return pa.table(
        {
            "service_request_id": [str(number) for number in range(REQUESTS)],
            "requested_datetime": pa.array(times, pa.timestamp("us", tz="UTC")),
            "made_by": ["resident"] * REQUESTS,
            "premise_id": pa.array(premises[home], mask=told != 0),
            "lat": pa.array(lat[home], mask=told != 1),
            "long": pa.array(long[home], mask=told != 1),
        }
    )


def read_city(folder: Path, households: str) -> RawTables:
    return check_raw_tables(folder / "requests.parquet", folder / households, folder / "areas.parquet", event_start=START).whole()


def row(what: str, bar: float, spent: Spent, bare: Spent) -> tuple[str, bool]:
    measured = f"{spent.cpu:.2f} s CPU, {spent.wall:.2f} s wall (bare reading of the files {bare.cpu * 1e3:.0f} ms CPU)"
    return f"| {what} | ≤ {bar:g} s CPU | {measured} |", spent.cpu <= bar


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outages = write_city(folder)
        bare = least(lambda: [pq.read_table(folder / f"{table}.parquet") for table in ("requests", "households", "areas")])
        raw = read_city(folder, "households.parquet")
        rows = [
            row(
                f"raw tables of a study read and checked, {HOUSEHOLDS:,} households, {form}",
                READ_BAR_CPU_SECONDS,
                least(lambda file=file: read_city(folder, file)),  # type: ignore[misc]  # mypy cannot name the lambda's type
                bare,
            )
            for form, file in (("Parquet", "households.parquet"), ("CSV", "households.csv"))
        ]
        building = least(lambda: build_panel(outages, raw, readings_end=START + timedelta(days=14)))
        rows.append(row(f"panel of a study, {HOUSEHOLDS:,} households, {REQUESTS:,} requests", BUILD_BAR_CPU_SECONDS, building, bare))
    for text, _ in rows:
        print(text)
    return 0 if all(holds for _, holds in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
