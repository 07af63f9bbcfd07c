"""The households of a synthetic study city: who lives where, and in how old a house.

Modelling choice: a household is mostly all of a minority or not at all, and some mixed ones lie between, by members; that someone is 60 or older, or
18 to 24, holds for all members or none, as the printed spreads ask for. Houses of one block group are of like age. Homes stand on a jittered grid
within their block group, so that the nearest home to a place is the right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_cohort import FIRST_METER_ID, METER_ID_STEP
from evenhand.twin.study_city_areas import StudyAreas, StudyGround
from evenhand.vocabulary.tables import TableContract

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MEMBERS_BY = np.cumsum([0.28, 0.36, 0.15, 0.13, 0.06])  # of 1, 2, … members; the rest has six
MIXED = 0.16  # of the households with several members
ELDERLY, COLLEGE_AGE = 0.381, 0.008
HOUSE_AGE_YEARS, AGE_OF_AREAS, AGE_OF_HOMES = 36.4, 7.0, 9.8  # mean, and spreads between and within block groups
STRAYS_BY = 0.2  # of the spacing of homes


@dataclass(frozen=True, slots=True)
class StudyHomes:
    """Households row by row, by number; arrays of shape (n,)."""

    number: Ints
    place: Ints  # block group
    members: Ints
    columns: dict[str, Floats]  # the panel's household columns

    @property
    def meter_id(self) -> Ints:
        return FIRST_METER_ID + METER_ID_STEP * self.number

    @property
    def premise_id(self) -> list[str]:
        return [f"P{number}" for number in self.number.tolist()]


def study_homes(areas: StudyAreas, seed: int) -> StudyHomes:
    """Draw the households."""
    chance, place = Chance(seed), areas.place
    number = np.arange(place.size)
    members = 1 + np.searchsorted(MEMBERS_BY, chance.uniform("study, members", number), side="right")
    area_age = chance.normal("study, age of area", np.arange(areas.homes.size))[place]
    age = HOUSE_AGE_YEARS + AGE_OF_AREAS * area_age + AGE_OF_HOMES * chance.normal("study, age", number)
    columns = {
        "minority_share": _minority(chance, number, members, areas.minority_chance[place]),
        "house_age": np.clip(np.rint(age), 3.0, 121.0),
        "elderly_share": chance.happens("study, elderly", number, ELDERLY).astype(np.float64),
        "college_age_share": chance.happens("study, college age", number, COLLEGE_AGE).astype(np.float64),
    }
    return StudyHomes(number, place, members, columns)


def _minority(chance: Chance, number: Ints, members: Ints, likely: Floats) -> Floats:
    is_mixed = chance.happens("study, mixed", number, MIXED) & (members > 1)
    some = 1 + np.floor(chance.uniform("study, of a minority", number) * (members - 1))
    whole = (chance.uniform("study, minority", number) < likely).astype(np.float64)
    return np.where(is_mixed, some / members, whole)


def home_metres(ground: StudyGround, homes: StudyHomes, seed: int) -> tuple[Floats, Floats]:
    """Metres to the east and north of the origin, shape (n, 2), and how far homes of each block group stand apart, shape (G,)."""
    west, south, east, north = ground.boxes.T
    width, height, count = east - west, north - south, ground.areas.homes
    across = np.maximum(np.ceil(np.sqrt(count * width / height)), 1.0)
    rows = np.ceil(count / across)
    apart = np.stack([width / across, height / rows], axis=-1)
    order = homes.number - (np.cumsum(count) - count)[homes.place]
    cell = np.stack([order % across[homes.place], order // across[homes.place]], axis=-1)
    stray = Chance(seed).uniforms("study, where", homes.number, 2) - 0.5
    corner = np.stack([west, south], axis=-1)
    metres = corner[homes.place] + (cell + 0.5 + 2.0 * STRAYS_BY * stray) * apart[homes.place]
    return metres, apart.min(axis=1)


def by_contract(contract: TableContract, columns: Mapping[str, Any]) -> pa.Table:
    """Columns as a table with the contract's names, order and types, the optional ones included."""
    arrays = {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
    return pa.table({column.name: arrays[column.name].cast(column.type) for column in contract.columns})
