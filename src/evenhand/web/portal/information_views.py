"""What this is, where its data come from, what is kept about people, which cities there are, and whether all is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evenhand.web.core import clock, worker_pulse
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.cities import cities_of, city_of
from evenhand.web.portal.city_pages import city_page
from evenhand.web.portal.figure_words import day, number
from evenhand.web.portal.import_words import fault_words, quarantine_words
from evenhand.web.portal.wording import source_name
from evenhand.web.service_requests.models import ImportRun

_MOST_RUNS = 50
_COUNTS = ("rows", "new", "changed", "unchanged", "repeated", "older", "quarantined")


@dataclass(frozen=True, slots=True)
class RunRow:
    """One import, as the page about the data tells it."""

    source: str
    file_name: str
    day: str
    data_until: str
    counts: list[str]
    faults: list[tuple[str, str]]
    put_aside: list[tuple[str, str]]
    is_finished: bool


@require_safe
@city_page
def about(request: HttpRequest, city: Jurisdiction) -> HttpResponse:
    """What this service is, and where its requests come from, with all that was odd about them."""
    runs = list(ImportRun.objects.filter(jurisdiction=city).order_by("-started_at")[:_MOST_RUNS])
    return render(request, "portal/information/about.html", {"runs": [_run(run) for run in runs], "count_titles": _count_titles()})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What everybody can rely on, and what is not good yet."""
    return render(request, "portal/information/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, for how long, and how to erase it."""
    return render(request, "portal/information/privacy.html")


@require_safe
def cities(request: HttpRequest) -> HttpResponse:
    """The cities that this instance serves, to choose from."""
    current = city_of(request)
    rows = [
        {"name": city.name, "url": f"{reverse('portal:home')}?city={city.slug}", "is_current": current is not None and city.pk == current.pk}
        for city in sorted(cities_of(request), key=lambda city: city.name.casefold())
    ]
    return render(request, "portal/information/cities.html", {"rows": rows})


@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """For machines that watch: 200 while the database answers and is migrated, else 503. A worker that is late is said, and fails no page."""
    checks: dict[str, Any] = {"database": _database_answers()}
    checks["migrations"] = checks["database"] and _is_migrated()
    is_well = all(checks.values())
    worker = _worker() if is_well else "unknown"
    return JsonResponse({"status": "ok" if is_well else "failing", "checks": checks, "worker": worker}, status=200 if is_well else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _worker() -> str:
    return "late" if worker_pulse.is_late(worker_pulse.last_pulse(), real_at=clock.real_now()) else "ok"


def _count_titles() -> list[str]:
    return [_("Rows"), _("New"), _("Changed"), _("Unchanged"), _("Repeated"), _("Older than known"), _("Put aside")]


def _run(run: ImportRun) -> RunRow:
    quarantine = run.counts.get("quarantine") or {}
    return RunRow(
        source=source_name(run.source.split(":")[0]),
        file_name=run.file_name,
        day=day(run.started_at),
        data_until=day(run.data_until) if run.data_until else "–",
        counts=[number(int(run.counts.get(name, 0))) for name in _COUNTS],
        faults=[(fault_words(code), number(count)) for code, count in sorted(run.fault_counts.items(), key=lambda item: -item[1])],
        put_aside=[(quarantine_words(code), number(count)) for code, count in sorted(quarantine.items(), key=lambda item: -item[1])],
        is_finished=run.finished_at is not None,
    )
