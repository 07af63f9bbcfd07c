"""Why a request went where it went, in words: for its page, and for trying the rules out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Subquery
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Event, RoutingRule
from evenhand.web.service_requests.routing_versions import RuleDifference
from evenhand.web.service_requests.workflow import Priority

PRIORITY_WORDS: Final = {
    Priority.LOW: pgettext_lazy("priority", "Low"),
    Priority.NORMAL: pgettext_lazy("priority", "Normal"),
    Priority.HIGH: pgettext_lazy("priority", "High"),
    Priority.URGENT: pgettext_lazy("priority", "Urgent"),
}
_WHY: Final[Mapping[str, Any]] = {
    "no_rule": gettext_lazy("No rule fits, so it has no team."),
    "no_rules": gettext_lazy("The city has no routing rules, so it has no team."),
    "team_retired": gettext_lazy("A more particular rule was passed over: its team is retired."),
    "starts_at_opening": gettext_lazy("It came outside working hours, so the time counts from the next opening."),
}


def routing_words(event: Event, city: Jurisdiction) -> str:
    """The sentence for a "routed" event: "Pothole in Dockside → Roads, due in 16 working hours: Tue, March 3, 2:30 p.m. (rule 12 of version 3)"."""
    facts = event.facts
    rule = _rule(facts.get("rule"))
    codes = [str(code) for code in facts.get("why", ())]
    if rule is None:
        return why_words(codes)
    due = datetime.fromisoformat(facts["due_at"]) if facts.get("due_at") else None
    sentence = rule_sentence(rule, due, city, number=rule.number, version=int(facts.get("version", 0)))  # type: ignore[attr-defined]  # annotated
    return ". ".join(part for part in (sentence, why_words(codes)) if part)


def rule_sentence(rule: RoutingRule, due_at: datetime | None, city: Jurisdiction, *, number: int = 0, version: int = 0) -> str:
    """A rule at work; `number` 0 leaves out which rule it is."""
    facts = {"what": rule_subject(rule), "team": rule.team.name}
    if due_at is None or rule.work_hours is None:
        sentence = _("%(what)s → %(team)s, without a deadline") % facts
    else:
        facts |= {"hours": working_hours_words(rule.work_hours), "due": due_words(due_at, city)}
        sentence = _("%(what)s → %(team)s, due in %(hours)s: %(due)s") % facts
    if not number:
        return sentence
    return _("%(sentence)s (rule %(number)d of version %(version)d)") % {"sentence": sentence, "number": number, "version": version}


def working_hours_words(hours: int) -> str:
    """16 working hours."""
    return ngettext("%(count)d working hour", "%(count)d working hours", hours) % {"count": hours}


def rule_result(rule: RoutingRule) -> str:
    """What a rule gives: "Roads · 16 working hours · Normal"."""
    hours = _("no deadline") if rule.work_hours is None else working_hours_words(rule.work_hours)
    return f"{rule.team.name} · {hours} · {PRIORITY_WORDS[Priority(rule.priority)]}"


def difference_words(pairs: Iterable[RuleDifference]) -> list[dict[str, str]]:
    """Differences of two versions, to be listed."""
    return [
        {
            "subject": rule_subject(pair.after or pair.before),  # type: ignore[arg-type]  # one of the two is there
            "before": rule_result(pair.before) if pair.before else "",
            "after": rule_result(pair.after) if pair.after else "",
        }
        for pair in pairs
    ]


def rule_subject(rule: RoutingRule) -> str:
    """What a rule speaks of: "Pothole in Dockside", "Everything in Dockside"."""
    service = rule.service.name_in(get_language() or "") if rule.service else _("Everything")
    return _("%(service)s in %(area)s") % {"service": service, "area": rule.area.name} if rule.area else service


def due_words(due_at: datetime, city: Jurisdiction) -> str:
    """A deadline in the city's time."""
    moment = localtime(due_at, ZoneInfo(city.timezone))
    return date_format(moment, pgettext("Django date format", "D, N j, P"))


def why_words(codes: Sequence[str]) -> str:
    """What the codes of a routing say beyond its rule."""
    return " ".join(str(_WHY[code]) for code in codes if code in _WHY)


def _rule(key: Any) -> RoutingRule | None:
    """With its place in the version, counted in the order in which the rules were made."""
    earlier = RoutingRule.objects.filter(version=OuterRef("version"), pk__lte=OuterRef("pk")).order_by().values("version").annotate(n=Count("pk"))
    rules = RoutingRule.objects.annotate(number=Subquery(earlier.values("n"))).select_related("service", "area", "team")
    return rules.defer("area__shape", "area__properties").filter(pk=key).first() if isinstance(key, int) else None
