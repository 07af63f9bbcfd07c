"""Which events hold what the reporter gave, whoever wrote it down: their words go when the reporter erases what is theirs.

A report that somebody at the city entered is as much the reporter's as one that they typed themselves; so are answers that were put aside when the
request was moved to another service, and what stood for its place before staff set another: that may have been the reporter's own words.
"""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from evenhand.web.service_requests.workflow import Actor

SET_ASIDE: Final = "answers_set_aside"


def words_of_reporter() -> Q:
    """A filter on the events of a request."""
    return Q(actor_kind=Actor.REPORTER) | Q(kind__in=("received", SET_ASIDE, "place_changed"))
