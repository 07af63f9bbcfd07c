"""What somebody says first in a call: mostly a place, but it may be the number of a request, or their own telephone number.

A place is the caller's, never the call taker's: nothing here asks a device. What cannot be found is said at once, with what to ask next; the words
themselves are taken as the place only when somebody decides so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from evenhand.web.accounts.models import Account
from evenhand.web.console.call_forms import one_line
from evenhand.web.places import geocoding, shapes
from evenhand.web.places.geocoding import FoundPlace
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.report_place import nowhere_words
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.callers import looks_like_phone, normalised_phone
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.reference_numbers import SERVABLE, normalised

LONGEST_ADDRESS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPlace:
    """A place in the city, or words instead of one, or what to say; `asked` and `phone` where something else was said than a place."""

    found: FoundPlace | None = None
    words: str = ""
    suggestions: tuple[FoundPlace, ...] = ()
    fault: str = ""
    other_city: str = ""
    asked: ServiceRequest | None = None
    phone: str = ""

    @property
    def is_known(self) -> bool:
        return self.found is not None or bool(self.words)

    def as_place(self) -> Place:
        """As a report has it."""
        if self.found is None:
            return Place(quality="missing", address=self.words[:LONGEST_ADDRESS])
        found = self.found
        return Place(
            lat=found.lat,
            long=found.long,
            quality=found.quality,
            address=found.label[:LONGEST_ADDRESS],
            address_ref=found.address_ref[:64],
            zipcode=found.zipcode[:16],
            area=found.area,
        )


def said_place(city: Jurisdiction, person: Account, typed: Mapping[str, Any], cities: Sequence[Jurisdiction]) -> SaidPlace:
    """Read what stands in the place's box, with the suggestion that was chosen for it."""
    said, key = one_line(typed, "place", 200), one_line(typed, "place_key", 120)
    if not said:
        return SaidPlace()
    if (chosen := _chosen(city, typed, said, key)) is not None:
        return SaidPlace(found=chosen)
    if (asked := request_said(city, person, said)) is not None:
        return SaidPlace(asked=asked)
    if looks_like_phone(said):
        return SaidPlace(phone=normalised_phone(said))
    return _looked_up(city, said, cities, is_kept=bool(typed.get("place_as_words")))


def _chosen(city: Jurisdiction, typed: Mapping[str, Any], said: str, key: str) -> FoundPlace | None:
    """The suggestion just pressed; else the one kept, as long as its words still stand in the box."""
    if (pressed := one_line(typed, "place_choice", 120)) and (found := geocoding.by_key(city, pressed, said)) is not None:
        return found
    kept = geocoding.by_key(city, key, said) if key else None
    return kept if kept is not None and kept.label.casefold() == said.casefold() else None


def request_said(city: Jurisdiction, person: Account, said: str) -> ServiceRequest | None:
    """The request whose number somebody says, if this person may see it. An address has a blank or a letter, a number has a digit and no blank."""
    number = normalised(said)
    if not SERVABLE.fullmatch(number) or not any(c.isdigit() for c in number):
        return None
    seen = ServiceRequest.objects.visible_to(person, city).select_related("service", "area", "jurisdiction", "team")
    return seen.filter(reference=number).first()


def _looked_up(city: Jurisdiction, said: str, cities: Sequence[Jurisdiction], *, is_kept: bool) -> SaidPlace:
    lookup = geocoding.look_up(city, said)
    if lookup.place is not None:
        return SaidPlace(found=lookup.place)
    if lookup.outside is not None:
        return _outside(city, lookup.outside, cities)
    if lookup.is_nowhere:
        return SaidPlace(fault=nowhere_words())
    if is_kept:
        return SaidPlace(words=said)
    if lookup.suggestions:
        return SaidPlace(fault=_("Several places fit. Ask which one it is."), suggestions=lookup.suggestions)
    words = _("Not found in %(city)s. Ask for a house number close by, or for the corner of two streets.")
    return SaidPlace(fault=words % {"city": city.name})


def _outside(city: Jurisdiction, point: tuple[float, float], cities: Sequence[Jurisdiction]) -> SaidPlace:
    others = shapes.cities_at([one for one in cities if one.pk != city.pk], *point)
    whose = others[0].name if others else ""
    words = _("This place is outside %(city)s, so the city cannot send anybody there.") % {"city": city.name}
    return SaidPlace(fault=words, other_city=whose)
