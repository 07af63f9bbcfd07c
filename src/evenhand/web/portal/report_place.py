"""Which place somebody meant, from all that a form can carry at once.

The last thing that a person did wins. A point that differs from the one known before was just written by a script, which empties it whenever an
address is typed; otherwise an address that differs from what was asked or known before was just typed; otherwise the chosen suggestion counts, and
with none of them the place stays as it was. A device's own place is never used for somebody else, a photo's place never without being chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from evenhand.web.places import geocoding, shapes
from evenhand.web.places.geocoding import FoundPlace
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.report_forms import ELSE, PlaceForm

PHOTO_CHOICE, WORDS_CHOICE = "photo", "words"
DEVICE: Final = "device"
_SAME_DEGREES = 1e-6

Kept = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """A place, or what to say and offer instead; `outside` is a point (degrees) that no area of this city holds."""

    place: Kept | None = None
    error: str = ""
    suggestions: tuple[FoundPlace, ...] = ()
    asked: str = ""
    may_keep_words: bool = False
    outside: tuple[float, float] | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def answer_from(city: Jurisdiction, form: PlaceForm, fields: dict[str, Any]) -> PlaceAnswer:
    """Decide between point, typed address, suggestion and the place known before. `fields` are the draft's."""
    given = form.cleaned_data
    known: Kept | None = fields.get("place")
    point, typed, choice = form.point(), given["address"], given["choice"]
    is_for_else = given["for_whom"] == ELSE or bool((fields.get("contact_typed") or {}).get("is_for_somebody_else"))
    if point is not None and not _is_at(known, point):
        return _from_script(city, point, given, is_for_else)
    if typed and typed not in {given["asked"], (known or {}).get("label")}:
        return _from_words(city, typed)
    if choice:
        return _from_choice(city, choice, typed, fields)
    if typed and given["asked"] == typed and (known or {}).get("label") != typed:
        return _from_words(city, typed)
    if known and typed == known["label"]:
        return _still(known, is_for_else)
    return PlaceAnswer(error=_("Tell us where it is: type an address, a corner or coordinates."))


def kept_place(city: Jurisdiction, found: FoundPlace, *, source: str) -> Kept:
    """What a draft keeps of a place. Words that we made ourselves ("near …") are the city's, in the city's language."""
    label = found.label
    if found.quality == "exact" and source != "corner":
        with translation.override(city.language):
            label = geocoding.describe(city, found.lat, found.long).label
    return {
        "lat": found.lat,
        "long": found.long,
        "label": label,
        "quality": found.quality,
        "address_ref": found.address_ref,
        "zipcode": found.zipcode,
        "source": source,
    }


def place_from_point(city: Jurisdiction, point: tuple[float, float], *, source: str) -> PlaceAnswer:
    """A pin, a device's place, a photo's place, a point of the map."""
    if not shapes.is_inside(city, *point):
        return _outside(city, point)
    return PlaceAnswer(place=kept_place(city, geocoding.describe(city, *point), source=source))


def _from_script(city: Jurisdiction, point: tuple[float, float], given: dict[str, Any], is_for_else: bool) -> PlaceAnswer:
    source = given["place_source"] or "pin"
    if source == DEVICE and is_for_else:
        return PlaceAnswer(error=_not_for_else())
    if source == "address" and (found := geocoding.by_key(city, given["address_id"], given["address"])):
        return PlaceAnswer(place=_kept_suggestion(city, found))
    return place_from_point(city, point, source=source)


def _from_words(city: Jurisdiction, typed: str) -> PlaceAnswer:
    lookup = geocoding.look_up(city, typed)
    if lookup.place is not None:
        return PlaceAnswer(place=_kept_suggestion(city, lookup.place))
    if lookup.outside is not None:
        return _outside(city, lookup.outside)
    if lookup.is_nowhere:
        return PlaceAnswer(error=nowhere_words())
    if lookup.suggestions:
        return PlaceAnswer(error=_("Which of these places is it?"), suggestions=lookup.suggestions, asked=typed, may_keep_words=True)
    error = _("We did not find this in the city’s address file. Check the spelling, leave out the unit, or name the corner of two streets.")
    return PlaceAnswer(error=error, asked=typed, may_keep_words=True)


def _from_choice(city: Jurisdiction, choice: str, typed: str, fields: dict[str, Any]) -> PlaceAnswer:
    if choice == PHOTO_CHOICE and (taken := fields.get("photo_place")):
        return place_from_point(city, (taken["lat"], taken["long"]), source="photo")
    if choice == WORDS_CHOICE and typed:
        return PlaceAnswer(place={"lat": None, "long": None, "label": typed, "quality": "missing", "source": "words"})
    found = geocoding.by_key(city, choice, typed)
    if found is None:
        return PlaceAnswer(error=_("Please choose one of the places, or type another address."), asked=typed)
    return PlaceAnswer(place=_kept_suggestion(city, found))


def _still(known: Kept, is_for_else: bool) -> PlaceAnswer:
    if known.get("source") == DEVICE and is_for_else:
        return PlaceAnswer(error=_not_for_else())
    return PlaceAnswer(place=known)


def _kept_suggestion(city: Jurisdiction, found: FoundPlace) -> Kept:
    source = "address" if found.quality == "address" else "corner" if "&" in found.label else "typed"
    return kept_place(city, found, source=source)


def _outside(city: Jurisdiction, point: tuple[float, float]) -> PlaceAnswer:
    return PlaceAnswer(error=outside_words(city), outside=point)


def outside_words(city: Jurisdiction) -> str:
    """Said wherever a place is not the city's."""
    return _("This place is outside %(city)s, so the city cannot send anybody there.") % {"city": city.name}


def nowhere_words() -> str:
    """Said of two numbers that are no coordinates."""
    return _("There is no such place on earth: latitude goes from −90 to 90, longitude from −180 to 180.")


def is_of_reporters_device(place: Kept | None) -> bool:
    """Whether a kept place is where the device was that reported."""
    return place is not None and place.get("source") == DEVICE


def place_of_the_problem() -> str:
    """Said to who stood at their own place and then says that they report for somebody else."""
    return _("You report for somebody else, so we did not keep where you are now. Tell us the place of the problem. All else that you typed is kept.")


def _not_for_else() -> str:
    return _("You report for somebody else or from somewhere else, so we did not use where you are now. Tell us the place itself.")


def _is_at(known: Kept | None, point: tuple[float, float]) -> bool:
    if not known or known.get("lat") is None:
        return False
    return bool(abs(known["lat"] - point[0]) <= _SAME_DEGREES and abs(known["long"] - point[1]) <= _SAME_DEGREES)
