"""Forms of signing in and of one's own account. Fields carry the names that password managers and authenticator apps look for."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy, ngettext

from evenhand.web.accounts.models import Account

_LONGEST: Final = 1000  # a password is hashed whole: a book must not be
_PLAIN: Final = {"autocapitalize": "none", "spellcheck": "false"}
_WRONG_PASSWORD: Final = gettext_lazy("This is not your password")
THEMES: Final = (("auto", gettext_lazy("As the system")), ("light", gettext_lazy("Light")), ("dark", gettext_lazy("Dark")))


def wait_words(seconds: int) -> str:
    """What to tell somebody who tried too often."""
    words = ngettext("Too many tries. Please wait %(n)d second and try again.", "Too many tries. Please wait %(n)d seconds and try again.", seconds)
    return words % {"n": seconds}


def _password(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete} | _PLAIN)
    return forms.CharField(label=label, max_length=_LONGEST, strip=False, widget=widget, **options)


def _code(**options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code"} | _PLAIN)
    return forms.CharField(max_length=40, widget=widget, **options)


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True} | _PLAIN),
        error_messages={"required": gettext_lazy("Enter your user name")},
    )
    password = _password(gettext_lazy("Password"), "current-password", error_messages={"required": gettext_lazy("Enter your password")})


class CodeForm(forms.Form):
    """The second factor."""

    code = _code(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Six digits from your authenticator app, or one of your recovery codes"),
        error_messages={"required": gettext_lazy("Enter the code")},
    )


class OwnPasswordForm(forms.Form):
    """Whoever changes what protects an account says the password once more."""

    current = _password(gettext_lazy("Your password"), "current-password", error_messages={"required": gettext_lazy("Enter your password")})

    def __init__(self, *given: Any, person: Account, wait_seconds: int = 0, **options: Any) -> None:
        super().__init__(*given, **options)
        self.person = person
        self.wait_seconds = wait_seconds

    def clean_current(self) -> str:
        """The password is theirs. Where one must wait, it is not looked at."""
        current = str(self.cleaned_data["current"])
        if self.wait_seconds:
            raise forms.ValidationError(wait_words(self.wait_seconds))
        if not self.person.check_password(current):
            raise forms.ValidationError(_WRONG_PASSWORD)
        return current


class PasswordForm(OwnPasswordForm):
    """A new password, twice."""

    new = _password(
        gettext_lazy("New password"),
        "new-password",
        help_text=gettext_lazy("At least 12 characters. Four unusual words are easy to remember and hard to guess."),
        error_messages={"required": gettext_lazy("Enter a new password")},
    )
    again = _password(gettext_lazy("New password once more"), "new-password", error_messages={"required": gettext_lazy("Enter it once more")})

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        if self.person.must_change_password:
            self.fields["current"].label = gettext_lazy("The password that you were given")

    def clean_new(self) -> str:
        """Not too short, and not one that everybody tries."""
        new = str(self.cleaned_data["new"])
        validate_password(new, self.person)
        return new

    def clean(self) -> dict[str, Any]:
        """Both are the same, and neither is the old one."""
        given = super().clean() or self.cleaned_data
        if "new" in given and given["new"] == given.get("current"):
            self.add_error("new", gettext_lazy("This is the password that you have"))
        if "new" in given and "again" in given and given["new"] != given["again"]:
            self.add_error("again", gettext_lazy("The two are not the same"))
        return given


class EnrolForm(OwnPasswordForm):
    """The first code of a new authenticator. Whoever was just led here from signing in need not say the password again."""

    code = _code(label=gettext_lazy("Code that the app shows now"), error_messages={"required": gettext_lazy("Enter the code")})
    field_order = ("code", "current")

    def __init__(self, *given: Any, asks_password: bool = True, **options: Any) -> None:
        super().__init__(*given, **options)
        if not asks_password:
            del self.fields["current"]


class ProveForm(OwnPasswordForm):
    """Password and code, for what weakens an account's protection."""

    code = _code(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("From your authenticator app, or a recovery code"),
        error_messages={"required": gettext_lazy("Enter the code")},
    )


class PreferencesForm(forms.Form):
    """How the console looks and speaks to one person."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Colors"), choices=THEMES)
    has_keys = forms.BooleanField(
        label=gettext_lazy("Single-letter keys"),
        required=False,
        help_text=gettext_lazy("In this browser. Switch them off if you speak to your computer or if keys get in your way."),
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["language"].choices = [("", gettext_lazy("As the browser asks")), *settings.LANGUAGES]  # type: ignore[attr-defined]
