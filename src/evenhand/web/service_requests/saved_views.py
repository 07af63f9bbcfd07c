"""Searches of the queue that people keep under a name: their own, or shared with everybody in the city.

A view keeps the queue's own query string and is read anew each time: what it names may have been retired since, and then the page says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.models import Account
from evenhand.web.core.plain_rows import rows_where
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import SavedView

MOST_VIEWS = 40
LONGEST_NAME, LONGEST_QUERY = 80, 1000


class ViewRefused(EvenhandError):
    """A view that cannot be kept: without a name, too long, or one too many."""


def views_of(person: Account, city: Jurisdiction) -> Sequence[SavedView]:
    """Those that a person sees in a city: their own first, then what others share. One query."""
    seen = f"jurisdiction_id = %s AND (account_id = %s OR is_shared) ORDER BY name, id LIMIT {2 * MOST_VIEWS}"
    found = rows_where(SavedView, seen, (city.pk, person.pk))
    return sorted(found, key=lambda view: (view.account_id != person.pk, view.name.casefold()))


def save_view(person: Account, city: Jurisdiction, *, name: str, query: str, is_shared: bool, at: datetime) -> SavedView:
    """Keep a search under a name; one's own view of that name is replaced. Raises ViewRefused."""
    name = " ".join(name.replace("\0", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise ViewRefused("view_name", f"A view needs a name of at most {LONGEST_NAME} characters; {len(name)} came.")
    if len(query) > LONGEST_QUERY:
        raise ViewRefused("view_query", f"A view's filters have at most {LONGEST_QUERY} characters; {len(query)} came. Search for fewer words.")
    own = SavedView.objects.filter(jurisdiction=city, account=person)
    if own.exclude(name=name).count() >= MOST_VIEWS:
        raise ViewRefused("view_count", f"Expected at most {MOST_VIEWS} views of one's own. Delete one that is no longer needed.")
    view, _ = own.update_or_create(
        jurisdiction=city, account=person, name=name, defaults={"query": query, "is_shared": is_shared}, create_defaults={
            "query": query, "is_shared": is_shared, "created_at": at, "jurisdiction": city, "account": person, "name": name,
        },
    )  # fmt: skip
    return view


def delete_view(person: Account, city: Jurisdiction, key: int) -> bool:
    """Delete one's own view; False where there is none (a double click, or somebody else's)."""
    return SavedView.objects.filter(pk=key, account=person, jurisdiction=city).delete()[0] > 0
