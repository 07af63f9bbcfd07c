"""The coefficients that Xu & Tang (2020) print for Tallahassee, so that a city's own can stand beside them.

Modelling choice: facts of print, by the names of our terms. Theirs rest on 3,515 households, of which 515 were chosen because they had reported,
without weights; a whole city is expected to differ.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, table 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PLACE: Final = "Tallahassee 2018, as printed"
_HOUSES_OF_MODEL: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "1": {"house_age": (0.019, 0.006), "median_income": (-0.063, 0.005), "log_population_density": (-1.962, 0.199)},
    "2": {"house_age": (0.011, 0.001), "median_income": (0.005, 0.0004), "log_population_density": (-0.039, 0.017)},
    "3": {"house_age": (0.011, 0.001), "median_income": (0.005, 0.0004), "log_population_density": (-0.023, 0.017)},
    "4": {"house_age": (0.011, 0.001), "median_income": (0.005, 0.0003), "log_population_density": (0.018, 0.017)},
    "5": {"house_age": (0.011, 0.001), "median_income": (0.005, 0.0003), "log_population_density": (0.017, 0.017)},
}
_OWN_OF_MODEL: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "1": {
        "minority_share": (0.842, 0.192),
        "education": (-2.522, 0.869),
        "elderly_share": (-0.947, 0.191),
        "college_age_share": (0.580, 0.733),
        "renter_share": (9.813, 0.945),
        "Intercept": (17.878, 1.673),
    },
    "2": {"minority_share": (0.044, 0.020), "participation": (-0.134, 0.029), "Intercept": (3.766, 0.147)},
    "3": {
        "minority_share": (0.103, 0.023),
        "participation": (-0.069, 0.033),
        "minority_share:participation": (-0.259, 0.049),
        "Intercept": (3.676, 0.148),
    },
    "4": {"minority_share": (0.062, 0.020), "community_participation": (-0.012, 0.001), "Intercept": (3.379, 0.142)},
    "5": {
        "minority_share": (0.060, 0.023),
        "community_participation": (-0.012, 0.001),
        "minority_share:community_participation": (0.0003, 0.002),
        "Intercept": (3.383, 0.143),
    },
}
COEFFICIENTS: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    model: {**_OWN_OF_MODEL[model], **_HOUSES_OF_MODEL[model]} for model in _OWN_OF_MODEL
}
"""By model and term, the logarithm of the ratio and its standard error."""
