"""The rows of the queue as HTML: a hundred of them for the price of one template.

The row's markup stands in `queue_row.html`, rendered once a language with `%(name)s` where values belong; a page then fills it a hundred times. What
fills it is escaped here, once: in `_Page.values` and in the choices' names, by `escape` what people wrote; everything else is a code or a number of
ours. Words of the product are looked up once a language, not once a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from operator import itemgetter
from typing import Final

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from evenhand.web.console.queue_choices import Choices
from evenhand.web.console.queue_forms import PRIORITY_WORDS
from evenhand.web.portal.wording import badge_code, badge_label
from evenhand.web.service_requests.queue import Row
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.workflow import Priority, Status

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_PRIORITY_SIGNS: Final = {Priority.URGENT: "‼", Priority.HIGH: "▲", Priority.LOW: "▽"}
_NAMED: Final = re.compile(r"%\((\w+)\)s")
_MARKUP: Final = re.compile(r"[&<>\"']")
_PLACED: Final = frozenset({"exact", "address"})


def rows_html(rows: Sequence[Row], choices: Choices, *, at: datetime, can_choose: bool) -> SafeString:
    """The rows of a page, in order."""
    language = get_language() or "en"
    written, in_order = _template(language, can_choose)
    page = _Page(choices, at, _words(language))
    return mark_safe("".join([written % in_order(page.values(row)) for row in rows]))  # noqa: S308 - `values` escapes what people wrote


@lru_cache(maxsize=16)
def _template(language: str, can_choose: bool) -> tuple[str, Callable[[Mapping[str, str | int]], tuple[str | int, ...]]]:  # noqa: ARG001 - the cache's key
    """The pattern with `%s` for each value, and what puts a row's values into its order: names are looked up in a dictionary only once."""
    text = render_to_string("console/queue_row.html", {"can_choose": can_choose, "request_url": reverse("console:queue") + "requests/REFERENCE/"})
    pattern = " ".join(text.split()).replace("REFERENCE", "%(code)s")
    return _NAMED.sub("%s", pattern), itemgetter(*_NAMED.findall(pattern))


class _Page:
    """What rows of one page have in common: names, signs and words."""

    def __init__(self, choices: Choices, at: datetime, words: _Words) -> None:
        self.at, self.words = at, words
        self.services, self.areas = choices.names("services"), choices.names("areas")
        self.teams, self.people = choices.names("teams"), choices.names("people")

    def values(self, row: Row) -> Mapping[str, str | int]:
        """What fills the template for a row, escaped."""
        words = self.words
        sign = badge_code(row.state, row.closing_reason, row.evidence)
        return {
            "code": _escaped(row.reference),
            "seen": row.event_count,
            "number": _escaped(spoken(row.reference)),
            "point": f' data-at="{row.lat:.5f},{row.long:.5f}"' if row.lat is not None and row.place_quality in _PLACED else "",
            "sign": sign,
            "priority": words.priorities.get(row.priority, ""),
            "service": self.services.get(row.service_id, "–"),
            "marks": self._marks(row),
            "badge": words.badge(sign),
            "place": _escaped(row.address) if row.address else words.no_address,
            "area": self.areas.get(row.area_id, "") if row.area_id else "",
            "due": self._due(row),
            "age": words.span("age", self.at - row.requested_at),
            "team": self.teams.get(row.team_id, "–") if row.team_id else words.nobody,
            "person": self.people.get(row.assignee_id, "–") if row.assignee_id else "",
            "counts": self._counts(row),
        }

    def _due(self, row: Row) -> str:
        if row.status != Status.OPEN:
            return ""
        if row.due_at is None:
            return self.words.no_deadline
        late = self.at - row.due_at
        if late > timedelta(0):
            return f'<strong class="queue-overdue">{self.words.alert} {self.words.span("late", late)}</strong>'
        words = self.words.span("left", -late)
        return f'<span class="queue-soon">{self.words.clock} {words}</span>' if -late < _DAY else words

    def _marks(self, row: Row) -> str:
        if row.visibility == "public" and not row.photo_count:
            return ""
        return self.words.visibilities.get(row.visibility, "") + (self.words.photos(row.photo_count) if row.photo_count else "")

    def _counts(self, row: Row) -> str:
        if not (row.supporter_count or row.veto_count or row.comment_count):
            return ""
        said = zip((row.supporter_count, row.veto_count, row.comment_count), self.words.counts, strict=True)
        return " ".join(pattern.replace("{count}", str(count)) for count, pattern in said if count)


def _escaped(text: str) -> str:
    """As `escape`: most texts have none of its five characters, and finding that out takes half as long."""
    return escape(text) if _MARKUP.search(text) else text


class _Words:
    """The words and signs of rows in one language, as HTML."""

    def __init__(self) -> None:
        self.nobody = f'<span class="muted">{escape(_("Nobody"))}</span>'
        self.no_address = f'<span class="muted">{escape(_("No address"))}</span>'
        self.no_deadline = f'<span class="muted">{escape(_("No deadline"))}</span>'
        self.alert, self.clock = _icon("alert"), _icon("clock")
        self.priorities = {int(known): _priority(known) for known in _PRIORITY_SIGNS}
        self.visibilities = {
            "held": f' <span class="queue-mark queue-mark--held">{_icon("flag")} {escape(_("held"))}</span>',
            "private": f' <span class="queue-mark">{_icon("lock")} {escape(_("private"))}</span>',
        }
        self.counts = (
            _count("people", _("me too: %(count)s")),
            _count("state-reopen_requested", _("said not fixed: %(count)s")),
            _count("comment", _("comments: %(count)s")),
        )
        self._badges: dict[str, str] = {}
        self._spans: dict[tuple[str, int, int], str] = {}
        self._photos: dict[int, str] = {}

    def badge(self, code: str) -> str:
        if code not in self._badges:
            sign = _icon(f"state-{code}", "badge__icon")
            self._badges[code] = f'<span class="badge badge--{code}">{sign}{escape(badge_label(code))}</span>'
        return self._badges[code]

    def span(self, kind: str, length: timedelta) -> str:
        """A length of time in words, by its largest unit: hours below two days, then days."""
        hours = max(length // _HOUR, 0)
        days = hours // 24 if hours >= 48 else 0
        key = (kind, days, 0 if days else hours)
        if key not in self._spans:
            self._spans[key] = escape(_days(kind, days) if days else _hours(kind, hours))
        return self._spans[key]

    def photos(self, count: int) -> str:
        if count not in self._photos:
            words = escape(ngettext("%(count)d photo", "%(count)d photos", count) % {"count": count})
            self._photos[count] = f' <span class="queue-mark" title="{words}">{_icon("camera")}<span class="visually-hidden">{words}</span></span>'
        return self._photos[count]


@lru_cache(maxsize=16)
def _words(language: str) -> _Words:  # noqa: ARG001 - the cache's key
    return _Words()


def _icon(name: str, kind: str = "icon") -> str:
    use = f'<use href="{static("built/icons.svg")}#{name}"></use>'
    return f'<svg class="{kind}" aria-hidden="true">{use}</svg>'


def _priority(known: Priority) -> str:
    words = escape(str(PRIORITY_WORDS[known]))
    return f'<span class="queue-priority queue-priority--{known}"><span aria-hidden="true">{_PRIORITY_SIGNS[known]}</span> {words}</span> '


def _count(sign: str, words: str) -> str:
    said = escape(words % {"count": "{count}"})
    shown = f'{_icon(sign)}<span aria-hidden="true">{{count}}</span><span class="visually-hidden">{said}</span>'
    return f'<span class="queue-count" title="{said}">{shown}</span>'


def _hours(kind: str, hours: int) -> str:
    if kind == "age":
        words = ngettext("%(count)d hour old", "%(count)d hours old", hours) if hours else _("just now")
    elif kind == "late":
        words = ngettext("%(count)d hour overdue", "%(count)d hours overdue", hours) if hours else _("just overdue")
    else:
        words = ngettext("due in %(count)d hour", "due in %(count)d hours", hours) if hours else _("due within the hour")
    return words % {"count": hours}


def _days(kind: str, days: int) -> str:
    if kind == "age":
        words = ngettext("%(count)d day old", "%(count)d days old", days)
    elif kind == "late":
        words = ngettext("%(count)d day overdue", "%(count)d days overdue", days)
    else:
        words = ngettext("due in %(count)d day", "due in %(count)d days", days)
    return words % {"count": days}
