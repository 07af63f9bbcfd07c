"""Fields for what people type: everything that can be read is kept as it was typed, markup included; templates escape it.

Characters that nobody can see and databases choke on (NUL, other controls, halves of surrogate pairs) are taken out without a word. A text that is
too long is an error with its length, never cut off: browsers get no `maxlength`, which would drop the end of a pasted text in silence.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

_TOO_LONG = gettext_lazy("Please shorten this to %(limit_value)d characters. It has %(show_value)d now.")


class TypedText(forms.CharField):
    """One line of text, or with `lines` several."""

    def __init__(self, *, max_length: int, lines: int = 0, missing: str | None = None, **kwargs: Any) -> None:
        errors: dict[str, Any] = {"max_length": _TOO_LONG} | ({"required": missing} if missing else {})
        if lines:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": lines}))
        self.has_lines = bool(lines)
        super().__init__(max_length=max_length, error_messages=errors, **kwargs)

    def to_python(self, value: Any) -> str:
        text = readable(str(super().to_python(value) or ""))
        return (text if self.has_lines else " ".join(text.split())).strip()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attributes = super().widget_attrs(widget)
        attributes.pop("maxlength", None)
        return attributes


def readable(text: str) -> str:
    """Without characters that nobody can read; line ends as one character."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
