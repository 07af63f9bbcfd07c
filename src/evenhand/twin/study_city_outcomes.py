"""Who reports and who waits how long in a synthetic study city: the study's printed effects, at work in a whole population.

Modelling choice: reporting in the window is a logit of the printed effects. Its constant is the printed one less the log of the sampling odds,
because the printed one belongs to a sample that held three quarters of the reporters and a twenty-sixth of the others; all block groups are made a
little denser or sparser, so that with it the printed share of the population reports. Hours are NB2 about a mean with the printed effects and an
effect of the block group; the constant is such that a sample drawn the authors' way has the printed mean. Counts of hours become moments by up to
half an hour either way. Printed nowhere: homes on one transformer have gamma mixtures alike (their normal scores correlate by a half), so they come
back at similar times, each by itself; transformers keep their power together, but nobody who reports was never out; the hours of those who went dark
are longer by just what those zeros take from the mean. A few homes stay dark for weeks, whatever their columns say. Repairs that would end in the
last hours of the metered weeks end after them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaincinv, ndtr, pdtrik

from evenhand.twin.panel import linear_part
from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_grid import feeder_of, transformer_of
from evenhand.twin.readings_window import Window
from evenhand.twin.study_city_areas import StudyAreas
from evenhand.twin.study_city_homes import StudyHomes
from evenhand.twin.study_city_recipe import (
    POPULATION_CONSTANT,
    REPORTING_SHARE,
    SAMPLED_OTHERS,
    SAMPLED_REPORTERS,
    StudyCityRecipe,
)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# hours after the event began → share of the homes that go dark which are dark by then
DARK_BY = ((0.0, 0.0), (3.0, 0.25), (6.0, 0.60), (9.0, 0.85), (12.0, 0.95), (17.0, 1.0))
ON_ONE_FEEDER, ON_ONE_TRANSFORMER = 0.4, 0.5  # correlations of normal scores: of going dark, of coming back
MOST_SHIFT = 0.3  # of log density
SHORTEST_HOURS = 1.0
UNSEEN_HOURS, MENDED_LATER_HOURS = 6.0, 12.0  # before the metered weeks end, no repair does; by so much it is later
WEEKS_DARK_HOURS = (24.0, 600.0)  # after the metered weeks, for homes that stay dark


@dataclass(frozen=True, slots=True)
class Reporting:
    """Who reported in the window, and the truth behind it; arrays of shape (n,)."""

    takes_part: Bools
    chance: Floats
    constant: float
    community: Floats  # reporting households of the block group


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who was dark, from when and how long; arrays of shape (n,), NaN for a home never out."""

    dark_hours: Floats  # after the event began
    hours: Floats  # also what lies after the metered weeks; 0 for a home never out
    dark_from: Floats  # intervals from the window's start
    dark_until: Floats  # … infinite where the metered weeks end before
    is_out: Bools
    area_effect: Floats  # on log hours
    constant: float


def study_reporting(recipe: StudyCityRecipe, areas: StudyAreas, homes: StudyHomes) -> tuple[StudyAreas, Reporting]:
    """Draw who reports in the window; the block groups come back with the density that it needs."""
    effects, place = recipe.participation_effects, areas.place
    steep = effects.get("log_population_density", 0.0)
    if steep:
        linear = linear_part(effects, areas.columns() | homes.columns)
        shift = (_constant_for(linear, REPORTING_SHARE) - POPULATION_CONSTANT) / steep
        areas = areas.shifted(float(np.clip(shift, -MOST_SHIFT, MOST_SHIFT)))
    linear = linear_part(effects, areas.columns() | homes.columns)
    constant = _constant_for(linear, recipe.reporting_share)
    chance = expit(linear + constant)
    takes_part = Chance(recipe.seed).uniform("study, takes part", homes.number) < chance
    community = np.bincount(place, weights=takes_part, minlength=areas.homes.size)[place]
    return areas, Reporting(takes_part, chance, constant, community.astype(np.float64))


def _constant_for(linear: Floats, share: float) -> float:
    """The constant with which this share takes part, by halving: the expected share rises with it."""
    low, high = -60.0 - float(linear.max()), 60.0 - float(linear.min())
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if float(expit(linear + middle).mean()) < share else (low, middle)
    return low


def study_waiting(recipe: StudyCityRecipe, homes: StudyHomes, columns: Mapping[str, Floats], reporting: Reporting, window: Window) -> Waiting:
    """Draw when each home was dark; `columns` are all of the panel's but the hours."""
    chance, number = Chance(recipe.seed), homes.number
    area_effect = recipe.block_group_spread * chance.normal("study, block group", np.arange(homes.place[-1] + 1))[homes.place]
    relative = np.exp(linear_part(recipe.hours_effects, columns) + area_effect)
    factor = recipe.mean_hours / float(np.average(relative, weights=_sampled_as_published(reporting.takes_part)))
    keeps_power = ~reporting.takes_part & chance.happens("study, never out", transformer_of(number), recipe.never_out)
    zeros_taken = np.where(reporting.takes_part, 1.0, 1.0 / (1.0 - recipe.never_out))
    hours = _negative_binomial(chance, number, factor * relative * zeros_taken, recipe.alpha) + chance.between("study, minutes", number, -0.5, 0.5)
    waiting = Waiting(
        dark_hours=np.where(keeps_power, np.nan, _goes_dark(chance, number)),
        hours=np.where(keeps_power, 0.0, np.maximum(hours, SHORTEST_HOURS)),
        dark_from=np.full(number.size, np.nan),
        dark_until=np.full(number.size, np.nan),
        is_out=~keeps_power,
        area_effect=area_effect,
        constant=float(np.log(factor)),
    )
    stays_dark = waiting.is_out & chance.happens("study, still out", number, recipe.still_out)
    return _within(window, waiting, stays_dark, chance.between("study, weeks dark", number, *WEEKS_DARK_HOURS))


def _sampled_as_published(takes_part: Bools) -> Floats:
    """Weights that make of the city a sample as the authors drew theirs: 515 reporters beside 3,000 others."""
    reporters = int(takes_part.sum())
    return np.where(takes_part, SAMPLED_REPORTERS / max(reporters, 1), SAMPLED_OTHERS / max(takes_part.size - reporters, 1))


def _negative_binomial(chance: Chance, number: NDArray[np.int64], mean: Floats, alpha: float) -> Floats:
    score = np.sqrt(ON_ONE_TRANSFORMER) * chance.normal("study, comes back, transformer", transformer_of(number))
    score += np.sqrt(1.0 - ON_ONE_TRANSFORMER) * chance.normal("study, comes back", number)
    mixed = mean * alpha * gammaincinv(1.0 / alpha, ndtr(score))
    counts = np.ceil(pdtrik(chance.uniform("study, hours", number), np.maximum(mixed, 1e-6)))
    return np.asarray(np.maximum(counts, 0.0), dtype=np.float64)


def _goes_dark(chance: Chance, number: NDArray[np.int64]) -> Floats:
    score = np.sqrt(ON_ONE_FEEDER) * chance.normal("study, dark, feeder", feeder_of(number))
    score += np.sqrt(1.0 - ON_ONE_FEEDER) * chance.normal("study, dark, transformer", transformer_of(number))
    hours, shares = zip(*DARK_BY, strict=True)
    return np.asarray(np.interp(ndtr(score), shares, hours))


def _within(window: Window, waiting: Waiting, stays_dark: Bools, weeks_dark: Floats) -> Waiting:
    """To the second, as intervals, as far as the metered weeks go."""
    dark_from = window.storm_slot + window.slots_of_hours(waiting.dark_hours)
    left_hours = (window.slots - dark_from) * window.interval_hours
    hours = np.where(stays_dark, left_hours + weeks_dark, np.rint(waiting.hours * 3600.0) / 3600.0)
    just_unseen = waiting.is_out & (hours > left_hours - UNSEEN_HOURS) & (hours <= left_hours)
    hours = np.where(just_unseen, hours + MENDED_LATER_HOURS, hours)
    ends = dark_from + window.slots_of_hours(hours)
    until = np.where(waiting.is_out, np.where(hours > left_hours, np.inf, ends), np.nan)
    return replace(waiting, hours=hours, dark_from=dark_from, dark_until=until)
