"""The same question by other models: in another unit, log-normal, and with reporting as something that begins.

Modelling choice: NB2 is a model of counts and answers otherwise in half-hours than in days; a coefficient that moves with the unit rests on the model
more than on the city. The log-normal does not know a unit and takes households that are still out as censored. Where the panel says when each
household reported, the person-period model frees the effect of reporting from the hours that a reporter had to wait to become one. Its ratio is one
of hazards: below 1 is a longer wait. All of these are associations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import DesignUnusable, SurvivalArraysUnusable
from evenhand.equity.panel_faults import STILL_OUT
from evenhand.equity.panel_reading import Panel
from evenhand.equity.person_period import fit_person_period
from evenhand.equity.survival_fits import SurvivalFit
from evenhand.equity.survival_hours import Setting, StandardisedHours, person_period_hours
from evenhand.equity.survival_lognormal import fit_lognormal
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS, HOUSES, StudyFits, fit_model, wanted_conventions
from evenhand.studies.group_facts import told_horizon

Floats = NDArray[np.float64]
_MODEL: Final = FIVE_MODELS[2]
_UNITS: Final = {"half-hours": 2.0, "days": 1.0 / 24.0}


@dataclass(frozen=True, slots=True)
class OtherModel:
    """Ratios with 95 % intervals by term; empty, with `why`, where the panel cannot carry the model. `left_out` says whom it cannot hold."""

    name: str
    ratio_name: str
    errors: str
    n: int
    n_still_out: int
    ratios: Mapping[str, tuple[float, float, float]]
    why: str = ""
    hours: tuple[StandardisedHours, ...] = ()
    left_out: str = ""
    converged: bool = True
    warnings: tuple[str, ...] = ()


def other_models(panel: Panel, study: StudyFits) -> tuple[OtherModel, ...]:
    """Model 3's terms in other units and families; the person-period model only where the panel has `reported_hours`."""
    found = [_in_unit(panel, study, unit, factor) for unit, factor in _UNITS.items()]
    found.append(_or_why(_lognormal, "log-normal", "time ratio", panel, study))
    if "reported_hours" in panel.numbers and not np.isnan(panel.numbers["reported_hours"]).all():
        found.append(_or_why(_person_period, "person-period", "hazard ratio", panel, study))
    return tuple(found)


def _in_unit(panel: Panel, study: StudyFits, unit: str, factor: float) -> OtherModel:
    errors = study.errors[0]
    scaled = replace(panel, numbers={**panel.numbers, _MODEL.outcome: panel.numbers[_MODEL.outcome] * factor})
    try:
        fit = fit_model(scaled, _MODEL, errors=wanted_conventions([errors]), is_weighted=study.is_weighted)
    except DesignUnusable as error:
        return OtherModel(f"NB2 in {unit}", "ratio of means", errors, 0, 0, {}, error.message)
    ratios = {term.term: term.ratio for term in fit.terms(errors)}
    return OtherModel(f"NB2 in {unit}", "ratio of means", errors, fit.n, 0, ratios, converged=fit.converged)  # its warnings are those of model 3


def _or_why(make: Callable[[Panel, StudyFits], OtherModel], name: str, ratio_name: str, panel: Panel, study: StudyFits) -> OtherModel:
    try:
        return make(panel, study)
    except SurvivalArraysUnusable as error:
        return OtherModel(name, ratio_name, "", 0, 0, {}, error.message)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Households that miss nothing of what a survival model needs."""

    hours: Floats
    restored: NDArray[np.bool_]
    design: Floats
    clusters: NDArray[np.str_] | None
    weights: Floats | None
    reported: Floats

    @classmethod
    def of(cls, panel: Panel, study: StudyFits, terms: tuple[str, ...]) -> _Rows:
        design = np.column_stack([np.prod([panel.numbers[column] for column in term.split(":")], axis=0) for term in terms])
        hours = panel.numbers[_MODEL.outcome]
        kept = np.isfinite(design).all(axis=1) & np.isfinite(hours)
        still_out = panel.ids["status"] == STILL_OUT if "status" in panel.ids else np.zeros(panel.n, dtype=np.bool_)
        return cls(
            hours[kept],
            ~np.asarray(still_out, dtype=np.bool_)[kept],
            design[kept],
            panel.ids[CLUSTER][kept].astype(str) if CLUSTER in panel.ids else None,
            panel.numbers["weight"][kept] if study.is_weighted else None,
            panel.numbers["reported_hours"][kept] if "reported_hours" in panel.numbers else np.full(int(kept.sum()), np.nan),
        )


def _lognormal(panel: Panel, study: StudyFits) -> OtherModel:
    rows = _Rows.of(panel, study, _MODEL.terms)
    fit = fit_lognormal(rows.hours, rows.restored, rows.design, _MODEL.terms, clusters=rows.clusters, weights=rows.weights)
    return _of_survival("log-normal", fit)


def _person_period(panel: Panel, study: StudyFits) -> OtherModel:
    terms = ("minority_share", *HOUSES)
    rows = _Rows.of(panel, study, terms)
    fit = fit_person_period(
        rows.hours, rows.restored, rows.reported, rows.design, terms, exposed_with=["minority_share"], clusters=rows.clusters, weights=rows.weights
    )
    horizon = told_horizon(rows.hours, float(fit.block_ends[-1]) * fit.period_hours)
    by_share = [np.column_stack([np.full(rows.hours.size, share), rows.design[:, 1:]]) for share in (1.0, 0.0)]
    settings = (
        (Setting("minority, reports as they were", by_share[0], rows.reported), Setting("others, reports as they were", by_share[1], rows.reported)),
        (Setting("reports as they were", rows.design, rows.reported), Setting("nobody reports", rows.design)),
    )
    hours = tuple(person_period_hours(fit, one, two, horizon_hours=horizon, weights=rows.weights) for one, two in settings)
    return replace(_of_survival("person-period", fit.coefficients), hours=hours)


def _of_survival(name: str, fit: SurvivalFit) -> OtherModel:
    ratios = {row.term: (row.ratio, row.ratio_low, row.ratio_high) for row in fit.tidy() if row.term != "log_sigma"}
    left_out = "; ".join(reason for _, reason, _ in fit.dropped)
    still_out = fit.n - fit.n_restored
    return OtherModel(
        name, fit.ratio_name, fit.default_errors, fit.n, still_out, ratios, left_out=left_out, converged=fit.converged, warnings=fit.warnings
    )
