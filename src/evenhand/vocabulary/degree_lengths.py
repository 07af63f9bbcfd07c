"""How long a degree is on the ground, so that shapes and distances of a city need no projection library.

Modelling choice: a flat projection at one latitude with the lengths of a degree on the WGS 84 ellipsoid: true to about one in a thousand over a city.

Reference: National Geospatial-Intelligence Agency, "Length of a degree of latitude and longitude" (series in the cosine of the latitude).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SQ_METRES_A_SQ_MILE: Final = 2_589_988.110336


def metres_a_degree(latitude: float) -> tuple[float, float]:
    """Metres to the north and metres to the east of one degree, at this latitude in degrees."""
    north = 111_132.92 - 559.82 * _cos(2 * latitude) + 1.175 * _cos(4 * latitude)
    east = 111_412.84 * _cos(latitude) - 93.5 * _cos(3 * latitude) + 0.118 * _cos(5 * latitude)
    return north, east


def land_area_sq_mi(geometry: BaseGeometry) -> float:
    """Area in square miles of a shape in degrees, from the lengths of a degree at its middle: good to about one in a thousand for a city."""
    _, south, _, north = geometry.bounds
    metres_north, metres_east = metres_a_degree((south + north) / 2)
    return float(geometry.area) * metres_north * metres_east / SQ_METRES_A_SQ_MILE


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
