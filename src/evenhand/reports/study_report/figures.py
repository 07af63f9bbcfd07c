"""The drawings of a study's report by their place in it, numbered as they are read.

Modelling choice: all drawings pass the gate of the report that they stand in. One that the data do not carry (no boundaries for a map) is left
out, and the numbers of the others close up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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
ROLES: Final = ("restoration", "gap", "requests_map", "composition_map", "reporting", "composition")


@dataclass(frozen=True)
class StudyFigures:
    """Drawings by role, in the order of the report; `not_drawn` says of which maps too little could be shown."""

    charts: Mapping[str, Chart]
    not_drawn: tuple[str, ...] = ()

    @cached_property
    def svg(self) -> Mapping[str, str]:
        """Each drawn once, for the page and for its file."""
        return {role: chart.svg() for role, chart in self.charts.items()}

    def of(self, role: str) -> Chart | None:
        return self.charts.get(role)

    def number(self, role: str) -> int:
        """Its number in the report, from 1."""
        return list(self.charts).index(role) + 1


def study_figures(results: StudyResults, shapes: Mapping[str, BaseGeometry], gate: Gate) -> StudyFigures:
    """Draw everything that the data carry; `shapes` are the areas' polygons in degrees by id, none where there are no boundaries."""
    built, is_synthetic = results.main.built, results.is_synthetic
    curves = study_curves(built, gate)
    made: dict[str, Chart | None] = {
        "restoration": restoration_chart(
            curves, BY_MINORITY, medians={one.group: one.median_hours for one in results.groups.groups}, is_synthetic=is_synthetic
        ),
        "gap": gap_chart(built, curves, is_synthetic=is_synthetic),
        "requests_map": requests_map(built, shapes, gate, is_synthetic=is_synthetic) if shapes else None,
        "composition_map": composition_map(built, shapes, gate, is_synthetic=is_synthetic) if shapes else None,
        "reporting": restoration_chart(curves, BY_PARTICIPATION, is_synthetic=is_synthetic),
        "composition": composition_chart(built, gate, is_synthetic=is_synthetic),
    }
    has_map = not shapes.keys().isdisjoint(built.panel.ids.get(CLUSTER, ()))
    not_drawn = tuple(
        f"{words} is not drawn: fewer than a third of the areas could be shown." for role, words in _MAPS.items() if has_map and made[role] is None
    )
    return StudyFigures({role: chart for role in ROLES if (chart := made.get(role)) is not None}, not_drawn)
