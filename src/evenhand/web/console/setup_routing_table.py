"""The routing table as a form: one row a rule, typed values kept as they were typed until every one of them can be used.

An existing rule is known by its service and area, which stand in the names of its fields; a new one chooses them. A row that is marked to be removed,
and a new row in which nothing was chosen, count as no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Team
from evenhand.web.console.routing_words import PRIORITY_WORDS
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.models import RoutingRule, RoutingVersion, Service
from evenhand.web.service_requests.routing import Key
from evenhand.web.service_requests.routing_versions import RuleGiven
from evenhand.web.service_requests.workflow import Priority
from evenhand.web.service_requests.working_time import MOST_HOURS

EVERY: Final = "*"
NEW_ROWS: Final = 3
MOST_NEW_ROWS: Final = 60
_MOST_ROWS: Final = 3000
_LONGEST: Final = 20


@dataclass
class Row:
    """One row as it stands in the form. `name` begins the names of its fields; new rows choose `service` and `area`."""

    name: str
    service: str
    area: str
    team: str = ""
    hours: str = ""
    priority: str = str(int(Priority.NORMAL))
    is_new: bool = False
    is_removed: bool = False
    is_both: bool = False
    service_words: str = ""
    area_words: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return self.is_new and not (self.service or self.area or self.team or self.hours)


class RoutingTable:
    """The rows of a city's routing, from a version or from what was sent."""

    def __init__(self, city: Jurisdiction) -> None:
        self.city = city
        language = get_language() or ""
        services = Service.objects.filter(jurisdiction=city).select_related("group")
        self.services = list(services.order_by("group__order", "group__name", "order", "name"))
        self.areas = list(Area.objects.filter(jurisdiction=city).only("pk", "name", "is_retired").order_by("name"))
        self.teams = list(Team.objects.filter(jurisdiction=city, is_retired=False).order_by("name"))
        self._service_words = {str(service.pk): service.name_in(language) for service in self.services}
        self._area_words = {str(area.pk): area.name for area in self.areas}
        self._team_keys = {str(team.pk) for team in self.teams}
        self.rows: list[Row] = []

    def show(self, rules: Iterable[RuleGiven], *, both: frozenset[Key] | set[Key] = frozenset()) -> None:
        """Fill in rules, in the order of services and areas, and blank rows behind them."""
        rows = [self._row_of(rule, is_both=(rule.service_id, rule.area_id) in both) for rule in rules]
        places = {key: number for number, key in enumerate(self._service_words)}
        rows.sort(key=lambda row: (row.service == EVERY, places.get(row.service, 0), row.area == EVERY, row.area_words))
        self.rows = rows
        self.add_blank_rows(NEW_ROWS)

    def read(self, data: QueryDict) -> None:
        """Fill in what was sent."""
        names = [name for name in data.getlist("row")[:_MOST_ROWS] if _is_name(name)]
        self.rows = [self._row_sent(name, data) for name in dict.fromkeys(names)]
        for row in self.rows:
            self._check(row)
        self._check_twice()

    def add_blank_rows(self, count: int) -> None:
        """Further rows to fill in."""
        new = sum(row.is_new for row in self.rows)
        self.rows += [Row(f"new-{number}", "", "", is_new=True) for number in range(new, min(new + count, MOST_NEW_ROWS))]

    @property
    def is_valid(self) -> bool:
        return not any(row.faults for row in self.rows)

    @property
    def faults(self) -> list[dict[str, str]]:
        """Every fault with the field that it is about."""
        return [{"field": f"{row.name}-{name}", "words": words} for row in self.rows for name, words in row.faults.items()]

    @property
    def rules(self) -> list[RuleGiven]:
        """The rules that the rows say; only when valid."""
        return [
            RuleGiven(_key(row.service), _key(row.area), int(row.team), int(row.hours) if row.hours else None, int(row.priority))
            for row in self._counting()
        ]

    def unsaved(self, version: RoutingVersion) -> list[RoutingRule]:
        """The same as rows of the table that are in no database, to be looked up and shown. Their keys are their places."""
        services = {service.pk: service for service in self.services}
        areas, teams = {area.pk: area for area in self.areas}, {team.pk: team for team in self.teams}
        return [
            RoutingRule(
                pk=number,
                version=version,
                service=services.get(rule.service_id or 0),
                area=areas.get(rule.area_id or 0),
                team=teams[rule.team_id],
                work_hours=rule.work_hours,
                priority=rule.priority,
            )
            for number, rule in enumerate(self.rules, 1)
        ]

    @property
    def priorities(self) -> Sequence[tuple[str, str]]:
        return [(str(int(priority)), str(words)) for priority, words in PRIORITY_WORDS.items()]

    def services_without_rule(self) -> list[Service]:
        """Services that can be reported and that no rule would catch everywhere. None where a general rule catches all."""
        general = {row.service for row in self._counting() if row.area == EVERY}
        return [] if EVERY in general else [service for service in self.services if service.is_offered and str(service.pk) not in general]

    def _counting(self) -> Iterator[Row]:
        return (row for row in self.rows if not (row.is_removed or row.is_blank))

    def _row_of(self, rule: RuleGiven, *, is_both: bool) -> Row:
        service, area = _text(rule.service_id), _text(rule.area_id)
        hours = "" if rule.work_hours is None else str(rule.work_hours)
        row = Row(f"{service}-{area}", service, area, str(rule.team_id), hours, str(rule.priority), is_both=is_both)
        return self._named(row)

    def _row_sent(self, name: str, data: QueryDict) -> Row:
        def sent(part: str) -> str:
            return data.get(f"{name}-{part}", "").strip()[:_LONGEST]

        is_new = name.startswith("new-")
        service, area = (sent("service"), sent("area")) if is_new else name.split("-")
        row = Row(name, service, area, sent("team"), sent("hours"), sent("priority"), is_new=is_new, is_removed=bool(sent("remove")))
        return self._named(row)

    def _named(self, row: Row) -> Row:
        row.service_words = _("Every service") if row.service == EVERY else self._service_words.get(row.service, "")
        row.area_words = _("The whole city") if row.area == EVERY else self._area_words.get(row.area, "")
        return row

    def _check(self, row: Row) -> None:
        if row.is_removed or row.is_blank:
            return
        if row.service != EVERY and row.service not in self._service_words:
            row.faults["service"] = _("Choose a service, or “every service”.")
        if row.area != EVERY and row.area not in self._area_words:
            row.faults["area"] = _("Choose an area, or “the whole city”.")
        if row.team not in self._team_keys:
            row.faults["team"] = _("Choose a team.")
        if row.hours and not (row.hours.isascii() and row.hours.isdigit() and 1 <= int(row.hours) <= MOST_HOURS):
            row.faults["hours"] = _("Hours are a whole number from 1 to %(most)d, or nothing for no deadline.") % {"most": MOST_HOURS}
        if row.priority not in {code for code, _words in self.priorities}:
            row.faults["priority"] = _("Choose a priority.")

    def _check_twice(self) -> None:
        seen: dict[tuple[str, str], Row] = {}
        for row in self._counting():
            if (row.service, row.area) in seen and "service" not in row.faults:
                row.faults["service"] = _("There is another rule for this service and area.")
            seen.setdefault((row.service, row.area), row)

    def context(self) -> dict[str, Any]:
        """What the template needs to draw the form."""
        return {
            "rows": self.rows,
            "teams": [(str(team.pk), team.name) for team in self.teams],
            "priorities": self.priorities,
            "services": list(self._service_words.items()),
            "areas": [(str(area.pk), area.name) for area in self.areas if not area.is_retired],
        }


def _text(key: int | None) -> str:
    return EVERY if key is None else str(key)


def _key(text: str) -> int | None:
    return None if text == EVERY else int(text)


def _is_name(name: str) -> bool:
    first, _dash, second = name.partition("-")
    return len(name) <= 2 * _LONGEST and (first == "new" or _is_key(first)) and _is_key(second) and not (first == "new" and second == EVERY)


def _is_key(text: str) -> bool:
    return text == EVERY or (text.isascii() and text.isdigit())
