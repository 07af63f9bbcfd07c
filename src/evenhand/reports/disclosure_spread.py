"""Percentiles in the place of extremes, and bins in the place of points.

Modelling choice: a percentile is told where at least 11 households lie on either side of it, and rounded to a step of about a hundredth of the spread
between the outermost ones, because an order statistic is one household's own value. Bins of a histogram are joined with their smaller neighbour until
each holds enough, and are open at both ends of the scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.reports.disclosure_cells import Bin

Floats = NDArray[np.float64]
PERCENTS: Final = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
_STEPS_OF_SPREAD: Final = 100.0


def percentile_values(values: Floats, percents: Sequence[float], least: int) -> tuple[Mapping[float, float | None], float]:
    """Rounded percentiles by per cent (None where fewer than `least` lie at or beyond), and the step that they were rounded to.

    `values` float64 (n,); what is not finite is left out.
    """
    seen = np.sort(values[np.isfinite(values)])
    told = [percent for percent in percents if min(percent, 100.0 - percent) / 100.0 * seen.size >= max(least, 1)]
    if not told:
        return dict.fromkeys(percents), 0.0
    exact = dict(zip(told, np.percentile(seen, told).tolist(), strict=True))
    step = _nice_step(max(exact.values()) - min(exact.values()), max(abs(one) for one in exact.values()))
    return {percent: _rounded(exact[percent], step, seen, least) if percent in exact else None for percent in percents}, step


def _nice_step(spread: float, size: float) -> float:
    """1, 2 or 5 times a power of ten, near a hundredth of the spread (of the size, where there is no spread)."""
    wanted = (spread or size or 1.0) / _STEPS_OF_SPREAD
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= wanted * (1.0 - 1e-9))


def _rounded(value: float, step: float, seen: Floats, least: int) -> float | None:
    """The nearest step with enough households at or beyond it on either side; None where no step near has."""
    nearest = round(value / step)
    for place in (nearest, nearest + 1, nearest - 1):
        rounded = float(f"{place * step:.12g}")
        below, above = int(seen.searchsorted(rounded, side="right")), seen.size - int(seen.searchsorted(rounded, side="left"))
        if min(below, above) >= least:
            return rounded
    return None


def histogram_bins(values: Floats, edges: Sequence[float], least: int, kept: Sequence[float] = ()) -> list[Bin]:
    """Households between `edges` (ascending), bins joined until each holds `least`; none where all together are fewer.

    What lies outside the edges belongs to the outermost bins, which are open. Bins are joined across an edge that is `kept` only where a side of it
    holds fewer than `least`: then nobody counts by that side elsewhere either.
    """
    seen = values[np.isfinite(values)]
    if seen.size < least:
        return []
    inner = list(edges[1:-1])
    counts = np.bincount(np.searchsorted(inner, seen, side="right"), minlength=len(inner) + 1).tolist()
    while len(counts) > 1 and min(counts) < least:
        _join_smallest(counts, inner, [edge for edge in kept if least <= int((seen < edge).sum()) <= seen.size - least])
    ends: list[float | None] = [None, *inner, None]
    return [Bin(ends[place], ends[place + 1], count) for place, count in enumerate(counts)]


def _join_smallest(counts: list[int], inner: list[float], kept: Sequence[float]) -> None:
    """Join the emptiest bin with the emptier of its neighbours on its own side of what is kept."""
    place = counts.index(min(counts))
    joins = [left for left in (place - 1, place) if 0 <= left < len(inner) and inner[left] not in kept]
    left = min(joins, key=lambda one: counts[one] + counts[one + 1])
    counts[left : left + 2] = [counts[left] + counts[left + 1]]
    del inner[left]


def point_bins(x: Floats, others: Sequence[tuple[str, Floats]], bins: int, least: int, x_name: str) -> list[Bin]:
    """Points in the order of `x`, cut into at most `bins` parts of nearly equal count, each at least `least`; none where all are fewer.

    `low` and `high` lie halfway between neighbouring bins' means, so that no edge is a point.
    """
    order = np.argsort(x, kind="stable")
    parts = min(bins, x.size // max(least, 1))
    if not parts:
        return []
    places = np.array_split(order, parts)
    middles = [float(x[part].mean()) for part in places]
    edges: list[float | None] = [None, *((one + other) / 2.0 for one, other in pairwise(middles)), None]
    return [
        Bin(edges[k], edges[k + 1], int(part.size), {x_name: middles[k], **{name: float(values[part].mean()) for name, values in others}})
        for k, part in enumerate(places)
    ]
