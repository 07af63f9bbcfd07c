"""Changing the routing: every change is a new version with all its rules, and the old versions stay to be read.

Whoever saves says which version they saw. If somebody else saved meanwhile nothing is overwritten; if what they want is what already counts (the same
form twice), nothing is made. The city's row is the lock. Open requests keep the team and the deadline that they were given: a deadline is a promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account, Team
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.models import RoutingRule, RoutingVersion, Service, ServiceRequest
from evenhand.web.service_requests.routing import Key, Rules
from evenhand.web.service_requests.workflow import Priority
from evenhand.web.service_requests.working_time import MOST_HOURS, working_time

LONGEST_NOTE = 240


class RoutingChangedMeanwhile(EvenhandError):
    """Somebody else saved a version since this one was shown."""


class RoutingInvalid(EvenhandError):
    """Rules that cannot be saved; every fault is named."""


@dataclass(frozen=True, slots=True)
class RuleGiven:
    """A rule as somebody wants it: keys of a service and an area (None: every one), of a team; hours of working time (None: no deadline)."""

    service_id: int | None
    area_id: int | None
    team_id: int
    work_hours: int | None = None
    priority: int = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """A rule that two versions do not have alike; None where one has none for this service and area."""

    before: RoutingRule | None
    after: RoutingRule | None


@dataclass(frozen=True, slots=True)
class WouldChange:
    """Of the requests that are open now: how many would be routed otherwise if they came in again under other rules."""

    open_count: int
    other_team: int
    other_deadline: int
    other_priority: int
    without_team: int


def current_version(city: Jurisdiction) -> RoutingVersion | None:
    """The version that counts; None before the first."""
    return city.routing_versions.order_by("-number").first()


def rules_with_names(version: RoutingVersion | None) -> list[RoutingRule]:
    """The rules of a version with all that their names need: by service, then area, the general ones last."""
    if version is None:
        return []
    rules = version.rules.select_related("service__group", "area", "team").defer("area__shape", "area__properties")
    return sorted(rules, key=_place_in_table)


def save_routing(
    city: Jurisdiction,
    *,
    by: Account | None,
    seen: int,
    real_at: datetime,
    rules: Sequence[RuleGiven] | None = None,
    working_hours: Mapping[str, Any] | None = None,
    note: str = "",
) -> RoutingVersion:
    """Make the next version; rules or hours that are not given stay as they are. `seen` is the number of the version that was changed (0: none).

    Raises RoutingChangedMeanwhile, RoutingInvalid, WorkingTimeInvalid.
    """
    with transaction.atomic():
        _lock(city)
        before = current_version(city)
        wanted = rules_given(before) if rules is None else sorted(rules, key=_order)
        hours = dict((before.working_hours if before else {}) if working_hours is None else working_hours)
        if before is not None and wanted == rules_given(before) and hours == before.working_hours:
            return before
        _refuse_stale(before, seen)
        _check(city, wanted, hours)
        number = before.number + 1 if before else 1
        version = RoutingVersion.objects.create(
            jurisdiction=city, number=number, working_hours=hours, note=note[:LONGEST_NOTE], made_by=by, made_at=real_at
        )
        RoutingRule.objects.bulk_create(_rows(city, version, wanted))
        _note(city, by, before, version, real_at)
        return version


def replace_team(city: Jurisdiction, old: Team, new: Team | None, *, by: Account | None, note: str, real_at: datetime) -> int:
    """Give the rules of one team to another, or take them away (None); returns how many there were. In the caller's transaction."""
    _lock(city)
    version = current_version(city)
    rules = rules_given(version)
    changed = sum(rule.team_id == old.pk for rule in rules)
    if version is not None and changed:
        kept = [
            RuleGiven(rule.service_id, rule.area_id, new.pk if new and rule.team_id == old.pk else rule.team_id, rule.work_hours, rule.priority)
            for rule in rules
            if new is not None or rule.team_id != old.pk
        ]
        save_routing(city, by=by, seen=version.number, real_at=real_at, rules=kept, note=note)
    return changed


def merged(base: Iterable[RuleGiven], mine: Iterable[RuleGiven], theirs: Iterable[RuleGiven]) -> tuple[list[RuleGiven], set[Key]]:
    """What I changed since `base`, upon what they changed; and the keys (service, area) that both changed, each otherwise, where mine stands."""
    was, wanted, now = ({(rule.service_id, rule.area_id): rule for rule in rules} for rules in (base, mine, theirs))
    result, both = dict(now), set()
    for key in {**was, **wanted}:
        if wanted.get(key) == was.get(key):
            continue
        if now.get(key) not in {was.get(key), wanted.get(key)}:
            both.add(key)
        if (rule := wanted.get(key)) is None:
            result.pop(key, None)
        else:
            result[key] = rule
    return sorted(result.values(), key=_order), both


def rules_given(version: RoutingVersion | None) -> list[RuleGiven]:
    """The rules of a version as they would be given to `save_routing`."""
    if version is None:
        return []
    rows = version.rules.values_list("service_id", "area_id", "team_id", "work_hours", "priority")
    return sorted((RuleGiven(*row) for row in rows), key=_order)


def rule_differences(before: Iterable[RoutingRule], after: Iterable[RoutingRule]) -> list[RuleDifference]:
    """Rules that were added, taken away or changed, in the table's order."""
    was, is_now = ({(rule.service_id, rule.area_id): rule for rule in rules} for rules in (before, after))
    pairs = [RuleDifference(was.get(key), is_now.get(key)) for key in {**was, **is_now} if _said(was.get(key)) != _said(is_now.get(key))]
    return sorted(pairs, key=lambda pair: _place_in_table(pair.after or pair.before))  # type: ignore[arg-type]  # one of the two is there


def what_would_change(city: Jurisdiction, before: Rules, after: Rules, at: datetime) -> WouldChange:
    """One query: open requests are counted by service and area, and each pair is routed under both."""
    groups = ServiceRequest.objects.of(city).open().order_by().values_list("service_id", "area_id").annotate(count=Count("pk"))
    totals = [0, 0, 0, 0, 0]
    for service_id, area_id, count in groups:
        old, new = before.route(service_id, area_id, at), after.route(service_id, area_id, at)
        differs = (
            True,
            (old.team and old.team.pk) != (new.team and new.team.pk),
            old.due_at != new.due_at,
            old.priority != new.priority,
            new.team is None,
        )
        totals = [total + count * is_so for total, is_so in zip(totals, differs, strict=True)]
    return WouldChange(*totals)


def rule_words(rule: RoutingRule) -> str:
    """A rule in one line for the history: names as the city wrote them, and signs that need no language."""
    service = rule.service.name if rule.service else "*"
    where = rule.area.name if rule.area else "*"
    hours = "–" if rule.work_hours is None else f"{rule.work_hours} h"
    return f"{service} · {where} → {rule.team.name} · {hours} · {Priority(rule.priority).name.lower()}"


def _lock(city: Jurisdiction) -> None:
    Jurisdiction.objects.select_for_update(no_key=True).only("pk").get(pk=city.pk)


def _refuse_stale(before: RoutingVersion | None, seen: int) -> None:
    now = before.number if before else 0
    if now != seen:
        raise RoutingChangedMeanwhile(
            "routing_changed_meanwhile",
            f"Changed from version {seen}, but version {now} counts meanwhile. Nothing was saved.",
            seen=seen,
            now=now,
        )


def _check(city: Jurisdiction, rules: Sequence[RuleGiven], hours: Mapping[str, Any]) -> None:
    working_time(hours, (), city.timezone)
    known: dict[str, set[int | None]] = {
        "service": {None, *Service.objects.filter(jurisdiction=city).values_list("pk", flat=True)},
        "area": {None, *Area.objects.filter(jurisdiction=city).values_list("pk", flat=True)},
        "team": {*Team.objects.filter(jurisdiction=city, is_retired=False).values_list("pk", flat=True)},
    }
    faults = [fault for number, rule in enumerate(rules, 1) for fault in _faults(number, rule, known)]
    keys = [(rule.service_id, rule.area_id) for rule in rules]
    faults += [f"rule {number}: there is another for the same service and area" for number, key in enumerate(keys, 1) if key in keys[: number - 1]]
    if faults:
        raise RoutingInvalid("routing_invalid", "The rules cannot be saved:\n" + "\n".join(f"- {fault}" for fault in faults), faults=faults)


def _faults(number: int, rule: RuleGiven, known: Mapping[str, set[int | None]]) -> list[str]:
    faults = [f"rule {number}: no such {name} in this city" for name in known if getattr(rule, f"{name}_id") not in known[name]]
    if rule.work_hours is not None and not 1 <= rule.work_hours <= MOST_HOURS:
        faults.append(f"rule {number}: hours of working time are 1 to {MOST_HOURS}, got {rule.work_hours}")
    if rule.priority not in set(Priority):
        faults.append(f"rule {number}: no such priority: {rule.priority}")
    return faults


def _order(rule: RuleGiven) -> tuple[Any, ...]:
    return (rule.service_id is None, rule.service_id or 0, rule.area_id is None, rule.area_id or 0)


def _rows(city: Jurisdiction, version: RoutingVersion, rules: Sequence[RuleGiven]) -> list[RoutingRule]:
    """In the order of the table: a rule's number is its place in it."""
    services = Service.objects.filter(jurisdiction=city).select_related("group").in_bulk([rule.service_id for rule in rules if rule.service_id])
    areas = Area.objects.filter(jurisdiction=city).only("name").in_bulk([rule.area_id for rule in rules if rule.area_id])
    rows = [
        RoutingRule(
            version=version,
            service=services.get(rule.service_id or 0),
            area=areas.get(rule.area_id or 0),
            team_id=rule.team_id,
            work_hours=rule.work_hours,
            priority=rule.priority,
        )
        for rule in rules
    ]
    return sorted(rows, key=_place_in_table)


def _place_in_table(rule: RoutingRule) -> tuple[Any, ...]:
    service, area = rule.service, rule.area
    by_service = (service.group.order, service.group.name, service.order, service.name) if service else ()
    return (service is None, by_service, area is None, area.name if area else "")


def _said(rule: RoutingRule | None) -> tuple[Any, ...] | None:
    return None if rule is None else (rule.team_id, rule.work_hours, rule.priority)


def _note(city: Jurisdiction, by: Account | None, before: RoutingVersion | None, after: RoutingVersion, real_at: datetime) -> None:
    pairs = rule_differences(rules_with_names(before), rules_with_names(after))
    was: dict[str, Any] = {"version": before.number, "rules": [rule_words(pair.before) for pair in pairs if pair.before]} if before else {}
    now: dict[str, Any] = {"version": after.number, "rules": [rule_words(pair.after) for pair in pairs if pair.after]}
    if before is None or before.working_hours != after.working_hours:
        was |= {"working_hours": _hours_words(before.working_hours)} if before else {}
        now["working_hours"] = _hours_words(after.working_hours)
    if after.note:
        now["note"] = after.note
    record(city, by, "routing", str(after.number), was, now, real_at)


def _hours_words(hours: Mapping[str, Any]) -> dict[str, str]:
    """By ISO weekday; around the clock is every day from 0 to 24."""
    if not hours:
        return {"1–7": "00:00–24:00"}
    return {day: ", ".join("–".join(span) for span in spans) for day, spans in sorted(hours.items()) if spans}
