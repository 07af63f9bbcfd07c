"""Two people at one request: what happened since a page was shown, as far as it concerns what is about to be changed.

A request's version is the number of its events, and a form carries the one it was shown with. What collides is said by *subject*: the state, to whom
it is given, a field. A note or an answer collides with nothing. To be asked with the request's row locked, or the answer is old when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.service_requests.models import Event, ServiceRequest
from evenhand.web.service_requests.workflow import Move

NOTHING: Final = ""
SUBJECTS: Final[Mapping[str, frozenset[str]]] = {
    NOTHING: frozenset(),
    "state": frozenset(Move) | {"children_closed", "status_stated", "closing_corrected"},
    "assignment": frozenset({"assigned", "routed"}),
    "priority": frozenset({"prioritised"}),
    "expected_date": frozenset({"expected_date_set", Move.SCHEDULE}),
    "service": frozenset({"service_changed"}),
    "place": frozenset({"place_changed"}),
    "duplicate": frozenset({"duplicate_linked", "duplicate_unlinked", "duplicate_gained"}),
}
"""What a change of each subject is called in the history. Any move collides with any other."""


class ChangedMeanwhile(EvenhandError):
    """Somebody changed the same thing since the form was shown; `events` says what. Nothing was done."""

    def __init__(self, request: ServiceRequest, events: list[Event]) -> None:
        kinds = ", ".join(sorted({event.kind for event in events}))
        words = (
            f"Request {request.reference} was changed since this form was shown ({kinds}). Look at it as it stands, and send again if it still fits."
        )
        super().__init__("changed_meanwhile", words, kinds=kinds)
        self.events = events


def events_since(request: ServiceRequest, seen: int) -> list[Event]:
    """All that happened after version `seen`, oldest first; no query where nothing did."""
    if seen >= request.event_count:
        return []
    return list(request.events.filter(seq__gt=seen).select_related("actor", "content").order_by("seq"))


def changed_since(request: ServiceRequest, seen: int, subject: str) -> list[Event]:
    """The events after version `seen` that changed `subject` (a key of SUBJECTS; several by "+", as in "state+expected_date"), oldest first."""
    kinds = frozenset().union(*(SUBJECTS[one] for one in subject.split("+")))
    return [event for event in events_since(request, seen) if event.kind in kinds]


def refuse_stale(request: ServiceRequest, seen: int, subject: str) -> None:
    """Raises ChangedMeanwhile where `subject` was changed after version `seen`. The caller has locked the request."""
    if news := changed_since(request, seen, subject):
        raise ChangedMeanwhile(request, news)
