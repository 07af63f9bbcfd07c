"""A configuration is brought into a city: first what it would change and what is wrong with it, then all of it in one transaction, or nothing.

Every subject is changed by the same action as in the console, with the same checks and its own row in the history. Once more the same file changes
nothing. People, and what names people, are not touched: a team keeps its members and its mail address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.teams import save_team, set_retired
from evenhand.web.conversations.models import ResponseTemplate
from evenhand.web.conversations.template_editing import save_template
from evenhand.web.core.differences import stamp
from evenhand.web.journeys.compare_configurations import Difference, compare, with_questions_kept
from evenhand.web.journeys.export_configuration import SECTIONS, Document, configuration_of
from evenhand.web.journeys.read_configuration import Known, faults_in, normal_configuration, unknown_in
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import service_editing as services
from evenhand.web.service_requests.article_editing import save_article
from evenhand.web.service_requests.holidays import DayGiven, add_holidays, remove_holiday
from evenhand.web.service_requests.models import Holiday, KnowledgeArticle, Service
from evenhand.web.service_requests.routing_versions import RuleGiven, current_version, save_routing
from evenhand.web.service_requests.service_entries import normal_entry

MOST_FAULTS_SHOWN: Final = 50


class ConfigurationInvalid(EvenhandError):
    """A configuration that cannot be used; nothing of it was taken."""

    @classmethod
    def of(cls, faults: Sequence[str]) -> ConfigurationInvalid:
        told = "\n".join(f"- {fault}" for fault in faults[:MOST_FAULTS_SHOWN])
        more = f"\n- and {len(faults) - MOST_FAULTS_SHOWN} more" if len(faults) > MOST_FAULTS_SHOWN else ""
        words = "This file cannot be used as a configuration (docs/reference/services-file.md says what one looks like). Nothing was changed. Found:"
        return cls("configuration_invalid", f"{words}\n{told}{more}", faults=list(faults))


class ConfigurationChangedMeanwhile(EvenhandError):
    """The city's set-up was changed since the differences were shown."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do. `seen` stands for the city's set-up that it was compared with."""

    faults: Sequence[str]
    unknown: Sequence[str]
    differences: Sequence[Difference]
    seen: str


def plan_import(city: Jurisdiction, document: Any) -> Plan:
    """Look at a file without changing anything."""
    now = configuration_of(city)
    seen = stamp({section: now[section] for section in SECTIONS})
    faults = faults_in(document, _known(city, now))
    if faults:
        return Plan(faults, [], [], seen)
    found = compare(now, normal_configuration(document, now["groups"]))
    kept = [_keeping_answered(city, one) for one in found]
    return Plan([fault for _, faults in kept for fault in faults], unknown_in(document), [one for one, _ in kept], seen)


@transaction.atomic
def import_configuration(city: Jurisdiction, document: Any, *, person: Account | None, at: datetime, seen: str = "") -> Sequence[Difference]:
    """Make the changes of a file; returns them. With `seen` only if the city's set-up still is what the plan was made from.

    Raises ConfigurationInvalid, ConfigurationChangedMeanwhile.
    """
    Jurisdiction.objects.select_for_update(no_key=True).only("pk").get(pk=city.pk)
    plan = plan_import(city, document)
    if plan.faults:
        raise ConfigurationInvalid.of(plan.faults)
    if seen and seen != plan.seen and plan.differences:
        raise ConfigurationChangedMeanwhile("configuration_changed_meanwhile", "The set-up was changed meanwhile: look at the differences again.")
    try:
        for difference in plan.differences:
            if difference.section not in {"routing", "working_hours"} and difference.subject:
                _WRITERS[difference.section](city, difference, person, at)
    except EvenhandError as error:  # what a console's action refuses although the file is in order: a name that a retired team has, …
        raise ConfigurationInvalid.of([f"{difference.section}: {difference.subject}: {error.message}"]) from error
    _write_routing(city, plan.differences, person, at)
    if plan.differences:
        _write_sequences(city, document)
        counts = {section: sum(one.section == section for one in plan.differences) for section in SECTIONS}
        record(city, person, "configuration", city.name, {}, {section: count for section, count in counts.items() if count}, at)
    return plan.differences


def _known(city: Jurisdiction, now: Document) -> Known:
    return Known(
        services={one["service_code"] for one in now["services"]},
        areas=set(Area.objects.filter(jurisdiction=city).values_list("code", flat=True)),
        teams={one["code"] for one in now["teams"]},
    )


def _keeping_answered(city: Jurisdiction, found: Difference) -> tuple[Difference, list[str]]:
    """Questions that the file drops and that were answered are retired; other changes that answers forbid are faults."""
    if found.section != "services" or not found.before or not found.subject or found.kind == "retired":
        return found, []
    service = Service.objects.get(jurisdiction=city, code=found.before["service_code"])
    codes = {one["code"] for one in found.after["definition"]["attributes"]}
    dropped = [one for one in found.before["definition"]["attributes"] if one["code"] not in codes and services.answers_to(service, one["code"])]
    after = with_questions_kept(found.before, found.after, dropped) if dropped else found.after
    faults = [f"services: {found.subject}: {_answer_words(fault)}" for fault in services.answer_faults(service, found.before, after)]
    (again,) = compare({"services": [found.before]}, {"services": [after]}) or [found]
    return again, faults


def _answer_words(fault: str) -> str:
    _answered, code, *value = fault.split(":", 2)
    if value:
        return f"question {code}: {value[0]!r} was given as an answer, so it must stay among the values"
    return f"question {code}: it was answered, so its datatype must stay; give the new question a code of its own"


def _write_group(city: Jurisdiction, found: Difference, person: Account | None, at: datetime) -> None:
    given = {"name": found.after["name"], "translations": found.after["translations"], "person": person, "at": at}
    services.save_group(city, found.before.get("code", ""), **given, seen=stamp(found.before), wanted_code=found.after["code"])


def _write_service(city: Jurisdiction, found: Difference, person: Account | None, at: datetime) -> None:
    entry = normal_entry(found.after)
    if found.before:
        services.change_service(city, entry["service_code"], lambda _now: entry, person=person, at=at)
    else:
        services.create_service(city, entry, person=person, at=at)


def _write_team(city: Jurisdiction, found: Difference, person: Account | None, at: datetime) -> None:
    team = Team.objects.filter(jurisdiction=city, code=found.after["code"]).first()
    entry = found.after
    if team is None or (team.name, team.is_confined) != (entry["name"], entry["confined"]):
        kept: dict[str, Any] = {"email": team.email, "members": list(team.members.all())} if team else {}
        team = save_team(city, team, by=person, at=at, name=entry["name"], code=entry["code"], is_confined=entry["confined"], **kept)
    set_retired(team, entry["retired"], by=person, at=at)


def _write_holiday(city: Jurisdiction, found: Difference, person: Account | None, at: datetime) -> None:
    if found.before:
        row = Holiday.objects.get(jurisdiction=city, date=found.before["date"])
        remove_holiday(city, row.pk, by=person, real_at=at)
    if found.after:
        add_holidays(city, [DayGiven(date.fromisoformat(found.after["date"]), found.after["name"])], by=person, real_at=at)


def _write_template(city: Jurisdiction, found: Difference, person: Account | None, at: datetime) -> None:
    before = found.before
    named = {name: before[name] for name in ("use", "language", "name")} if before else {}
    row = ResponseTemplate.objects.filter(jurisdiction=city, service__code=before["service"], **named).first() if before else None
    save_template(city, row, found.after, seen=stamp(before), person=person, at=at)


def _write_article(city: Jurisdiction, found: Difference, person: Account | None, at: datetime) -> None:
    row = KnowledgeArticle.objects.filter(jurisdiction=city, code=found.after["code"]).first()
    save_article(city, row, found.after, seen=stamp(found.before), person=person, at=at)


_WRITERS: Final[dict[str, Callable[[Jurisdiction, Difference, Account | None, datetime], None]]] = {
    "groups": _write_group,
    "services": _write_service,
    "teams": _write_team,
    "holidays": _write_holiday,
    "templates": _write_template,
    "articles": _write_article,
}


def _write_routing(city: Jurisdiction, found: Sequence[Difference], person: Account | None, at: datetime) -> None:
    """All rules and hours at once: one new version."""
    changed = [one for one in found if one.section == "routing"]
    hours = next((one.after for one in found if one.section == "working_hours"), None)
    if not changed and hours is None:
        return
    version = current_version(city)
    gone = [one.before for one in changed if one.before]
    kept = [rule for rule in configuration_of(city)["routing"] if rule not in gone]
    wanted = [*kept, *(one.after for one in changed if one.after)]
    keys = {
        name: dict(rows.values_list("code", "pk"))
        for name, rows in (
            ("service", Service.objects.filter(jurisdiction=city)),
            ("area", Area.objects.filter(jurisdiction=city)),
            ("team", Team.objects.filter(jurisdiction=city)),
        )
    }
    rules = [
        RuleGiven(keys["service"].get(one["service"]), keys["area"].get(one["area"]), keys["team"][one["team"]], one["work_hours"], one["priority"])
        for one in wanted
    ]
    save_routing(city, by=person, seen=version.number if version else 0, real_at=at, rules=rules, working_hours=hours)


def _write_sequences(city: Jurisdiction, document: Document) -> None:
    """Groups and services stand as the file has them; what it does not have follows."""
    wanted = normal_configuration(document, configuration_of(city)["groups"])
    services.arrange(
        city, groups=[one["code"] for one in wanted.get("groups", ())], codes=[one["service_code"] for one in wanted.get("services", ())]
    )
