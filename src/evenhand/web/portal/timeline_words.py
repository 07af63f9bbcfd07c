"""The timeline of a request as its page tells it: each event a title, and the words and photos that came with it.

Who wrote: the city, the person who reported, a neighbor (by the name they gave, or as "somebody"), or a published source. Nothing else is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from evenhand.web.portal.photo_views import PhotoAddress, photo_addresses
from evenhand.web.portal.wording import badge_code, badge_label, channel_words, closing_sentence, hiding_reason, source_name
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.moderation import HiddenPart, What
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.timeline import Happening
from evenhand.web.service_requests.workflow import Actor, ClosingReason, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the timeline's template reads."""

    at: datetime
    title: str
    text: str = ""
    actor: str = ""
    state: str = ""
    source: str = ""
    photos: Sequence[PhotoAddress] = ()


_PLAIN_TITLES: Final = {
    "acknowledge": gettext_lazy("The city has read it"),
    "assign": gettext_lazy("Given to the people who do it"),
    "start": gettext_lazy("Work has begun"),
    "ask_reporter": gettext_lazy("The city has a question"),
    "reporter_answered": gettext_lazy("The question was answered"),
    "report_done": gettext_lazy("The work is said to be done"),
    "question_expired": gettext_lazy("No answer came in time; the city goes on"),
    "duplicate_unlinked": gettext_lazy("The city looked again: it is something of its own"),
    "duplicate_lost": gettext_lazy("Another report turned out to be something else"),
    "not_fixed_passed_on": gettext_lazy("“Not fixed” was said here; it counts at the request that goes on"),
    "send_back": gettext_lazy("The city looked: more is to be done"),
    "withdraw": gettext_lazy("The report was taken back"),
    "reopen": gettext_lazy("Opened again"),
    "decline_reopen": gettext_lazy("The city looked again: it stays closed"),
    "name_hidden": gettext_lazy("You had your name hidden"),
    "erased": gettext_lazy("The person who reported this erased what they had given"),
    "service_changed": gettext_lazy("The kind of request was changed"),
    "place_changed": gettext_lazy("The place was corrected"),
    "closing_corrected": gettext_lazy("The closing was corrected"),
    "released": gettext_lazy("Shown to the public"),
}
_STATES: Final = {
    "received": "received",
    "acknowledge": "acknowledged",
    "assign": "assigned",
    "start": "in_progress",
    "schedule": "scheduled",
    "ask_reporter": "waiting_for_reporter",
    "report_done": "done_reported",
    "send_back": "assigned",
    "withdraw": "withdrawn",
    "request_reopen": "reopen_requested",
    "reopen": "open",
    "decline_reopen": "closed",
}


def entries(request: ServiceRequest, happenings: Sequence[Happening]) -> list[Entry]:
    """All happenings in words, oldest first."""
    return [_entry(request, happening) for happening in happenings]


def title_of(request: ServiceRequest, happening: Happening) -> str:
    """What happened, in a few words."""
    return _relation_title(request, happening) if happening.kind in _RELATIONS else _TITLES.get(happening.kind, _plain_title)(happening)


def _entry(request: ServiceRequest, happening: Happening) -> Entry:
    source = source_name(str(happening.facts.get("source", ""))) if happening.facts.get("source") else ""
    return Entry(
        at=happening.at,
        title=title_of(request, happening),
        text=_text(happening),
        actor=_actor(request, happening),
        state=_state(happening),
        source=source,
        photos=[
            photo_addresses(photo, request, opens_hidden=True) for photo in happening.photos
        ],  # the timeline left out what this reader may not see
    )


def _text(happening: Happening) -> str:
    if concealed := [_hidden_words(part) for part in happening.hidden]:
        return "\n\n".join([*concealed, _own_text(happening)]).strip()
    return _own_text(happening)


def _hidden_words(part: HiddenPart) -> str:
    reason = hiding_reason(part.reason)
    if part.part.what is What.PHOTO:
        return _("[A photo is hidden by the city: %(reason)s]") % {"reason": reason}
    if part.part.what is What.NAME:
        return _("[The name is hidden by the city: %(reason)s]") % {"reason": reason}
    return _("[Hidden by the city: %(reason)s]") % {"reason": reason}


def _own_text(happening: Happening) -> str:
    if happening.is_erased:
        return _("[Erased by the person who wrote it.]")
    if happening.kind == "close" and not happening.facts.get("source"):
        why = closing_sentence(str(happening.facts.get("closing_reason", "")), str(happening.facts.get("evidence", "")), "", happening.agency)
        return f"{why}\n\n{happening.words}".strip()
    if happening.kind == "close" and happening.facts.get("without_date"):
        return f"{_('The date of closing is not published; this is the last date that is.')}\n\n{happening.words}".strip()
    return happening.words


def _actor(request: ServiceRequest, happening: Happening) -> str:
    if happening.kind == "supported" or happening.actor in {Actor.SYSTEM, Actor.SOURCE}:
        return ""
    if happening.actor is Actor.STAFF:
        return _("The city")
    if happening.actor is Actor.RESIDENT:
        return happening.name or _("A neighbor")
    return request.reporter_name_shown or _("The person who reported this")


def _state(happening: Happening) -> str:
    if happening.kind == "close":
        return badge_code(State.CLOSED, str(happening.facts.get("closing_reason", "")), str(happening.facts.get("evidence", "")))
    if happening.kind in {"reporter_answered", "question_expired"}:
        return str(happening.facts.get("to", State.ACKNOWLEDGED)) if happening.facts.get("to") != happening.facts.get("from") else ""
    return _STATES.get(happening.kind, "")


def _received_title(happening: Happening) -> str:
    how = channel_words(happening.channel)
    if happening.facts.get("made_by") == "staff" or happening.actor is Actor.STAFF:
        return _("Reported by city staff")
    return _("Reported %(how)s") % {"how": how} if how else _("Reported")


def _commented_title(happening: Happening) -> str:
    if happening.actor is Actor.STAFF:
        return _("The city answered")
    if happening.actor is Actor.REPORTER:
        return _("The person who reported this added something")
    return _("%(name)s wrote") % {"name": happening.name} if happening.name else _("A neighbor wrote")


def _supported_title(happening: Happening) -> str:
    words = ngettext("%(count)d person said “me too”", "%(count)d people said “me too”", happening.count) % {"count": happening.count}
    if happening.count > 1 and happening.since is not None:
        return _("%(words)s since %(date)s") % {"words": words, "date": date_format(localtime(happening.since))}
    return words


def _closed_title(happening: Happening) -> str:
    reason = happening.facts.get("closing_reason")
    if reason == ClosingReason.FIXED:
        return _("Closed as fixed")
    return _("Closed: reported before") if reason == ClosingReason.DUPLICATE else _("Closed")


def _reopen_requested_title(happening: Happening) -> str:
    return _("The person who reported this says: not fixed") if happening.actor is Actor.REPORTER else _("Somebody says: not fixed")


_RELATIONS: Final = {"duplicate_linked", "duplicate_gained", "split_from", "split_off"}


def _relation_title(request: ServiceRequest, happening: Happening) -> str:
    """A number is said only as long as the relation stands and the other request is public: what was may have become private since."""
    if happening.kind.startswith("split"):
        return _split_title(happening)
    if happening.kind == "duplicate_gained":
        return _("The same was reported again; this request goes on for both")
    parent = request.duplicate_of
    if parent is not None and parent.is_public and parent.reference == happening.facts.get("parent"):
        return _("Known from another report: it goes on with %(number)s") % {"number": spoken(parent.reference)}
    return _("Known from another report, which goes on")


def _split_title(happening: Happening) -> str:
    other = str(happening.facts.get("reference", ""))
    if ServiceRequest.objects.public().filter(reference=other).exists():
        return split_title(happening.kind, other)
    if happening.kind == "split_from":
        return _("Taken out of another report, which was about two things")
    return _("A second thing goes on by itself")


def split_title(kind: str, reference: str) -> str:
    """With the other request's number, for who may know it."""
    if kind == "split_from":
        return _("Taken out of report %(number)s, which was about two things") % {"number": spoken(reference)}
    return _("A second thing goes on by itself as %(number)s") % {"number": spoken(reference)}


def _closed_with_parent_title(happening: Happening) -> str:
    badge = badge_label(badge_code(State.CLOSED, str(happening.facts.get("closing_reason", "")), str(happening.facts.get("evidence", ""))))
    return _("The request that goes on was closed: %(state)s") % {"state": badge}


def _dated_title(happening: Happening) -> str:
    until = parse_datetime(str(happening.facts.get("at", "")))
    return _("To be done by %(day)s") % {"day": date_format(localtime(until))} if until else _("A date was set")


def _status_stated_title(happening: Happening) -> str:
    return _("State: %(state)s") % {"state": str(happening.facts.get("source_status", ""))}


def _plain_title(happening: Happening) -> str:
    return str(_PLAIN_TITLES.get(happening.kind, gettext_lazy("Something was changed")))


_TITLES: Mapping[str, Callable[[Happening], str]] = {
    "received": _received_title,
    "commented": _commented_title,
    "supported": _supported_title,
    "close": _closed_title,
    "request_reopen": _reopen_requested_title,
    "status_stated": _status_stated_title,
    "schedule": _dated_title,
    "expected_date_set": _dated_title,
    "closed_with_parent": _closed_with_parent_title,
}
