"""What happened to a request, told to those who work on it: who did it, by name, and what was changed from what to what.

Kinds that the public knows too are titled as on the public page, so that staff and residents speak of the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Team
from evenhand.web.console.routing_words import PRIORITY_WORDS, why_words
from evenhand.web.core.plain_rows import rows_by_key
from evenhand.web.portal.photo_views import PhotoAddress, photo_addresses
from evenhand.web.portal.timeline_words import split_title, title_of
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.staff_timeline import StaffHappening
from evenhand.web.service_requests.timeline import Happening
from evenhand.web.service_requests.workflow import Actor, Priority


@dataclass(frozen=True, slots=True)
class Names:
    """Names of teams and people by key, for events that hold keys only."""

    teams: Mapping[int, str]
    people: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEntry:
    """What the timeline's template reads. `mark`: staff, private or empty. `hide_seq` is set where there are public words that could be hidden."""

    seq: int
    at: datetime
    title: str
    text: str
    actor: str
    mark: str
    hidden: str
    photos: Sequence[PhotoAddress]
    hide_seq: int | None


PLAIN: Final = {
    "noted": gettext_lazy("Note"),
    "contractor_revoked": gettext_lazy("A contractor’s link was taken back"),
    "answers_set_aside": gettext_lazy("Answers that fit no question of the new service were put aside"),
    "contractor_answered": gettext_lazy("The contractor answered"),
    "contractor_invited": gettext_lazy("A contractor got a link"),
    "question_reminded": gettext_lazy("The reporter was reminded of the question"),
    "hidden": gettext_lazy("Hidden from the public"),
    "shown_again": gettext_lazy("Shown to the public again"),
    "name_hidden": gettext_lazy("The reporter had the name hidden"),
}


_ACTORS: Final = {
    Actor.STAFF: gettext_lazy("The city"),
    Actor.RESIDENT: gettext_lazy("A neighbor"),
    Actor.CONTRACTOR: gettext_lazy("The contractor"),
    Actor.SYSTEM: gettext_lazy("Automatic"),
    Actor.SOURCE: gettext_lazy("The source"),
}
_NAMED_BY_THEMSELVES: Final = frozenset({Actor.RESIDENT, Actor.CONTRACTOR})


def staff_entries(request: ServiceRequest, told: Sequence[StaffHappening]) -> list[StaffEntry]:
    """All happenings in words, newest first; at most one query, for the names of other teams than the one that has the request."""
    names = _names(request, told)
    return [_entry(request, one, names) for one in reversed(told)]


def signed(photo: Photo, request: ServiceRequest) -> PhotoAddress:
    """A photo for staff: what is hidden from the public opens with a signature."""
    return photo_addresses(photo, request, opens_hidden=True)


def _entry(request: ServiceRequest, one: StaffHappening, names: Names) -> StaffEntry:
    happening = one.happening
    is_report = happening.kind == "received"
    is_above = is_report and happening.words == request.description
    can_be_hidden = bool(happening.words) and not one.is_for_staff and not one.is_private
    return StaffEntry(
        seq=one.seq,
        at=happening.at,
        title=_title(request, happening, names),
        text="" if is_above else _text(one),
        actor=_actor(one),
        mark="staff" if one.is_for_staff else "private" if one.is_private else "",
        hidden=one.hidden_words.reason if one.hidden_words else "",
        photos=[] if is_report else [signed(photo, request) for photo in happening.photos],
        hide_seq=one.seq if can_be_hidden and one.hidden_words is None else None,
    )


def _title(request: ServiceRequest, happening: Happening, names: Names) -> str:
    if told := TITLES.get(happening.kind):
        return told(happening.facts, names)
    return str(PLAIN[happening.kind]) if happening.kind in PLAIN else title_of(request, happening)


def _text(one: StaffHappening) -> str:
    if one.happening.is_erased:
        return _("Erased by the person who wrote it.")
    parts = [one.happening.words]
    if one.happening.kind == "routed":
        parts.append(why_words([str(code) for code in one.happening.facts.get("why", ())]))
    if crew := one.content.get("crew"):
        done = _moment(one.happening.facts.get("done_at"))
        parts.append(_("Crew’s record, %(at)s: %(crew)s.") % {"crew": crew, "at": done})
    if isinstance(before := one.content.get("before"), Mapping) and isinstance(after := one.content.get("after"), Mapping):
        parts.append(f"{before.get('address') or '?'} → {after.get('address') or '?'}")
    if isinstance(aside := one.content.get("answers"), Mapping) and one.happening.kind == "answers_set_aside":
        parts.append("\n".join(f"{code}: {', '.join(answer) if isinstance(answer, list) else answer}" for code, answer in aside.items()))
    if agency := one.content.get("agency"):
        parts.append(_("Responsible: %(agency)s.") % {"agency": str(agency).rstrip(".")})
    return "\n\n".join(part for part in parts if part)


def _actor(one: StaffHappening) -> str:
    happening = one.happening
    person = one.person.shown_name if one.person else ""
    if happening.actor is Actor.REPORTER:
        return _("The reporter, written down by %(name)s") % {"name": person} if person else _("The reporter")
    name = person if happening.actor is Actor.STAFF else happening.name if happening.actor in _NAMED_BY_THEMSELVES else ""
    return name or str(_ACTORS.get(happening.actor, ""))


def _assigned_title(facts: Mapping[str, Any], names: Names) -> str:
    to = [names.teams.get(facts.get("team") or 0, ""), names.people.get(facts.get("assignee") or 0, "")]
    shown = ", ".join(name for name in to if name)
    return _("Given to %(names)s") % {"names": shown} if shown else _("Given back: it lies with nobody")


def _number(facts: Mapping[str, Any], name: str) -> str:
    return spoken(str(facts.get(name, "")))


def _linked_title(facts: Mapping[str, Any], _names: Names) -> str:
    return _("Duplicate of %(number)s") % {"number": _number(facts, "parent")}


def _unlinked_title(facts: Mapping[str, Any], _names: Names) -> str:
    return _("No longer a duplicate of %(number)s") % {"number": _number(facts, "parent")}


def _gained_title(facts: Mapping[str, Any], _names: Names) -> str:
    return _("%(number)s is a duplicate of this") % {"number": _number(facts, "child")}


def _lost_title(facts: Mapping[str, Any], _names: Names) -> str:
    return _("%(number)s is no longer a duplicate of this") % {"number": _number(facts, "child")}


def _split_from_title(facts: Mapping[str, Any], _names: Names) -> str:
    return split_title("split_from", str(facts.get("reference", "")))


def _split_off_title(facts: Mapping[str, Any], _names: Names) -> str:
    return split_title("split_off", str(facts.get("reference", "")))


def _service_title(facts: Mapping[str, Any], _names: Names) -> str:
    return _("Service: %(before)s → %(after)s") % {"before": facts.get("from", ""), "after": facts.get("to", "")}


def _routed_title(facts: Mapping[str, Any], names: Names) -> str:
    team = names.teams.get(facts.get("team") or 0, "")
    return _("Routed to %(team)s") % {"team": team} if team else _("Routed to no team")


def _prioritised_title(facts: Mapping[str, Any], _names: Names) -> str:
    before, after = (str(PRIORITY_WORDS[Priority(int(facts.get(side, 1)))]) for side in ("from", "to"))
    return _("Priority: %(before)s → %(after)s") % {"before": before, "after": after}


def _moment(text: Any) -> str:
    moment = parse_datetime(str(text)) if text else None
    return date_format(localtime(moment), "DATETIME_FORMAT") if moment else ""


def _names(request: ServiceRequest, told: Sequence[StaffHappening]) -> Names:
    own = {} if request.team is None else {request.team.pk: request.team}
    teams = {one.happening.facts.get("team") for one in told if one.happening.kind in {"assigned", "routed"}} - {None, *own}
    return Names(
        {key: team.name for key, team in (own | rows_by_key(Team, teams, only=("name",))).items()},
        {one.assignee.pk: one.assignee.shown_name for one in told if one.assignee is not None},
    )


TITLES: Final[Mapping[str, Callable[[Mapping[str, Any], Names], str]]] = {
    "assigned": _assigned_title,
    "routed": _routed_title,
    "duplicate_linked": _linked_title,
    "duplicate_unlinked": _unlinked_title,
    "duplicate_gained": _gained_title,
    "duplicate_lost": _lost_title,
    "split_from": _split_from_title,
    "split_off": _split_off_title,
    "service_changed": _service_title,
    "prioritised": _prioritised_title,
}
