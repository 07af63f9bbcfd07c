"""What a storm was for a city, in a few numbers that count those still out.

Modelling choice: hours are summarised by the Kaplan–Meier curve of the time without power, in which a home that is still out counts as out for as
long as it was seen and not as restored. The mean is restricted to the longest time that anybody was followed, because nothing is known beyond it.
`equity` draws whole curves with errors by cluster; this package knows nothing of it, and all that both need is one cumulative product.

References: Kaplan & Meier (1958), JASA 53:457–481; Klein & Moeschberger, Survival Analysis, 2nd ed., sections 4.2 and 4.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DetectionSummary:
    """Counts of meters, and hours of those with a storm outage.

    `n_meters = n_restored + n_still_out + n_never_out + n_unknown`; out are the first two. `mean_hours` is restricted to `until_hours`;
    `median_hours` is None where more than half were still out when last seen. Both are None where nobody was out.
    """

    n_meters: int
    n_restored: int
    n_still_out: int
    n_never_out: int
    n_unknown: int
    mean_hours: float | None
    median_hours: float | None
    until_hours: float | None

    @property
    def n_out(self) -> int:
        """Meters with a storm outage."""
        return self.n_restored + self.n_still_out

    @property
    def n_known(self) -> int:
        """Meters of which something can be said: the denominator of the share that was out."""
        return self.n_meters - self.n_unknown


def summarise(outages: pa.Table) -> DetectionSummary:
    """Summarise a table by the contract `outages`."""
    is_with = {name: np.asarray(pc.equal(outages["status"], name)) for name in ("restored", "still_out", "never_out", "unknown")}
    is_out = is_with["restored"] | is_with["still_out"]
    hours = outages["hours"].to_numpy()[is_out].astype(np.float64)
    mean, median, until = hours_out(hours, is_with["restored"][is_out])
    counts = {name: int(which.sum()) for name, which in is_with.items()}
    return DetectionSummary(
        n_meters=outages.num_rows,
        n_restored=counts["restored"],
        n_still_out=counts["still_out"],
        n_never_out=counts["never_out"],
        n_unknown=counts["unknown"],
        mean_hours=mean,
        median_hours=median,
        until_hours=until,
    )


def hours_out(hours: Floats, is_restored: NDArray[np.bool_]) -> tuple[float | None, float | None, float | None]:
    """Restricted mean and median hours without power, and the hours to which the mean is restricted.

    Parameters
    ----------
    hours
        float64, shape (n,), hours until restored, or as long as seen.
    is_restored
        bool, shape (n,); False is right-censored. A restoration and a censoring at the same hours count in that order.
    """
    if hours.size == 0:
        return None, None, None
    at, inverse = np.unique(hours, return_inverse=True)
    ended = np.bincount(inverse, weights=is_restored, minlength=at.size)
    at_risk = hours.size - np.concatenate([[0.0], np.cumsum(np.bincount(inverse))[:-1]])
    still_out = np.cumprod(1.0 - ended / at_risk)
    mean = float(at[0] + np.sum(np.diff(at) * still_out[:-1]))
    below = np.flatnonzero(still_out <= 0.5 + 1e-12)
    return mean, (float(at[below[0]]) if below.size else None), float(at[-1])
