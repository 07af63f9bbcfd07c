"""Every morning each team hears what waits for it: once a day, from seven o'clock in the city, and only where something waits.

Counts only: names and words of reporters stay in the console. The mail's key is the team and the local day, so that two workers, or one that was
killed, send it once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Min, Q

from evenhand.web.accounts.models import Team
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.links import console_url
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import State, Status

FROM_HOUR = 7
_DAY = timedelta(days=1)


def send_digests(*, at: datetime) -> int:
    """Write today's digest of every team that has an address and had none today; returns how many."""
    teams = Team.objects.filter(is_retired=False).exclude(email="").select_related("jurisdiction").defer("jurisdiction__boundary")
    return sum(_send(team, at) for team in teams if at.astimezone(ZoneInfo(team.jurisdiction.timezone)).hour >= FROM_HOUR)


@transaction.atomic
def _send(team: Team, at: datetime) -> bool:
    counts = _counts(team, at)
    if not counts["open"] and not counts["disputed"]:
        return False
    oldest = counts.pop("oldest")
    context = counts | {
        "team": team.name,
        "at": at,
        "oldest_days": (at - oldest).days if oldest else None,
        "queue_url": f"{console_url()}?{urlencode({'city': team.jurisdiction.slug, 'team': team.code})}",
    }
    day = at.astimezone(ZoneInfo(team.jurisdiction.timezone)).date()
    return conversations.enqueue_once(
        "team_digest",
        key=f"digest-{team.pk}-{day.isoformat()}",
        to=team.email,
        language=team.jurisdiction.language,
        city=team.jurisdiction,
        at=at,
        context=context,
    )


def _counts(team: Team, at: datetime) -> dict[str, Any]:
    is_open = Q(status=Status.OPEN)
    waiting = ServiceRequest.objects.of(team.jurisdiction).filter(is_open | Q(state=State.REOPEN_REQUESTED), team=team)
    return waiting.aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due_at__lt=at)),
        due_soon=Count("pk", filter=is_open & Q(due_at__gte=at, due_at__lt=at + _DAY)),
        fresh=Count("pk", filter=is_open & Q(requested_at__gte=at - _DAY)),
        unassigned=Count("pk", filter=is_open & Q(assignee=None)),
        disputed=Count("pk", filter=Q(state=State.REOPEN_REQUESTED)),
        oldest=Min("requested_at", filter=is_open),
    )
