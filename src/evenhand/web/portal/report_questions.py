"""A service's own questions as form fields, after Open311's data types, and their answers back in words.

string: one line · text: several · number: with decimal point or comma · datetime: a day, and a time if known · singlevaluelist: radio buttons, from
eight choices on a list · multivaluelist: checkboxes. A question that is not variable is only text to read. Answers are kept by key, never by words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _

from evenhand.web.portal.typed_text import TypedText
from evenhand.web.service_requests.models import Service, ServiceAttribute

Answer = str | list[str]
_MOST_RADIO_BUTTONS = 7
_LONGEST = {"text": 2000, "string": 255}
_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question in the reader's language."""

    code: str
    datatype: str
    text: str
    hint: str
    is_required: bool
    is_variable: bool
    choices: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        """The names of its inputs."""
        if not self.is_variable:
            return []
        return [f"a_{self.code}", f"a_{self.code}_time"] if self.datatype == "datetime" else [f"a_{self.code}"]

    def fields(self) -> dict[str, forms.Field]:
        """Its inputs by name."""
        if not self.is_variable:
            return {}
        first, *rest = self.names
        return {first: self._field(), **{name: _TimeOfDay(label=_("Time"), required=False) for name in rest}}

    def answer(self, cleaned: Mapping[str, Any]) -> Answer:
        """What was answered, as it is kept: text, or keys; empty where nothing was."""
        values = [cleaned.get(name) for name in self.names]
        if self.datatype == "datetime" and values:
            day, moment = values
            return "" if day is None else f"{day.isoformat()}T{moment.isoformat('minutes')}" if moment else day.isoformat()
        if self.datatype == "multivaluelist" and values:
            return list(values[0] or [])
        return str(values[0]) if values and values[0] not in (None, "") else ""

    def in_words(self, answer: Answer) -> str:
        """An answer for people to read."""
        if isinstance(answer, list):
            return ", ".join(self._name_of(key) for key in answer)
        if self.datatype == "singlevaluelist":
            return self._name_of(answer)
        return _date_in_words(answer) if self.datatype == "datetime" else answer

    def _name_of(self, key: str) -> str:
        return dict(self.choices).get(key, key)

    def _field(self) -> forms.Field:
        shared: dict[str, Any] = {"label": self.text, "help_text": self.hint, "required": self.is_required}
        missing = {
            "required": _("Please answer: %(question)s") % {"question": self.text},
            "invalid_choice": _("Please choose one of the answers."),
            "invalid_list": "",
        }
        if self.datatype == "singlevaluelist":
            return self._single_choice(shared, missing)
        if self.datatype == "multivaluelist":
            return forms.MultipleChoiceField(choices=self.choices, widget=forms.CheckboxSelectMultiple, error_messages=missing, **shared)
        if self.datatype == "datetime":
            return _Day(error_messages={"required": missing["required"]}, **shared)
        if self.datatype == "number":
            return _Number(error_messages={"required": missing["required"]}, **shared)
        lines = 4 if self.datatype == "text" else 0
        return TypedText(max_length=_LONGEST.get(self.datatype, 255), lines=lines, missing=missing["required"], **shared)

    def _single_choice(self, shared: dict[str, Any], errors: dict[str, str]) -> forms.Field:
        if len(self.choices) <= _MOST_RADIO_BUTTONS:
            return forms.ChoiceField(choices=self.choices, widget=forms.RadioSelect, error_messages=errors, **shared)
        return forms.ChoiceField(choices=[("", _("Choose…")), *self.choices], error_messages=errors, **shared)


def questions_of(service: Service, language: str) -> Sequence[Question]:
    """The questions that a service asks now, in a language, in the city's order."""
    return [_question(row, language) for row in service.attributes.all() if not row.is_retired]


def _question(row: ServiceAttribute, language: str) -> Question:
    words: Mapping[str, Any] = row.translations.get(language) or {}
    names: Mapping[str, str] = words.get("values") or {}
    return Question(
        code=row.code,
        datatype=row.datatype,
        text=str(words.get("question") or row.question),
        hint=str(words.get("hint") or row.hint),
        is_required=row.is_required and row.is_variable,
        is_variable=row.is_variable,
        choices=tuple((str(value["key"]), str(names.get(str(value["key"])) or value.get("name") or value["key"])) for value in row.values),
    )


def _date_in_words(answer: str) -> str:
    day, _t, clock = answer.partition("T")
    parsed, moment = parse_date(day), parse_time(clock) if clock else None
    if parsed is None:
        return answer
    return formats.date_format(parsed) + (f", {formats.time_format(moment)}" if moment else "")


class _Day(forms.DateField):
    """A day, by the browser's calendar or typed as the language writes it."""

    def __init__(self, *, error_messages: dict[str, str], **kwargs: Any) -> None:
        errors = {"invalid": _("This is not a date that we can read. Write it like %(example)s.") % {"example": _example_date()}, **error_messages}
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), error_messages=errors, **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not _EARLIEST <= value < _LATEST:
            raise ValidationError(_("Please check the year of this date."))


class _TimeOfDay(forms.TimeField):
    """A time of day, by the browser's clock or typed: 14:30, 2:30 pm."""

    def __init__(self, **kwargs: Any) -> None:
        errors = {"invalid": _("This is not a time that we can read. Write it like 14:30.")}
        super().__init__(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), error_messages=errors, **kwargs)

    def to_python(self, value: Any) -> time | None:
        text = str(value or "").strip().lower().replace(".", "")
        twelve = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?\s*([ap])m", text)
        if twelve and 1 <= int(twelve[1]) <= 12 and int(twelve[2] or 0) < 60:
            return time(int(twelve[1]) % 12 + (12 if twelve[3] == "p" else 0), int(twelve[2] or 0))
        return super().to_python(value)


class _Number(forms.CharField):
    """A number in plain digits, kept as text without exponent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value)).replace(",", ".").replace(" ", "")
        if not text:
            return ""
        try:
            number = Decimal(text) if len(text) <= 20 else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) >= 10**12:
            raise ValidationError(_("Please write a number, such as 3 or 2.5."))
        return f"{number:f}"


def _example_date() -> str:
    return date(2026, 3, 24).strftime(str(formats.get_format("DATE_INPUT_FORMATS")[0]))
