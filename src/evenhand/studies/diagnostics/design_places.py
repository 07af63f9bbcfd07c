"""Are block groups independent of their neighbours? Moran's I of the residuals, and what wider clusters do to the intervals.

Modelling choice: residuals are Pearson's, and their mean by block group is what is compared, at the middle of its households. Errors by block group
take block groups as independent; a feeder does not know their borders. Where neighbours are alike, the intervals are too narrow, and by how much is
shown: the same fits with clusters of census tracts (the first 11 digits of a 12-digit code), by one step of cr3, beside clusters of block groups, as
the study has them; a study whose errors know no clusters has one step of cr3 for both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.conventions import CLUSTERED
from evenhand.equity.fits import Fit
from evenhand.equity.spatial import NEAREST, MoransI, morans_i, nearest_neighbours
from evenhand.studies.diagnostics.design_refits import Floats, Movement, Refits, listed, moves_of, numbers_of, untestable
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS
from evenhand.studies.hypotheses import STAND_IN
from evenhand.studies.results import BuiltPanel, Diagnostic, Standing

DRAWS: Final = 999
THOROUGH_DRAWS: Final = 9_999
LEAST_AREAS: Final = 12
LEVEL: Final = 0.05
_FOLLOWED: Final = ("H1", "H2b", "H3b", "service rule", "fair service rule")
_TITLE: Final = "Neighbouring block groups: Moran's I of the residuals"
_TESTED: Final = f"Mean Pearson residual of each block group beside those of its {NEAREST} nearest, by the middle of their households"


def spatial_residuals(built: BuiltPanel, refits: Refits, *, thorough: bool = False, seed: int = 8311) -> Diagnostic:
    """Moran's I of each model's residuals by block group."""
    places = _centres(built, refits)
    if isinstance(places, str):
        return untestable("morans_i", _TITLE, _TESTED, places, "Give the households latitude and longitude.")
    lat, long = places
    placed = np.isfinite(lat)
    if int(placed.sum()) < LEAST_AREAS:
        why = f"{int(placed.sum())} block groups have places, and at least {LEAST_AREAS} are needed"
        return untestable("morans_i", _TITLE, _TESTED, why)
    near = nearest_neighbours(lat[placed], long[placed])
    found: dict[str, MoransI] = {}
    for model in FIVE_MODELS:
        means = _mean_residuals(refits, refits.study.fits[model.number], lat.size)[placed]
        if np.isfinite(means).all() and np.ptp(means) > 0.0:
            found[model.number] = morans_i(means, near, draws=THOROUGH_DRAWS if thorough else DRAWS, seed=seed)
    if "3" not in found:
        return untestable("morans_i", _TITLE, _TESTED, "some block group has places but no household in model 3")
    return _of_morans(found, _by_tract(built, refits))


def _centres(built: BuiltPanel, refits: Refits) -> tuple[Floats, Floats] | str:
    """Mean latitude and longitude of each block group's households, NaN for one without; or why there are none."""
    if not refits.has_clusters:
        return "the panel has no block groups, or one only"
    if not {"lat", "long"} <= set(built.table.column_names):
        return "the households have no places"
    lat, long = (numbers_of(built.table.column(name)) for name in ("lat", "long"))
    known = np.isfinite(lat) & np.isfinite(long)
    if not known.any():
        return "the households have no places"
    place = refits.panel.ids[CLUSTER]
    n = int(place.max()) + 1
    counts = np.bincount(place[known], minlength=n).astype(np.float64)
    counts[counts == 0.0] = np.nan
    return np.bincount(place[known], weights=lat[known], minlength=n) / counts, np.bincount(place[known], weights=long[known], minlength=n) / counts


def _mean_residuals(refits: Refits, fit: Fit, n: int) -> Floats:
    """Mean Pearson residual of each block group; NaN for one that is not in the model."""
    pearson = fit.augment().column("pearson").to_numpy()
    place = refits.panel.ids[CLUSTER][fit.design.rows]
    counts = np.bincount(place, minlength=n).astype(np.float64)
    counts[counts == 0.0] = np.nan
    return np.asarray(np.bincount(place, weights=pearson, minlength=n) / counts)


def _by_tract(built: BuiltPanel, refits: Refits) -> list[Movement]:
    """The hypotheses with errors by block group and by tract; empty where codes do not tell tracts, or these are too few."""
    tracts = _tracts(built)
    if tracts is None:
        return []
    is_clustered = refits.study.errors[0] in CLUSTERED
    rows = refits.as_studied("by block group", _FOLLOWED) if is_clustered else _by(refits, "by block group", refits.panel.ids[CLUSTER])
    return rows + _by(refits, "by tract", tracts)


def _by(refits: Refits, setting: str, labels: NDArray[Any]) -> list[Movement]:
    """The study's own fits with clusters of these labels."""
    bare = {number: fit.replaced(errors=(), design=replace(fit.design, clusters={})) for number, fit in refits.study.fits.items()}
    fits = {number: fit.with_errors({STAND_IN: "area"}, {"area": labels}) for number, fit in bare.items()}
    return replace(refits, study=replace(refits.study, fits=fits, errors=(STAND_IN,))).as_studied(setting, _FOLLOWED)


def _tracts(built: BuiltPanel) -> NDArray[np.int32] | None:
    labels, place = np.unique(built.panel.ids[CLUSTER].astype(str), return_inverse=True)
    if not all(len(label) == 12 and label.isdigit() for label in labels.tolist()):
        return None
    names, of_label = np.unique([label[:11] for label in labels.tolist()], return_inverse=True)
    return of_label[place].astype(np.int32) if LEAST_AREAS <= names.size < labels.size else None


def _of_morans(found: dict[str, MoransI], rows: list[Movement]) -> Diagnostic:
    main = found["3"]
    alike = [number for number, one in found.items() if one.p_permutation < LEVEL and one.value > one.expected]
    told = "; ".join(f"model {number}: {_signed(one.value)} (p {one.p_permutation:.3f})" for number, one in found.items())
    meaning = f"Moran's I, expected {_signed(main.expected)} if neighbours were no more alike than others: {told}. "
    by_tract = [replace(one, is_as_studied=one.setting == "by block group") for one in rows]
    moves = moves_of(by_tract, _FOLLOWED)
    widening = _widening(by_tract)
    if alike:
        which = f"model{'s' if len(alike) > 1 else ''} {listed(alike)}"
        meaning += f"In {which} neighbouring block groups miss the same way: errors by block group are too small. "
    else:
        meaning += "Neighbouring block groups are told apart from chance in no model. "
    if widening:
        meaning += f"With tracts as clusters the interval of H1 is {widening['H1']:.2f} times as wide" if "H1" in widening else ""
        meaning += f", and the finding changes for {listed(moves.changed)}." if moves.changed else ", and no finding changes."
    standing: Standing = "sound" if not alike else "trouble" if moves.changed else "caution"
    advice = "Nothing." if not alike else "Cluster by feeder where the grid is known, else by tract; quote intervals by block group as the narrowest."
    figures = {f"model {number} Moran's I": one.value for number, one in found.items()}
    figures |= {f"model {number} p-value (permutation)": one.p_permutation for number, one in found.items()}
    figures |= {"expected": main.expected, "model 3 statistic": main.statistic, "draws": float(main.draws), "block groups": float(main.n)}
    figures |= {f"{name} interval by tract beside by block group (times)": value for name, value in widening.items()}
    table: list[dict[str, Any]] = [one.row() for one in by_tract]
    return Diagnostic("morans_i", _TITLE, f"{_TESTED} ({main.draws:,} arrangements).", figures, meaning.strip(), advice, standing, tuple(table))


def _widening(rows: list[Movement]) -> dict[str, float]:
    """How many times as wide an interval of the log ratio is by tract."""
    found = {}
    for name in _FOLLOWED:
        widths = [float(np.log(one.ratio_high / one.ratio_low)) for one in rows if one.hypothesis == name and not one.why]
        if len(widths) == 2 and widths[0] > 0.0:
            found[name] = widths[1] / widths[0]
    return found


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")
