"""States, reasons and faults in plain words. Codes never reach a reader; a code that is new here falls back to a sentence that is still true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.portal.channels import CHANNELS
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.moderation import HidingReason
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.workflow import ClosingReason, Evidence, State

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

PROVEN: Final = frozenset({Evidence.PHOTO, Evidence.CREW_RECORD, Evidence.METER})


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as shown: the code of the design system (color and sign) and its word."""

    code: str
    label: str


_BADGES: Final[Mapping[str, StrPromise]] = {
    State.RECEIVED: gettext_lazy("Received"),
    State.ACKNOWLEDGED: gettext_lazy("Seen by the city"),
    State.ASSIGNED: gettext_lazy("Assigned"),
    State.IN_PROGRESS: gettext_lazy("Work has begun"),
    State.SCHEDULED: gettext_lazy("Scheduled"),
    State.WAITING_FOR_REPORTER: gettext_lazy("Waiting for an answer"),
    State.DONE_REPORTED: gettext_lazy("Work done, being checked"),
    State.REOPEN_REQUESTED: gettext_lazy("Said to be not fixed"),
    ClosingReason.FIXED: gettext_lazy("Fixed"),
    "fixed_as_stated": gettext_lazy("Closed as fixed, as stated"),
    ClosingReason.DUPLICATE: gettext_lazy("Closed: reported before"),
    ClosingReason.NOT_OURS: gettext_lazy("Closed: somebody else is responsible"),
    ClosingReason.UNABLE: gettext_lazy("Closed without being fixed"),
    ClosingReason.INVALID: gettext_lazy("Closed: nothing to be done"),
    ClosingReason.WITHDRAWN: gettext_lazy("Taken back"),
    ClosingReason.NOT_STATED: gettext_lazy("Closed, no reason stated"),
}
_STATE_SENTENCES: Final[Mapping[str, StrPromise]] = {
    State.RECEIVED: gettext_lazy("The city has this report. Nobody has said yet what will happen."),
    State.ACKNOWLEDGED: gettext_lazy("Somebody at the city has read this report."),
    State.ASSIGNED: gettext_lazy("The city has given this to the people who do it."),
    State.IN_PROGRESS: gettext_lazy("Work on this has begun."),
    State.SCHEDULED: gettext_lazy("The city has set a date for this."),
    State.WAITING_FOR_REPORTER: gettext_lazy("The city has a question for the person who reported this."),
    State.DONE_REPORTED: gettext_lazy("Those who did the work say that it is done. The city has not checked it yet."),
    State.REOPEN_REQUESTED: gettext_lazy(
        "This was closed, and somebody says that it is not fixed. It counts as “not fixed” until the city has looked again."
    ),
}
_REASON_SENTENCES: Final[Mapping[str, StrPromise]] = {
    ClosingReason.DUPLICATE: gettext_lazy("The city knew about this from another report and goes on with that one."),
    ClosingReason.NOT_OURS: gettext_lazy("Somebody other than the city is responsible for this."),
    ClosingReason.UNABLE: gettext_lazy("The city says that it cannot do this."),
    ClosingReason.INVALID: gettext_lazy("The city found nothing to be done here."),
    ClosingReason.WITHDRAWN: gettext_lazy("The person who reported this has taken the report back."),
}
_EVIDENCE_SENTENCES: Final[Mapping[str, StrPromise]] = {
    Evidence.PHOTO: gettext_lazy("The city says that this is fixed and shows a photo."),
    Evidence.CREW_RECORD: gettext_lazy("The city says that this is fixed; the crew’s own record says so too."),
    Evidence.METER: gettext_lazy("The city says that this is fixed; the meter shows it."),
}
HIDING_REASONS: Final[Mapping[str, StrPromise]] = {
    HidingReason.PERSONAL_DATA: gettext_lazy("it tells something about people that not everybody should know"),
    HidingReason.ABUSE: gettext_lazy("it insults or threatens somebody"),
    HidingReason.ADVERTISING: gettext_lazy("it is advertising"),
    HidingReason.OFF_TOPIC: gettext_lazy("it is about something else"),
    HidingReason.RIGHTS: gettext_lazy("somebody else has a right to it"),
    HidingReason.SAFETY: gettext_lazy("it could put somebody in danger"),
}
_FAULT_SENTENCES: Final = {
    "closed_before_opened": gettext_lazy("As published, this was closed before it was opened. One of the two times is wrong; we cannot tell which."),
    "closed_without_date": gettext_lazy("It is published as closed, without a date."),
    "open_with_closing_date": gettext_lazy("It is published as open and with a closing date at the same time."),
    "open_with_closing_reason": gettext_lazy("It is published as open and with a reason for its closing at the same time."),
    "closing_time_unknown": gettext_lazy("Only the day of its closing is published, not the time."),
    "closing_date_from_days": gettext_lazy("Its closing date was computed from the published number of days."),
    "closing_date_is_last_update": gettext_lazy("No closing date is published; the date of its last change stands for it."),
    "unreadable_date": gettext_lazy("One of its published dates could not be read and is left out."),
    "nonexistent_local_time": gettext_lazy("One of its published times does not exist: clocks skipped that hour."),
    "ambiguous_local_time": gettext_lazy("One of its published times happened twice that night, when clocks were set back; the first is shown."),
    "missing_coordinates": gettext_lazy("No place on the map is published for it."),
    "outside_plausible_range": gettext_lazy("Its published place cannot be right and is left out."),
    "fallback_coordinates": gettext_lazy("Its published point stands for many requests whose place is unknown, so it is not shown on the map."),
    "outside_city": gettext_lazy("Its published place lies outside the city."),
    "staff_made": gettext_lazy("It was made by the city’s own staff or systems, not by a resident."),
    "unknown_channel": gettext_lazy("How it reached the city is not published in a way that we know."),
    "unknown_status": gettext_lazy("Its published state is not one that we know."),
    "not_utf8": gettext_lazy("It was published in an old encoding; letters that mean nothing there are shown as �."),
    "repaired_text": gettext_lazy("Its published text was garbled by a wrong encoding and has been repaired."),
    "repeated_id": gettext_lazy("Its number is published more than once; the first row counts."),
}


def badge_code(state: str, closing_reason: str, evidence: str) -> str:
    """The code of a badge: the state, or for a closed request its reason. "fixed" only where something shows it; else it is what somebody states."""
    if state != State.CLOSED:
        return state
    if closing_reason == ClosingReason.FIXED:
        return "fixed" if evidence in PROVEN else "fixed_as_stated"
    return closing_reason or ClosingReason.NOT_STATED


def badge_label(code: str) -> str:
    """A badge's word."""
    return str(_BADGES.get(code, gettext_lazy("Closed")))


def badge_of(request: ServiceRequest) -> Badge:
    """The state of a request for a badge."""
    code = badge_code(request.state, request.closing_reason, request.evidence)
    return Badge(code, badge_label(code))


def state_sentence(request: ServiceRequest) -> str:
    """What the state means, in one or two sentences that claim nothing that is not known."""
    state = State(request.state)
    if state in _STATE_SENTENCES:
        return str(_STATE_SENTENCES[state])
    return closing_sentence(request.closing_reason, request.evidence, request.stated_by, request.agency_responsible)


def closing_sentence(reason: str, evidence: str, stated_by: str, agency: str = "") -> str:
    """Why a request was closed, on whose word, and what shows it; `agency` is whose it is, where it is not the city's."""
    if stated_by:
        return _stated_closing(reason, stated_by)
    if reason == ClosingReason.FIXED:
        return str(_EVIDENCE_SENTENCES.get(evidence, gettext_lazy("The city says that this is fixed.")))
    if reason == ClosingReason.NOT_OURS and agency:
        return _("Somebody other than the city is responsible for this: %(agency)s.") % {"agency": agency.rstrip(".")}
    return str(_REASON_SENTENCES.get(reason, gettext_lazy("This was closed; no reason was stated.")))


def hiding_reason(code: str) -> str:
    """Why the city hides something, to be read after a colon."""
    return str(HIDING_REASONS.get(code, _("the city has not said why")))


def fault_sentences(request: ServiceRequest) -> list[str]:
    """What is odd about a request's published data, in words; an oddity that is new here is named by its code rather than kept quiet."""
    return [str(_FAULT_SENTENCES[code]) if code in _FAULT_SENTENCES else _("Noted at import: %(code)s") % {"code": code} for code in request.faults]


def channel_words(channel: str) -> str:
    """How a report came in; empty where that is not known."""
    return str(CHANNELS[channel].how) if channel in CHANNELS else ""


def source_name(source: str) -> str:
    """A source as readers know it: `boston` is Boston's published data; a name that somebody wrote out is left as it is."""
    return _("%(name)s’s published data") % {"name": source.replace("_", " ").replace("-", " ").title()} if source.islower() else source


def number_of(request: ServiceRequest) -> str:
    """The number as it is read out."""
    return spoken(request.reference)


def _stated_closing(reason: str, stated_by: str) -> str:
    known: Mapping[str, str] = {
        ClosingReason.FIXED: _("Closed as fixed, as stated by %(source)s. Nothing shows it, and we have not checked it."),
        ClosingReason.NOT_STATED: _("Closed, as stated by %(source)s, without a reason."),
    }
    words = known.get(reason)
    if words is None:
        sentence = str(_REASON_SENTENCES.get(reason, gettext_lazy("This was closed.")))
        return sentence + " " + _("As stated by %(source)s.") % {"source": source_name(stated_by)}
    return str(words % {"source": source_name(stated_by)})
