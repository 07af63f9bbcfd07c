"""The forms of what is more than daily work: duplicates, splitting, moving, hiding, asking, contractors.

Whatever a form names beside its own request (another request, a photo, a link) is looked up among what this person may see of it.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.console.relation_places import PlaceFieldsForm
from evenhand.web.console.request_forms import LONGEST_WORDS, ActionForm, PublicWordsForm, public_words
from evenhand.web.console.routing_words import PRIORITY_WORDS
from evenhand.web.conversations.contractor_links import links_of
from evenhand.web.core import clock
from evenhand.web.portal.photo_views import PhotoAddress, photo_addresses
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.portal.wording import HIDING_REASONS
from evenhand.web.service_requests import duplicates, outside_work
from evenhand.web.service_requests.corrections import Consequences, consequences
from evenhand.web.service_requests.errors import NotMovable, RequestNotFound
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from evenhand.web.service_requests.moderation import HidingReason, Part
from evenhand.web.service_requests.one_request import request_for_staff
from evenhand.web.service_requests.parts import hidden_choices, hideable_choices
from evenhand.web.service_requests.reference_numbers import normalised, spoken
from evenhand.web.service_requests.splitting import place_of
from evenhand.web.service_requests.workflow import Priority

NOT_LINKABLE: Final = {
    "is_itself_or_its_own_duplicate": gettext_lazy("That request is this one, or goes on with this one already. Part those two first."),
    "is_of_another_city": gettext_lazy("That request belongs to another city."),
    "parent_was_withdrawn": gettext_lazy("That report was taken back by its reporter: nothing goes on there. Choose another one."),
    "is_linked_already": gettext_lazy("This request goes on with another one already. Part those two first."),
    "child_is_closed": gettext_lazy("This request is closed. Open it again first if it should go on elsewhere."),
    "relations_changed": gettext_lazy("Somebody linked one of the two a moment ago. Look again, then decide."),
    "is_not_linked": gettext_lazy("This request is no duplicate (any more)."),
}
NOT_MOVABLE: Final = {
    "service_not_offered": gettext_lazy("The city does not offer this service (any more). Choose another one."),
    "place_outside": gettext_lazy("The place lies outside of the city. Choose another one."),
    "publishing_not_confirmed": gettext_lazy("This was written in confidence and would become public. Mark below that this is meant."),
}
NOT_HIDEABLE: Final = {
    "hidden_already": gettext_lazy("This is hidden already."),
    "shown_already": gettext_lazy("This is shown to everybody already."),
    "nothing_to_hide": gettext_lazy("This is not there any more: its author has erased it."),
}
_DAYS: Final = ((3, gettext_lazy("3 days")), (7, gettext_lazy("a week")), (14, gettext_lazy("two weeks")), (30, gettext_lazy("30 days")))


class LinkForm(ActionForm):
    """Which request this one goes on with: one nearby, or by its number."""

    near = forms.CharField(required=False, max_length=64)
    number = TypedText(label=gettext_lazy("Or its number"), max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    words = public_words(
        gettext_lazy("Words with it"),
        hint=gettext_lazy("Optional. Residents read anyway that the city knew about this and goes on with the other report."),
        required=False,
    )
    parent: ServiceRequest | None = None

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        typed = given.get("number") or given.get("near") or ""
        if not typed:
            self.add_error("number", _("Choose a request from the list, or type its number."))
            return given
        try:
            named = request_for_staff(normalised(typed), self.person)
            self.parent = request_for_staff(duplicates.parent_of(named).reference, self.person)
        except RequestNotFound:
            self.add_error("number", _("You can see no request with this number. Is a digit wrong?"))
            return given
        if code := duplicates.why_not_linkable(self.request, self.parent):
            self.add_error("number", str(NOT_LINKABLE[code]))
        given["parent"], self.others = self.parent, (self.parent.pk,)
        return given


class UnlinkForm(PublicWordsForm):
    """Why it is something of its own."""

    words = public_words(gettext_lazy("Why it is something of its own"))


class ServiceFormMixin(forms.Form):
    """Offers the services of the request's city, grouped as residents see them."""

    request: ServiceRequest
    services: dict[str, Service]

    def offer_services(self, *, with_own: bool) -> None:
        found = Service.objects.filter(jurisdiction=self.request.jurisdiction).select_related("group").order_by("group__order", "order", "name")
        offered = [one for one in found if one.is_offered or (with_own and one.pk == self.request.service_id)]
        self.services = {str(one.pk): one for one in offered}
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in offered:
            name = _("%(service)s (private)") % {"service": one.name} if one.is_private else one.name
            groups.setdefault(one.group.name, []).append((str(one.pk), name))
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(groups.items())
        field.error_messages["invalid_choice"] = str(NOT_MOVABLE["service_not_offered"])
        self.initial.setdefault("service", str(self.request.service_id))

    def chosen_service(self) -> Service | None:
        return self.services.get(self.cleaned_data.get("service", ""))


class MoveForm(ServiceFormMixin, PlaceFieldsForm):
    """Another service, another place, or both. What that changes is shown before it is done: `confirmed` says what was shown."""

    service = forms.ChoiceField(label=gettext_lazy("Service"))
    publishing_is_meant = forms.BooleanField(label=gettext_lazy("Yes, this may become public"), required=False)
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    field_order = ("service", "address")
    ahead: Consequences | None = None
    is_to_confirm = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_services(with_own=True)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        given["place"] = self.said_place() if not {"address", "lat", "long"} & set(self.errors) else None
        if self.errors:
            return given
        given["chosen_service"] = self.chosen_service()
        try:
            self.ahead = consequences(self.request, at=clock.now(), service=given["chosen_service"], place=given["place"])
        except NotMovable as error:
            self.add_error(None, str(NOT_MOVABLE.get(error.code, error.message)))
            return given
        self._ask_to_confirm(self.ahead, given)
        return given

    @property
    def shown_digest(self) -> str:
        """What was shown, so that a confirmation is one of this and of nothing else. A deadline counts from now, so its minute does not."""
        ahead = self.ahead
        if ahead is None:
            return ""
        place = (ahead.place.lat, ahead.place.long, ahead.place.address) if ahead.place else None
        team = ahead.routed.team.pk if ahead.routed and ahead.routed.team else None
        return hashlib.sha256(repr((ahead.service.pk, place, team, ahead.visibility)).encode()).hexdigest()

    @property
    def priority_words(self) -> tuple[str, str]:
        """Before and after."""
        after = self.ahead.routed.priority if self.ahead is not None and self.ahead.routed is not None else self.request.priority
        return str(PRIORITY_WORDS[Priority(self.request.priority)]), str(PRIORITY_WORDS[Priority(after)])

    def _ask_to_confirm(self, ahead: Consequences, given: dict[str, Any]) -> None:
        if not ahead.changes_anything:
            self.add_error(None, _("Service and place are as they were: there is nothing to move."))
        elif ahead.publishes and given.get("confirmed") and not given.get("publishing_is_meant"):
            self.add_error("publishing_is_meant", str(NOT_MOVABLE["publishing_not_confirmed"]))
        elif given.get("confirmed") != self.shown_digest or (ahead.publishes and not given.get("publishing_is_meant")):
            self.is_to_confirm = True
            self.add_error(None, _("Nothing is moved yet. See what changes, then press the button again."))


class SplitForm(ServiceFormMixin, PlaceFieldsForm):
    """The second thing: its service, place and words, and the photos that show it."""

    service = forms.ChoiceField(label=gettext_lazy("Service of the second thing"))
    words = public_words(
        gettext_lazy("What the second thing is"),
        hint=gettext_lazy("In words for residents: it is what the new request says. Take over what the reporter wrote about it, or say it plainly."),
    )
    moved_photos = forms.MultipleChoiceField(
        label=gettext_lazy("Photos that go with it"),
        help_text=gettext_lazy("A photo belongs to one request: what you choose moves to the new one."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    publishing_is_meant = forms.BooleanField(label=gettext_lazy("Yes, the new request may be public"), required=False)
    field_order = ("service", "words", "address", "moved_photos")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_services(with_own=False)
        photos = self.request.photos.public()
        field = self.fields["moved_photos"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(photo.pk), _("Photo %(number)s") % {"number": number}) for number, photo in enumerate(photos, start=1)]
        if not field.choices:
            del self.fields["moved_photos"]
        if self.request.visibility != "private":
            del self.fields["publishing_is_meant"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        place = self.said_place() if not {"address", "lat", "long"} & set(self.errors) else None
        given["place"] = place or place_of(self.request)
        given["chosen_service"] = self.chosen_service()
        return given


class PartForm(ActionForm):
    """A part of what is shown, chosen by what it is."""

    part = forms.ChoiceField(
        label=gettext_lazy("What"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose what."), "invalid_choice": str(NOT_HIDEABLE["nothing_to_hide"])},
    )
    seq = forms.IntegerField(required=False, widget=forms.HiddenInput)
    photo = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["part"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(f"{one.part.what}:{one.part.number}", one) for one in self.parts_offered()]
        field.error_messages["invalid_choice"] = str(NOT_HIDEABLE["nothing_to_hide"])
        if photo := self.initial.get("photo"):
            self.initial.setdefault("part", f"photo:{photo}")
        elif seq := self.initial.get("seq"):
            self.initial.setdefault("part", f"words:{seq}")

    @property
    def photo_addresses(self) -> list[tuple[int, PhotoAddress]]:
        """The photos among the choices, by key, signed where they are hidden."""
        photos = self.request.photos.filter(erased_at=None)
        return [(photo.pk, photo_addresses(photo, self.request, opens_hidden=True)) for photo in photos]

    def parts_offered(self) -> list[Any]:
        raise TypeError("A form of parts says which it offers.")

    def clean_part(self) -> Part:
        what, _colon, number = str(self.cleaned_data["part"]).partition(":")
        return Part.of(what, int(number))


class HideForm(PartForm):
    """What is hidden, and why."""

    reason = forms.TypedChoiceField(
        label=gettext_lazy("Why"),
        choices=[(code, words) for code, words in HIDING_REASONS.items()],
        coerce=HidingReason,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose why: everybody reads it in the place of what is hidden.")},
    )
    words = TypedText(
        label=gettext_lazy("A word to the author"),
        help_text=gettext_lazy("Goes by mail to the reporter where it is theirs. Nobody else reads it."),
        max_length=LONGEST_WORDS,
        lines=3,
        required=False,
    )

    def parts_offered(self) -> list[Any]:
        return hideable_choices(self.request)


class ShowAgainForm(PartForm):
    """What is shown again."""

    words = TypedText(label=gettext_lazy("A word to the author"), max_length=LONGEST_WORDS, lines=3, required=False)

    def parts_offered(self) -> list[Any]:
        return hidden_choices(self.request)


class AskForm(PublicWordsForm):
    """The question. Only the reporter reads it."""

    words = TypedText(
        label=gettext_lazy("Your question"),
        help_text=gettext_lazy("Only the reporter reads it. That the city has a question, everybody sees."),
        max_length=LONGEST_WORDS,
        lines=5,
        missing=gettext_lazy("Please write the question."),  # type: ignore[arg-type]  # lazy text is text
    )
    days = forms.TypedChoiceField(label=gettext_lazy("Time to answer"), choices=_DAYS, coerce=int, initial=14)


class InviteForm(ActionForm):
    """Who gets a link, what is needed, and how long the link works."""

    name = TypedText(
        label=gettext_lazy("Who does the work"),
        help_text=gettext_lazy("A company or a crew, for example “Bay Paving”."),
        max_length=160,
        missing=gettext_lazy("Please say who gets the link."),  # type: ignore[arg-type]  # lazy text is text
    )
    recipient = forms.EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("Gets the link. Without one you see the link afterwards, to hand it over yourself."),
        required=False,
        max_length=254,
        error_messages={"invalid": gettext_lazy("This does not look like an e-mail address. An example: crew@example.org")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the mail and the page"), required=False)
    words = TypedText(
        label=gettext_lazy("What is needed"),
        help_text=gettext_lazy("They see the place, these words, and what is public of the report. Never who reported it, nor your notes."),
        max_length=LONGEST_WORDS,
        lines=5,
        missing=gettext_lazy("Please say what is needed."),  # type: ignore[arg-type]  # lazy text is text
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("The link works for"),
        choices=[(7, gettext_lazy("a week")), (14, gettext_lazy("two weeks")), (30, gettext_lazy("30 days")), (90, gettext_lazy("90 days"))],
        coerce=int,
        initial=30,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(settings.LANGUAGES)
        self.initial.setdefault("language", self.request.jurisdiction.language)

    def clean_language(self) -> str:
        return str(self.cleaned_data["language"] or self.request.jurisdiction.language)


class RevokeForm(ActionForm):
    """Which link opens nothing any more."""

    link = forms.ChoiceField(label=gettext_lazy("Link"), widget=forms.RadioSelect, error_messages={"required": gettext_lazy("Please choose a link.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.links = {str(link.pk): link for link in links_of(self.request) if link.revoked_at is None}
        field = self.fields["link"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, link.name) for key, link in self.links.items()]
        field.error_messages["invalid_choice"] = _("This link was taken back already.")

    def clean_link(self) -> Any:
        return self.links[self.cleaned_data["link"]]


class CloseAsDoneForm(PublicWordsForm):
    """Which of the crew's photos everybody sees as evidence, and the words with it."""

    shown = forms.MultipleChoiceField(
        label=gettext_lazy("The crew’s photos to show"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one: it is what “fixed” rests on.")},
    )
    field_order = ("shown", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.crew: dict[str, Photo] = {str(photo.pk): photo for photo in outside_work.crew_photos(self.request)}
        field = self.fields["shown"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(key, _("Photo %(number)s") % {"number": number}) for number, key in enumerate(self.crew, start=1)]
        self.initial.setdefault("shown", list(self.crew))

    def clean_shown(self) -> list[Photo]:
        return [self.crew[key] for key in self.cleaned_data["shown"]]

    @property
    def photo_count(self) -> int:
        """None of them comes with the form."""
        return 0


def number_words(request: ServiceRequest) -> str:
    """A request's number as people say it."""
    return spoken(request.reference)
