"""Every morning dispatchers and administrators hear what waits in their city, by team: once a day each, and only where something waits.

Each is told what they may see, as supervision counts it. Counts only, as in the digests of teams; the mail's key is the person, the city and the
local day.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.links import console_url
from evenhand.web.insights.supervision import By, Supervision, supervision
from evenhand.web.journeys.send_digests import FROM_HOUR
from evenhand.web.places.models import Jurisdiction

SUPERVISORS = (Role.DISPATCHER, Role.ADMINISTRATOR)


def send_city_digests(*, at: datetime) -> int:
    """Write today's digest of everybody who supervises a city, has an address and had none today; returns how many."""
    awake = [city for city in Jurisdiction.objects.defer("boundary") if at.astimezone(ZoneInfo(city.timezone)).hour >= FROM_HOUR]
    return sum(_send(person, city, at) for city in awake for person in _supervisors(city))


def _supervisors(city: Jurisdiction) -> list[Account]:
    return list(Account.objects.filter(cities=city, role__in=SUPERVISORS, is_active=True).exclude(email="").order_by("pk"))


def _send(person: Account, city: Jurisdiction, at: datetime) -> bool:
    day, language = at.astimezone(ZoneInfo(city.timezone)).date(), person.language or city.language
    key = f"digest-city-{city.pk}-{person.pk}-{day.isoformat()}"
    if conversations.was_written(key):
        return False  # asked before counting, which costs more
    counted = supervision(city, person, by=By.TEAM, start=at, end=at, at=at)
    waiting = counted.total.waiting
    if not waiting.open and not waiting.disputed:
        return False
    context = {
        "at": at,
        "open": waiting.open,
        "overdue": waiting.overdue,
        "disputed": waiting.disputed,
        "teams": _teams(counted, language),
        "queue_url": f"{console_url()}?{urlencode({'city': city.slug})}",
    }
    return conversations.enqueue_once("city_digest", key=key, to=person.email, language=language, city=city, at=at, context=context)


def _teams(counted: Supervision, language: str) -> list[dict[str, Any]]:
    """What waits by team, in the order of their names; what nobody has stands at the end."""
    names = dict(Team.objects.filter(pk__in=[line.key for line in counted.lines if line.key]).values_list("pk", "name"))
    with translation.override(language):
        nobody = _("No team")
    lines = sorted(counted.lines, key=lambda line: (line.key is None, names.get(line.key, "")))
    return [
        {"name": names.get(line.key, nobody), "open": line.waiting.open, "overdue": line.waiting.overdue, "disputed": line.waiting.disputed}
        for line in lines
    ]
