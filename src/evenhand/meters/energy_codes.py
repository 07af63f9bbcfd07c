"""One byte a reading: what a rule needs to know of an energy, and no more.

Modelling choice: no decision needs an energy finer than an eighth of an octave (9–13 %): whether a reading is missing, zero, export or power, and how
it compares with the meter's own low readings. So 1,008 half-hours of a meter are 1 kB, which stays in the processor's first cache, and 82,000 meters
are 83 MB. The code is the exponent and the first three bits of the float, so it costs a shift, and multiplying energies by two adds eight. The
better of two readings of an interval has the greater code.

| code | means |
|---|---|
| 0 | no row |
| 1 | a row without an energy, null or not a number: not received |
| 2 | estimated by the head end: counts as not received |
| 3 | received, but infinite or absurd: the meter or the head end spoke, and nobody knows whether there was power |
| 4 | zero |
| 5–254 | 2⁻²⁰ kWh (1 mWh) to 2¹¹ kWh, eight steps an octave; smaller ones are 5, greater ones 254 |
| 255 | below zero: export |
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

MISSING: Final = 0
EMPTY: Final = 1
ESTIMATED: Final = 2
UNUSABLE: Final = 3
ZERO: Final = 4
LEAST_POWER: Final = 5
MOST_POWER: Final = 254
EXPORT: Final = 255
STEPS_PER_OCTAVE: Final = 8

_FIRST_OCTAVE: Final = -20
DOUBLE_SHIFT: Final = 52 - 3
DOUBLE_OFFSET: Final = (1023 + _FIRST_OCTAVE) * STEPS_PER_OCTAVE - LEAST_POWER
SINGLE_SHIFT: Final = 23 - 3
SINGLE_OFFSET: Final = (127 + _FIRST_OCTAVE) * STEPS_PER_OCTAVE - LEAST_POWER

Codes = NDArray[np.uint8]


def code_of(kwh: float) -> int:
    """The code of one energy; for thresholds and explanations."""
    if kwh == 0:
        return ZERO
    if kwh < 0:
        return EXPORT
    bits = int(np.float64(kwh).view(np.int64))
    return min(max((bits >> DOUBLE_SHIFT) - DOUBLE_OFFSET, LEAST_POWER), MOST_POWER)


def least_kwh_of(code: int) -> float:
    """The smallest energy with this code."""
    octaves, step = divmod(code - LEAST_POWER, STEPS_PER_OCTAVE)
    return float(2.0 ** (_FIRST_OCTAVE + octaves) * (1.0 + step / STEPS_PER_OCTAVE))
