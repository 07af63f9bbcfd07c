"""Which cities there are: asked at every page and every move of a map."""

from __future__ import annotations

from evenhand.web.core.plain_rows import rows_where
from evenhand.web.places.models import Jurisdiction


def all_cities() -> list[Jurisdiction]:
    """Every city, the default one first. One query; boundaries come when they are asked for."""
    return rows_where(Jurisdiction, "1 = 1 ORDER BY is_default DESC, id", (), without=("boundary",))
