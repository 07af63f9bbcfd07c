"""The one form of a call. Everything comes in one sending, and what is not known yet is no fault until the request is to be made.

The service's own questions are the web's (`questions_of`), asked in the caller's language. A telephone number is kept in one spelling. How the caller
reached us and how they want to hear are two questions; left open, the second is answered by what the caller gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.portal.channels import CHANNELS
from evenhand.web.portal.report_questions import Question, questions_of
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.service_requests.callers import normalised_phone
from evenhand.web.service_requests.models import Service, StopQuestion

LONGEST_DESCRIPTION: Final = 4000
CONTACT_METHODS: Final = tuple((code, channel.entered) for code, channel in CHANNELS.items() if channel.entered is not None)
RESPONSE_METHODS: Final = (
    ("email", gettext_lazy("E-mail")),
    ("phone", gettext_lazy("Phone call by staff")),
    ("text", gettext_lazy("Text message, by hand")),
    ("none", gettext_lazy("Not at all")),
)
YES_NO: Final = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
_UNNAMED: Final = {"autocomplete": "off"}


class CallForm(forms.Form):
    """All that is asked in a call, in its order. `questions` are the service's own, `stops` come before them."""

    use_required_attribute = False

    submission_key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("The caller speaks"), choices=lambda: settings.LANGUAGES, required=False, widget=forms.RadioSelect
    )
    place = TypedText(label=gettext_lazy("Place"), max_length=200, required=False, widget=forms.TextInput(attrs=_UNNAMED))
    place_key = forms.CharField(widget=forms.HiddenInput, max_length=120, required=False)
    place_as_words = forms.BooleanField(label=gettext_lazy("Keep these words as the place"), required=False)
    what = TypedText(label=gettext_lazy("What it is about"), max_length=200, required=False, widget=forms.TextInput(attrs=_UNNAMED))
    service = forms.CharField(widget=forms.HiddenInput, max_length=120, required=False)
    article = forms.CharField(widget=forms.HiddenInput, max_length=80, required=False)
    same = forms.CharField(max_length=64, required=False)
    description = TypedText(label=gettext_lazy("In the caller’s words"), max_length=LONGEST_DESCRIPTION, lines=3, required=False)
    phone = TypedText(label=gettext_lazy("Phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel", **_UNNAMED}))
    name = TypedText(label=gettext_lazy("Name"), max_length=120, required=False, widget=forms.TextInput(attrs=_UNNAMED))
    response_method = forms.ChoiceField(
        label=gettext_lazy("How they want to hear"), choices=RESPONSE_METHODS, required=False, widget=forms.RadioSelect
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        error_messages={"invalid": gettext_lazy("This e-mail address is not complete. It should look like name@example.org.")},
        widget=forms.EmailInput(attrs=_UNNAMED),
    )
    contact_method = forms.ChoiceField(label=gettext_lazy("How they reached us"), choices=CONTACT_METHODS, required=False)

    def __init__(self, service: Service | None, language: str, *, stops: Sequence[StopQuestion] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stops = stops
        self.questions: Sequence[Question] = questions_of(service, language) if service else ()
        for stop in stops:
            self.fields[stop_name(stop)] = forms.ChoiceField(
                label=stop.text_in(language, "question"), choices=YES_NO, widget=forms.RadioSelect, required=False
            )
        for question in self.questions:
            self.fields.update(question.fields())
        if service is not None and not any(question.is_required for question in self.questions):
            self.fields["description"].required = True
            self.fields["description"].error_messages["required"] = _("Write in a few words what the matter is.")

    def clean_phone(self) -> str:
        typed = str(self.cleaned_data["phone"])
        kept = normalised_phone(typed)
        if typed and not kept:
            raise forms.ValidationError(_("This number is not complete. Ask for the area code; it should look like 617-555-0123."))
        return kept

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        method = given.get("response_method")
        if method == "email" and not given.get("email") and "email" not in self.errors:
            self.add_error("email", _("To hear by e-mail they need to give an address; or choose another way."))
        if method in {"phone", "text"} and not given.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("To be called or texted they need to give a number; or choose another way."))
        if not method:
            given["response_method"] = "email" if given.get("email") else "phone" if given.get("phone") else "none"
        given["contact_method"] = given.get("contact_method") or "phone"
        return given

    def answers(self) -> dict[str, str | list[str]]:
        """Answers by the code of their question, those not given left out."""
        found = {question.code: question.answer(self.cleaned_data) for question in self.questions}
        return {code: answer for code, answer in found.items() if answer}

    def stop_fields(self) -> list[dict[str, Any]]:
        """For the template: each stop question's field."""
        return [{"field": self[stop_name(stop)], "code": stop.code} for stop in self.stops]

    def rows(self) -> Iterator[dict[str, Any]]:
        """For the template: each question of the service with its fields, in order."""
        for question in self.questions:
            yield {"text": question.text if not question.is_variable else "", "fields": [self[name] for name in question.names]}


def stop_name(stop: StopQuestion) -> str:
    """The name of a stop question's field."""
    return f"s_{stop.code}"


def one_line(typed: Mapping[str, Any], name: str, longest: int) -> str:
    """A field before the form is known, bounded and without what no database takes."""
    return str(typed.get(name, ""))[:longest].replace("\0", "").strip()
