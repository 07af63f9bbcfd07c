"""The block groups of a synthetic study city: how many homes, what they are like, where they lie.

Modelling choice: each column has the printed mean, spread and range in a sample drawn as the authors drew theirs, spread evenly over the block
groups (their ranks are drawn, not their values), so that a city is like the table whatever its seed. Printed nowhere, and so assumptions of ours:
richer block groups are less dense, better educated, have fewer renters and fewer minority households; dense ones have more renters. Homes *of the
study's frame* are fewer where renters are many, incomes low or people sparse; else a hundred block groups would hold hardly a report and one or two
some hundred, where the table says 54 at most. Neighbouring block groups are no more alike than others. Residents whom the frame misses are of a
minority more often (70 %) than those whom it holds, as in the study's city. Block groups are rectangles that fill the city, each with exactly the
land that its density asks for; the city lies in the open Gulf, where nobody lives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv, ndtr, ndtri

from evenhand.twin.readings_chance import Chance
from evenhand.twin.study_city_recipe import StudyCityRecipe
from evenhand.vocabulary.degree_lengths import SQ_METRES_A_SQ_MILE, metres_a_degree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ORIGIN: Final = (28.3, -85.6)  # latitude and longitude of the city's south-west corner
COUNTY: Final = "12999"  # Florida has no such county
LATENT: Final = ("income", "density", "education", "renters", "minority")
ALIKE: Final = {
    ("income", "density"): -0.2,
    ("income", "education"): 0.4,
    ("income", "renters"): -0.2,
    ("income", "minority"): -0.3,
    ("density", "renters"): 0.3,
    ("renters", "minority"): 0.2,
}
# normal margins: mean, spread, least, most
INCOME: Final = (95.0, 32.0, 10.307, 134.25)
DENSITY: Final = (7.72, 0.49, 4.3, 9.4)
EDUCATION: Final = (0.585, 0.135, 0.0, 0.876)
RENTERS: Final = (0.36, 3.8, 0.715)  # beta, and most
MINORITY: Final = (0.7, 3.5)  # beta: how often a household of the block group is of a minority
FRAME_HOLDS, FRAME_MISSES_RENTERS = 0.6, 0.5  # of the residents
MISSED_MINORITY: Final = 0.7
ONE_SHAPE: Final = 1.25  # the city is so much wider than it is high


@dataclass(frozen=True, slots=True)
class StudyAreas:
    """Block groups row by row; arrays of shape (G,). `density_shift` was added to the drawn log densities."""

    geoid: tuple[str, ...]
    homes: Ints
    income: Floats  # 1,000 USD, whole dollars
    log_density: Floats  # people per square mile
    education: Floats
    renter_share: Floats
    minority_chance: Floats  # that a household of the frame is of a minority
    density_shift: float = 0.0

    @property
    def place(self) -> Ints:
        """The block group of every home, in order."""
        return np.repeat(np.arange(self.homes.size), self.homes)

    def columns(self) -> dict[str, Floats]:
        """The panel's area columns, home by home."""
        columns = {
            "log_population_density": self.log_density,
            "median_income": self.income,
            "education": self.education,
            "renter_share": self.renter_share,
        }
        return {name: values[self.place] for name, values in columns.items()}

    def shifted(self, by: float) -> StudyAreas:
        """The same block groups, all of them denser (or sparser) by a factor."""
        return replace(self, log_density=self.log_density + by, density_shift=self.density_shift + by)


def study_areas(recipe: StudyCityRecipe) -> StudyAreas:
    """Draw the block groups."""
    chance, number = Chance(recipe.seed), np.arange(recipe.block_groups)
    score = _scores(chance, number)
    even = {name: (np.argsort(np.argsort(values)) + 0.5) / number.size for name, values in score.items()}
    renters = np.minimum(betaincinv(*RENTERS[:2], even["renters"]), RENTERS[2])
    thinner = np.exp(0.3 * score["income"] + 0.3 * score["density"] - 5.0 * renters)
    frame = np.asarray(gammaincinv(4.0, chance.uniform("study, homes", number)) * thinner, dtype=np.float64)
    return StudyAreas(
        geoid=tuple(f"{COUNTY}{100 + tract:04d}00{group + 1}" for tract, group in zip(number // 3, number % 3, strict=True)),
        homes=_shared_out(recipe.households, frame),
        income=np.rint(1000.0 * _between(even["income"], INCOME)) / 1000.0,
        log_density=_between(even["density"], DENSITY),
        education=_between(even["education"], EDUCATION),
        renter_share=renters,
        minority_chance=np.asarray(betaincinv(*MINORITY, even["minority"])),
    )


def _scores(chance: Chance, number: Ints) -> dict[str, Floats]:
    """A normal score a block group for each thing, correlated as assumed."""
    correlation = np.eye(len(LATENT))
    for (one, other), alike in ALIKE.items():
        row, column = LATENT.index(one), LATENT.index(other)
        correlation[row, column] = correlation[column, row] = alike
    mixed = np.linalg.cholesky(correlation) @ np.array([chance.normal(f"study, {name}", number) for name in LATENT])
    return dict(zip(LATENT, mixed, strict=True))


def _between(even: Floats, margin: tuple[float, float, float, float]) -> Floats:
    mean, spread, least, most = margin
    low, high = ndtr((np.array([least, most]) - mean) / spread)
    return np.asarray(mean + spread * ndtri(low + even * (high - low)))


def _shared_out(households: int, frame: Floats) -> Ints:
    """Households by block group in these proportions; none has fewer than about fifteen, or a third of the mean in a small city."""
    share = frame / frame.sum()
    share = np.maximum(share, min(15.0, households / share.size / 3.0) / households)
    edges = np.rint(np.cumsum(share / share.sum()) * households).astype(np.int64)
    return np.asarray(np.diff(edges, prepend=0))


@dataclass(frozen=True)
class StudyGround:
    """Who lives in the block groups, and where they lie."""

    areas: StudyAreas
    members: Ints  # of the frame's households, by block group

    @cached_property
    def population(self) -> Ints:
        """Residents, also those whom the frame misses."""
        return np.rint(self.members / self._held).astype(np.int64)

    @cached_property
    def land_sq_mi(self) -> Floats:
        return np.asarray(self.population / np.exp(self.areas.log_density))

    @cached_property
    def minority_share(self) -> Floats:
        """Of all residents."""
        return np.asarray(self._held * self.areas.minority_chance + (1.0 - self._held) * MISSED_MINORITY)

    @property
    def _held(self) -> Floats:
        return FRAME_HOLDS - FRAME_MISSES_RENTERS * self.areas.renter_share

    @cached_property
    def boxes(self) -> Floats:
        """West, south, east, north in metres from the origin, shape (G, 4); they fill a rectangle."""
        land = self.land_sq_mi * SQ_METRES_A_SQ_MILE
        width = float(np.sqrt(land.sum() * ONE_SHAPE))
        boxes = np.empty((land.size, 4))
        _cut(np.arange(land.size), land, (0.0, 0.0, width, float(land.sum()) / width), boxes)
        return boxes

    def degrees(self, metres: Floats) -> Floats:
        """(…, 2) metres to the east and north as longitude and latitude, to six decimals (11 cm)."""
        north, east = metres_a_degree(self._middle_latitude)
        degrees = np.stack([ORIGIN[1] + metres[..., 0] / east, ORIGIN[0] + metres[..., 1] / north], axis=-1)
        return np.asarray(np.round(degrees, 6), dtype=np.float64)

    @cached_property
    def _middle_latitude(self) -> float:
        return ORIGIN[0] + float(self.boxes[:, 3].max()) / 2.0 / metres_a_degree(ORIGIN[0])[0]

    def geojson(self) -> dict[str, Any]:
        """One rectangle a block group, by GEOID."""
        west, south, east, north = self.boxes.T
        rings = np.stack(
            [np.stack(corner, axis=-1) for corner in ((west, south), (east, south), (east, north), (west, north), (west, south))], axis=1
        )
        features = [
            {"type": "Feature", "properties": {"GEOID": geoid}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
            for geoid, ring in zip(self.areas.geoid, self.degrees(rings).tolist(), strict=True)
        ]
        return {"type": "FeatureCollection", "name": "synthetic block groups", "synthetic": True, "features": features}


def _cut(which: Ints, land: Floats, box: tuple[float, float, float, float], boxes: Floats) -> None:
    """Cut a box across its longer side into two parts of about equal land, and so on down to one block group each."""
    if which.size == 1:
        boxes[which[0]] = box
        return
    west, south, east, north = box
    passed = np.cumsum(land[which])
    first = int(np.clip(np.searchsorted(passed, passed[-1] / 2.0) + 1, 1, which.size - 1))
    share = float(passed[first - 1] / passed[-1])
    if east - west >= north - south:
        edge = west + share * (east - west)
        halves = ((west, south, edge, north), (edge, south, east, north))
    else:
        edge = south + share * (north - south)
        halves = ((west, south, east, edge), (west, edge, east, north))
    _cut(which[:first], land, halves[0], boxes)
    _cut(which[first:], land, halves[1], boxes)
