"""What the forms of `relation_actions` show beside their fields, and what the request page shows of questions and contractors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import get_language

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.reading_log import note_read
from evenhand.web.accounts.roles import Ability
from evenhand.web.conversations import contractor_links, links, questions
from evenhand.web.conversations.questions import Reach
from evenhand.web.core import clock
from evenhand.web.portal.photo_views import photo_addresses
from evenhand.web.portal.wording import badge_of, number_of
from evenhand.web.service_requests import duplicates, outside_work
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of

ASKING: Final = "ask_reporter"


def link_context(request: ServiceRequest, person: Account) -> dict[str, Any]:
    """Candidates, nearest first, and how many reports would come along."""
    found = duplicates.candidates(request, person, at=clock.now())
    return {
        "candidates": [_line(one.request) | {"meters": round(one.distance_meters)} for one in found],
        "own_children": duplicates.children_of(request),
    }


def place_context(request: ServiceRequest, _person: Account) -> dict[str, Any]:
    """The map to set a pin on, the city's suggestions, and the request's photos."""
    city, query = request.jurisdiction, f"?city={request.jurisdiction.slug}"
    has_point = request.lat is not None and request.long is not None
    return {
        "suggest_url": reverse("portal:suggest") + query,
        "describe_url": reverse("portal:describe") + query,
        "areas_url": reverse("portal:map_areas") + query,
        "grounds_url": reverse("portal:map_grounds") + query,
        "streets_url": _streets(query),
        "center_lat": request.lat if has_point else (city.south + city.north) / 2,
        "center_long": request.long if has_point else (city.west + city.east) / 2,
        "zoom": 17 if has_point else 13,
        "own_photos": [(str(photo.pk), photo_addresses(photo, request)) for photo in request.photos.public()],
    }


def ask_context(request: ServiceRequest, person: Account) -> dict[str, Any]:
    """How the question reaches the reporter; their number is personal data, and that it was shown is noted."""
    reporter = reporter_of(request)
    reach = questions.reach_of(request, reporter)
    may_see = person.can(Ability.SEE_PERSONAL_DATA)
    phone = reporter.phone if reporter is not None and reach is Reach.PHONE and may_see else ""
    if phone:
        note_read(person, request.jurisdiction, request.reference, ASKING, clock.real_now())
    return {"reach": str(reach), "phone": phone, "reporter_language": reporter.language if reporter else ""}


def crew_context(request: ServiceRequest, _person: Account) -> dict[str, Any]:
    """What those who did the work wrote and showed."""
    answer = request.events.filter(kind=outside_work.ANSWERED).select_related("content").order_by("-seq").first()
    return {
        "crew_photos": [(str(photo.pk), photo_addresses(photo, request, opens_hidden=True)) for photo in outside_work.crew_photos(request)],
        "crew_words": str(answer.content.body.get("words", "")) if answer is not None else "",
    }


def outside_panel(request: ServiceRequest, person: Account, kinds: Collection[str], *, at: datetime) -> dict[str, Any]:
    """Open question and contractor links, for the request page; `kinds` are its events', so that most requests cost no query.

    A link is a key: only who may make one sees it again.
    """
    works = person.can(Ability.WORK_ON_REQUESTS)
    asked = questions.open_question_of(request, at=at) if "ask_reporter" in kinds else None
    made = contractor_links.links_of(request) if outside_work.INVITED in kinds and works else []
    shown = [{"link": one, "standing": str(contractor_links.standing_of(one, at=at)), "url": links.contractor_url(one)} for one in made]
    return {"open_question": asked, "contractors": shown}


def _line(request: ServiceRequest) -> dict[str, Any]:
    return {
        "reference": request.reference,
        "number": number_of(request),
        "badge": badge_of(request),
        "request": request,
        "service": request.service.name_in(get_language() or "en"),
        "url": reverse("console:request", args=[request.reference]),
    }


def _streets(query: str) -> str:
    return reverse("portal:map_streets", args=[0, 0]).replace("/0/0.json", "/{x}/{y}.json") + query
