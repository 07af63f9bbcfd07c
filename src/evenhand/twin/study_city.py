"""A synthetic study city: the raw tables that a city would bring to the study, and the truth that they were made from.

Modelling choice: households, their reports and their hours follow the study's printed effects in a whole population (`study_city_outcomes`); what
their meters count follows from when they were dark. So a study that begins with the raw tables can be held against what is true, step by step: the
outage of each meter, the panel of each household, the effect of each term. What was printed nowhere is assumed, and said where it is used: how
columns go together (`study_city_areas`), who the households are (`study_city_homes`), what else a table of requests holds (`study_city_requests`),
how meters fail (`readings_mixes`). What a meter counts depends on the seed and its own number; when it is dark, on the city that it stands in too.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenhand.twin.errors import TwinReadingsError
from evenhand.twin.readings import Progress, tables_of, write_rows
from evenhand.twin.readings_cohort import Plan, make_plan
from evenhand.twin.readings_mixes import mix_named
from evenhand.twin.study_city_areas import StudyAreas, StudyGround, study_areas
from evenhand.twin.study_city_homes import StudyHomes, by_contract, home_metres, study_homes
from evenhand.twin.study_city_outcomes import Reporting, Waiting, study_reporting, study_waiting
from evenhand.twin.study_city_recipe import StudyCityRecipe
from evenhand.twin.study_city_requests import Reports, requests_table, study_reports
from evenhand.twin.study_city_story import story_of
from evenhand.vocabulary.tables import AREAS, HOUSEHOLDS

SYNTHETIC: Final = {"synthetic": "true"}
FILES: Final = (
    *("readings", "requests.parquet", "households.parquet", "areas.parquet", "areas.geojson", "grid.parquet", "meter_events.parquet"),
    *("truth.events.parquet", "truth.parquet", "truth.json"),
)


@dataclass(frozen=True, slots=True, eq=False)
class StudyCity:
    """The raw tables and their truth; every table says in its metadata that it is synthetic.

    `readings`, `requests`, `households`, `areas`, `grid` and `meter_events` are by their contracts, `areas_geojson` the block groups' shapes. `truth`
    has a row a household: what `truth_table` says of its meter (`hours` only where the metered weeks hold the end), and the panel as it truly is:
    `participation`, `restoration_hours` (to the true end, also after the metered weeks; 0 for a home never out), `reported_hours` (outage to first
    report, also after the window), the columns of the models, `area_effect` on log hours. `interruptions` has a row an interruption; `story` is what
    truth.json says.
    """

    readings: pa.Table
    requests: pa.Table
    households: pa.Table
    areas: pa.Table
    areas_geojson: dict[str, Any]
    grid: pa.Table
    meter_events: pa.Table
    truth: pa.Table
    interruptions: pa.Table
    story: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A city before its meters are read."""

    recipe: StudyCityRecipe
    plan: Plan
    areas: StudyAreas
    homes: StudyHomes
    reporting: Reporting
    waiting: Waiting
    columns: Mapping[str, NDArray[np.float64]]
    ground: StudyGround
    reports: Reports


def true_panel(*, households: int = 82_000, seed: int = 8311, days: int = 21, **choices: Any) -> pa.Table:
    """The panel of a study city as it truly is, without a reading: in half a second for 82,000 households.

    One row a household, in the order of its number: `premise_id, block_group`, the columns of the models, `restoration_hours` (h, to the true end; 0
    for a home never out), `reported_hours` (h from outage to first report, also after the window; null = none) and `status`, as the meters will be
    able to show it. Parameters and errors as of `build_study_city`.
    """
    drawn = _drawn(StudyCityRecipe(households=households, seed=seed, days=days, **choices))
    waiting = drawn.waiting
    status = np.select([~waiting.is_out, np.isinf(waiting.dark_until)], ["never_out", "still_out"], "restored")
    return _said_synthetic(pa.table({**_panel_columns(drawn), "status": pa.array(status.tolist())}))


def build_study_city(
    *,
    households: int = 82_000,
    seed: int = 8311,
    days: int = 21,
    progress: Progress | None = None,
    **choices: Any,
) -> StudyCity:
    """Make a study city in memory: about 20 bytes a reading, so better below 10,000 households.

    Parameters
    ----------
    households
        50 or more.
    seed
        Any whole number from 0 on; the same wishes give the same bytes.
    days
        14 or more; the event begins at a local noon, three sevenths into the window.
    progress
        Called with homes read and homes in all.
    choices
        Further fields of `StudyCityRecipe` by name. `hours_effects` (else the study's third model) and `participation_effects` (else its first) map
        columns of the panel, or two joined by a colon, to effects; where `community_participation` is among the former, it is the city's own count.
        `mix` is `ordinary`, `nasty` or a FaultMix; what that says of homes never or still out is not used, the recipe does.

    Raises
    ------
    StudyCityUnusable
        For a city that cannot be drawn; all reasons at once.
    TwinReadingsError
        For weeks that cannot be metered, a mix that does not exist, a seed below 0.
    """
    drawn = _drawn(StudyCityRecipe(households=households, seed=seed, days=days, **choices))
    readings, *beside = tables_of(drawn.plan, drawn.homes.number, progress=progress)
    tables = _tables(drawn, beside)
    return StudyCity(
        readings=_said_synthetic(readings),
        requests=tables["requests.parquet"],
        households=tables["households.parquet"],
        areas=tables["areas.parquet"],
        areas_geojson=drawn.ground.geojson(),
        grid=tables["grid.parquet"],
        meter_events=tables["meter_events.parquet"],
        truth=tables["truth.parquet"],
        interruptions=tables["truth.events.parquet"],
        story=_story(drawn, tables),
    )


def write_study_city(
    folder: Path | str,
    *,
    households: int = 82_000,
    seed: int = 8311,
    days: int = 21,
    progress: Progress | None = None,
    **choices: Any,
) -> Path:
    """Write a study city as a twin's folder, in memory that hardly grows with the number of homes.

    Writes the files named in `FILES`. Nothing appears in `folder` before all of it is written. Parameters and errors as of `build_study_city`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    TwinReadingsError
        Also if `folder` holds one of these files already.
    """
    target = Path(folder)
    refuse_taken(target)
    drawn = _drawn(StudyCityRecipe(households=households, seed=seed, days=days, **choices))
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".study-city-", dir=target) as unfinished:
        place = Path(unfinished)
        beside = write_rows(place / "readings", drawn.plan, drawn.homes.number, progress=progress, metadata=SYNTHETIC)
        tables = _tables(drawn, beside)
        for name, table in tables.items():
            pq.write_table(table, place / name, compression="zstd")
        (place / "areas.geojson").write_text(json.dumps(drawn.ground.geojson()) + "\n", encoding="utf-8")
        (place / "truth.json").write_text(json.dumps(_story(drawn, tables), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        for made in FILES:
            (place / made).rename(target / made)
    return target


def refuse_taken(folder: Path) -> None:
    """Refuse a folder that a twin's files are in. Raises TwinReadingsError."""
    taken = [name for name in FILES if (folder / name).exists()]
    if taken:
        raise TwinReadingsError("folder_taken", f"{folder} already has {', '.join(taken)}. Choose another folder, or remove them.", taken=taken)


def _drawn(recipe: StudyCityRecipe) -> _Drawn:
    recipe.refuse_unusable()
    plan = make_plan(seed=recipe.seed, mix=mix_named(recipe.mix), days=recipe.days, interval_minutes=30)
    areas = study_areas(recipe)
    homes = study_homes(areas, recipe.seed)
    areas, reporting = study_reporting(recipe, areas, homes)
    columns = {
        "participation": reporting.takes_part.astype(np.float64),
        "community_participation": reporting.community.astype(np.float64),
        **areas.columns(),
        **homes.columns,
    }
    waiting = study_waiting(recipe, homes, columns, reporting, plan.window)
    ground = StudyGround(areas, np.bincount(homes.place, weights=homes.members).astype(np.int64))
    reports = study_reports(homes, reporting, waiting, plan.window, recipe.seed)
    given = replace(plan, outages=lambda number: (waiting.dark_from[number], waiting.dark_until[number]))
    return _Drawn(recipe, given, areas, homes, reporting, waiting, columns, ground, reports)


def _tables(drawn: _Drawn, beside: Any) -> dict[str, pa.Table]:
    """Every table but the readings, by the name of its file."""
    truth, interruptions, grid, events = beside
    made = {
        "requests.parquet": requests_table(drawn.reports, drawn.homes, drawn.ground, drawn.waiting, window=drawn.plan.window, seed=drawn.recipe.seed),
        "households.parquet": _households(drawn),
        "areas.parquet": _areas(drawn),
        "grid.parquet": grid,
        "meter_events.parquet": events,
        "truth.events.parquet": interruptions,
        "truth.parquet": _truth(drawn, truth),
    }
    return {name: _said_synthetic(table) for name, table in made.items()}


def _said_synthetic(table: pa.Table) -> pa.Table:
    return table.replace_schema_metadata(SYNTHETIC)


def _households(drawn: _Drawn) -> pa.Table:
    homes = drawn.homes
    metres, _ = home_metres(drawn.ground, homes, drawn.recipe.seed)
    degrees = drawn.ground.degrees(metres)
    columns = {
        "premise_id": homes.premise_id,
        "meter_id": homes.meter_id,
        "block_group": np.array(drawn.areas.geoid)[homes.place].tolist(),
        **homes.columns,
        "members": homes.members,
        "lat": degrees[:, 1],
        "long": degrees[:, 0],
        "address_id": [f"A{number}" for number in homes.number.tolist()],
    }
    return by_contract(HOUSEHOLDS, columns)


def _areas(drawn: _Drawn) -> pa.Table:
    areas, ground = drawn.areas, drawn.ground
    columns = {
        "geoid": list(areas.geoid),
        "population": ground.population,
        "land_sq_mi": ground.land_sq_mi,
        "median_income_usd": np.rint(1000.0 * areas.income),
        "education": areas.education,
        "renter_share": areas.renter_share,
        "minority_share": ground.minority_share,
    }
    return by_contract(AREAS, columns)


def _truth(drawn: _Drawn, of_meters: pa.Table) -> pa.Table:
    """What is true of each meter, and beside it the panel as it truly is."""
    table = of_meters
    for name, values in _panel_columns(drawn).items():
        table = table.append_column(name, values)
    return table.append_column("area_effect", pa.array(drawn.waiting.area_effect))


def _panel_columns(drawn: _Drawn) -> dict[str, pa.Array]:
    reports, first = drawn.reports, np.full(drawn.homes.number.size, np.inf)
    own = (reports.home >= 0) & reports.is_of_residents & (reports.at_hours >= 0.0)
    np.minimum.at(first, reports.home[own], reports.at_hours[own])
    reported = first - drawn.waiting.dark_hours
    counts = ("participation", "community_participation")
    return {
        "premise_id": pa.array(drawn.homes.premise_id),
        "block_group": pa.array(np.array(drawn.areas.geoid)[drawn.homes.place].tolist()),
        "restoration_hours": pa.array(drawn.waiting.hours),
        "reported_hours": pa.array(reported, mask=~np.isfinite(reported)),
        **{name: pa.array(values.astype(np.int32) if name in counts else values) for name, values in drawn.columns.items()},
    }


def _story(drawn: _Drawn, tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    waiting, reporting = drawn.waiting, drawn.reporting
    return story_of(
        drawn.recipe,
        drawn.plan,
        constants={"hours_constant": waiting.constant, "participation_constant": reporting.constant},
        density_shift=drawn.areas.density_shift,
        kinds=drawn.reports.kind,
        tables=tables,
    )
