"""What the request page repeats, as HTML: entries of the history, deeds, lines about other requests, messages.

Some fifty rows stand on a page, and in a template they would cost more than all else on it. Here `escape` (or `linebreaks`, which escapes too) stands
wherever what people wrote enters the markup; codes, numbers and addresses are our own. Words of the product are looked up once a language.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from html import escape

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.web.console.event_words import StaffEntry
from evenhand.web.console.request_action import Action
from evenhand.web.console.request_actions import GROUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line says of another request."""

    url: str
    reference: str
    number: str
    standing: str
    requested_at: datetime
    meters: int | None = None


@dataclass(slots=True, kw_only=True)
class Sent:
    """Messages that said the same at the same time, and how many of them failed, wait, or were only printed."""

    name: str
    at: datetime
    count: int = 0
    failed: int = 0
    waiting: int = 0
    printed: int = 0


def history_html(entries: Iterable[StaffEntry], *, hide_at: str = "") -> SafeString:
    """The history as a list; `hide_at` is the address of the request's page for whoever may hide parts of it."""
    words = _words_now()
    return _safe(f'<ol class="log">{"".join([_entry(one, words, hide_at) for one in entries])}</ol>')


def deeds_html(possible: Iterable[Action], *, page_url: str, seen: int, token: str) -> SafeString:
    """What can be done now, by group; what needs no words is done by its button, with the forgery token and a key of its own."""
    words = _words_now()
    rows: dict[str, list[str]] = {group: [] for group in GROUPS}
    for action in possible:
        if action.is_listed:
            rows[action.group].append(_deed_form(action, words, page_url, seen, token) if action.is_direct else _deed_link(action, words, page_url))
    return _safe("".join([f'{words.group(group)}<ul class="deeds">{"".join(found)}</ul>' for group, found in rows.items() if found]))


def lines_html(lines: Iterable[Line], *, link_at: str = "") -> SafeString:
    """Other requests, a line each; `link_at` is the address of the request's page for whoever may say that one of them is the same."""
    words = _words_now()
    return _safe("".join([_line(one, words, link_at) for one in lines]))


def messages_html(messages: Iterable[Sent]) -> SafeString:
    """What was sent, a line each."""
    words = _words_now()
    return _safe("".join([_message(one, words) for one in messages]))


def _entry(entry: StaffEntry, words: _Words, hide_at: str) -> str:
    kind = f" log__entry--{entry.mark}" if entry.mark else ""
    actor = f"{escape(entry.actor)} · " if entry.actor else ""
    marks = words.marks[entry.mark] + (words.hidden if entry.hidden else "")
    text = f'<div class="log__text">{_paragraphs(entry.text)}</div>' if entry.text else ""
    photos = render_to_string("portal/parts/photo_gallery.html", {"photos": entry.photos}) if entry.photos else ""
    return (
        f'<li class="log__entry{kind}" id="event-{entry.seq}">'
        f'<p class="log__head"><strong class="log__title">{escape(entry.title)}</strong>{marks}</p>'
        f'<p class="log__meta">{actor}{_time(entry.at, "SHORT_DATETIME_FORMAT")}{_hide_link(entry, words, hide_at) if hide_at else ""}</p>'
        f"{text}{photos}</li>"
    )


def _hide_link(entry: StaffEntry, words: _Words, hide_at: str) -> str:
    if entry.hide_seq:
        return f' · <a href="{hide_at}hide/?seq={entry.hide_seq}">{words.hide}</a>'
    return f' · <a href="{hide_at}show-again/?seq={entry.seq}">{words.show_again}</a>' if entry.hidden else ""


def _deed_link(action: Action, words: _Words, page_url: str) -> str:
    keys, shown = words.deed(action)
    return f'<li><a class="deed" href="{page_url}{action.code}/"{keys}>{shown}</a></li>'


def _deed_form(action: Action, words: _Words, page_url: str, seen: int, token: str) -> str:
    keys, shown = words.deed(action)
    hidden = {"csrfmiddlewaretoken": token, "form_key": secrets.token_hex(16), "seen": str(seen)}
    fields = "".join([f'<input type="hidden" name="{name}" value="{value}">' for name, value in hidden.items()])
    return f'<li><form method="post" action="{page_url}{action.code}/" data-guard>{fields}<button class="deed"{keys}>{shown}</button></form></li>'


def _line(one: Line, words: _Words, link_at: str) -> str:
    number = escape(one.number)
    far = f' <span class="muted">{escape(words.meters % {"meters": one.meters})}</span>' if one.meters is not None else ""
    same = f'{words.same}<span class="visually-hidden"> {number}</span>'
    link = f' <a href="{link_at}link-duplicate/?near={escape(one.reference)}">{same}</a>' if link_at else ""
    return (
        f'<li><a href="{escape(one.url)}" class="reference">{number}</a> {escape(one.standing)}{far} '
        f"{_time(one.requested_at, 'SHORT_DATE_FORMAT', 'muted')}{link}</li>"
    )


def _message(one: Sent, words: _Words) -> str:
    failed = f' <strong class="danger">{escape(words.failed % {"count": one.failed})}</strong>' if one.failed else ""
    standing = words.waiting if one.waiting else "" if one.failed else words.printed if one.printed else words.delivered
    times = f'<span class="muted">× {one.count}</span>'
    return f"<li>{escape(one.name)} {times} {_time(one.at, 'SHORT_DATETIME_FORMAT', 'muted')}{failed}{standing}</li>"


def _paragraphs(text: str) -> str:
    """As the filter `linebreaks` gives them; most texts are one line."""
    return linebreaks(text, autoescape=True) if "\n" in text or "\r" in text else f"<p>{escape(text)}</p>"


def _time(moment: datetime, form: str, kind: str = "") -> str:
    """A moment in the city's time; a page comes again after each deed, with the same moments."""
    return _time_in(get_language() or "en", get_current_timezone(), moment, form, kind)


@lru_cache(maxsize=4096)
def _time_in(_language: str, zone: tzinfo, moment: datetime, form: str, kind: str) -> str:
    local = moment.astimezone(zone)
    named = f' class="{kind}"' if kind else ""
    return f'<time{named} datetime="{local.isoformat()}">{escape(date_format(local, form))}</time>'


class _Words:
    """The words of these rows in one language, as HTML."""

    def __init__(self) -> None:
        self.marks: Mapping[str, str] = {
            "": "",
            "staff": f' <span class="mark mark--staff">{escape(_("staff only"))}</span>',
            "private": f' <span class="mark mark--staff">{escape(_("city and reporter only"))}</span>',
        }
        self.hidden = f' <span class="mark mark--overdue">{escape(_("hidden from the public"))}</span>'
        self.hide, self.show_again, self.same = escape(_("Hide…")), escape(_("Show again…")), escape(_("Same"))
        self.meters, self.failed = _("%(meters)s m"), _("%(count)s failed")
        self.waiting, self.delivered, self.printed = (
            f' <span class="muted">{escape(said)}</span>' for said in (_("waiting"), _("delivered"), _("only printed: no mail server is set"))
        )
        self._groups = {group: f'<h3 class="deeds__title">{escape(str(name))}</h3>' for group, name in GROUPS.items()}
        self._deeds: dict[str, tuple[str, str]] = {}

    def group(self, code: str) -> str:
        """A group's title."""
        return self._groups[code]

    def deed(self, action: Action) -> tuple[str, str]:
        """The attributes of a deed's key, and what is shown: sign, words, key."""
        if action.code not in self._deeds:
            self._deeds[action.code] = _deed(action)
        return self._deeds[action.code]


def _deed(action: Action) -> tuple[str, str]:
    label, key = escape(str(action.label)), escape(action.key)
    use = f'<use href="{static("built/icons.svg")}#{action.icon}"></use>'
    sign = f'<svg class="icon" width="24" height="24" aria-hidden="true" focusable="false">{use}</svg>'
    keys = f' data-key="{key}" data-key-label="{label}"' if key else ""
    return keys, f"{sign}<span>{label}</span>" + (f'<kbd aria-hidden="true">{key}</kbd>' if key else "")


@lru_cache(maxsize=16)
def _words(language: str) -> _Words:  # noqa: ARG001 - the cache's key
    return _Words()


def _words_now() -> _Words:
    return _words(get_language() or "en")


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 - made here, of escaped parts
