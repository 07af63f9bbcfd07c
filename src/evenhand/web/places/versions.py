"""What is made of a city's places once a process and version: shapes, street names. A new version (an import) makes it anew; nothing is ever shared
between versions, so a process never mixes two of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from evenhand.web.places.models import Jurisdiction

_MOST_KEPT = 128
_Made = TypeVar("_Made")
_Key = tuple[int, int, datetime, str]
_kept: dict[_Key, Any] = {}
_lock = threading.Lock()


def kept_for_version(city: Jurisdiction, name: str, make: Callable[[Jurisdiction], _Made]) -> _Made:
    """What `make(city)` returned for the city's present version; two threads that come first may both make it, and one of the two stays."""
    key = (city.pk, city.places_version, city.created_at, name)
    if key not in _kept:
        made = make(city)
        with _lock:
            while len(_kept) >= _MOST_KEPT:
                _kept.pop(next(iter(_kept)))
            _kept[key] = made
            return made
    return _kept[key]  # type: ignore[no-any-return]  # one name, one type: its only caller's


def forget_places() -> None:
    """Empty this process's memory, for tests whose databases begin anew."""
    with _lock:
        _kept.clear()
