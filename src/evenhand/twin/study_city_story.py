"""What truth.json says of a synthetic study city: how it was made, what is true in it, and how many of everything there are.

Modelling choice: every count is of the tables as written, so that a reader can count again; every assumption that was printed nowhere is a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.twin.readings_cohort import Plan
from evenhand.twin.study_city_areas import ALIKE
from evenhand.twin.study_city_outcomes import ON_ONE_TRANSFORMER
from evenhand.twin.study_city_recipe import LOG_SAMPLING_ODDS, PRINTED_CONSTANT, WINDOW_HOURS, StudyCityRecipe
from evenhand.twin.study_city_requests import AGAIN, IN_WINDOW, KINDS

ASSUMED: Final = (
    "Correlations among the block groups' columns (normal scores): " + ", ".join(f"{a} and {b} {r:g}" for (a, b), r in ALIKE.items()) + ".",
    "Block groups with many renters, low incomes or few people per square mile hold fewer households of the frame.",
    "Neighbouring block groups are no more alike than others.",
    f"Gamma mixtures of homes on one transformer are alike (correlation of normal scores {ON_ONE_TRANSFORMER:g}).",
    "Homes on one transformer keep their power together, but no home that reported was never out.",
    "Residents whom the frame misses are of a minority more often than those whom it holds.",
    "Whoever reports is still dark; nobody reports for another household.",
)
_NOT_OF_THE_MIX: Final = ("never_out", "still_out")  # the recipe says these


def story_of(
    recipe: StudyCityRecipe,
    plan: Plan,
    *,
    constants: Mapping[str, float],
    density_shift: float,
    kinds: NDArray[np.int64],
    tables: Mapping[str, pa.Table],
) -> dict[str, Any]:
    """The truth as JSON; `kinds` are the requests' places in KINDS."""
    window, truth = plan.window, tables["truth.parquet"]
    return {
        "synthetic": "This city was invented; nobody lives there, and nothing here was measured anywhere.",
        "seed": recipe.seed,
        "event_start": window.storm_start.isoformat(),
        "window_hours": WINDOW_HOURS,
        "window_start": window.start.isoformat(),
        "days": window.days,
        "interval_minutes": window.interval_minutes,
        "timezone": window.timezone,
        "hours_effects": dict(recipe.hours_effects),
        "participation_effects": dict(recipe.participation_effects),
        **{name: round(value, 9) for name, value in constants.items()},
        "participation_constant_in_the_authors_sample": round(constants["participation_constant"] + LOG_SAMPLING_ODDS, 9),
        "printed_participation_constant": PRINTED_CONSTANT,
        "log_sampling_odds": LOG_SAMPLING_ODDS,
        "reporting_share": recipe.reporting_share,
        "mean_hours_in_the_authors_sample": recipe.mean_hours,
        "alpha": recipe.alpha,
        "block_group_spread": recipe.block_group_spread,
        "never_out": recipe.never_out,
        "still_out": recipe.still_out,
        "density_shift": round(density_shift, 9),
        "mix": {name: share for name, share in asdict(plan.mix).items() if name not in _NOT_OF_THE_MIX},
        "counts": _counts(kinds, tables),
        "meters_by_status": _by(truth["status"]),
        "can_tell": int(pc.sum(truth["can_tell"]).as_py() or 0),
        "assumed": list(ASSUMED),
    }


def _counts(kinds: NDArray[np.int64], tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    requests = tables["requests.parquet"]
    by_kind = {KINDS[kind]: count for kind, count in sorted(Counter(kinds.tolist()).items())}
    return {
        "households": tables["households.parquet"].num_rows,
        "block_groups": tables["areas.parquet"].num_rows,
        "people": int(pc.sum(tables["households.parquet"]["members"]).as_py()),
        "requests": requests.num_rows,
        "requests_by_kind": by_kind,
        "requests_by_maker": _by(requests["made_by"]),
        "requests_of_residents_in_window": sum(by_kind.get(KINDS[kind], 0) for kind in (IN_WINDOW, AGAIN)),
        "households_that_reported_in_window": int(pc.sum(tables["truth.parquet"]["participation"]).as_py()),
        "requests_marked_duplicate": requests.num_rows - requests["duplicate_of"].null_count,
        "requests_without_premise_id": requests["premise_id"].null_count,
    }


def _by(column: pa.ChunkedArray) -> dict[str, int]:
    found = {entry["values"]: entry["counts"] for entry in column.combine_chunks().value_counts().to_pylist()}
    return dict(sorted(found.items()))
