"""A request turns out to be of another service, or at another place. What follows from that is said first (`consequences`), then done (`correct`).

Answers that fit no question of the new service are kept in the history and put aside. A request that comes to a private service leaves every public
page, map and count; one that leaves a private service becomes public only where that is confirmed as meant, for it was written in confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from evenhand.web.accounts.models import Account
from evenhand.web.places import shapes
from evenhand.web.service_requests import cells, routing
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.changing import append, counted, locked, saved
from evenhand.web.service_requests.erasable_words import SET_ASIDE
from evenhand.web.service_requests.errors import NotMovable
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Service, ServiceAttribute, ServiceRequest
from evenhand.web.service_requests.routing import Routed
from evenhand.web.service_requests.workflow import Actor

Answers = Mapping[str, Any]
_SAME_DEGREES: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What a move would change. `routed` is None where neither service nor area changes, and so routing is not asked again."""

    service: Service
    place: Place | None
    changes_service: bool
    routed: Routed | None
    visibility: str
    answers_kept: Answers
    answers_set_aside: Answers
    publishes: bool
    withdraws_from_public: bool

    @property
    def changes_anything(self) -> bool:
        return self.changes_service or self.place is not None


def consequences(request: ServiceRequest, *, at: datetime, service: Service | None = None, place: Place | None = None) -> Consequences:
    """Look ahead, changing nothing. Raises NotMovable for a place outside of the city, or a service that is another city's or not offered."""
    new = service or request.service
    changes_service = new.pk != request.service_id
    if changes_service and (new.jurisdiction_id != request.jurisdiction_id or not new.is_offered):
        raise NotMovable("service_not_offered", f"“{new.name}” is not offered here. Choose a service that the city offers.")
    if place is not None and place.lat is not None and place.long is not None and not shapes.is_inside(request.jurisdiction, place.lat, place.long):
        raise NotMovable("place_outside", f"The place lies outside of {request.jurisdiction.name}: the city cannot send anybody there.")
    moved = place if place is not None and not _is_same_place(request, place) else None
    kept, aside = _sorted_answers(request.answers, new) if changes_service else (request.answers, {})
    visibility = _visibility(request, new)
    area = moved.area if moved else request.area
    is_routed_anew = changes_service or (moved is not None and (area.pk if area else None) != request.area_id)
    return Consequences(
        service=new,
        place=moved,
        changes_service=changes_service,
        routed=routing.route(request.jurisdiction, new, area, at) if is_routed_anew else None,
        visibility=visibility,
        answers_kept=kept,
        answers_set_aside=aside,
        publishes=request.visibility == "private" and visibility != "private",
        withdraws_from_public=request.visibility != "private" and visibility == "private",
    )


def correct(
    request: ServiceRequest,
    *,
    person: Account,
    at: datetime,
    service: Service | None = None,
    place: Place | None = None,
    publishing_is_meant: bool = False,
    channel: str = "console",
) -> Consequences:
    """Move a request, and give it to whom routing says. Raises NotMovable, also where it would become public and that was not confirmed."""
    now = locked(request)
    before = counted(now)
    ahead = consequences(now, at=at, service=service, place=place)
    if ahead.publishes and not publishing_is_meant:
        words = f"Request {now.reference} was written in confidence and would become public. Confirm that this is meant."
        raise NotMovable("publishing_not_confirmed", words)
    if not ahead.changes_anything:
        return ahead
    if ahead.changes_service:
        _change_service(now, ahead, person, at, channel)
    if ahead.place is not None:
        _change_place(now, ahead.place, person, at, channel)
    if ahead.routed is not None and (ahead.routed.rule is not None or now.team_id is not None):
        routing.apply(now, ahead.routed, at, by=person)
    saved(now, at)
    cells.move(before, counted(now))
    return ahead


def _change_service(now: ServiceRequest, ahead: Consequences, person: Account, at: datetime, channel: str) -> None:
    facts = {"from": now.service.code, "to": ahead.service.code}
    append(now, _event("service_changed", "public", at, person, channel, facts=facts))
    if ahead.answers_set_aside:
        codes = {"questions": sorted(ahead.answers_set_aside)}
        append(now, _event(SET_ASIDE, "staff", at, person, channel, facts=codes, content={"answers": dict(ahead.answers_set_aside)}))
    now.service, now.answers, now.visibility = ahead.service, dict(ahead.answers_kept), ahead.visibility
    now.held_until = now.held_until if ahead.visibility == "held" else None


def _change_place(now: ServiceRequest, place: Place, person: Account, at: datetime, channel: str) -> None:
    content = {"before": _written(now), "after": _written(place)}
    facts = {"from_quality": now.place_quality, "to_quality": place.quality}
    append(now, _event("place_changed", "public", at, person, channel, facts=facts, content=content))
    now.lat, now.long, now.place_quality = place.lat, place.long, place.quality
    now.address, now.address_ref, now.zipcode, now.area = place.address, place.address_ref, place.zipcode, place.area


def _written(place: Place | ServiceRequest) -> dict[str, str]:
    """As text: a hash must not depend on how a database writes a float."""
    point = {} if place.lat is None or place.long is None else {"lat": repr(place.lat), "long": repr(place.long)}
    return {"address": place.address, **point}


def _visibility(request: ServiceRequest, service: Service) -> str:
    if service.is_private:
        return "private"
    return "public" if request.visibility == "private" else request.visibility


def _is_same_place(request: ServiceRequest, place: Place) -> bool:
    if place.address != request.address or place.lat is None or place.long is None or request.lat is None or request.long is None:
        return False
    return abs(place.lat - request.lat) <= _SAME_DEGREES and abs(place.long - request.long) <= _SAME_DEGREES


def _sorted_answers(answers: Answers, service: Service) -> tuple[Answers, Answers]:
    """What can stay, and what fits no question of the service."""
    questions = {question.code: question for question in service.attributes.all()}
    kept = {code: answer for code, answer in answers.items() if code in questions and _fits(answer, questions[code])}
    return kept, {code: answer for code, answer in answers.items() if code not in kept}


def _fits(answer: Any, question: ServiceAttribute) -> bool:
    given = answer if isinstance(answer, list) else [answer]
    if not question.datatype.endswith("valuelist"):
        return not isinstance(answer, list)
    keys = {str(value["key"]) for value in question.values}
    return all(str(one) in keys for one in given) and (question.datatype == "multivaluelist" or not isinstance(answer, list))


def _event(kind: str, visibility: str, at: datetime, person: Account, channel: str, **parts: Any) -> NewEvent:
    return NewEvent(kind=kind, at=at, actor_kind=Actor.STAFF, actor_id=person.pk, channel=channel, visibility=visibility, **parts)
