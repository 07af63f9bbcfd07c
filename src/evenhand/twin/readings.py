"""Synthetic smart-meter readings of a storm, with everything that goes wrong in real ones, and the truth beside them.

Modelling choice: truth first. Homes, their wants, the grid and the storm are drawn; what meters count and what reaches the head end follows from
them. A meter depends on the seed and its own number only: any subset, in any order, in chunks of any size, is the same. Nothing here was measured
anywhere, and nothing here knows how outages will be looked for.

References: Xu & Tang (2020) and the public record of the 2018 storm, for the shares out and restored by day.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenhand.twin.errors import TwinReadingsError
from evenhand.twin.readings_cohort import Cohort, Plan, Scenario, cohort_of, make_plan
from evenhand.twin.readings_events import meter_events_of
from evenhand.twin.readings_files import write_arrivals, write_warehouse
from evenhand.twin.readings_grid import feeder_of, substation_of, transformer_of
from evenhand.twin.readings_mixes import FaultMix, mix_named
from evenhand.twin.readings_rows import arriving_rows, arrow_rows, id_array, warehouse_rows
from evenhand.twin.readings_scenarios import scenario_named
from evenhand.twin.readings_truth import interruptions_of, truth_of

Layout = Literal["sorted", "arrival", "daily"]
Progress = Callable[[int, int], None]

LAYOUTS = ("sorted", "arrival", "daily")
CHUNK = 1000  # meters: a row group of the sorted layout, and what is in memory at a time
CRITICAL = 0.004  # of homes: someone there depends on power for their health


@dataclass(frozen=True, slots=True)
class SyntheticReadings:
    """Readings and their truth, as Arrow tables.

    `readings`: `meter_id, interval_start, kwh[, quality][, arrived_at]`. `truth`: one row a meter. `interruptions`: one row an interruption, the
    storm's included. `grid`: one row a meter. `meter_events`: power lost and back, as far as the messages came through.
    """

    plan: Plan
    readings: pa.Table
    truth: pa.Table
    interruptions: pa.Table
    grid: pa.Table
    meter_events: pa.Table


def build_readings(
    *,
    seed: int,
    households: int | None = None,
    homes: Sequence[int] | None = None,
    days: int = 21,
    interval_minutes: int = 30,
    mix: str | FaultMix = "ordinary",
    scenario: str | Scenario | None = None,
    layout: Layout = "sorted",
    text_ids: bool = False,
    progress: Progress | None = None,
) -> SyntheticReadings:
    """Make readings and their truth in memory.

    Parameters ---------- seed Any whole number from 0 on. households, homes How many homes (0, 1, …), or the numbers of those wanted; one of the
    two. days, interval_minutes Length of the window (14 or more) and of an interval (15, 30 or 60). mix `ordinary`, `nasty`, or a FaultMix of one's
    own. scenario A further fault by name (`readings_scenarios.SCENARIOS`), or None. layout `sorted`: the newest row of each slot, by meter and
    time. `arrival`, `daily`: every row that arrived, late and double ones too, by `arrived_at`. text_ids Meter ids as text instead of int64.
    progress Called with homes done and homes in all.

    Returns
    -------
    SyntheticReadings
        Moments are UTC timestamps (µs), but naive local ones in the clock-change scenarios; energies are kWh, null = not received.

    Raises
    ------
    TwinReadingsError
        If the wish cannot be met; all reasons of a window at once.
    """
    plan = _plan(seed, mix, scenario, days, interval_minutes)
    numbers = _homes(households, homes)
    _check_layout(layout)
    readings, truth, interruptions, grid, events = tables_of(plan, numbers, layout=layout, text_ids=text_ids, progress=progress)
    return SyntheticReadings(plan, readings, truth, interruptions, grid, events)


def tables_of(
    plan: Plan, numbers: NDArray[np.int64], *, layout: Layout = "sorted", text_ids: bool = False, progress: Progress | None = None
) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table, pa.Table]:
    """Readings, truth, interruptions, grid and meter events of the homes with these numbers."""
    tables = [(_readings(cohort, layout, text_ids=text_ids), *_beside(cohort, text_ids=text_ids)) for cohort in _cohorts(plan, numbers, progress)]
    readings, truth, interruptions, grid, events = (pa.concat_tables(parts) for parts in zip(*tables, strict=True))
    return readings if layout == "sorted" else readings.sort_by("arrived_at"), truth, interruptions, grid, events


def write_rows(
    folder: Path,
    plan: Plan,
    numbers: NDArray[np.int64],
    *,
    layout: Layout = "sorted",
    text_ids: bool = False,
    progress: Progress | None = None,
    metadata: Mapping[str, str] | None = None,
) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Write the readings of these homes into a new folder, chunk by chunk; gives truth, interruptions, grid and meter events, unwritten."""
    folder.mkdir()
    beside: list[tuple[pa.Table, pa.Table, pa.Table, pa.Table]] = []

    def tables() -> Iterator[pa.Table]:
        for cohort in _cohorts(plan, numbers, progress):
            beside.append(_beside(cohort, text_ids=text_ids))
            readings = _readings(cohort, layout, text_ids=text_ids)
            yield readings.replace_schema_metadata(metadata) if metadata else readings

    if layout == "sorted":
        write_warehouse(tables(), folder / "readings.parquet")
    else:
        write_arrivals(tables(), folder, file_a_day=layout == "daily")
    truth, interruptions, grid, events = (pa.concat_tables(parts) for parts in zip(*beside, strict=True))
    return truth, interruptions, grid, events


def readings_table(*, seed: int, households: int | None = None, **wishes: Any) -> pa.Table:
    """The readings alone; parameters, returns and errors as of `build_readings`."""
    return build_readings(seed=seed, households=households, **wishes).readings


def truth_table(*, seed: int, households: int | None = None, **wishes: Any) -> pa.Table:
    """The truth alone: `meter_id, outage_start, restored_at, status, dark_from, dark_until, hours, can_tell, faults`; one row a meter.

    `status` is `restored`, `still_out`, `never_out` or, in meter exchanges, `not_installed` (another meter hung there during the storm). `hours` is
    the true duration, null while it is not over. `can_tell`: readings_truth says when. Parameters and errors as of `build_readings`.
    """
    return build_readings(seed=seed, households=households, **wishes).truth


def write_readings(
    folder: Path | str,
    *,
    seed: int,
    households: int | None = None,
    homes: Sequence[int] | None = None,
    days: int = 21,
    interval_minutes: int = 30,
    mix: str | FaultMix = "ordinary",
    scenario: str | Scenario | None = None,
    layout: Layout = "sorted",
    text_ids: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write readings and their truth as a twin's folder, in memory that does not grow with the number of homes.

    Writes `readings/` (Parquet, zstd, dictionary-encoded ids; `readings.parquet`, or one file an arrival day), `truth.parquet`,
    `truth.events.parquet`, `grid.parquet`, `meter_events.parquet` and `truth.json`. Nothing appears in `folder` before all of it is written.
    Parameters and errors as of `build_readings`; `homes` are written in the order of their numbers.

    Returns
    -------
    Path
        The folder `readings/`.

    Raises
    ------
    TwinReadingsError
        Also if `folder` has readings or a truth already.
    """
    plan = _plan(seed, mix, scenario, days, interval_minutes)
    numbers = np.sort(_homes(households, homes))
    _check_layout(layout)
    target = Path(folder)
    _check_free(target)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".readings-", dir=target) as unfinished:
        place = Path(unfinished)
        joined = write_rows(place / "readings", plan, numbers, layout=layout, text_ids=text_ids, progress=progress)
        names = ("truth.parquet", "truth.events.parquet", "grid.parquet", "meter_events.parquet")
        for name, table in zip(names, joined, strict=True):
            pq.write_table(table, place / name, compression="zstd")
        (place / "truth.json").write_text(json.dumps(_story(plan, layout, joined[0]), indent=2) + "\n")
        for made in ("readings", *names, "truth.json"):
            (place / made).rename(target / made)
    return target / "readings"


def _plan(seed: int, mix: str | FaultMix, scenario: str | Scenario | None, days: int, interval_minutes: int) -> Plan:
    return make_plan(seed=seed, mix=mix_named(mix), days=days, interval_minutes=interval_minutes, scenario=scenario_named(scenario))


def _homes(households: int | None, homes: Sequence[int] | None) -> NDArray[np.int64]:
    if (households is None) == (homes is None):
        raise TwinReadingsError("which_homes", "Say either how many homes (households=…) or which ones (homes=[…]).")
    numbers = np.asarray(homes if homes is not None else np.arange(households or 0), dtype=np.int64)
    if numbers.size == 0 or numbers.min() < 0 or np.unique(numbers).size != numbers.size:
        raise TwinReadingsError("which_homes", "Homes are numbered from 0 on, at least one is needed, and none is named twice.")
    return numbers


def _check_layout(layout: str) -> None:
    if layout not in LAYOUTS:
        raise TwinReadingsError("unknown_layout", f"A layout is one of {', '.join(LAYOUTS)}; {layout!r} is none.", layout=layout)


def _check_free(folder: Path) -> None:
    taken = [name for name in ("readings", "truth.parquet", "truth.json") if (folder / name).exists()]
    if taken:
        raise TwinReadingsError("folder_taken", f"{folder} already has {', '.join(taken)}. Choose another folder, or remove them.", taken=taken)


def _cohorts(plan: Plan, numbers: NDArray[np.int64], progress: Progress | None) -> Iterator[Cohort]:
    for first in range(0, numbers.size, CHUNK):
        chosen = numbers[first : first + CHUNK]
        yield cohort_of(plan, chosen)
        if progress is not None:
            progress(first + chosen.size, numbers.size)


def _readings(cohort: Cohort, layout: Layout, *, text_ids: bool) -> pa.Table:
    is_revised = cohort.plan.scenario is not None and cohort.plan.scenario.is_revised
    if layout == "sorted" and not is_revised:
        return arrow_rows(cohort, warehouse_rows(cohort), text_ids=text_ids)
    table = arrow_rows(cohort, arriving_rows(cohort), text_ids=text_ids)
    keys = ["meter_id", "interval_start", "arrived_at"]
    return table.sort_by([(key, "ascending") for key in keys]) if layout == "sorted" else table


def _beside(cohort: Cohort, *, text_ids: bool) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Truth, interruptions, grid and meter events of a cohort."""
    meter_id = id_array(cohort.meter_id, text_ids=text_ids)
    return truth_of(cohort, meter_id), interruptions_of(cohort, meter_id), _grid_of(cohort, meter_id), meter_events_of(cohort, meter_id)


def _grid_of(cohort: Cohort, meter_id: pa.Array) -> pa.Table:
    index = cohort.index
    columns = {
        "premise_id": pa.array([f"P{number}" for number in index.tolist()]),
        "meter_id": meter_id,
        "transformer": pa.array([f"T{number}" for number in transformer_of(index).tolist()]),
        "feeder": pa.array([f"F{number}" for number in feeder_of(index).tolist()]),
        "substation": pa.array([f"S{number}" for number in substation_of(index).tolist()]),
        "critical": pa.array(cohort.chance.happens("critical", index, CRITICAL)),
    }
    return pa.table(columns)


def _story(plan: Plan, layout: str, truth: pa.Table) -> dict[str, Any]:
    """What truth.json says."""
    window = plan.window
    counts = {entry["values"]: entry["counts"] for entry in truth["status"].combine_chunks().value_counts().to_pylist()}
    return {
        "synthetic": "These readings were invented; nothing here was measured anywhere.",
        "seed": plan.seed,
        "meters": truth.num_rows,
        "layout": layout,
        "mix": asdict(plan.mix),
        "scenario": plan.scenario.name if plan.scenario else None,
        "window_start": window.start.isoformat(),
        "days": window.days,
        "interval_minutes": window.interval_minutes,
        "timezone": window.timezone,
        "event_start": window.storm_start.isoformat(),
        "meters_by_status": counts,
        "can_tell": int(np.count_nonzero(truth["can_tell"].to_numpy())),
    }
