"""Where staff say that a request is: a suggestion, typed words, or a pin. The last thing done wins; what does not differ from now changes nothing.

Only the city's own file is asked. A place outside of the city is refused with words, several that fit are offered, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.console.request_forms import ActionForm
from evenhand.web.places import geocoding, shapes
from evenhand.web.places.geocoding import FoundPlace
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.report_place import nowhere_words, outside_words
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.models import ServiceRequest

LONGEST_ADDRESS: Final = 200
_SAME_DEGREES: Final = 1e-6


@dataclass(frozen=True, slots=True)
class PlaceSaid:
    """A place that differs from where the request is now, or what to say instead; neither means that it stays."""

    place: Place | None = None
    fault: str = ""
    suggestions: tuple[FoundPlace, ...] = ()


class PlaceFieldsForm(ActionForm):
    """The fields of a place. The hidden ones are written by scripts, which empty them whenever an address is typed."""

    use_required_attribute = False

    address = TypedText(
        label=gettext_lazy("Address, corner or coordinates"),
        help_text=gettext_lazy("From the city’s address file. Or move the pin."),
        max_length=LONGEST_ADDRESS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    long = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    address_id = forms.CharField(required=False, widget=forms.HiddenInput, max_length=80)
    place_source = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)
    choice = forms.CharField(required=False, max_length=80)

    suggestions: tuple[FoundPlace, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in (("address", self.request.address), ("lat", self.request.lat), ("long", self.request.long)):
            self.initial.setdefault(name, value)

    def said_place(self) -> Place | None:
        """The new place; None where it stays. A fault is put to the address field."""
        said = place_said(self.request, self.cleaned_data)
        self.suggestions = said.suggestions
        if said.fault:
            self.add_error("address", said.fault)
        return said.place


def place_said(request: ServiceRequest, given: Mapping[str, Any]) -> PlaceSaid:
    """Read the fields of a place."""
    city, typed = request.jurisdiction, given.get("address") or ""
    lat, long = given.get("lat"), given.get("long")
    if lat is not None and long is not None and not _is_at(request, lat, long):
        return _pointed(city, (lat, long), given, typed)
    if choice := given.get("choice"):
        found = geocoding.by_key(city, choice, typed)
        return PlaceSaid(place=as_place(found)) if found else PlaceSaid(fault=_("Please choose one of the places, or type another address."))
    return PlaceSaid() if not typed or typed.casefold() == request.address.casefold() else _looked_up(city, typed)


def as_place(found: FoundPlace) -> Place:
    """As a request keeps it."""
    return Place(
        lat=found.lat,
        long=found.long,
        quality=found.quality,
        address=found.label[:240],
        address_ref=found.address_ref[:64],
        zipcode=found.zipcode[:16],
        area=found.area,
    )


def _pointed(city: Jurisdiction, point: tuple[float, float], given: Mapping[str, Any], typed: str) -> PlaceSaid:
    is_suggestion = given.get("place_source") == "address" and bool(given.get("address_id"))
    if is_suggestion and (found := geocoding.by_key(city, given["address_id"], typed)):
        return PlaceSaid(place=as_place(found))
    if not shapes.is_inside(city, *point):
        return PlaceSaid(fault=outside_words(city))
    return PlaceSaid(place=as_place(geocoding.describe(city, *point)))


def _looked_up(city: Jurisdiction, typed: str) -> PlaceSaid:
    lookup = geocoding.look_up(city, typed)
    if lookup.place is not None:
        return PlaceSaid(place=as_place(lookup.place))
    if lookup.outside is not None:
        return PlaceSaid(fault=outside_words(city))
    if lookup.is_nowhere:
        return PlaceSaid(fault=nowhere_words())
    if lookup.suggestions:
        return PlaceSaid(fault=_("Several places fit: choose one below."), suggestions=lookup.suggestions)
    return PlaceSaid(fault=_("The city’s address file does not have this. Name the corner of two streets, or move the pin."))


def _is_at(request: ServiceRequest, lat: float, long: float) -> bool:
    if request.lat is None or request.long is None:
        return False
    return abs(request.lat - lat) <= _SAME_DEGREES and abs(request.long - long) <= _SAME_DEGREES
