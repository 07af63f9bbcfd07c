"""A city's set-up as one document: the services file (docs/reference/services-file.md) with what the city has beside its services.

What makes a city work and could work elsewhere: nobody's name, no address, no secret. Of a team there is its code and name; its members and its mail
address are people's. The same set-up gives the same document, to the letter, so that two of them can be compared.
"""

from __future__ import annotations

import json
from typing import Any, Final

from evenhand.web.accounts.models import Team
from evenhand.web.conversations.template_editing import template_entry, templates_of
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.article_editing import article_entry
from evenhand.web.service_requests.articles import articles_of
from evenhand.web.service_requests.models import Holiday, RoutingRule
from evenhand.web.service_requests.routing_versions import current_version, rules_with_names
from evenhand.web.service_requests.service_editing import groups_of
from evenhand.web.service_requests.service_entries import entry_of, group_entry, services_of

FORMAT: Final = "evenhand-configuration"
VERSION: Final = 1
SECTIONS: Final = ("groups", "services", "teams", "working_hours", "routing", "holidays", "templates", "articles")
Document = dict[str, Any]


def configuration_of(city: Jurisdiction) -> Document:
    """The set-up of a city as it is now."""
    version = current_version(city)
    return {
        "format": FORMAT,
        "version": VERSION,
        "city": city.name,
        "groups": [group_entry(group) for group in groups_of(city)],
        "services": [entry_of(service) for service in services_of(city)],
        "teams": [team_entry(team) for team in Team.objects.filter(jurisdiction=city).order_by("code")],
        "working_hours": dict(sorted((version.working_hours if version else {}).items())),
        "routing": sorted((rule_entry(rule) for rule in rules_with_names(version)), key=rule_place),
        "holidays": [{"date": day.date.isoformat(), "name": day.name} for day in Holiday.objects.filter(jurisdiction=city).order_by("date")],
        "templates": sorted((template_entry(row) for row in templates_of(city)), key=template_place),
        "articles": sorted((article_entry(row) for row in articles_of(city, with_retired=True)), key=lambda one: str(one["code"])),
    }


def as_text(document: Document) -> str:
    """The document as the text of a file that people can read and compare line by line."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def team_entry(team: Team) -> Document:
    """A team without its people."""
    return {"code": team.code, "name": team.name, "confined": team.is_confined, "retired": team.is_retired}


def rule_entry(rule: RoutingRule) -> Document:
    """A rule by codes; null stands for "every service", "everywhere", "no deadline"."""
    return {
        "service": rule.service.code if rule.service else None,
        "area": rule.area.code if rule.area else None,
        "team": rule.team.code,
        "work_hours": rule.work_hours,
        "priority": rule.priority,
    }


def rule_place(entry: Document) -> tuple[str, str]:
    """What a rule is about: there is one rule for it."""
    return (entry["service"] or "", entry["area"] or "")


def template_place(entry: Document) -> tuple[str, str, str, str]:
    """What names a template: no two have all of it alike."""
    return (entry["use"], entry["service"] or "", entry["language"], entry["name"])
