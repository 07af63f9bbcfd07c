"""The forms behind links that were mailed to one person: the reporter's answer to a question, and what a contractor says about the work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.portal.photo_uploads import PhotosField
from evenhand.web.portal.request_forms import LONGEST_WORDS, OneTimeForm
from evenhand.web.portal.typed_text import TypedText


class AnswerForm(OneTimeForm):
    """Words or photos; one of them is enough."""

    purpose = "answer"
    words = TypedText(
        label=gettext_lazy("Your answer"),
        help_text=gettext_lazy("Only the city can read it."),
        max_length=LONGEST_WORDS,
        lines=6,
        required=False,
    )
    photos = PhotosField(label=gettext_lazy("Photos"), help_text=gettext_lazy("Up to five. We remove place and camera data."))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "words" not in self.errors and not given.get("words") and not given.get("photos"):
            self.add_error("words", _("Please write your answer, or send a photo."))
        return given


class WorkForm(OneTimeForm):
    """What a contractor says: an answer, or that it is done, which a photo has to show."""

    purpose = "work"
    ANSWER, DONE = "answer", "done"
    said = forms.ChoiceField(
        label=gettext_lazy("What do you want to tell the city?"),
        choices=[
            (DONE, gettext_lazy("It is done. A photo shows it")),
            (ANSWER, gettext_lazy("Something else: a question, a delay, or that it is not for us")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose one."), "invalid_choice": gettext_lazy("Please choose one.")},
    )
    words = TypedText(
        label=gettext_lazy("Your words"),
        help_text=gettext_lazy("Only the city can read them."),
        max_length=LONGEST_WORDS,
        lines=4,
        required=False,
    )
    photos = PhotosField(
        label=gettext_lazy("Photos"),
        help_text=gettext_lazy("Up to five, without faces or license plates: when the city closes the request with one, everybody sees it."),
    )

    @property
    def is_done(self) -> bool:
        return bool(self.cleaned_data.get("said") == self.DONE)

    def key_for(self, reference: str) -> str:
        """Saying "done" with the words of an answer is something new."""
        return super().key_for(f"{reference}\0{self.cleaned_data.get('said', '')}")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("said") == self.DONE and not given.get("photos"):
            self.add_error("photos", _("Please add a photo of the finished work: without one the city cannot close it as fixed."))
        if given.get("said") == self.ANSWER and "words" not in self.errors and not given.get("words"):
            self.add_error("words", _("Please write what you want to say."))
        return given
