"""A team is retired: its open requests and its routing rules go to another team, or are said to have none. Nothing is left behind by accident.

Locks are taken as everywhere: the city, then requests, then the team. Whoever gives the team a request holds the request and then the team, so what
came in between is handed over in another round, with the team let go first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.administrators import lock_cities
from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.teams import set_retired
from evenhand.web.service_requests.handing_over import hand_over, waiting_of_team
from evenhand.web.service_requests.routing_versions import replace_team


class TeamNotRetirable(EvenhandError):
    """What the team has cannot go where it was said to."""


@dataclass(frozen=True, slots=True)
class Retired:
    """What retiring did."""

    requests: int
    rules: int


@transaction.atomic
def retire_team(team: Team, *, to: Team | None, by: Account, at: datetime, real_at: datetime) -> Retired:
    """Raises TeamNotRetirable for a team of another city, a retired one, or the same. A team that is retired already stays so."""
    lock_cities([team.jurisdiction])
    now = Team.objects.select_related("jurisdiction").get(pk=team.pk)
    if to is not None and (to.pk == now.pk or to.jurisdiction_id != now.jurisdiction_id or Team.objects.get(pk=to.pk).is_retired):
        raise TeamNotRetirable("team_not_retirable", f"Expected another team of the city that is not retired, got {to.name!r}.")
    if now.is_retired:
        return Retired(0, 0)
    rules = replace_team(now.jurisdiction, now, to, by=by, note=f"{now.name} → {to.name if to else '–'}", real_at=real_at)
    moved = hand_over(now, to, by=by, at=at)
    while not _closed_to_more(now):
        moved += hand_over(now, to, by=by, at=at)
    set_retired(now, True, by=by, at=real_at, requests_moved=moved, requests_to=to.name if to else None)
    return Retired(moved, rules)


def _closed_to_more(team: Team) -> bool:
    """Hold the team, so that nobody can give it anything; where somebody just did, let it go again (a savepoint that is taken back) and say so."""
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).only("pk").get(pk=team.pk)
        if waiting_of_team(team).exists():
            transaction.set_rollback(True)
            return False
    return True
