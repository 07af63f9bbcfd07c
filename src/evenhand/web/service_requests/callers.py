"""Callers by their telephone number: how it is kept, how it is shown, and what was reported from it before.

A number is kept in one spelling (E.164, an extension behind it), so that the same caller is found again however the number was said. Numbers that
came by other ways are kept as residents typed them; they are found by the few spellings in which people write numbers, through the column's index. A
number without its area code is not taken: nobody could be called back on it.
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from django.db import connection

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Ability
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ServiceRequest

REGION: Final = "US"
"""Where a number without a country code is: 311 is a service of North America, whose countries share one numbering plan."""
MOST_EARLIER: Final = 6
MOST_OF_ONE: Final = 500
_LONGEST_TYPED = 40
# Each by its own index, in the words of that index's condition: the database proves nothing about bound values. The city is asked of each that is
# found: joined to the requests, SQLite might walk through all of the city's.
_SAME_REPORTER = " UNION ".join(
    f"SELECT p.request_id FROM requests_reporter p WHERE p.{way} = %s AND NOT (p.{way} = '') AND p.request_id <> %s"
    " AND (SELECT jurisdiction_id FROM requests_request r WHERE r.id = p.request_id) = %s"
    for way in ("email", "phone")
)
_LOOKS_LIKE = re.compile(r"\+?[\d\s().\-/]{7,}(?:\s*(?:x|ext\.?)\s*\d{1,6})?", re.IGNORECASE)


def normalised_phone(typed: str) -> str:
    """A number as it is kept ("+16175550123", "+16175550123 x7"); empty for what is no complete number."""
    number = _parsed(typed)
    if number is None:
        return ""
    extension = f" x{number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension


def shown_phone(kept: str) -> str:
    """A kept number for people to read out; anything else as it is."""
    number = _parsed(kept)
    if number is None:
        return kept
    is_near = number.country_code == phonenumbers.country_code_for_region(REGION)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if is_near else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def looks_like_phone(typed: str) -> bool:
    """Whether somebody typed a telephone number rather than an address or a request's number."""
    return _LOOKS_LIKE.fullmatch(typed.strip()) is not None and bool(normalised_phone(typed))


def earlier_requests(person: Account, city: Jurisdiction, phone: str, *, at_most: int = MOST_EARLIER) -> list[ServiceRequest]:
    """What was reported from this number before and this person may see, newest first. Whoever shows it notes the reading."""
    spellings = _spellings(phone)
    if not spellings:
        return []
    found = ServiceRequest.objects.visible_to(person, city).filter(reporter__phone__in=spellings, reporter__erased_at=None)
    return list(found.select_related("service", "area", "jurisdiction", "team").order_by("-requested_at", "-pk")[:at_most])


def same_reporter(person: Account, city: Jurisdiction, reference: str) -> tuple[int, ...] | None:
    """Keys of the other requests of a city whose reporter left the same address or number as that of `reference`, newest first.

    None where this person may not see that request, or nobody can be reached about it. Whoever shows what they are notes the reading.
    """
    asked = ServiceRequest.objects.visible_to(person, city).filter(reference=reference, reporter__erased_at=None)
    found = asked.values_list("pk", "reporter__email", "reporter__phone").first() if person.can(Ability.SEE_PERSONAL_DATA) else None
    if found is None or not (found[1] or found[2]):
        return None
    key, *ways = found
    with connection.cursor() as cursor:
        cursor.execute(_SAME_REPORTER, [value for way in ways for value in (way, key, city.pk)])
        return tuple(sorted((row[0] for row in cursor.fetchall()), reverse=True)[:MOST_OF_ONE])


def _parsed(typed: str) -> phonenumbers.PhoneNumber | None:
    if not typed or len(typed) > _LONGEST_TYPED:
        return None
    try:
        number = phonenumbers.parse(typed, REGION)
    except phonenumbers.NumberParseException:
        return None
    whole = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    return number if whole else None


def _spellings(phone: str) -> list[str]:
    number = _parsed(phone)
    if number is None:
        return []
    kept = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    written = {
        phone.strip(),
        normalised_phone(phone),
        kept,
        kept.removeprefix("+"),
        *(
            str(phonenumbers.format_number(number, form))
            for form in (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        ),
    }
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == phonenumbers.country_code_for_region(REGION) and len(digits) == 10:
        parts = (digits[:3], digits[3:6], digits[6:])
        local = ["".join(parts), *(mark.join(parts) for mark in "-. "), f"({parts[0]}) {parts[1]}-{parts[2]}", f"({parts[0]}){parts[1]}-{parts[2]}"]
        written |= {*local, *(f"{code}{mark}{one}" for code in ("1", "+1") for mark in ("-", " ", ".") for one in local)}
    return sorted(one for one in written if one)
