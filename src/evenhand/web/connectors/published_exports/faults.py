"""Every fault that a published request can carry, and every reason why a row cannot be used, each in one line.

A fault never drops a request: it stays on the record, is counted in the import's report and can be looked up later.
"""

from __future__ import annotations

from typing import Final

FAULTS: Final[dict[str, str]] = {
    "closed_before_opened": "The published closing time lies before the opening time.",
    "closed_without_date": "The request is published as closed, without a closing date.",
    "open_with_closing_date": "The request is published as open, and with a closing date.",
    "open_with_closing_reason": "The request is published as open, and with a reason for its closing; the reason is not used.",
    "closing_time_unknown": "The closing is published as a day without a time; the last second of that day is taken.",
    "closing_date_from_days": "The closing date is blank; it was computed from the opening date and the published number of days to close.",
    "closing_date_is_last_update": "The format has no closing date; the last update of the closed request is taken.",
    "unreadable_date": "A date other than the opening date could not be read and is left out.",
    "nonexistent_local_time": "A published time falls into the hour that clocks skip in spring; it is read with the offset before the change.",
    "ambiguous_local_time": "A published time falls into the hour that clocks repeat in autumn; the first of the two is taken.",
    "missing_coordinates": "No usable coordinates are published.",
    "outside_plausible_range": "The published coordinates cannot be a place (0, 0, not numbers, or off the globe) and are left out.",
    "fallback_coordinates": "Many requests from different zips, wards or neighbourhoods share this point: it is a stand-in for an unknown place.",
    "staff_made": "The city's own staff or systems made this request, not a resident.",
    "unknown_channel": "The export does not say, in a word known here, how the request came in.",
    "unknown_status": "The published status is not a known one; the request counts as closed if it has a closing date.",
    "repeated_id": "The export holds this id more than once; this is not its first row.",
    "not_utf8": "The line is not UTF-8, or holds NUL: it was read as Windows-1252, and what means nothing there became the replacement character.",
    "repaired_text": "The text had been decoded wrongly before it was published (as in “Departmentâ€™s”) and was repaired.",
}

QUARANTINE: Final[dict[str, str]] = {
    "no_id": "The row has no id: it could never be recognised again.",
    "no_service": "The row does not say what kind of request it is.",
    "unreadable_opening_date": "The opening date is missing or cannot be read.",
    "wrong_number_of_columns": "The row has more or fewer cells than the header.",
    "line_too_long": "The line is longer than any honest row.",
    "not_csv": "The row breaks the rules of CSV, most often by a quotation mark that is never closed.",
    "not_an_object": "The entry is not an object with named fields.",
}
