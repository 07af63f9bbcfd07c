"""The forms of the request page's actions. Each carries the version of the request that its sender saw, and a one-time key.

The key is bound to everything that was typed and to who typed it: a double click is taken once, and whoever goes back and writes something else sends
something new.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account
from evenhand.web.conversations.response_templates import left_open
from evenhand.web.core import clock
from evenhand.web.portal.photo_uploads import PhotosField
from evenhand.web.portal.request_forms import OneTimeForm
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.service_requests.actions import CrewRecord, open_since
from evenhand.web.service_requests.assignees import people_of, teams_of
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import ClosingReason, Evidence, Priority

if TYPE_CHECKING:
    from django.http import QueryDict

LONGEST_WORDS: Final = 4000
_LONGEST_KEY: Final = 64
_UNHASHED: Final = {"csrfmiddlewaretoken", "form_key", "seen", "city"}
END_OF_WORK: Final = time(17, 0)
"""A day that is promised ends when offices close, in the city's time."""


class ActionForm(OneTimeForm):
    """What every action's form has. Made for one request and one person, who decide what can be chosen."""

    others: tuple[int, ...] = ()  # primary keys of further requests that the action changes

    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: ServiceRequest, person: Account, **kwargs: Any) -> None:
        self.request, self.person = request, person
        super().__init__(*args, **kwargs)
        self.initial.setdefault("seen", request.event_count)

    def clean_seen(self) -> int:
        """A form that does not say what its sender saw has seen nothing."""
        return self.cleaned_data.get("seen") or 0

    def show_as_seen(self, version: int) -> None:
        """Let the form that goes back to its sender say that they have seen `version` by now, under a key of its own."""
        data = cast("QueryDict", self.data).copy()
        data["seen"], data["form_key"] = str(version), secrets.token_hex(16)
        self.data = data

    def key_for(self, reference: str) -> str:
        """What this sending is recognised by."""
        typed = str(self.data.get("form_key", ""))[:_LONGEST_KEY] or secrets.token_hex(16)
        lists = sorted((name, values) for name, values in getattr(self.data, "lists", dict)() if name not in _UNHASHED)
        parts = [self.purpose, type(self).__name__, reference, str(self.person.pk), typed, repr(lists)]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


class DirectForm(ActionForm):
    """Nothing to fill in: one press does it."""


def public_words(label: Any, *, hint: Any = "", required: bool = True) -> TypedText:
    """Words that everybody reads."""
    return TypedText(
        label=label,
        help_text=hint or gettext_lazy("Everybody can read it."),
        max_length=LONGEST_WORDS,
        lines=6,
        required=required,
        missing=gettext_lazy("Please write this: it is what residents read."),  # type: ignore[arg-type]  # lazy text is text
    )


class PublicWordsForm(ActionForm):
    """Words for the public. A placeholder that was left open would be read as it stands, so it is asked about."""

    words = public_words(gettext_lazy("What residents read"))

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        if names := left_open(words):
            raise forms.ValidationError(_("Please replace %(names)s: nothing is known here to put in its place.") % {"names": ", ".join(names)})
        return words


class NoteForm(ActionForm):
    """Words for colleagues."""

    words = TypedText(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("Only staff of the city can read it."),
        max_length=LONGEST_WORDS,
        lines=5,
        missing=gettext_lazy("Please write the note."),  # type: ignore[arg-type]  # lazy text is text
    )


class AnswerForm(PublicWordsForm):
    """The city's public answer, with photos where they say more."""

    photos = PhotosField(label=gettext_lazy("Photos"), help_text=gettext_lazy("Up to five. Place and camera data are removed."))


class PhoneWordsForm(ActionForm):
    """What the reporter said on the phone."""

    words = TypedText(
        label=gettext_lazy("What the reporter said"),
        help_text=gettext_lazy("Only staff and the reporter can read it. Everybody reads that the question was answered."),
        max_length=LONGEST_WORDS,
        lines=5,
        missing=gettext_lazy("Please write what the reporter said."),  # type: ignore[arg-type]  # lazy text is text
    )


class PriorityForm(ActionForm):
    """How urgent it is."""

    priority = forms.TypedChoiceField(
        label=gettext_lazy("Priority"),
        coerce=lambda value: Priority(int(value)),
        widget=forms.RadioSelect,
        choices=[
            (3, gettext_lazy("Urgent")),
            (2, gettext_lazy("High")),
            (1, gettext_lazy("Normal")),
            (0, gettext_lazy("Low")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("priority", self.request.priority)


class AssignForm(ActionForm):
    """To which team, to whom; neither takes it back to nobody."""

    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    assignee = forms.ChoiceField(label=gettext_lazy("Person"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        city = self.request.jurisdiction
        self.teams = {str(team.pk): team for team in teams_of(city)}
        self.people = {str(person.pk): person for person in people_of(city)}
        self._offer("team", _("No team"), {key: team.name for key, team in self.teams.items()}, self.request.team_id)
        self._offer("assignee", _("Nobody in particular"), {key: self._name(person) for key, person in self.people.items()}, self.request.assignee_id)

    def clean_team(self) -> Any:
        return self.teams.get(self.cleaned_data["team"])

    def clean_assignee(self) -> Any:
        return self.people.get(self.cleaned_data["assignee"])

    def _offer(self, name: str, none: str, named: dict[str, str], now: int | None) -> None:
        offered = self.fields[name]
        assert isinstance(offered, forms.ChoiceField)
        offered.choices = [("", none), *named.items()]
        offered.error_messages["invalid_choice"] = _("This cannot be chosen any more. Please choose another.")
        self.initial.setdefault(name, str(now) if now is not None else "")

    def _name(self, person: Account) -> str:
        return _("%(name)s (me)") % {"name": person.shown_name} if person.pk == self.person.pk else person.shown_name


class DateForm(PublicWordsForm):
    """A day that the city gives, and a word of why."""

    day = forms.DateField(
        label=gettext_lazy("Done by"),
        help_text=gettext_lazy("The end of that working day. Residents see the day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": gettext_lazy("Please choose a day."),
            "invalid": gettext_lazy("Please write the day as year-month-day, as in 2026-04-30."),
        },
    )
    words = public_words(gettext_lazy("Why this day"), hint=gettext_lazy("A few words, for example: “The asphalt plant opens again in April.”"))
    field_order = ("day", "words")

    def clean_day(self) -> datetime:
        """The end of the working day, in the city's zone, as a moment."""
        return datetime.combine(self.cleaned_data["day"], END_OF_WORK, tzinfo=ZoneInfo(self.request.jurisdiction.timezone))


class ScheduleForm(DateForm):
    """The day of the work; the words are optional, for the state says enough."""

    words = public_words(gettext_lazy("Words with it"), required=False)


REASONS: Final = (
    (ClosingReason.FIXED, gettext_lazy("Fixed")),
    (ClosingReason.NOT_OURS, gettext_lazy("Not ours: somebody else is responsible")),
    (ClosingReason.UNABLE, gettext_lazy("Unable: the city cannot do it")),
    (ClosingReason.INVALID, gettext_lazy("Invalid: there is nothing to be done")),
    (ClosingReason.WITHDRAWN, gettext_lazy("Withdrawn: the reporter asked for it on the phone")),
)


class CloseForm(PublicWordsForm):
    """Why it is closed; for "fixed", what shows it; for "not ours", whose it is."""

    reason = forms.TypedChoiceField(
        label=gettext_lazy("Reason"),
        choices=REASONS,
        coerce=ClosingReason,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Please choose why it is closed."),
            "invalid_choice": gettext_lazy("Please choose one of the reasons."),
        },
    )
    photos = PhotosField(label=gettext_lazy("A photo of the finished work"), help_text=gettext_lazy("Up to five. They become public."))
    crew = TypedText(label=gettext_lazy("Or the crew’s record: who was there"), max_length=120, required=False)
    crew_at = forms.DateTimeField(
        label=gettext_lazy("and when it was done"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"invalid": gettext_lazy("Please write day and time as in 2026-04-30T14:05.")},
    )
    agency = TypedText(
        label=gettext_lazy("Whose it is"),
        help_text=gettext_lazy("A name that residents know, for example “State highways”."),
        max_length=160,
        required=False,
    )
    words = public_words(gettext_lazy("What residents read"))
    field_order = ("reason", "photos", "crew", "crew_at", "agency", "words")

    def clean(self) -> dict[str, Any]:
        """What each reason asks for beside the words."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        reason = data.get("reason")
        if reason == ClosingReason.NOT_OURS and not data.get("agency") and "agency" not in self.errors:
            self.add_error("agency", _("Please say whose it is: the reporter has to know where to turn."))
        if reason == ClosingReason.FIXED:
            self._check_evidence(data)
        return data

    @property
    def evidence(self) -> Evidence:
        """What a claim of "fixed" rests on; a photo says more than a record."""
        if self.cleaned_data.get("reason") != ClosingReason.FIXED:
            return Evidence.NONE
        return Evidence.PHOTO if self.photo_count else Evidence.CREW_RECORD

    @property
    def photo_count(self) -> int:
        """Files that came; in a preview, those that were chosen and stayed in the browser."""
        told = str(self.data.get("photo_count", ""))
        return len(self.cleaned_data.get("photos") or ()) or (int(told) if "preview" in self.data and told.isdecimal() and len(told) < 3 else 0)

    def _check_record(self, record: CrewRecord) -> None:
        said = {
            "crew_unnamed": ("crew", _("Please write who was there: a name or a number of the crew.")),
            "done_too_early": ("crew_at", _("This lies before the report came in, or was opened again. When was it done?")),
            "done_in_future": ("crew_at", _("This lies in the future. When was it done?")),
        }
        for code in record.faults(since=open_since(self.request), at=clock.now()):
            self.add_error(*said[code])

    def _check_evidence(self, data: dict[str, Any]) -> None:
        crew, crew_at = data.get("crew"), data.get("crew_at")
        if crew and crew_at:
            self._check_record(CrewRecord(crew, crew_at))
        if self.photo_count or (crew and crew_at) or {"crew", "crew_at"} & set(self.errors):
            return
        if crew or crew_at:
            self.add_error("crew_at" if crew else "crew", _("A crew’s record says who was there and when it was done."))
            return
        self.add_error("photos", _("“Fixed” needs something that shows it: a photo, or the crew’s record with crew and time."))


class ReopenForm(PublicWordsForm):
    """Why it is open again."""

    words = public_words(gettext_lazy("Why it is open again"))


class DeclineForm(PublicWordsForm):
    """Why it stays closed."""

    words = public_words(gettext_lazy("What you found when you looked again"))


class SendBackForm(PublicWordsForm):
    """What is still to be done."""

    words = public_words(gettext_lazy("What is still to be done"), hint=gettext_lazy("Everybody can read it, also those who did the work."))
