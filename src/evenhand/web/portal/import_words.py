"""Faults of published data and reasons for putting rows aside, in plain words; a code that is new here is told in the connector's own English."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.connectors.published_exports import FAULTS, QUARANTINE

_FAULTS: Final = {
    "closed_before_opened": gettext_lazy("Closed before it was opened: one of the two times is wrong."),
    "closed_without_date": gettext_lazy("Closed, without a date."),
    "open_with_closing_date": gettext_lazy("Open, and with a closing date."),
    "open_with_closing_reason": gettext_lazy("Open, and with a reason for its closing."),
    "closing_time_unknown": gettext_lazy("Closed on a known day, at an unknown time."),
    "closing_date_from_days": gettext_lazy("Closing date computed from the published number of days."),
    "closing_date_is_last_update": gettext_lazy("No closing date: the last change stands for it."),
    "unreadable_date": gettext_lazy("A date that cannot be read is left out."),
    "nonexistent_local_time": gettext_lazy("A time that clocks skipped that day."),
    "ambiguous_local_time": gettext_lazy("A time that came twice that night; the first is taken."),
    "missing_coordinates": gettext_lazy("No place on the map."),
    "outside_plausible_range": gettext_lazy("A place that cannot be right is left out."),
    "fallback_coordinates": gettext_lazy("A point that stands for many unknown places: not shown on the map."),
    "outside_city": gettext_lazy("A place outside the city."),
    "staff_made": gettext_lazy("Made by the city’s own staff or systems, not by a resident."),
    "unknown_channel": gettext_lazy("How it reached the city is not known."),
    "unknown_status": gettext_lazy("A state that we do not know."),
    "repeated_id": gettext_lazy("A number that is published more than once; the first row counts."),
    "not_utf8": gettext_lazy("Text in an old encoding, converted."),
    "repaired_text": gettext_lazy("Text that had been garbled before it was published, repaired."),
}
_QUARANTINE: Final = {
    "no_id": gettext_lazy("A row without a number."),
    "no_service": gettext_lazy("A row that does not say what it is about."),
    "unreadable_opening_date": gettext_lazy("A row without a readable opening date."),
    "wrong_number_of_columns": gettext_lazy("A row with too few or too many cells."),
    "line_too_long": gettext_lazy("A line that is far too long."),
    "not_csv": gettext_lazy("A row that breaks the rules of its format."),
    "not_an_object": gettext_lazy("An entry without named fields."),
    "id_too_long": gettext_lazy("A row whose number is too long."),
}


def fault_words(code: str) -> str:
    """What a fault is, in the reader's language."""
    if code in _FAULTS:
        return str(_FAULTS[code])
    return FAULTS.get(code) or _("Noted at import: %(code)s") % {"code": code}


def quarantine_words(code: str) -> str:
    """Why rows were put aside, in the reader's language."""
    if code in _QUARANTINE:
        return str(_QUARANTINE[code])
    return QUARANTINE.get(code) or _("It contradicts what is known: %(code)s") % {"code": code}
