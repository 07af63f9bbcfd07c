"""The routing table: changed as a whole, looked at before it counts, tried out, saved as a new version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Team
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.routing_words import difference_words, due_words, rule_result, rule_sentence, why_words
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_hours_words import hours_lines
from evenhand.web.console.setup_routing_table import NEW_ROWS, RoutingTable
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import RoutingVersion
from evenhand.web.service_requests.routing import Rules, calendar_of, current_rules, laid_out
from evenhand.web.service_requests.routing_versions import (
    LONGEST_NOTE,
    RoutingChangedMeanwhile,
    RoutingInvalid,
    current_version,
    merged,
    rule_differences,
    rules_given,
    rules_with_names,
    save_routing,
    what_would_change,
)

_TEMPLATE: Final = "console/setup/routing.html"


def routing(request: HttpRequest) -> HttpResponse:
    """The table of the version that counts; sent back, what the pressed button says: save, preview, try, more."""
    city = city_of_person(request)
    table, version = RoutingTable(city), current_version(city)
    if request.method != "POST":
        table.show(rules_given(version))
        return _page(request, table, version)
    table.read(request.POST)
    act = _ACTS.get(request.POST.get("action", ""), _preview)
    return act(request, table, version)


def versions(request: HttpRequest) -> HttpResponse:
    """All versions, the newest first."""
    city = city_of_person(request)
    rows = city.routing_versions.select_related("made_by")[:500]
    return setup_page(request, "console/setup/routing_versions.html", {"versions": rows, "zone": city.timezone}, part="routing")


def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version, and how it differs from another (`?with=`; the one before it unless said)."""
    city = city_of_person(request)
    shown = city.routing_versions.select_related("made_by").filter(number=number).first()
    if shown is None:
        raise Http404
    wanted = request.GET.get("with", "")
    other_number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else number - 1
    other = city.routing_versions.filter(number=other_number).first()
    context = {
        "version": shown,
        "other": other,
        "numbers": [row.number for row in city.routing_versions.all() if row.number != number],
        "rules": [(rule, rule_result(rule)) for rule in rules_with_names(shown)],
        "hours": hours_lines(shown.working_hours),
        "other_hours": hours_lines(other.working_hours) if other else [],
        "differences": difference_words(rule_differences(rules_with_names(other), rules_with_names(shown))) if other else [],
        "has_other_hours": other is not None and other.working_hours != shown.working_hours,
        "zone": city.timezone,
    }
    return setup_page(request, "console/setup/routing_version.html", context, part="routing")


def _preview(request: HttpRequest, table: RoutingTable, version: RoutingVersion | None) -> HttpResponse:
    return _page(request, table, version, is_preview=table.is_valid)


def _more(request: HttpRequest, table: RoutingTable, version: RoutingVersion | None) -> HttpResponse:
    table.add_blank_rows(NEW_ROWS)
    return _page(request, table, version)


def _try(request: HttpRequest, table: RoutingTable, version: RoutingVersion | None) -> HttpResponse:
    return _page(request, table, version, tried=_tried(request, table, version) if table.is_valid else None)


def _save(request: HttpRequest, table: RoutingTable, version: RoutingVersion | None) -> HttpResponse:
    if not table.is_valid:
        return _page(request, table, version)
    city, note = city_of_person(request), request.POST.get("note", "").strip()
    try:
        saved = save_routing(city, by=person_of(request), seen=_seen(request), real_at=clock.real_now(), rules=table.rules, note=note)
    except RoutingChangedMeanwhile:
        return _merged_page(request, table)
    except RoutingInvalid as refused:  # a team was retired, a service taken away, since the form was made
        return _page(request, table, current_version(city), refused=cast("list[str]", refused.facts["faults"]))
    if version is not None and saved.pk == version.pk:
        messages.info(request, _("Nothing was changed: version %(number)d counts as before.") % {"number": saved.number})
    else:
        messages.success(request, _("Version %(number)d counts from now on.") % {"number": saved.number})
    return redirect("console:setup_routing")


_ACTS: Final[Mapping[str, Callable[[HttpRequest, RoutingTable, RoutingVersion | None], HttpResponse]]] = {
    "save": _save,
    "preview": _preview,
    "try": _try,
    "more": _more,
}


def _merged_page(request: HttpRequest, table: RoutingTable) -> HttpResponse:
    """Somebody else saved meanwhile: what they changed and what was typed here, in one table, to be looked at and saved again."""
    city = city_of_person(request)
    base = city.routing_versions.filter(number=_seen(request)).first()
    theirs = city.routing_versions.select_related("made_by").order_by("-number").first()
    rules, both = merged(rules_given(base), table.rules, rules_given(theirs))
    fresh = RoutingTable(city)
    fresh.show(rules, both=both)
    return _page(request, fresh, theirs, meanwhile=theirs, both=len(both), is_preview=True, status=409)


def _page(
    request: HttpRequest, table: RoutingTable, version: RoutingVersion | None, *, is_preview: bool = False, status: int = 0, **context: Any
) -> HttpResponse:
    city, number = city_of_person(request), version.number if version else 0
    seen = number if "meanwhile" in context or request.method != "POST" else _seen(request)
    shown = {
        "table": table,
        "version": version,
        "seen": seen,
        "next_number": number + 1,
        "note": request.POST.get("note", "")[:LONGEST_NOTE],
        "longest_note": LONGEST_NOTE,
        "try_service": request.POST.get("try_service", ""),
        "try_area": request.POST.get("try_area", ""),
        "unrouted": table.services_without_rule() if version else [],
        "empty_teams": _empty_teams(city, table),
        "zone": city.timezone,
        **table.context(),
        **context,
    }
    if is_preview and table.is_valid:
        shown |= _changes(city, table, version, clock.now())
    return setup_page(request, _TEMPLATE, shown, part="routing", status=status or (200 if table.is_valid else 422))


def _changes(city: Jurisdiction, table: RoutingTable, version: RoutingVersion | None, at: datetime) -> dict[str, Any]:
    unsaved = table.unsaved(version or RoutingVersion(jurisdiction=city))
    before = current_rules(city)
    return {
        "is_preview": True,
        "differences": difference_words(rule_differences(rules_with_names(version), unsaved)),
        "would_change": what_would_change(city, before, laid_out(0, unsaved, _calendar(city, version)), at),
    }


def _tried(request: HttpRequest, table: RoutingTable, version: RoutingVersion | None) -> dict[str, Any] | None:
    """What the rules as they stand in the form would do with a request that came in now."""
    city, at = city_of_person(request), clock.now()
    service = next((row for row in table.services if str(row.pk) == request.POST.get("try_service")), None)
    if service is None:
        return {"fault": _("Choose a service to try.")}
    area = next((row for row in table.areas if str(row.pk) == request.POST.get("try_area")), None)
    unsaved = {rule.pk: rule for rule in table.unsaved(version or RoutingVersion(jurisdiction=city))}
    rules: Rules = laid_out(0, unsaved.values(), _calendar(city, version))
    routed = rules.route(service.pk, area.pk if area else None, at)
    if routed.rule is None:
        return {"words": why_words(routed.why)}
    words = rule_sentence(unsaved[routed.rule], routed.due_at, city)
    is_empty = routed.team is not None and not routed.team.members.filter(is_active=True).exists()
    return {"words": words, "why": why_words(routed.why), "now": due_words(at, city), "is_empty": is_empty}


def _calendar(city: Jurisdiction, version: RoutingVersion | None) -> Any:
    return calendar_of(city, version.working_hours if version else {})


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _empty_teams(city: Jurisdiction, table: RoutingTable) -> list[Team]:
    wanted = {row.team for row in table.rows if not row.is_removed}
    with_people = set(Team.objects.filter(jurisdiction=city, members__is_active=True).values_list("pk", flat=True))
    return [team for team in table.teams if str(team.pk) in wanted and team.pk not in with_people]
