"""The last bulk assignment of a session, for ten minutes: what can be taken back, and by whom it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import timedelta
from typing import Final

from django.http import HttpRequest

from evenhand.web.core import clock
from evenhand.web.journeys.assign_requests import Given
from evenhand.web.places.models import Jurisdiction

KEPT: Final = timedelta(minutes=10)
_KEY: Final = "queue_undo"


def remember(request: HttpRequest, city: Jurisdiction, given: Sequence[Given]) -> None:
    """Keep what was given; an earlier one can no longer be taken back."""
    until = (clock.real_now() + KEPT).timestamp()
    request.session[_KEY] = {"city": city.pk, "until": until, "given": [astuple(each) for each in given]}


def undo_of(request: HttpRequest, city: Jurisdiction) -> Sequence[Given]:
    """What can be taken back now in this city; empty where nothing can."""
    kept = request.session.get(_KEY)
    if not kept or kept["city"] != city.pk or kept["until"] < clock.real_now().timestamp():
        return ()
    return [Given(*each) for each in kept["given"]]


def forget(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
