"""Which homes hang on which transformer, feeder and substation.

Modelling choice: neighbours are neighbours by number. Transformers serve 4 to 12 homes in a fixed pattern, a feeder 200 transformers
with 1,600 homes, a substation eight feeders. Nothing is drawn, so the grid of a meter is known from its number alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

HOMES_ON_TRANSFORMERS = (4, 9, 6, 12, 7, 10, 5, 11)
HOMES_ON_FEEDER = 1600  # a whole number of patterns
FEEDERS_ON_SUBSTATION = 8
_PATTERN = np.repeat(np.arange(len(HOMES_ON_TRANSFORMERS)), HOMES_ON_TRANSFORMERS)


def transformer_of(index: Ints) -> Ints:
    """Number of the transformer that serves each home."""
    return np.asarray(index // _PATTERN.size * len(HOMES_ON_TRANSFORMERS) + _PATTERN[index % _PATTERN.size])


def feeder_of(index: Ints) -> Ints:
    """Number of each home's feeder."""
    return np.asarray(index // HOMES_ON_FEEDER)


def substation_of(index: Ints) -> Ints:
    """Number of each home's substation."""
    return feeder_of(index) // FEEDERS_ON_SUBSTATION
