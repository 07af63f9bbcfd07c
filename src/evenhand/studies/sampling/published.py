"""What the study printed of its sample, to lay beside ours.

Modelling choice: facts of print, by the names of our columns and in our units. The printed households are 515 of 665 reporters and 3,000 of about
79,000 others, drawn by chance: reporters are over-represented, and nothing is weighted.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, table 2 and the text on sampling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

NON_REPORTERS: Final = 79_000
SAMPLED: Final = 3_000
REPORTED: Final = 665
REPORTERS_IN_MODELS: Final = 515
SIZES: Final = (600, 1000, 2000, 3000, 5000)


@dataclass(frozen=True, slots=True)
class PublishedDescription:
    """A line of the printed table of descriptives."""

    column: str
    mean: float
    sd: float
    minimum: float
    maximum: float


PUBLISHED_DESCRIPTIONS: Final = tuple(
    PublishedDescription(*line)
    for line in (
        ("participation", 0.146, 0.354, 0.0, 1.0),
        ("restoration_hours", 75.134, 35.187, 0.0, 288.0),
        ("minority_share", 0.21, 0.387, 0.0, 1.0),
        ("community_participation", 5.455, 10.039, 0.0, 54.0),
        ("log_population_density", 7.76, 0.495, 4.089, 9.674),
        ("median_income", 89.043, 27.139, 10.307, 134.25),
        ("house_age", 36.767, 12.05, 3.0, 121.0),
        ("education", 0.576, 0.129, 0.0, 0.876),
        ("elderly_share", 0.359, 0.48, 0.0, 1.0),
        ("college_age_share", 0.008, 0.09, 0.0, 1.0),
        ("renter_share", 0.066, 0.108, 0.0, 0.715),
    )
)


def population_intercept(intercept: float, *, sampled: float, non_reporters: float) -> float:
    """A logit's constant in the whole population, from that of all reporters and a sample of the others.

    Sampling by the outcome moves the constant by the log of how much more often a reporter is in the sample, and no slope.

    >>> round(population_intercept(17.878, sampled=SAMPLED, non_reporters=NON_REPORTERS), 3)
    14.607

    References: Prentice & Pyke (1979), Biometrika 66:403–411.
    """
    return intercept - math.log(non_reporters / sampled)
