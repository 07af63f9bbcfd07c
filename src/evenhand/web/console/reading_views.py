"""The log of who read whose personal data, for administrators: who, whose request, when, and on which page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account, PersonalDataRead
from evenhand.web.accounts.reading_log import reads_of
from evenhand.web.console.door import city_of_person
from evenhand.web.console.setup_frame import setup_page

PAGE_SIZE: Final = 100
_LONGEST: Final = 150
PURPOSES: Final[Mapping[str, str | Promise]] = {
    "request_page": gettext_lazy("Page of the request"),
    "caller_history": gettext_lazy("History of a caller"),
    "queue": gettext_lazy("Queue"),
    "ask_reporter": gettext_lazy("Asking the reporter"),
    "held": gettext_lazy("Held for review"),
}
"""How the purposes are called; one that stands not here is shown as it is."""


def reads(request: HttpRequest) -> HttpResponse:
    """The newest first, by person and request, a page at a time."""
    city = city_of_person(request)
    filters = {name: request.GET.get(name, "")[:_LONGEST].replace("\0", "").strip() for name in ("who", "reference")}
    filters["reference"] = filters["reference"].replace(" ", "")
    before = request.GET.get("before", "")
    rows = reads_of(city, username=filters["who"], reference=filters["reference"])
    if before.isascii() and before.isdecimal() and len(before) <= 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE_SIZE + 1])
    given = {name: value for name, value in filters.items() if value}
    context: dict[str, Any] = {
        "rows": [_shown(row) for row in found[:PAGE_SIZE]],
        "filters": filters,
        "is_filtered": bool(given),
        "people": Account.objects.filter(cities=city).order_by("first_name", "last_name", "username"),
        "older_url": f"?{urlencode(given | {'before': str(found[PAGE_SIZE - 1].pk)})}" if len(found) > PAGE_SIZE else "",
        "newest_url": f"?{urlencode(given)}" if before else "",
        "zone": city.timezone,
    }
    return setup_page(request, "console/reads.html", context, part="reads")


def _shown(row: PersonalDataRead) -> dict[str, Any]:
    return {"who": row.account.shown_name, "reference": row.reference, "why": PURPOSES.get(row.purpose, row.purpose), "at": row.at}
