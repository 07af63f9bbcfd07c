"""The history of the set-up, newest first, with readable differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from evenhand.web.accounts.administrative_history import differences
from evenhand.web.accounts.models import Account, AdministrativeChange
from evenhand.web.console.door import city_of_person
from evenhand.web.console.setup_entry_words import field_words
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_values import KIND_WORDS, shown_value
from evenhand.web.places.models import Jurisdiction

PAGE_SIZE: Final = 50
_LONGEST_SEARCH: Final = 100


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A change in words."""

    row: AdministrativeChange
    kind: str
    what: str
    lines: Sequence[dict[str, Any]]


def history(request: HttpRequest) -> HttpResponse:
    """Changes of the city's set-up, by kind, person and words, a page at a time."""
    city = city_of_person(request)
    filters = {name: request.GET.get(name, "")[:_LONGEST_SEARCH].replace("\0", "").strip() for name in ("kind", "who", "q")}
    rows = list(_chosen(city, filters, _before(request))[: PAGE_SIZE + 1])
    shown = [_shown(row) for row in rows[:PAGE_SIZE]]
    given = {name: value for name, value in filters.items() if value}
    older = f"?{urlencode(given | {'before': rows[PAGE_SIZE - 1].pk})}" if len(rows) > PAGE_SIZE else ""
    context = {
        "changes": shown,
        "filters": filters,
        "is_filtered": bool(given),
        "kinds": sorted(((code, str(words)) for code, words in KIND_WORDS.items()), key=lambda pair: pair[1]),
        "people": [(str(person.pk), person.shown_name) for person in _authors(city)],
        "older_url": older,
        "newest_url": f"?{urlencode(given)}" if _before(request) else "",
        "zone": city.timezone,
    }
    return setup_page(request, "console/setup/history.html", context, part="history")


def _chosen(city: Jurisdiction, filters: dict[str, str], before: int | None) -> QuerySet[AdministrativeChange]:
    rows = AdministrativeChange.objects.filter(jurisdiction=city).select_related("account").order_by("-pk")
    if filters["kind"]:
        rows = rows.filter(kind=filters["kind"])
    if filters["who"] == "command_line":
        rows = rows.filter(account=None)
    elif filters["who"]:
        rows = rows.filter(account_id=int(filters["who"])) if _is_key(filters["who"]) else rows.none()
    if filters["q"]:
        rows = rows.filter(Q(subject__icontains=filters["q"]))
    return rows if before is None else rows.filter(pk__lt=before)


def _authors(city: Jurisdiction) -> QuerySet[Account]:
    written = AdministrativeChange.objects.filter(jurisdiction=city, account__isnull=False).values("account")
    return Account.objects.filter(pk__in=written).order_by("first_name", "last_name", "username")


def _before(request: HttpRequest) -> int | None:
    wanted = request.GET.get("before", "")
    return int(wanted) if _is_key(wanted) else None


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _shown(row: AdministrativeChange) -> ChangeShown:
    what = _("added") if not row.before else _("removed") if not row.after else _("changed")
    lines = [{"field": field_words(pair.field), "before": shown_value(pair.before), "after": shown_value(pair.after)} for pair in differences(row)]
    return ChangeShown(row, str(KIND_WORDS.get(row.kind, row.kind)), what, lines)
