"""What a page of the staff queue costs the server: a hundred rows at 10 thousand and at 1 million requests, for somebody who is signed in.

The first line is the bar; the others are the worst realistic filters, a search, and the map beside the rows. Counts of views are kept for a minute:
the first page of a minute is told apart. Run: `python -m benchmarks.staff_queue`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from benchmarks.web_measuring import Answer, Bar, Cost, Meter, run, session_cookie

if TYPE_CHECKING:
    from evenhand.web.places.models import Jurisdiction

ROWS: Final = 100
BARRED: Final = f"staff queue, {ROWS} rows"
BARS: Final = {BARRED: Bar(15.0, statements=10)}
FILTERS: Final = {
    "newest first": "order=newest",
    "a team": "team=team-0",
    "a rare service in one area, high": "service=service-30&area=a09&priority=high",
    "nobody, overdue, one service": "assignee=nobody&due=overdue&service=service-3",
    "search, two words": "q=wharf+street",
    "search, a rare word": "q=399+orchard",
    "closed": "state=closed",
    "open and closed, a service": "state=any&service=service-5",
}


def main() -> int:
    return run("benchmarks.staff_queue", measured, BARS)


def measured(city: Jurisdiction, meter: Meter) -> Iterator[Cost]:
    from evenhand.web.console.queue_views_beside import forget_counts

    cookie = session_cookie(_dispatcher(city))

    def asking(address: str, *, rows: int = 0) -> Callable[[], Answer]:
        def ask() -> Answer:
            answer = meter.ask(address, cookie=cookie)
            assert answer.status == 200, answer
            return answer

        assert ask().words.count(b"data-row=") >= rows
        return ask

    first = asking("/console/", rows=ROWS)

    def first_of_a_minute() -> Answer:
        forget_counts(city)
        return first()

    yield meter.cost(BARRED, first)
    yield meter.cost("first page of a minute", first_of_a_minute, a_batch=4)
    yield meter.cost("second page", asking(_second_page(first()), rows=ROWS), a_batch=4)
    for name, query in FILTERS.items():
        yield meter.cost(name, asking(f"/console/?{query}"), a_batch=4)
    whole = f"{city.west},{city.south},{city.east},{city.north}"
    yield meter.cost("map of the city", asking(f"/console/queue/map.json?bbox={whole}&zoom=12"), a_batch=4)


def _second_page(first: Answer) -> str:
    """The address of the second page stands on the first."""
    found = re.search(rb'href="(/console/\?after=[^"]+)"', first.words)
    assert found is not None
    return found[1].decode()


def _dispatcher(city: Jurisdiction) -> object:
    from evenhand.web.accounts.models import Account

    person = Account.objects.create(username="queue-reader", role="dispatcher")
    person.cities.add(city)
    person.teams.add(*city.teams.all()[:2])
    return person


if __name__ == "__main__":
    raise SystemExit(main())
