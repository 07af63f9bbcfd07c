"""Whom the city hears and how it serves them: estimators over arrays, without web, database or network.

What a notebook needs stands here by its own name (`evenhand.equity.fit`) and is imported when it is first asked for, so that a web page that wants
one small module does not pay for compilers and formula parsers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit as Fit
    from evenhand.equity.fits import PseudoR2 as PseudoR2
    from evenhand.equity.fitting import fit as fit
    from evenhand.equity.fitting import fit_arrays as fit_arrays
    from evenhand.equity.kaplan_meier import restricted_mean as restricted_mean
    from evenhand.equity.kaplan_meier import restricted_mean_gap as restricted_mean_gap
    from evenhand.equity.kaplan_meier import survival_by_group as survival_by_group
    from evenhand.equity.kaplan_meier import survival_curve as survival_curve
    from evenhand.equity.model_tables import compare as compare
    from evenhand.equity.panel_reading import Panel as Panel
    from evenhand.equity.panel_reading import panel_of as panel_of
    from evenhand.equity.panel_reading import read_panel as read_panel
    from evenhand.equity.person_period import fit_person_period as fit_person_period
    from evenhand.equity.standardised_gaps import StandardisedGap as StandardisedGap
    from evenhand.equity.standardised_gaps import bootstrapped_gap as bootstrapped_gap
    from evenhand.equity.standardised_gaps import standardised_gap as standardised_gap
    from evenhand.equity.survival_cox import fit_cox as fit_cox
    from evenhand.equity.survival_hours import Setting as Setting
    from evenhand.equity.survival_hours import lognormal_hours as lognormal_hours
    from evenhand.equity.survival_hours import person_period_hours as person_period_hours
    from evenhand.equity.survival_lognormal import fit_lognormal as fit_lognormal
    from evenhand.equity.verdicts import judge as judge
    from evenhand.equity.verdicts import verdict as verdict

_PUBLIC = {
    "Fit": "fits",
    "Panel": "panel_reading",
    "PseudoR2": "fits",
    "Setting": "survival_hours",
    "StandardisedGap": "standardised_gaps",
    "bootstrapped_gap": "standardised_gaps",
    "compare": "model_tables",
    "fit": "fitting",
    "fit_arrays": "fitting",
    "fit_cox": "survival_cox",
    "fit_lognormal": "survival_lognormal",
    "fit_person_period": "person_period",
    "judge": "verdicts",
    "lognormal_hours": "survival_hours",
    "panel_of": "panel_reading",
    "person_period_hours": "survival_hours",
    "read_panel": "panel_reading",
    "restricted_mean": "kaplan_meier",
    "restricted_mean_gap": "kaplan_meier",
    "standardised_gap": "standardised_gaps",
    "survival_by_group": "kaplan_meier",
    "survival_curve": "kaplan_meier",
    "verdict": "verdicts",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
