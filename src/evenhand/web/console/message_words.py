"""Kinds of messages in words, for lists of what was sent. A kind that is new here is shown by its code."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

_NAMES: Final = {
    "request_received": gettext_lazy("We have your report"),
    "request_answered": gettext_lazy("Answer of the city"),
    "request_closed": gettext_lazy("Closed"),
    "request_reopened": gettext_lazy("Open again"),
    "request_withdrawn": gettext_lazy("Taken back"),
    "reopen_requested": gettext_lazy("“Not fixed”"),
    "reopen_declined": gettext_lazy("Stays closed"),
    "request_dated": gettext_lazy("Expected date"),
    "request_linked": gettext_lazy("Known from another report"),
    "request_closed_elsewhere": gettext_lazy("Closed together with another report"),
    "request_split": gettext_lazy("Made into two"),
    "request_moderated": gettext_lazy("Hidden, or shown again"),
    "request_question": gettext_lazy("A question to the reporter"),
    "request_question_reminder": gettext_lazy("Reminder of the question"),
    "request_work": gettext_lazy("Link for a contractor"),
    "request_work_sent_back": gettext_lazy("More to be done, to a contractor"),
    "follow_confirm": gettext_lazy("Please confirm that you follow"),
    "follow_already": gettext_lazy("You follow this already"),
}


def message_name(kind: str) -> str:
    """What a message said, in a few words."""
    return str(_NAMES.get(kind, kind.replace("_", " ")))
