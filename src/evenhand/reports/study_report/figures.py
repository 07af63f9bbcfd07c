"""The drawings of a study's report by their place in it, numbered as they are read.

Modelling choice: all drawings pass the gate of the report that they stand in. One that the data do not carry (no boundaries for a map) is left
out, and the numbers of the others close up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evenhand.reports.charts import Chart
from evenhand.reports.disclosure import Gate
from evenhand.reports.study_report.curves import BY_MINORITY, BY_PARTICIPATION, gap_chart, restoration_chart, study_curves
from evenhand.reports.study_report.distributions import composition_chart
from evenhand.reports.study_report.maps import composition_map, requests_map
from evenhand.studies.five_models import CLUSTER
from evenhand.studies.study_run import StudyResults

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_MAPS: Final = {"requests_map": "A map of the households that reported", "composition_map": "A map of minority households"}


@dataclass(frozen=True)
class StudyFigures:
    """Charts by role, in the order of the report, each drawn once; `not_drawn` says of which maps too little could be shown."""

    charts: Mapping[str, Chart]
    drawings: Mapping[str, Future[str]]
    not_drawn: tuple[str, ...] = ()

    def svg(self, role: str) -> str:
        """The drawing, once it is there."""
        return self.drawings[role].result()

    def of(self, role: str) -> Chart | None:
        return self.charts.get(role)

    def number(self, role: str) -> int:
        """Its number in the report, from 1."""
        return list(self.charts).index(role) + 1


def study_figures(results: StudyResults, shapes: Mapping[str, BaseGeometry], gate: Gate, artist: Executor) -> StudyFigures:
    """Everything that the data carry; `shapes` are the areas' polygons in degrees by id, none where there are no boundaries.

    `artist` draws each as soon as it is laid out.
    """
    charts: dict[str, Chart] = {}
    drawings: dict[str, Future[str]] = {}
    for role, chart in _laid_out(results, shapes, gate):
        if chart is not None:
            charts[role], drawings[role] = chart, artist.submit(chart.svg)
    has_map = not shapes.keys().isdisjoint(results.main.built.panel.ids.get(CLUSTER, ()))
    not_drawn = tuple(
        f"{words} is not drawn: fewer than a third of the areas could be shown." for role, words in _MAPS.items() if has_map and role not in charts
    )
    return StudyFigures(charts, drawings, not_drawn)


def _laid_out(results: StudyResults, shapes: Mapping[str, BaseGeometry], gate: Gate) -> Iterator[tuple[str, Chart | None]]:
    """By role, in the order of the report."""
    built, is_synthetic = results.main.built, results.is_synthetic
    curves = study_curves(built, gate)
    medians = {one.group: one.median_hours for one in results.groups.groups}
    yield "restoration", restoration_chart(curves, BY_MINORITY, medians=medians, is_synthetic=is_synthetic)
    yield "gap", gap_chart(built, curves, is_synthetic=is_synthetic)
    if shapes:
        yield "requests_map", requests_map(built, shapes, gate, is_synthetic=is_synthetic)
        yield "composition_map", composition_map(built, shapes, gate, is_synthetic=is_synthetic)
    yield "reporting", restoration_chart(curves, BY_PARTICIPATION, is_synthetic=is_synthetic)
    yield "composition", composition_chart(built, gate, is_synthetic=is_synthetic)
