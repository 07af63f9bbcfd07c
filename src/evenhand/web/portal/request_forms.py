"""The forms of a request's pages. Each has a one-time key: a second click sends the same key with the same words, and is taken once.

The key is bound to the words: whoever goes back and writes something else sends something new.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from evenhand.web.portal.photo_uploads import PhotosField
from evenhand.web.portal.typed_text import TypedText

LONGEST_WORDS: Final = 4000
LONGEST_NAME: Final = 120
MOST_PHOTOS: Final = 5
_LONGEST_KEY: Final = 64


class OneTimeForm(forms.Form):
    """A form that is taken once."""

    purpose = "form"
    form_key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("form_key", secrets.token_hex(16))

    def key_for(self, reference: str) -> str:
        """What this sending is recognised by."""
        typed = self.cleaned_data.get("form_key", "")[:_LONGEST_KEY] or secrets.token_hex(16)
        words = self.cleaned_data.get("words", "")
        return hashlib.sha256("\0".join([self.purpose, reference, typed, words]).encode()).hexdigest()


class CommentForm(OneTimeForm):
    """Words, a name if one likes, photos."""

    purpose = "comment"
    words = TypedText(
        label=gettext_lazy("Your comment"),
        help_text=gettext_lazy("Everybody can read it. Please leave out phone numbers and other people’s names."),
        max_length=LONGEST_WORDS,
        lines=4,
        missing=gettext_lazy("Please write your comment."),  # type: ignore[arg-type]  # lazy text is text
    )
    name = TypedText(
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("Shown with your comment. Leave it empty to stay unnamed."),
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    photos = PhotosField(label=gettext_lazy("Photos"), help_text=gettext_lazy("Up to five. We remove place and camera data."))


class ReporterCommentForm(CommentForm):
    """The same from the private page, where the reporter is known as the reporter."""

    name = None  # type: ignore[assignment]  # Django's way to leave out an inherited field


class NotFixedForm(OneTimeForm):
    """Why somebody says that it is not fixed."""

    purpose = "not_fixed"
    words = TypedText(
        label=gettext_lazy("What is still wrong?"),
        help_text=gettext_lazy("Everybody can read it, and the city looks again."),
        max_length=LONGEST_WORDS,
        lines=4,
        missing=gettext_lazy("Please say what is still wrong."),  # type: ignore[arg-type]  # lazy text is text
    )
    photos = PhotosField(label=gettext_lazy("Photos"), help_text=gettext_lazy("Up to five. A photo helps most."))


class FollowForm(forms.Form):
    """An address that wants to hear."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("Not shown to anybody, and used for this request only."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Please write your e-mail address."),
            "invalid": gettext_lazy("This does not look like an e-mail address. An example: ana@example.org"),
            "max_length": gettext_lazy("This is too long for an e-mail address."),
        },
    )


class WithdrawForm(forms.Form):
    """Why a report is taken back; optional."""

    words = TypedText(
        label=gettext_lazy("Why do you take it back?"),
        help_text=gettext_lazy("Everybody can read it. For example: “It is gone”, or “I was mistaken”."),
        max_length=LONGEST_WORDS,
        lines=3,
        required=False,
    )
