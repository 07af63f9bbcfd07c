"""A synthetic panel of households whose truth is known: drawn anew for a test, never mistaken for a city.

Modelling choice: columns follow the printed means, spreads and ranges of the study of Tallahassee, area columns are constant within a block group,
and everything that is printed nowhere (correlations among columns, how groups differ in size) is an assumption of ours, stated here: area columns
are independent of each other; block groups differ in size like gamma variables of shape 3; a household's minority share is nearly 0 or 1, and how
often it is 1 differs between block groups. Hours are gamma-mixed Poisson (NB2) about a mean that has the given effects and a normal block-group
effect of the given spread; participation is a logit of the given effects, *without* a block-group effect, which would attenuate its slopes.
Intercepts are set so that the mean hours and the share that takes part are the ones asked for.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, tables 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.twin.errors import PanelRecipeUnusable

Floats = NDArray[np.float64]
Exposure = Literal["published", "milder", "even"]

# A count by block group: mean and spread before values above the maximum are drawn again. The first then has the printed mean 5.455 and spread 10.039
# under the printed maximum; the others have the same mean and spreads of 6 and 2.5.
EXPOSURES: Final[Mapping[str, tuple[float, float, float]]] = {
    "published": (7.52, 16.56, 54.0),
    "milder": (5.5, 6.15, 40.0),
    "even": (5.46, 2.52, 20.0),
}
AREA_COLUMNS: Final = ("community_participation", "log_population_density", "median_income", "education", "renter_share")
HOUSEHOLD_COLUMNS: Final = ("minority_share", "house_age", "elderly_share", "college_age_share")
HOURS_EFFECTS: Final[Mapping[str, float]] = {
    "minority_share": 0.103, "participation": -0.069, "minority_share:participation": -0.259, "house_age": 0.011, "median_income": 0.005,
    "log_population_density": -0.023,
}  # fmt: skip
PARTICIPATION_EFFECTS: Final[Mapping[str, float]] = {
    "minority_share": 0.842, "house_age": 0.019, "median_income": -0.063, "log_population_density": -1.962, "education": -2.522,
    "elderly_share": -0.947, "college_age_share": 0.580, "renter_share": 9.813,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PanelRecipe:
    """What to draw. `block_group_spread` is the standard deviation of the block groups' effects on log hours, `alpha` the NB2 dispersion within them;
    `hours_step` is 1 for counts, 0.5 for hours from half-hourly meters. Effects name columns, or two of them with a colon."""

    households: int = 3_515
    block_groups: int = 170
    exposure: Exposure = "published"
    block_group_spread: float = 0.2
    alpha: float = 0.13
    mean_hours: float = 75.134
    share_taking_part: float = 0.146
    hours_step: float = 1.0
    hours_effects: Mapping[str, float] = field(default_factory=lambda: dict(HOURS_EFFECTS))
    participation_effects: Mapping[str, float] = field(default_factory=lambda: dict(PARTICIPATION_EFFECTS))


def synthetic_panel(recipe: PanelRecipe, seed: int) -> dict[str, NDArray[np.generic]]:
    """Draw one panel.

    Parameters
    ----------
    recipe
        What to draw.
    seed
        Two calls with the same recipe and seed give the same values.

    Returns
    -------
    dict of arrays, shape (households,)
        float64: `restoration_hours`, `participation` (0 or 1), the area columns and the household columns (units as in the study: shares from 0 to 1,
        `median_income` in 1,000 USD, `house_age` in years); text: `block_group`, twelve digits. No value is missing.

    Raises
    ------
    PanelRecipeUnusable
        For fewer households than block groups, shares outside 0 to 1, or effects of columns that do not exist.
    """
    _refuse_unusable(recipe)
    rng = np.random.default_rng(seed)
    place = _block_groups(recipe, rng)
    columns: dict[str, Floats] = {name: values[place] for name, values in _area_columns(recipe, rng).items()}
    columns |= _household_columns(recipe, place, rng)
    columns["participation"] = _participation(recipe, columns, rng)
    columns["restoration_hours"] = _hours(recipe, columns, place, rng)
    labels = np.array([f"12073{k:07d}" for k in range(recipe.block_groups)])
    return {**columns, "block_group": labels[place]}


def _refuse_unusable(recipe: PanelRecipe) -> None:
    faults = []
    known = {*AREA_COLUMNS, *HOUSEHOLD_COLUMNS}
    if recipe.households < recipe.block_groups:
        faults.append(f"{recipe.block_groups} block groups need at least as many households, and {recipe.households} came")
    if not 0.0 < recipe.share_taking_part < 1.0:
        faults.append(f"share_taking_part was expected between 0 and 1, and {recipe.share_taking_part:g} came")
    for name, allowed in (("hours_effects", known | {"participation"}), ("participation_effects", known)):
        unknown = sorted({part for term in getattr(recipe, name) for part in term.split(":")} - allowed)
        faults += [f"{name} names {column!r}, which is no column here" for column in unknown]
    if faults:
        raise PanelRecipeUnusable(faults)


def _block_groups(recipe: PanelRecipe, rng: np.random.Generator) -> NDArray[np.int64]:
    """The block group of each household, in order; none is empty."""
    sizes = rng.gamma(3.0, size=recipe.block_groups)
    drawn = rng.choice(recipe.block_groups, recipe.households - recipe.block_groups, p=sizes / sizes.sum())
    return np.sort(np.append(drawn, np.arange(recipe.block_groups)))


def _area_columns(recipe: PanelRecipe, rng: np.random.Generator) -> dict[str, Floats]:
    g = recipe.block_groups
    mean, spread, most = EXPOSURES[recipe.exposure]
    size = mean**2 / (spread**2 - mean)
    exposure = _redrawn(lambda k: rng.negative_binomial(size, size / (size + mean), k).astype(np.float64), g, 0.0, most)
    return {
        "community_participation": exposure,
        "log_population_density": _redrawn(lambda k: rng.normal(7.76, 0.495, k), g, 4.089, 9.674),
        "median_income": _redrawn(lambda k: rng.normal(97.0, 34.5, k), g, 10.307, 134.25),
        "education": _redrawn(lambda k: rng.normal(0.576, 0.129, k), g, 0.0, 0.876),
        "renter_share": _redrawn(lambda k: rng.beta(0.28, 3.96, k), g, 0.0, 0.715),
    }


def _redrawn(draw: Callable[[int], Floats], k: int, least: float, most: float) -> Floats:
    values = draw(k)
    while (outside := (values < least) | (values > most)).any():
        values[outside] = draw(int(outside.sum()))
    return values


def _household_columns(recipe: PanelRecipe, place: NDArray[np.int64], rng: np.random.Generator) -> dict[str, Floats]:
    n = recipe.households
    likely = rng.beta(0.7, 3.4, recipe.block_groups)[place]
    share = np.where(rng.random(n) < 0.12, rng.random(n), (rng.random(n) < likely).astype(np.float64))
    area_age = rng.normal(0.0, 7.0, recipe.block_groups)[place]
    return {
        "minority_share": share,
        "house_age": np.clip(np.rint(36.767 + area_age + rng.normal(0.0, 9.8, n)), 3.0, 121.0),
        "elderly_share": (rng.random(n) < 0.359).astype(np.float64),
        "college_age_share": (rng.random(n) < 0.008).astype(np.float64),
    }


def linear_part(effects: Mapping[str, float], columns: Mapping[str, Floats]) -> Floats:
    """The sum of effects times columns; a term is a column, or two with a colon."""
    total = np.zeros_like(next(iter(columns.values())))
    for term, effect in effects.items():
        product = np.ones_like(total)
        for part in term.split(":"):
            product = product * columns[part]
        total += effect * product
    return total


def _participation(recipe: PanelRecipe, columns: Mapping[str, Floats], rng: np.random.Generator) -> Floats:
    linear = linear_part(recipe.participation_effects, columns)
    low, high = -60.0 - float(linear.max()), 60.0 - float(linear.min())
    for _ in range(80):  # the intercept by halving: the expected share rises with it
        middle = 0.5 * (low + high)
        is_low = float(np.mean(0.5 * (1.0 + np.tanh(0.5 * (linear + middle))))) < recipe.share_taking_part
        low, high = (middle, high) if is_low else (low, middle)
    return (rng.random(linear.size) < 0.5 * (1.0 + np.tanh(0.5 * (linear + low)))).astype(np.float64)


def _hours(recipe: PanelRecipe, columns: Mapping[str, Floats], place: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    area = rng.normal(0.0, recipe.block_group_spread, recipe.block_groups)[place]
    relative = np.exp(linear_part(recipe.hours_effects, columns) + area)
    mean = recipe.mean_hours * relative / relative.mean() / recipe.hours_step
    counts: Floats = rng.poisson(mean * rng.gamma(1.0 / recipe.alpha, recipe.alpha, mean.size)).astype(np.float64)
    return counts * recipe.hours_step
