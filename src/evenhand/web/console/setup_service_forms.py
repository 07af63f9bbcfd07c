"""The forms of a service: its basics, one extra question, one stop question, a group.

Every text has a field in the city's own language and one for each further language of this instance, side by side (`words_rows`). A form gives back a
part of the service's entry (`service_parts`), complete, so that what is previewed and what is saved are made by the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.portal.typed_text import TypedText
from evenhand.web.service_requests.models import ServiceGroup
from evenhand.web.service_requests.service_editing import free_code
from evenhand.web.service_requests.service_entries import Entry
from evenhand.web.service_requests.services_file_faults import LONGEST_CALL, LONGEST_GROUP, LONGEST_NAME, LONGEST_QUESTION

LONGEST_TEXT: Final = 4000
SPARE_ROWS: Final = 3
MOST_ROWS: Final = 200
TEXT_ONLY: Final = "text_only"
_DATATYPES: Final = (
    ("singlevaluelist", gettext_lazy("Choose one of a list")),
    ("multivaluelist", gettext_lazy("Choose any of a list")),
    ("string", gettext_lazy("One line of text")),
    ("text", gettext_lazy("Several lines of text")),
    ("number", gettext_lazy("A number")),
    ("datetime", gettext_lazy("A day, and a time if known")),
    (TEXT_ONLY, gettext_lazy("No answer: only words to read")),
)
_LISTS: Final = {"singlevaluelist", "multivaluelist"}


def other_languages(city: Jurisdiction) -> list[tuple[str, str]]:
    """Code and name of every language of this instance but the city's own."""
    return [(code, str(name)) for code, name in settings.LANGUAGES if code != city.language]


class TranslatedForm(forms.Form):
    """Texts in the city's language and, each optional, in the others: the field `name` has the fields `name:es`, … beside it."""

    use_required_attribute = False
    words: tuple[str, ...] = ()

    def __init__(self, city: Jurisdiction, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.city = city
        self.languages = other_languages(city)
        for name in self.words:
            for code, label in self.languages:
                field = self.fields[name]
                assert isinstance(field, TypedText)
                lines = 3 if field.has_lines else 0
                words = _("%(field)s · %(language)s") % {"field": field.label, "language": label}
                self.fields[f"{name}:{code}"] = TypedText(label=words, max_length=field.max_length or LONGEST_TEXT, lines=lines, required=False)
                self.fields[f"{name}:{code}"].widget.attrs["lang"] = code

    def row(self, name: str) -> list[BoundField]:
        """A text's field and its translations."""
        return [self[name], *(self[f"{name}:{code}"] for code, _ in self.languages)]

    def words_rows(self) -> Iterator[list[BoundField]]:
        """For the template: the rows of all texts."""
        for name in self.words:
            yield self.row(name)

    def translations(self) -> dict[str, dict[str, str]]:
        """The translated words that were given, by language."""
        given = {code: {name: self.cleaned_data[f"{name}:{code}"] for name in self.words} for code, _ in self.languages}
        return {code: words for code, words in given.items() if any(words.values())}


def initial_words(part: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """The texts of a part as a form's initial values."""
    told = {f"{name}:{code}": words.get(name, "") for code, words in part.get("translations", {}).items() for name in names}
    return {name: part.get(name, "") for name in names} | told


def kept_languages(form: TranslatedForm, before: Mapping[str, Any]) -> dict[str, Any]:
    """Translations into languages that this instance does not speak (now): a form does not show them and must not lose them."""
    shown = {code for code, _ in form.languages}
    return {code: words for code, words in before.get("translations", {}).items() if code not in shown}


class BasicsForm(TranslatedForm):
    """What a service is called and where it is offered."""

    words = ("service_name", "description", "notice", "keywords")

    service_name = TypedText(label=gettext_lazy("Name"), max_length=LONGEST_NAME, help_text=gettext_lazy("What a resident chooses"))
    description = TypedText(
        label=gettext_lazy("Description"), max_length=LONGEST_TEXT, required=False, help_text=gettext_lazy("One sentence: what belongs here")
    )
    notice = TypedText(
        label=gettext_lazy("Notice"),
        max_length=LONGEST_TEXT,
        lines=2,
        required=False,
        help_text=gettext_lazy("Shown before reporting: what to expect, what not to write"),
    )
    keywords = TypedText(
        label=gettext_lazy("Search words"),
        max_length=LONGEST_TEXT,
        required=False,
        help_text=gettext_lazy("What people call it, separated by commas, in any language"),
    )
    group = forms.ChoiceField(label=gettext_lazy("Group"))
    service_code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=120,
        required=False,
        strip=True,
        help_text=gettext_lazy("For other programs; it never changes. Empty: made of the name"),
        validators=[RegexValidator(r"\A[\w.:-]{1,120}\Z", gettext_lazy("Please use letters, digits and _ . : - only."))],
    )
    type = forms.ChoiceField(
        label=gettext_lazy("Number of the request"),
        choices=[
            ("realtime", gettext_lazy("At once")),
            ("batch", gettext_lazy("Later, by another system (batch)")),
            ("blackbox", gettext_lazy("None is given (blackbox)")),
        ],
        help_text=gettext_lazy("What other programs are told (Open311’s “type”)"),
    )
    private = forms.BooleanField(
        label=gettext_lazy("Private: only the reporter and the city see these requests"),
        required=False,
        help_text=gettext_lazy("Making a service private hides all its requests, for good: making it public again shows only new ones."),
    )
    areas = forms.MultipleChoiceField(
        label=gettext_lazy("Offered only in"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=gettext_lazy("Nothing chosen: everywhere in the city"),
    )

    def __init__(self, city: Jurisdiction, *, groups: Sequence[ServiceGroup], taken: Sequence[str] = (), before: Entry | None = None, **kwargs: Any):
        super().__init__(city, **kwargs)
        self.before, self.taken = before, taken
        group, areas = self.fields["group"], self.fields["areas"]
        assert isinstance(group, forms.ChoiceField)
        assert isinstance(areas, forms.MultipleChoiceField)
        group.choices = [(one.name, one.name) for one in groups]
        areas.choices = list(Area.objects.filter(jurisdiction=city).order_by("name").values_list("code", "name"))
        if before is not None:
            del self.fields["service_code"]

    @classmethod
    def initial_of(cls, basics: Mapping[str, Any]) -> dict[str, Any]:
        return initial_words(basics, cls.words) | {name: basics[name] for name in ("group", "type", "private", "areas")}

    def clean_service_code(self) -> str:
        code = str(self.cleaned_data["service_code"])
        if code in self.taken:
            raise ValidationError(_("Another service has this code. Please choose another one, or leave it empty."))
        return code

    def part(self) -> Entry:
        """The basics as the form says."""
        given, before = self.cleaned_data, self.before or {}
        code = before.get("service_code") or given.get("service_code") or free_code(given["service_name"], self.taken, longest=120)
        kept = {name: given[name] for name in (*self.words, "group", "type", "private", "areas")}
        told = {**kept_languages(self, before), **self.translations()}
        return {"service_code": code, "offered": before.get("offered", True), **kept, "translations": told}


class GroupForm(TranslatedForm):
    """What a group is called."""

    words = ("name",)

    name = TypedText(label=gettext_lazy("Name"), max_length=LONGEST_GROUP)


class StopForm(TranslatedForm):
    """A question that sends an emergency to the telephone."""

    words = ("question", "message")

    question = TypedText(label=gettext_lazy("Question"), max_length=LONGEST_QUESTION, help_text=gettext_lazy("Answered by yes or no"))
    message = TypedText(label=gettext_lazy("What to do now"), max_length=LONGEST_TEXT, lines=3)
    stop_answer = forms.ChoiceField(
        label=gettext_lazy("Which answer is an emergency?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        widget=forms.RadioSelect,
        initial="yes",
    )
    call = TypedText(label=gettext_lazy("Number to call"), max_length=LONGEST_CALL, required=False)

    def __init__(self, city: Jurisdiction, *, taken: Sequence[str] = (), before: Entry | None = None, **kwargs: Any) -> None:
        super().__init__(city, **kwargs)
        self.taken, self.before = taken, before
        self.fields["call"].help_text = _("Empty: %(number)s, the city’s emergency number") % {"number": city.emergency_number}

    @classmethod
    def initial_of(cls, part: Mapping[str, Any]) -> dict[str, Any]:
        return initial_words(part, cls.words) | {"stop_answer": part["stop_answer"], "call": part["call"]}

    def clean_call(self) -> str:
        number = str(self.cleaned_data["call"])
        if number and (not any(c.isdigit() for c in number) or not all(c.isdigit() or c in " +-()." for c in number)):
            raise ValidationError(_("Please write a telephone number, such as 911 or 617-555-0100."))
        return number

    def part(self) -> Entry:
        """The question as the form says."""
        given, before = self.cleaned_data, self.before or {}
        kept = {name: given[name] for name in ("question", "stop_answer", "message", "call")}
        told = {**kept_languages(self, before), **self.translations()}
        return {"code": before.get("code") or free_code(given["question"][:40], self.taken), **kept, "translations": told}


class QuestionForm(TranslatedForm):
    """An extra question, with the answers to choose from where it is a list."""

    words = ("description", "datatype_description")

    description = TypedText(label=gettext_lazy("Question"), max_length=LONGEST_QUESTION)
    datatype_description = TypedText(
        label=gettext_lazy("Hint"), max_length=LONGEST_QUESTION, required=False, help_text=gettext_lazy("A line below the question")
    )
    datatype = forms.ChoiceField(label=gettext_lazy("Kind of answer"), choices=_DATATYPES)
    required = forms.BooleanField(label=gettext_lazy("It must be answered"), required=False)
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("For other programs; it never changes. Empty: made of the question"),
        validators=[RegexValidator(r"\A[A-Za-z0-9_-]{1,64}\Z", gettext_lazy("Please use letters A to Z, digits, _ and - only."))],
    )

    def __init__(
        self, city: Jurisdiction, *, taken: Sequence[str] = (), before: Entry | None = None, is_answered: bool = False, more: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(city, **kwargs)
        self.taken, self.before, self.is_answered = taken, before, is_answered
        if before is not None:
            del self.fields["code"]
        if is_answered:
            self.fields["datatype"].disabled = True
        self.row_count = _row_count(kwargs.get("data"), before, more)
        for number in range(self.row_count):
            self._add_row(number)

    @classmethod
    def initial_of(cls, part: Mapping[str, Any]) -> dict[str, Any]:
        kind = part["datatype"] if part["variable"] else TEXT_ONLY
        initial = initial_words(part, cls.words) | {"datatype": kind, "required": part["required"]}
        for number, value in enumerate(part["values"]):
            initial |= {f"v{number}-key": value["key"], f"v{number}-name": value["name"]}
            for code, words in part["translations"].items():
                initial[f"v{number}-name:{code}"] = words.get("values", {}).get(value["key"], "")
        return initial

    def value_rows(self) -> Iterator[dict[str, Any]]:
        """For the template: each answer with its key and its words in every language."""
        for number in range(self.row_count):
            names = [self[f"v{number}-name"], *(self[f"v{number}-name:{code}"] for code, _ in self.languages)]
            yield {"number": number + 1, "key": self[f"v{number}-key"], "names": names}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        code = given.get("code")
        if code and code in self.taken:
            self.add_error("code", _("Another question of this service has this code."))
        if given.get("datatype") in _LISTS:
            self._check_values()
        return given

    def part(self) -> Entry:
        """The question as the form says."""
        given, before = self.cleaned_data, self.before or {}
        is_read = given["datatype"] == TEXT_ONLY
        values = self._values() if given["datatype"] in _LISTS else []
        question: Entry = {
            "code": before.get("code") or given.get("code") or free_code(given["description"][:40], self.taken),
            "variable": not is_read,
            "datatype": "string" if is_read else given["datatype"],
            "required": given["required"] and not is_read and not before.get("retired"),
            "description": given["description"],
            "datatype_description": given["datatype_description"],
            "values": [{"key": value["key"], "name": value["name"]} for value in values],
            **({"retired": True} if before.get("retired") else {}),
        }
        return question | {"translations": {**kept_languages(self, before), **self._all_translations(values)}}

    def _all_translations(self, values: Sequence[dict[str, Any]]) -> Entry:
        told: Entry = {code: dict(words) for code, words in self.translations().items()}
        for code, _name in self.languages:
            names = {value["key"]: value["words"][code] for value in values if value["words"][code]}
            if names:
                told.setdefault(code, {})["values"] = names
        return told

    def _values(self) -> list[dict[str, Any]]:
        """The answers in their order; new ones get a key made of their words."""
        found: list[dict[str, Any]] = []
        keys = [self.cleaned_data.get(f"v{number}-key") or "" for number in range(self.row_count)]
        for number, given in enumerate(keys):
            name = self.cleaned_data.get(f"v{number}-name") or ""
            if name:
                taken = [key.upper() for key in (*keys, *(one["key"] for one in found))]
                words = {code: self.cleaned_data.get(f"v{number}-name:{code}") or "" for code, _name in self.languages}
                found.append({"key": given or free_code(name[:30], taken).lower(), "name": name, "words": words})
        return found

    def _check_values(self) -> None:
        values = self._values()
        if not values:
            self.add_error("v0-name", _("A list needs answers to choose from. Please write at least one."))
        keys = [value["key"] for value in values]
        for number in range(self.row_count):
            key = self.cleaned_data.get(f"v{number}-key")
            if key and keys.count(key) > 1:
                self.add_error(f"v{number}-key", _("Two answers have this key."))

    def _add_row(self, number: int) -> None:
        names: list[tuple[str, str | Promise]] = [("", _("Answer %(number)d") % {"number": number + 1})]
        names += [(f":{code}", _("Answer %(number)d · %(language)s") % {"number": number + 1, "language": label}) for code, label in self.languages]
        for suffix, label in names:
            self.fields[f"v{number}-name{suffix}"] = TypedText(label=label, max_length=160, required=False)
        self.fields[f"v{number}-key"] = forms.CharField(
            label=_("Key of answer %(number)d") % {"number": number + 1},
            max_length=64,
            required=False,
            widget=forms.TextInput(attrs={"size": 10}),
            validators=[RegexValidator(r"\A[^\0-\x1f]{1,64}\Z", _("This key has characters that nobody can read."))],
        )


def _row_count(data: Mapping[str, Any] | None, before: Entry | None, more: int) -> int:
    """As many rows as were shown, or as there are answers and some to spare."""
    if data is not None:
        shown = str(data.get("rows", ""))
        count = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 4 else SPARE_ROWS
        return min(max(count, 1) + more, MOST_ROWS)
    return min(len((before or {}).get("values", ())) + SPARE_ROWS, MOST_ROWS)
