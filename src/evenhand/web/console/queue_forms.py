"""The filters of the queue: everything in the address, every wrong value said, and what is right still applied.

Read by hand rather than by a form of Django's: the page is asked for all day, and a form with two hundred choices costs more than its hundred rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.queue_choices import Choice, Choices
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.channels import CHANNELS
from evenhand.web.portal.wording import badge_label
from evenhand.web.service_requests.callers import same_reporter
from evenhand.web.service_requests.outcomes import CONDITIONS, Outcome, closed_for
from evenhand.web.service_requests.queue import QueueFilters, Show
from evenhand.web.service_requests.queue_order import Order
from evenhand.web.service_requests.reference_numbers import SERVABLE
from evenhand.web.service_requests.text_index import words_of
from evenhand.web.service_requests.workflow import OPEN_STATES, ClosingReason, Priority, State

ME, MINE, NOBODY = "me", "mine", "nobody"
LONGEST_SEARCH: Final = 200
FIELDS: Final = (
    "q",
    "state",
    "service",
    "team",
    "assignee",
    "area",
    "due",
    "priority",
    "channel",
    "mark",
    "became",
    "from",
    "to",
    "near",
    "place",
    "reporter",
    "order",
)
_YEARS = range(1970, 2200)
_SHOW_WORDS: Final = {
    Show.WAITING: gettext_lazy("All that waits"),
    Show.OPEN: gettext_lazy("Open"),
    Show.CLOSED: gettext_lazy("Closed"),
    Show.ANY: gettext_lazy("Open and closed"),
}
PRIORITY_WORDS: Final = {
    Priority.URGENT: gettext_lazy("Urgent"),
    Priority.HIGH: gettext_lazy("High"),
    Priority.NORMAL: gettext_lazy("Normal"),
    Priority.LOW: gettext_lazy("Low"),
}
_PRIORITIES: Final[dict[str, tuple[Any, tuple[int, ...]]]] = {
    "urgent": (PRIORITY_WORDS[Priority.URGENT], (Priority.URGENT,)),
    "high": (gettext_lazy("High and urgent"), (Priority.HIGH, Priority.URGENT)),
    "normal": (PRIORITY_WORDS[Priority.NORMAL], (Priority.NORMAL,)),
    "low": (PRIORITY_WORDS[Priority.LOW], (Priority.LOW,)),
}
_DUES: Final = {
    "overdue": gettext_lazy("Overdue"),
    "day": gettext_lazy("Within a day, or overdue"),
    "week": gettext_lazy("Within a week, or overdue"),
}
_DUE_SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7)}
_ORDERS: Final = {Order.DUE: gettext_lazy("Overdue first"), Order.NEWEST: gettext_lazy("Newest first"), Order.OLDEST: gettext_lazy("Oldest first")}
_OUTCOMES: Final = {
    Outcome.CLOSED: gettext_lazy("Closed"),
    **{closed_for(reason): reason for reason in ClosingReason},
    Outcome.PROVEN: gettext_lazy("Fixed, with evidence"),
    Outcome.VETOED: gettext_lazy("Said to be not fixed"),
    Outcome.REOPENED: gettext_lazy("Opened again"),
    Outcome.EVER_CLOSED: gettext_lazy("Closed at some time"),
    Outcome.ANSWERED: gettext_lazy("Answered in public"),
    Outcome.DEADLINE_MISSED: gettext_lazy("Deadline missed"),
    Outcome.DEADLINE_KEPT: gettext_lazy("Deadline kept"),
    Outcome.DEADLINE_JUDGED: gettext_lazy("Deadline kept or missed"),
    Outcome.DATE_MISSED: gettext_lazy("Given date missed"),
    Outcome.DATE_KEPT: gettext_lazy("Given date kept"),
    Outcome.DATE_JUDGED: gettext_lazy("Given date kept or missed"),
    Outcome.FIRST_CONTACT: gettext_lazy("Settled at first contact"),
}
CHANNEL_WORDS: Final = {code: channel.name for code, channel in CHANNELS.items()}


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """What was asked: the filters, the values that make sense as they stand in the address, and by field what is wrong with the others."""

    filters: QueueFilters
    values: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)

    def address(self, *, without: tuple[str, ...] = (), **more: str) -> str:
        """The same filters for another address: `?…`, or nothing."""
        found = {name: value for name, value in self.values.items() if name not in without} | more
        return f"?{urlencode(found)}" if found else ""

    @property
    def query(self) -> str:
        """As a saved view keeps it."""
        return self.address().removeprefix("?")


def read_query(data: Mapping[str, str], *, choices: Choices, city: Jurisdiction, person: Account, at: datetime) -> QueueQuery:
    """The filters of an address. What makes no sense does not limit, and is said."""
    reader = _Reader(choices, city, person, at)
    for name in FIELDS:
        typed = str(data.get(name, "")).replace("\0", "").strip()
        if typed:
            reader.take(name, typed)
    if reader.filters.start and reader.filters.end and reader.filters.end <= reader.filters.start:
        reader.faults["to"] = _("The last day lies before the first one.")
    return QueueQuery(reader.filters, reader.values, reader.faults)


def options(choices: Choices, person: Account) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By field, what can be chosen: the value and its words."""
    sees_all = person.can(Ability.SEE_PERSONAL_DATA)
    made: Mapping[str, Sequence[tuple[str, str]]] = choices.made(f"options, {sees_all}", lambda: _options(choices, sees_all=sees_all))
    return made


def _options(choices: Choices, *, sees_all: bool) -> Mapping[str, Sequence[tuple[str, str]]]:
    states = [state for state in State if state in OPEN_STATES or state is State.REOPEN_REQUESTED]
    return {
        "state": [*((str(show), str(words)) for show, words in _SHOW_WORDS.items()), *((str(state), badge_label(state)) for state in states)],
        "service": _named(choice for choice in choices.services if sees_all or not choice.is_private),
        "team": [(MINE, _("My teams")), (NOBODY, _("No team")), *_named(choices.teams)],
        "assignee": [(ME, _("Me")), (NOBODY, _("Nobody")), *_named(choices.people)],
        "area": _named(choices.areas),
        "due": [(code, str(words)) for code, words in _DUES.items()],
        "priority": [(code, str(words)) for code, (words, _keys) in _PRIORITIES.items()],
        "channel": [(code, str(words)) for code, words in CHANNEL_WORDS.items()],
        "mark": [("held", _("Held for review"))] if sees_all else [],
        "became": [(str(code), badge_label(words) if isinstance(words, ClosingReason) else str(words)) for code, words in _OUTCOMES.items()],
        "order": [(str(order), str(words)) for order, words in _ORDERS.items()],
        "to_team": _named(choice for choice in choices.teams if choice.is_current),
        "to_person": [(ME, _("Me")), *_named(choice for choice in choices.people if choice.is_current)],
    }


def _named(choices: Any) -> list[tuple[str, str]]:
    return [(choice.code, choice.label) for choice in choices]


class _Reader:
    """Takes one value after the other."""

    def __init__(self, choices: Choices, city: Jurisdiction, person: Account, at: datetime) -> None:
        self.choices, self.city, self.person, self.at = choices, city, person, at
        self.zone = ZoneInfo(city.timezone)
        self.filters = QueueFilters()
        self.values: dict[str, str] = {}
        self.faults: dict[str, str] = {}

    def take(self, name: str, typed: str) -> None:
        found = _READERS[name](self, typed)
        if isinstance(found, str):
            self.faults[name] = found
            return
        self.filters = replace(self.filters, **found)
        self.values[name] = typed

    def words(self, typed: str) -> dict[str, Any] | str:
        if len(typed) > LONGEST_SEARCH:
            return _("Search for fewer words: 200 characters at most.")
        if typed.strip() and not words_of(typed):
            return _("Search for a word, a number or an address: “%(typed)s” has no letter and no digit.") % {"typed": typed.strip()}
        return {"words": typed}

    def state(self, typed: str) -> dict[str, Any] | str:
        if typed in set(Show):
            return {"show": Show(typed)}
        return {"state": State(typed)} if typed in set(State) else _("There is no such state.")

    def service(self, typed: str) -> dict[str, Any] | str:
        found = self._choice("services", typed)
        if found is None or (found.is_private and not self.person.can(Ability.SEE_PERSONAL_DATA)):
            return _("This city has no such service.")
        return {"service_ids": (found.key,)}

    def team(self, typed: str) -> dict[str, Any] | str:
        if typed in {MINE, NOBODY}:
            return {"is_my_teams": typed == MINE, "is_without_team": typed == NOBODY}
        found = self._choice("teams", typed)
        return {"team_ids": (found.key,)} if found else _("This city has no such team.")

    def assignee(self, typed: str) -> dict[str, Any] | str:
        if typed in {ME, NOBODY}:
            return {"is_without_assignee": True} if typed == NOBODY else {"assignee_id": self.person.pk}
        found = self._choice("people", typed)
        return {"assignee_id": found.key} if found else _("Nobody with this name works for this city.")

    def area(self, typed: str) -> dict[str, Any] | str:
        found = self._choice("areas", typed)
        return {"area_id": found.key} if found else _("This city has no such area.")

    def due(self, typed: str) -> dict[str, Any] | str:
        if typed not in _DUES:
            return _("There is no such deadline.")
        return {"is_overdue": True} if typed == "overdue" else {"due_before": self.at + _DUE_SPANS[typed]}

    def priority(self, typed: str) -> dict[str, Any] | str:
        return {"priorities": tuple(map(int, _PRIORITIES[typed][1]))} if typed in _PRIORITIES else _("There is no such priority.")

    def channel(self, typed: str) -> dict[str, Any] | str:
        return {"channel": typed} if typed in CHANNEL_WORDS else _("There is no such channel.")

    def mark(self, typed: str) -> dict[str, Any] | str:
        return {"is_held": True} if typed == "held" else _("There is no such mark.")

    def became(self, typed: str) -> dict[str, Any] | str:
        """Of open and closed ones, where no state is asked for: most of these are closed."""
        if typed not in CONDITIONS:
            return _("There is no such outcome.")
        return {"outcome": typed} | ({} if "state" in self.values else {"show": Show.ANY})

    def first_day(self, typed: str) -> dict[str, Any] | str:
        day = _day(typed)
        return {"start": self._midnight(day)} if day else _("This is not a date. Write it like 2026-03-31.")

    def last_day(self, typed: str) -> dict[str, Any] | str:
        day = _day(typed)
        return {"end": self._midnight(day + timedelta(days=1))} if day else _("This is not a date. Write it like 2026-03-31.")

    def near(self, typed: str) -> dict[str, Any] | str:
        try:
            lat, long = (float(part) for part in typed[:60].split(","))
        except ValueError:
            return _("This is no place: expected latitude and longitude, like 42.36,-71.05.")
        if not (-90 < lat < 90 and -180 < long < 180):
            return _("This place lies nowhere on earth.")
        return {"near": (lat, long)}

    def place(self, typed: str) -> dict[str, Any] | str:
        return {} if len(typed) <= LONGEST_SEARCH else ""

    def reporter(self, typed: str) -> dict[str, Any] | str:
        keys = same_reporter(self.person, self.city, typed) if SERVABLE.fullmatch(typed) else None
        return _("There is no request with this number whose reporter you may see.") if keys is None else {"keys": keys}

    def order(self, typed: str) -> dict[str, Any] | str:
        return {"order": Order(typed)} if typed in set(Order) else _("There is no such order.")

    def _choice(self, kind: str, code: str) -> Choice | None:
        return self.choices.by_code(kind).get(code)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone)


_READERS: Final[Mapping[str, Callable[[_Reader, str], dict[str, Any] | str]]] = {
    "q": _Reader.words,
    "state": _Reader.state,
    "service": _Reader.service,
    "team": _Reader.team,
    "assignee": _Reader.assignee,
    "area": _Reader.area,
    "due": _Reader.due,
    "priority": _Reader.priority,
    "channel": _Reader.channel,
    "mark": _Reader.mark,
    "became": _Reader.became,
    "from": _Reader.first_day,
    "to": _Reader.last_day,
    "near": _Reader.near,
    "place": _Reader.place,
    "reporter": _Reader.reporter,
    "order": _Reader.order,
}


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed[:20])
    except ValueError:
        return None
    return day if day.year in _YEARS else None
