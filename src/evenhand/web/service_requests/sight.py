"""What a member of staff sees of a city: one rule, asked of many requests (`ServiceRequestQuerySet.visible_to`) and of one that was read.

Nobody sees a city that they do not work for. Without SEE_PERSONAL_DATA people see what the public sees: nothing held, nothing private. Members of
confined teams alone see those teams' requests; one open team that is not retired lets its member see everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evenhand.web.accounts.roles import Ability
from evenhand.web.core.prepared_statements import prepared_cursor

if TYPE_CHECKING:
    from evenhand.web.accounts.models import Account
    from evenhand.web.service_requests.models import ServiceRequest
    from evenhand.web.service_requests.querysets import ServiceRequestQuerySet

# A row for each team of a person in a city, or one row of nulls; none at all for somebody who does not work there. Every page of the console asks.
_MEMBERSHIP: Final = """
SELECT t.id, t.is_confined, t.is_retired FROM accounts_account_cities c
  LEFT JOIN accounts_team t ON t.jurisdiction_id = c.jurisdiction_id AND t.id IN (SELECT team_id FROM accounts_team_members WHERE account_id = %s)
 WHERE c.account_id = %s AND c.jurisdiction_id = %s
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """Of one city: all its requests or only public ones, and those of all teams (None) or of some."""

    city_key: int
    is_public_only: bool
    team_keys: frozenset[int] | None = None

    def of(self, requests: ServiceRequestQuerySet) -> ServiceRequestQuerySet:
        """Those of many that are seen."""
        seen = requests.filter(jurisdiction=self.city_key)
        seen = seen.public() if self.is_public_only else seen
        return seen if self.team_keys is None else seen.filter(team__in=self.team_keys)

    def covers(self, request: ServiceRequest) -> bool:
        """Whether one is seen."""
        is_theirs = self.team_keys is None or request.team_id in self.team_keys
        return request.jurisdiction_id == self.city_key and is_theirs and (request.is_public or not self.is_public_only)


def sight_of(person: Account, city_key: int) -> Sight | None:
    """What somebody sees of a city; None for nothing. One query at most."""
    if not person.can(Ability.SEE_REQUESTS):
        return None
    with prepared_cursor() as cursor:
        cursor.execute(_MEMBERSHIP, [person.pk, person.pk, city_key])
        teams = cursor.fetchall()
    if not teams:
        return None
    is_confined = any(confined for _key, confined, _retired in teams)
    is_freed = any(key and not confined and not retired for key, confined, retired in teams)
    own = frozenset(key for key, *_ in teams) if is_confined and not is_freed else None
    return Sight(city_key, is_public_only=not person.can(Ability.SEE_PERSONAL_DATA), team_keys=own)
