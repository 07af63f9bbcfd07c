"""A village for tests of the panel: twelve households in three block groups that are worked by hand, and fifty more that make a panel large enough.

Nobody lives there. Distances: the village lies at 30.44° north, where a degree of latitude is 110,860 m (WGS 84, to within 5 m).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

START = datetime(2018, 10, 10, 17, 0, tzinfo=UTC)
READINGS_END = START + timedelta(days=14)
LAT, LONG = 30.44, -84.28
DEGREE_NORTH_M = 110_860.0
A, B, C, FILL = "120730001001", "120730001002", "120730002001", "120730099001"
NAMED = ("a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "c1", "c2", "c3")
FILLER = tuple(f"f{k:02d}" for k in range(50))
# Hours after the event's start at which power went, hours without it, status; nobody of the filler is unusual.
STORM: dict[str, tuple[float | None, float | None, str]] = {
    "a1": (0.0, 10.0, "restored"),
    "a2": (0.0, 20.0, "restored"),
    "a3": (2.0, 30.0, "restored"),
    "a4": (None, 0.0, "never_out"),
    "a5": (1.0, 300.0, "still_out"),
    "b1": (0.0, 40.0, "restored"),
    "b2": (5.0, 50.0, "restored"),
    "b3": (None, None, "unknown"),
    "b4": (0.0, 60.0, "restored"),
    "c1": (0.0, 70.0, "restored"),
    "c2": (0.0, 80.0, "restored"),
    "c3": (None, 0.0, "never_out"),
}


def at(hours: float) -> datetime:
    """A moment so many hours after the event's start."""
    return START + timedelta(hours=hours)


def metres_north(metres: float) -> float:
    """The latitude so far north of the village's middle."""
    return LAT + metres / DEGREE_NORTH_M


def block_group_of(premise: str) -> str:
    return {"a": A, "b": B, "c": C, "f": FILL}[premise[0]]


def households(**changed: Any) -> pa.Table:
    """Premises 100 m apart, to the north of each other; columns replaced by name, None leaves one out."""
    premises = [*NAMED, *FILLER]
    n = len(premises)
    columns: dict[str, Any] = {
        "premise_id": premises,
        "meter_id": [f"m-{name}" for name in premises],
        "block_group": [block_group_of(name) for name in premises],
        "minority_share": [(k % 3) / 2.0 for k in range(n)],
        "elderly_share": [float(k % 2) for k in range(n)],
        "college_age_share": [0.25 * (k % 5 == 0) for k in range(n)],
        "house_age": [10.0 + k for k in range(n)],
        "members": [1 + k % 4 for k in range(n)],
        "lat": [metres_north(100.0 * k) for k in range(n)],
        "long": [LONG] * n,
    }
    return _table(columns | changed)


def areas(**changed: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "geoid": [A, B, C, FILL],
        "population": [1000, 500, 200, 800],
        "land_sq_mi": [2.0, 0.5, 4.0, 1.0],
        "median_income_usd": [50_000, 89_043, 120_500, 30_000],
        "education": [0.2, 0.4, 0.6, 0.5],
        "renter_share": [0.1, 0.3, 0.05, 0.2],
    }
    return _table(columns | changed)


def request(number: str, hours: float, **known: Any) -> dict[str, Any]:
    """One request, made so many hours after the event's start."""
    empty = {"made_by": "resident", "premise_id": None, "address_id": None, "lat": None, "long": None, "block_group": None, "duplicate_of": None}
    return {"service_request_id": number, "requested_datetime": at(hours), **empty, **known}


def requests(*rows: dict[str, Any], with_filler: bool = True) -> pa.Table:
    """These requests and, so that somebody took part, one of every fifth household of the filler at hour 3."""
    filler = [request(f"filler-{name}", 3.0, premise_id=name) for name in FILLER[::5]] if with_filler else []
    kinds = {name: pa.float64() if name in {"lat", "long"} else pa.string() for name in request("", 0.0)}
    kinds["requested_datetime"] = pa.timestamp("us", tz="UTC")
    return pa.Table.from_pylist([*rows, *filler], schema=pa.schema(list(kinds.items())))


def outages(**changed: Any) -> pa.Table:
    """The storm of the named households; the filler was out from the start for 24 hours and more."""
    storm = {**STORM, **{name: (0.0, 24.0 + k, "restored") for k, name in enumerate(FILLER)}}
    columns: dict[str, Any] = {
        "meter_id": [f"m-{name}" for name in storm],
        "outage_start": pa.array([None if begin is None else at(begin) for begin, _, _ in storm.values()], pa.timestamp("us", tz="UTC")),
        "hours": [hours for _, hours, _ in storm.values()],
        "status": [status for _, _, status in storm.values()],
    }
    return _table(columns | changed)


def _table(columns: dict[str, Any]) -> pa.Table:
    return pa.table({name: values for name, values in columns.items() if values is not None})
