"""What the call taker says, step by step, in the caller's language: short questions that can be read out as they stand.

The lines are for somebody on their first day; who knows them does not read them. Numbers are told in groups, digit by digit, as people write them
down.
"""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from evenhand.web.console.call_page import Call
from evenhand.web.service_requests.reference_numbers import spoken


def lines(call: Call) -> dict[str, str]:
    """The line of each step."""
    with translation.override(call.language):
        return {
            "place": _("%(city)s 311, good day. Where is it? The address, or the two streets at the corner?") % {"city": call.city.name},
            "what": _("What is the matter there?"),
            "safety": _("First, so that nobody gets hurt:"),
            "similar": _("Somebody has reported something close by. Is it the same?"),
            "description": _("What does it look like, and where exactly? Everybody can read this, so no names, please."),
            "add": _("Is there something to add? Everybody can read it."),
            "phone": _("May I have your phone number, in case there is a question? You don’t have to give it."),
            "name": _("And your name, if you like?"),
            "response": _("How would you like to hear what happens? By e-mail, by a call from us, or not at all?"),
            "email": _("What is your e-mail address?"),
            "emergency": _("Please hang up and call %(number)s now. They can come at once; we cannot.")
            % {"number": ", ".join({stop.call or call.city.emergency_number for stop in call.stopping}) or call.city.emergency_number},
        }


def number_in_words(reference: str, language: str) -> str:
    """ "four one two, three four five, …"; what is no digit is said as it is."""
    with translation.override(language):
        words = (_("zero"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"))
        digits = dict(zip("0123456789", words, strict=True))
        return ", ".join(" ".join(digits.get(character, character) for character in group) for group in spoken(reference).split("-"))
