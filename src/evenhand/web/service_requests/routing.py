"""Where a request goes, and by when: the most particular rule of the city's current routing wins.

Particular means: service and area, then service, then area, then neither. A rule says the team, the hours of working time until the request is due,
and its priority. Where no rule fits, the request has no team and its history says so: the queue shows it, and nobody is made responsible by accident.
A rule whose team was retired counts as no rule; a team without members gets its requests all the same, because people come back, and the
administrators are warned of it.

A process keeps the rules of a city by version number. Asking for the number and the holidays' mark is one query by key; a city that has no rules
costs no more than that, and its requests have no further event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.teams import hold_open
from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.places.versions import kept_for_version
from evenhand.web.service_requests import history
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Holiday, RoutingRule, RoutingVersion, Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, Priority
from evenhand.web.service_requests.working_time import WorkingTime, working_time

Key = tuple[int | None, int | None]
"""Service and area of a rule; None stands for every one."""

_PARTICULARS: Final = ("service_and_area", "service", "area", "everywhere")
_STAMP: Final = (
    "SELECT number, made_at,"
    " (SELECT count(*) || '/' || coalesce(max(id), 0) FROM requests_holiday h WHERE h.jurisdiction_id = v.jurisdiction_id)"
    " FROM requests_routing_version v WHERE jurisdiction_id = %s ORDER BY number DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Routed:
    """What routing says about one request, and why: codes for machines, in the order in which they count.

    `why` begins with how the rule was found (service_and_area, service, area, everywhere, no_rule, no_rules); further codes: team_retired (a more
    particular rule was passed over), no_deadline, starts_at_opening (it came outside working hours).
    """

    version: int
    rule: int | None
    team: Team | None
    due_at: datetime | None
    priority: Priority
    why: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """For the event: ids, codes and times only."""
        return {
            "version": self.version,
            "rule": self.rule,
            "team": self.team.pk if self.team else None,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "priority": int(self.priority),
            "why": list(self.why),
        }


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a version, laid out to be looked up, with the calendar that they count by."""

    version: int
    by_key: Mapping[Key, RoutingRule]
    calendar: WorkingTime

    def route(self, service_id: int, area_id: int | None, at: datetime) -> Routed:
        """The most particular rule that fits."""
        passed_over: tuple[str, ...] = ()
        for found, key in zip(_PARTICULARS, _keys(service_id, area_id), strict=True):
            rule = self.by_key.get(key) if key is not None else None
            if rule is None:
                continue
            if not rule.team.is_retired:
                return self._by(rule, (found, *passed_over), at)
            passed_over = ("team_retired",)
        why = "no_rule" if self.by_key else "no_rules"
        return Routed(self.version, None, None, None, Priority.NORMAL, (why, *passed_over))

    def _by(self, rule: RoutingRule, why: tuple[str, ...], at: datetime) -> Routed:
        priority = Priority(rule.priority)
        if rule.work_hours is None:
            return Routed(self.version, rule.pk, rule.team, None, priority, (*why, "no_deadline"))
        if not self.calendar.is_working(at):
            why = (*why, "starts_at_opening")
        return Routed(self.version, rule.pk, rule.team, self.calendar.deadline(at, rule.work_hours), priority, why)


def route(city: Jurisdiction, service: Service, area: Area | None, at: datetime) -> Routed:
    """What the city's routing says of a request of `service` in `area` (None: nobody knows where) that came in `at`."""
    return current_rules(city).route(service.pk, area.pk if area else None, at)


def route_new(request: ServiceRequest, at: datetime) -> list[NewEvent]:
    """Set the columns of a request that is not saved yet; its further event, or none where the city has no rules."""
    rules = current_rules(request.jurisdiction)
    if not rules.by_key:
        return []
    routed = _to_open_team(request, rules.route(request.service_id, request.area_id, at), at)
    set_columns(request, routed)
    return [routed_event(routed, at)]


def apply(request: ServiceRequest, routed: Routed, at: datetime, *, by: Account | None = None) -> None:
    """Give a locked request its team, deadline and priority, with the event that says why. The caller saves the request.

    Whoever had it, had it in another team: with the team the person goes.
    """
    routed = _to_open_team(request, routed, at)
    if request.team_id != (routed.team.pk if routed.team else None):
        request.assignee = None
    set_columns(request, routed)
    history.append(request, routed_event(routed, at, by=by), recorded_at=at)


def _to_open_team(request: ServiceRequest, routed: Routed, at: datetime) -> Routed:
    """What was said, or, where that team is being retired at this moment, what the rules say afterwards. On SQLite nobody else writes meanwhile."""
    if routed.team is None or not connection.features.has_select_for_update or hold_open(routed.team):
        return routed
    return current_rules(request.jurisdiction).route(request.service_id, request.area_id, at)


def set_columns(request: ServiceRequest, routed: Routed) -> None:
    """The projection of a "routed" event."""
    request.team, request.due_at, request.priority = routed.team, routed.due_at, routed.priority


def routed_event(routed: Routed, at: datetime, *, by: Account | None = None) -> NewEvent:
    """The event that says where a request went, and why."""
    actor, channel = (Actor.STAFF, "console") if by else (Actor.SYSTEM, "system")
    return NewEvent(kind="routed", at=at, actor_kind=actor, actor_id=by.pk if by else None, channel=channel, visibility="staff", facts=routed.facts)


def current_rules(city: Jurisdiction) -> Rules:
    """The rules that count now. One small query; the rules themselves are read when the version or a holiday has changed.

    Not to be asked in the transaction that changes them: what is kept would outlive its being taken back.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_STAMP, [city.pk])
        stamp = cursor.fetchone()
    if stamp is None:
        return Rules(0, {}, WorkingTime(ZoneInfo(city.timezone)))
    return kept_for_version(city, f"routing {stamp}", lambda city: _rules_of(city, stamp[0]))


def rules_of_version(city: Jurisdiction, version: RoutingVersion) -> Rules:
    """The rules of an old version, by today's holidays."""
    return laid_out(version.number, version.rules.select_related("team"), calendar_of(city, version.working_hours))


def laid_out(version: int, rules: Iterable[RoutingRule], calendar: WorkingTime) -> Rules:
    """Rules ready to be looked up; they need their teams."""
    return Rules(version, {(rule.service_id, rule.area_id): rule for rule in rules}, calendar)


def calendar_of(city: Jurisdiction, working_hours: Mapping[str, Any]) -> WorkingTime:
    """The city's working time: hours of a version, and the holidays as they are now."""
    return working_time(working_hours, Holiday.objects.filter(jurisdiction=city).values_list("date", flat=True), city.timezone)


def _keys(service_id: int, area_id: int | None) -> tuple[Key | None, ...]:
    in_area = (service_id, area_id), (None, area_id)
    return (in_area[0] if area_id is not None else None, (service_id, None), in_area[1] if area_id is not None else None, (None, None))


def _rules_of(city: Jurisdiction, number: int) -> Rules:
    return rules_of_version(city, RoutingVersion.objects.get(jurisdiction=city, number=number))
