"""The forms of a report's steps. Every message says what to do, in the reader's language; what was typed is always given back.

Questions of a service come from the city's own list, so their fields are made here, one after the other, from rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.portal.photo_uploads import PhotosField
from evenhand.web.portal.report_questions import Question, questions_of
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.service_requests.models import Service, StopQuestion

LONGEST_DESCRIPTION: Final = 4000
HERE, ELSE = "here", "else"


class _WantedText(TypedText):
    """Asked for, so not called optional; but a pin, a photo or a suggestion may answer for it."""

    def validate(self, value: str) -> None:
        """Whether something is missing is decided from the whole form."""


class _WantedChoice(forms.ChoiceField):
    """Asked for; left out, the answer is the first one."""

    def clean(self, value: Any) -> str:
        return str(super().clean(value or HERE))


class SafetyForm(forms.Form):
    """The questions that send an emergency to the telephone. All must be answered."""

    def __init__(self, questions: Sequence[StopQuestion], language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for question in questions:
            self.fields[question.code] = forms.ChoiceField(
                label=question.text_in(language, "question"),
                choices=[("yes", _("Yes")), ("no", _("No"))],
                widget=forms.RadioSelect,
                error_messages={"required": _("Please answer with yes or no."), "invalid_choice": _("Please answer with yes or no.")},
            )


class PlaceForm(forms.Form):
    """Where it is. The hidden fields are written by scripts only, and the last thing that a person did wins (`place_views`)."""

    use_required_attribute = False

    for_whom = _WantedChoice(
        label=gettext_lazy("Where are you now?"),
        choices=[(HERE, gettext_lazy("I am at the place")), (ELSE, gettext_lazy("I am somewhere else, or I report for somebody else"))],
        widget=forms.RadioSelect,
        initial=HERE,
    )
    # Browsers would offer the reader's own address; this one is of the trouble.
    address = _WantedText(
        label=gettext_lazy("Address or corner"),
        help_text=gettext_lazy("For example “12 Main Street”, “Main & Elm”, or coordinates such as “42.3601, -71.0589”."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    photo = PhotosField(
        several=False,
        label=gettext_lazy("Find the place from a photo"),
        help_text=gettext_lazy("If your camera noted the place, we suggest it and you decide. The photo goes with your report, without that note."),
    )
    lat = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    long = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    address_id = forms.CharField(required=False, widget=forms.HiddenInput, max_length=80)
    place_source = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)
    choice = forms.CharField(required=False, max_length=80)
    asked = forms.CharField(required=False, widget=forms.HiddenInput, max_length=400)

    def point(self) -> tuple[float, float] | None:
        """The point that a script wrote, if it is one."""
        lat, long = self.cleaned_data.get("lat"), self.cleaned_data.get("long")
        return None if lat is None or long is None else (lat, long)


class ContactForm(forms.Form):
    """Who reports, all of it optional."""

    name = TypedText(label=gettext_lazy("Your name"), max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    is_name_shown = forms.BooleanField(label=gettext_lazy("Show my name on the public page"), required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        error_messages={
            "invalid": gettext_lazy("This e-mail address is not complete. It should look like name@example.org."),
            "max_length": gettext_lazy("This e-mail address is too long."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = TypedText(
        label=gettext_lazy("Phone"), max_length=32, required=False, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )
    response_method = forms.ChoiceField(
        label=gettext_lazy("How should we tell you what happens?"),
        choices=[
            ("email", gettext_lazy("By e-mail")),
            ("phone", gettext_lazy("By phone, if the city has a question")),
            ("none", gettext_lazy("Not at all. I will look at the page myself")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    is_for_somebody_else = forms.BooleanField(label=gettext_lazy("I report this for somebody else"), required=False)

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"])
        if phone and (sum(c.isdigit() for c in phone) < 7 or not all(c.isdigit() or c in " +-().,/ext#" for c in phone.lower())):
            raise ValidationError(_("This phone number is not complete. It should look like 555-123-4567."))
        return phone

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        method = given.get("response_method")
        if method == "email" and not given.get("email") and "email" not in self.errors:
            self.add_error("email", _("To hear by e-mail, give us an address, or choose another way."))
        if method == "phone" and not given.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("To hear by phone, give us a number, or choose another way."))
        if given.get("is_name_shown") and not given.get("name") and "name" not in self.errors:
            self.add_error("name", _("To show your name, tell us your name, or take the mark away."))
        if not method:
            given["response_method"] = "email" if given.get("email") else "phone" if given.get("phone") else "none"
        return given


class DetailsForm(forms.Form):
    """Words, photos, and the service's own questions. Without a service (its draft was put away) only words and photos."""

    description = TypedText(label=gettext_lazy("What is the matter?"), max_length=LONGEST_DESCRIPTION, lines=5)
    photos = PhotosField(
        label=gettext_lazy("Photos"),
        help_text=gettext_lazy("Up to five, at most 20 MB each. Please no faces or license plates: public reports show their photos to everybody."),
    )

    def __init__(self, service: Service | None, language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.questions: Sequence[Question] = questions_of(service, language) if service else ()
        for question in self.questions:
            self.fields.update(question.fields())
        description = self.fields["description"]
        # Where the city asks for something that must be answered, the answer says what the matter is.
        description.required = not any(question.is_required for question in self.questions)
        description.error_messages["required"] = _("Tell us in a few words what the matter is.")
        description.help_text = (
            _("Only the city can read this. Where exactly is it, and what would help the crew to find it?")
            if service and service.is_private
            else _("Where exactly is it, and what would help the crew to find it? Everybody can read this: no names or phone numbers, please.")
        )

    def answers(self) -> dict[str, str | list[str]]:
        """Answers by the code of their question, those not given left out."""
        found = {question.code: question.answer(self.cleaned_data) for question in self.questions}
        return {code: answer for code, answer in found.items() if answer}

    def rows(self) -> Iterator[dict[str, Any]]:
        """For the template: each question with its bound fields, in order."""
        for question in self.questions:
            yield {"text": question.text if not question.is_variable else "", "fields": [self[name] for name in question.names]}
