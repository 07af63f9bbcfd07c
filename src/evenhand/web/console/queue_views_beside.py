"""The views beside the queue: those that the console brings along and those that people saved, with how many each holds.

Counting stops at a thousand, happens in one query for all, and is kept for a minute a process: the numbers tell where work lies, and nobody acts on
the difference between 214 and 215.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account
from evenhand.web.console.queue_choices import Choices
from evenhand.web.console.queue_forms import QueueQuery, read_query
from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import kept_for_version
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.queue import Counted, QueueFilters, counted_all, requests_in_queue
from evenhand.web.service_requests.saved_views import views_of

KEPT_SECONDS: Final = 60.0
MOST_KEPT: Final = 5000
_BUILT_IN: Final = (
    (gettext_lazy("All that waits"), ""),
    (gettext_lazy("Mine"), "assignee=me"),
    (gettext_lazy("My teams’"), "team=mine"),
    (gettext_lazy("Overdue"), "due=overdue"),
    (gettext_lazy("No team yet"), "team=nobody"),
    (gettext_lazy("Said to be not fixed"), "state=reopen_requested"),
)
_Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class View:
    """One view, as the list beside the queue shows it. `key` is that of one's own saved one, `number` the digit that shows it."""

    name: str
    query: str
    count: Counted
    is_current: bool
    key: int | None = None
    is_others: bool = False
    number: int | None = None

    @property
    def count_words(self) -> str:
        return count_words(self.count)


class _Counts:
    """What was counted in the last minute, by person and view."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, tuple[float, Counted]] = OrderedDict()

    def get(self, key: _Key) -> Counted | None:
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def keep(self, key: _Key, counted: Counted) -> None:
        with self._lock:
            self._kept[key] = (time.monotonic() + KEPT_SECONDS, counted)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


def forget_counts(city: Jurisdiction) -> None:
    """Count anew from now on, in this process: somebody has just changed what is counted and will look."""
    _counts_of(city).forget()


def _counts_of(city: Jurisdiction) -> _Counts:
    return kept_for_version(city, "queue_counts", lambda _: _Counts())


def views_beside(
    visible: ServiceRequestQuerySet, query: QueueQuery, *, choices: Choices, city: Jurisdiction, person: Account, at: datetime
) -> tuple[Sequence[View], Counted]:
    """All views, the current one marked, and the count of what is asked for now. Two queries, or one."""
    found: list[tuple[str, str, int | None, bool]] = [(str(name), address, None, False) for name, address in _BUILT_IN]
    for view in views_of(person, city):
        is_own = view.account_id == person.pk
        found.append((view.name, view.query, view.pk if is_own else None, not is_own))

    def filters_of(address: str) -> QueueFilters:
        return read_query(QueryDict(address).dict(), choices=choices, city=city, person=person, at=at).filters

    shown = urlencode({name: value for name, value in query.values.items() if name not in {"order", "place"}})
    asked = {address: filters_of for _name, address, *_ in found} | {shown: lambda _: query.filters}
    numbers = _counted(visible, asked, city=city, person=person, at=at)
    views = [
        View(name, address, numbers[address], address == query.query and not query.faults, key, is_others, place if place <= 9 else None)
        for place, (name, address, key, is_others) in enumerate(found, start=1)
    ]
    return views, numbers[shown]


def links_of(views: Sequence[View]) -> SafeString:
    """The views as items of a list; names are people's own words."""
    shared = f'<span class="visually-hidden">{escape(_("Shared:"))}</span> '
    queue = reverse("console:queue")
    return mark_safe("".join(_link(view, queue, shared if view.is_others else "") for view in views))  # noqa: S308 - escaped in _link


def _link(view: View, queue: str, before: str) -> str:
    address = queue + (f"?{escape(view.query)}" if view.query else "")
    marks = (f' data-queue-view="{view.number}"' if view.number else "") + (' aria-current="page"' if view.is_current else "")
    kind = "queue-views__link queue-views__link--shared" if view.is_others else "queue-views__link"
    count = f'<span class="queue-views__count">{escape(view.count_words)}</span>'
    return f'<li><a class="{kind}" href="{address}"{marks}>{before}{escape(view.name)} {count}</a></li>'


def count_words(count: Counted) -> str:
    """ "214", or "1,000+" where counting stopped."""
    number = number_format(count.number, force_grouping=True)
    return _("%(number)s+") % {"number": number} if count.is_more else number


def _counted(
    visible: ServiceRequestQuerySet, asked: Mapping[str, Callable[[str], QueueFilters]], *, city: Jurisdiction, person: Account, at: datetime
) -> dict[str, Counted]:
    """By address, how many; what is not kept is read and counted anew."""
    counts, same = _counts_of(city), (person.pk, person.role)
    known = {address: counted for address in asked if (counted := counts.get((*same, address))) is not None}
    new = [address for address in asked if address not in known]
    fresh = counted_all([requests_in_queue(visible, asked[address](address), person=person, at=at) for address in new])
    for address, counted in zip(new, fresh, strict=True):
        counts.keep((*same, address), counted)
        known[address] = counted
    return known
