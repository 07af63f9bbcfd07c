"""Maps of a study: who reported and who lives where, by area, as they may be published.

Modelling choice: an area is colored by a share in classes, never by a count, and only where at least 11 households are of the one kind and at least
11 of the other; otherwise it is hatched, and so is another one where the city's totals would tell the first. Where most block groups would be hatched
the map is drawn by census tract. Both maps and the tables of the same report pass the gate as one population. Colors run from light to dark, so that
they keep their order in grey; hatching is drawn as lines.

Coordinates are drawn as they are, longitudes shortened by the cosine of the city's latitude: nothing is fetched, there is no base map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, mapping
from shapely.geometry.base import BaseGeometry

from evenhand.reports.charts import WIDTH, Chart, lay_out
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_suppression import Key, Sum
from evenhand.reports.look import GREY, INK, PAPER
from evenhand.reports.study_report.row_counts import POPULATION
from evenhand.studies.five_models import CLUSTER
from evenhand.studies.group_facts import EVERYBODY, MINORITY, OTHERS, in_minority
from evenhand.studies.results import BuiltPanel

Bools = NDArray[np.bool_]
_TRACT_DIGITS, _BLOCK_GROUP_DIGITS = 11, 12
_MOST_HEIGHT: Final = 520
_HATCH_POINTS: Final = 7.0
_SIMPLER_POINTS: Final = 0.4
_SHADES: Final = ("#dfe9f1", "#abc8dd", "#6ba0c4", "#2b74a4", "#003f66")
_COMPOSITION_BREAKS: Final = (0.1, 0.25, 0.5, 0.75)
_LEGEND_POINTS: Final = 36
# A map that is hatched nearly everywhere says nothing.
LEAST_SHOWN: Final = 1 / 3


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a map divides households by: the two halves by their keys in the population's counts, and words."""

    has: tuple[str, str]
    has_not: tuple[str, str]
    title: str
    legend: str


_REPORTED: Final = _Kind((EVERYBODY, "reported"), (EVERYBODY, "unheard"), "Households that reported in the window", "that reported in the window")
_MINORITY: Final = _Kind(
    (MINORITY, "households"), (OTHERS, "households"), "Minority households", "of which at least half the members are of a minority"
)


def composition_map(built: BuiltPanel, shapes: Mapping[str, BaseGeometry], gate: Gate, *, is_synthetic: bool = False) -> Chart | None:
    """Share of minority households by area.

    Parameters
    ----------
    built
        The households; those without hours or without a minority share are not in it.
    shapes
        Polygons in degrees (longitude, latitude) by the id of the block group. Block groups without a shape are said, not drawn.
    gate
        What the counts behind the colors pass. Give the same one to all parts of a report.
    is_synthetic
        True writes so onto the map.

    Returns
    -------
    Chart or None
        None where no block group of the panel has a shape, or fewer than a third of the areas may be shown.
    """
    return _map(built, shapes, gate, kind=_MINORITY, has=in_minority(built.panel), breaks=_COMPOSITION_BREAKS, is_synthetic=is_synthetic)


def requests_map(built: BuiltPanel, shapes: Mapping[str, BaseGeometry], gate: Gate, *, is_synthetic: bool = False) -> Chart | None:
    """Share of households that reported in the window, by area. Parameters and return as in `composition_map`."""
    reported = built.panel.numbers["participation"] > 0
    return _map(built, shapes, gate, kind=_REPORTED, has=reported, breaks=None, is_synthetic=is_synthetic)


@dataclass(frozen=True, slots=True, eq=False)
class _Areas:
    """Counts by area at one level; `of_block_group` says which area each block group lies in."""

    level: str
    codes: list[str]
    has: NDArray[np.int64]
    has_not: NDArray[np.int64]
    of_block_group: Mapping[str, str]


def _map(
    built: BuiltPanel,
    shapes: Mapping[str, BaseGeometry],
    gate: Gate,
    *,
    kind: _Kind,
    has: Bools,
    breaks: Sequence[float] | None,
    is_synthetic: bool,
) -> Chart | None:
    panel = built.panel
    known = np.isfinite(panel.numbers["restoration_hours"]) & np.isfinite(panel.numbers["minority_share"])
    block_groups = panel.ids[CLUSTER][known].astype(str)
    areas = _level(block_groups, has[known], gate)
    pieces = _pieces(shapes, areas)
    if not pieces:
        return None
    shares = _shares(areas, kind, gate, _block_group_counts(block_groups))
    shown = [share for code in pieces if (share := shares[code]) is not None]
    if len(shown) < LEAST_SHOWN * len(pieces):
        return None
    classes = _Classes.of(breaks if breaks and len(shown) > len(breaks) else _even_breaks(shown))
    drawing = _Drawing.of(pieces)
    layers = [*_area_layers(drawing, shares, classes), *_legend(drawing, classes)]
    overall = f"{kind.title}, by {areas.level}"
    view = {"layer": layers, "height": drawing.height + _LEGEND_POINTS, "projection": {"type": "identity", "scale": 1, "translate": [0, 0]}}
    words = _words(areas, {code: shares[code] for code in pieces}, classes, kind, gate)
    hidden = any(shares[code] is None for code in pieces)
    said = [f"Share of an area's households {kind.legend}.{' Hatched: withheld, because too few households would be told of.' if hidden else ''}"]
    return lay_out([view], title=overall, subtitle=[*said, *([gate.note] if gate.note else [])], words=words, is_synthetic=is_synthetic)


def _level(block_groups: NDArray[Any], has: Bools, gate: Gate) -> _Areas:
    """By block group; by tract where most block groups could not be shown and their ids say which tract they lie in."""
    names = sorted(set(block_groups.tolist()))
    fine = _counted("block group", {name: name for name in names}, block_groups, has)
    enough = np.minimum(fine.has, fine.has_not) >= gate.least
    if gate.is_internal or 2 * int(enough.sum()) >= enough.size or any(len(name) != _BLOCK_GROUP_DIGITS or not name.isdigit() for name in names):
        return fine
    return _counted("census tract", {name: name[:_TRACT_DIGITS] for name in names}, block_groups, has)


def _counted(level: str, of_block_group: Mapping[str, str], block_groups: NDArray[Any], has: Bools) -> _Areas:
    codes = sorted(set(of_block_group.values()))
    place = {code: index for index, code in enumerate(codes)}
    where = np.array([place[of_block_group[name]] for name in block_groups], dtype=np.int64)
    yes = np.bincount(where[has], minlength=len(codes))
    return _Areas(level, codes, yes, np.bincount(where, minlength=len(codes)) - yes, of_block_group)


def _block_group_counts(block_groups: NDArray[Any]) -> dict[str, int]:
    names, counts = np.unique(block_groups, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _shares(areas: _Areas, kind: _Kind, gate: Gate, block_groups: Mapping[str, int]) -> dict[str, float | None]:
    """By area, the share that passes the gate; None where it does not."""
    counts: dict[Key, int] = {}
    sums: list[Sum] = []
    hide: list[Key] = []
    for code, yes, no in zip(areas.codes, areas.has.tolist(), areas.has_not.tolist(), strict=True):
        parts = _keys(code, kind)
        counts |= {parts[0]: yes, parts[1]: no, _all(code): yes + no}
        sums.append(Sum(_all(code), parts))
        hide += parts if min(yes, no) < gate.least else ()
    for total, place in ((kind.has, 0), (kind.has_not, 1)):
        counts[total] = int((areas.has, areas.has_not)[place].sum())
        sums.append(Sum(total, tuple(_keys(code, kind)[place] for code in areas.codes)))
    if areas.level != "block group":
        counts |= {_all(name): n for name, n in block_groups.items()}
        hide += [_all(name) for name in block_groups]
        sums += [Sum(_all(code), tuple(_all(one) for one, at in areas.of_block_group.items() if at == code)) for code in areas.codes]
    told = [total for total in (kind.has, kind.has_not) if counts[total] >= gate.least]
    cells = gate.linked(counts, sums, name=f"Map: {kind.title.lower()}", population=POPULATION, told=told, hide=hide)
    shown = {code: [cells[key] for key in _keys(code, kind)] for code in areas.codes}
    return {
        code: None if any(cell.is_withheld for cell in pair) else (pair[0].value or 0.0) / max(sum(cell.value or 0.0 for cell in pair), 1.0)
        for code, pair in shown.items()
    }


def _keys(code: str, kind: _Kind) -> tuple[Key, Key]:
    return ("area", code, *kind.has), ("area", code, *kind.has_not)


def _all(code: str) -> Key:
    return ("area", code, EVERYBODY, "households")


def _pieces(shapes: Mapping[str, BaseGeometry], areas: _Areas) -> dict[str, BaseGeometry]:
    """The shape of each area that has one: of a tract, all its block groups that are known."""
    parts: dict[str, list[BaseGeometry]] = {}
    for name, code in areas.of_block_group.items():
        if name in shapes:
            parts.setdefault(code, []).append(shapes[name])
    return {code: found[0] if len(found) == 1 else shapely.union_all(found) for code, found in sorted(parts.items())}


def _even_breaks(shares: Sequence[float]) -> tuple[float, ...]:
    """Round breaks near the fifths of the shown shares; no more classes than shares, fewer where breaks fall together."""
    wanted = max(*shares, 0.001) / 20.0
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= wanted * (1 - 1e-9))
    classes = max(2, min(len(_SHADES), len(shares)))
    fifths = np.quantile(shares, np.arange(1, classes) / classes)
    return tuple(float(f"{step * one:.6g}") for one in sorted({max(1, round(float(fifth) / step)) for fifth in fifths}))


@dataclass(frozen=True, slots=True)
class _Classes:
    """Classes of a share, from light to dark: `breaks` between them, `labels` in per cent, `shades` as far apart as their number allows."""

    breaks: tuple[float, ...]
    labels: tuple[str, ...]
    shades: tuple[str, ...]

    @classmethod
    def of(cls, breaks: Sequence[float]) -> _Classes:
        ends = [f"{100 * one:g}" for one in breaks]
        middle = [f"{low}–{high}\u00a0%" for low, high in pairwise(ends)]
        places = np.linspace(0, len(_SHADES) - 1, len(ends) + 1).round().astype(int)
        return cls(tuple(breaks), (f"under {ends[0]}\u00a0%", *middle, f"{ends[-1]}\u00a0% or more"), tuple(_SHADES[place] for place in places))

    def place(self, share: float) -> int:
        return int(np.searchsorted(self.breaks, share, side="right"))


@dataclass(frozen=True, slots=True, eq=False)
class _Drawing:
    """Shapes in points of the drawing, from its upper left."""

    pieces: Mapping[str, BaseGeometry]
    width: float
    height: float

    @classmethod
    def of(cls, pieces: Mapping[str, BaseGeometry]) -> _Drawing:
        west, south, east, north = shapely.total_bounds(list(pieces.values())).tolist()
        shrink = math.cos(math.radians((south + north) / 2.0))
        scale = min(WIDTH / max((east - west) * shrink, 1e-9), _MOST_HEIGHT / max(north - south, 1e-9))

        def drawn(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack([(xy[:, 0] - west) * shrink * scale, (north - xy[:, 1]) * scale])

        flat = [shapely.transform(shape, drawn) for shape in pieces.values()]
        simpler = [shapely.set_precision(one.simplify(_SIMPLER_POINTS), 0.1) for one in flat]
        return cls(dict(zip(pieces, simpler, strict=True)), (east - west) * shrink * scale, (north - south) * scale)


def _area_layers(drawing: _Drawing, shares: Mapping[str, float | None], classes: _Classes) -> list[dict[str, Any]]:
    layers = []
    for place, shade in enumerate(classes.shades):
        chosen = [
            drawing.pieces[code] for code, share in shares.items() if share is not None and code in drawing.pieces and classes.place(share) == place
        ]
        layers += [_shape_layer(chosen, fill=shade, stroke=PAPER)] if chosen else []
    hidden = [drawing.pieces[code] for code, share in shares.items() if share is None and code in drawing.pieces]
    if hidden:
        layers.append(_shape_layer(hidden, fill=PAPER, stroke=GREY))
        layers.append(_shape_layer([_hatched(one) for one in hidden], fill=None, stroke=GREY))
    return layers


def _shape_layer(shapes: Sequence[BaseGeometry], *, fill: str | None, stroke: str) -> dict[str, Any]:
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(shape)} for shape in shapes if not shape.is_empty]
    look = {"filled": False} if fill is None else {"fill": fill}
    return {"data": {"values": features}, "mark": {"type": "geoshape", **look, "stroke": stroke, "strokeWidth": 0.7}}


def _hatched(shape: BaseGeometry) -> BaseGeometry:
    """Lines from lower left to upper right, as far as they lie in the shape."""
    left, top, right, bottom = shape.bounds
    reach = bottom - top
    starts = np.arange(math.floor((left + top) / _HATCH_POINTS) * _HATCH_POINTS, right + bottom, _HATCH_POINTS)
    lines = [LineString([(start - top, top), (start - top - reach, bottom)]) for start in starts]
    crossed = shapely.get_parts(shapely.intersection(shape, shapely.multilinestrings(lines)))
    return shapely.set_precision(shapely.multilinestrings([one for one in crossed if one.geom_type == "LineString"]), 0.1)


def _legend(drawing: _Drawing, classes: _Classes) -> list[dict[str, Any]]:
    """Swatches under the map, the hatched one last."""
    step, top = WIDTH / (len(_SHADES) + 1), drawing.height + 18
    layers: list[dict[str, Any]] = []
    for place, (label, shade) in enumerate(zip((*classes.labels, "withheld"), (*classes.shades, PAPER), strict=True)):
        box = shapely.box(place * step, top, place * step + 18, top + 14)
        layers.append(_shape_layer([box], fill=shade, stroke=GREY))
        if shade == PAPER:
            layers.append(_shape_layer([_hatched(box)], fill=None, stroke=GREY))
        layers.append(_text(place * step + 23, top + 7, label, INK))
    return layers


def _text(x: float, y: float, words: str, color: str) -> dict[str, Any]:
    mark = {"type": "text", "align": "left", "baseline": "middle", "fontSize": 12, "color": color, "text": words}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": {"x": {"value": round(x, 1)}, "y": {"value": round(y, 1)}}}


def _words(areas: _Areas, drawn: Mapping[str, float | None], classes: _Classes, kind: _Kind, gate: Gate) -> list[str]:
    hidden = sum(share is None for share in drawn.values())
    places = [classes.place(share) for share in drawn.values() if share is not None]
    told = ", ".join(f"{label}: {places.count(place):,}" for place, label in enumerate(classes.labels) if places.count(place))
    words = [f"Share of an area's households {kind.legend}; {areas.level}s by class: {told}."]
    if hidden:
        words.append(
            f"Hatched: {hidden:,} of {len(drawn):,} {areas.level}s, where fewer than {gate.least} households are of one kind or the other, "
            "or from which such a one could be worked out."
        )
    if gone := len(areas.codes) - len(drawn):
        words.append(f"Without a shape among the boundaries, and not drawn: {gone:,} {areas.level}s.")
    return words
