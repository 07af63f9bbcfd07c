"""The filter fields of the queue as HTML. The two hundred options are written here, each word escaped, and kept with the city's choices: a template
would take longer for them than for the hundred rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.console.queue_choices import Choices
from evenhand.web.console.queue_forms import QueueQuery
from evenhand.web.service_requests.reference_numbers import spoken

Options = Mapping[str, Sequence[tuple[str, str]]]

_LABELS: Final[Mapping[str, Any]] = {
    "state": gettext_lazy("State"),
    "service": gettext_lazy("Service"),
    "team": gettext_lazy("Team"),
    "assignee": gettext_lazy("With"),
    "area": gettext_lazy("Area"),
    "due": gettext_lazy("Deadline"),
    "priority": gettext_lazy("Priority"),
    "channel": gettext_lazy("Came by"),
    "mark": gettext_lazy("Mark"),
    "became": gettext_lazy("What became of it"),
    "from": gettext_lazy("Reported from"),
    "to": gettext_lazy("Reported until"),
    "reporter": gettext_lazy("Same reporter as"),
    "order": gettext_lazy("Order"),
}
FIRST: Final = ("state", "service", "team", "assignee", "due")
FURTHER: Final = ("area", "priority", "channel", "mark", "became", "from", "to", "order")
_DAYS: Final = frozenset({"from", "to"})
_HAS_DEFAULT: Final = frozenset({"state", "order"})


def fields_html(names: Sequence[str], query: QueueQuery, choices: Choices, known: Options) -> SafeString:
    """The labelled fields by these names; one without anything to choose is left out."""
    return mark_safe("".join(_field(name, query, choices, known) for name in names if name in _DAYS or known.get(name)))  # noqa: S308 - escaped in parts


def select(name: str, chosen: str, choices: Choices, known: Options, *, nothing: str | None) -> SafeString:
    """A `<select>` of what is known by its name; `nothing` are the words of the empty choice."""
    written: str = choices.made(f"select {name}, {len(known[name])}", lambda: _written(name, known[name], nothing))
    if chosen:
        value = f'<option value="{escape(chosen)}"'
        written = written.replace(f"{value}>", f"{value} selected>", 1)
    return mark_safe(written)  # noqa: S308 - escaped where it was written


def _written(name: str, options: Sequence[tuple[str, str]], nothing: str | None) -> str:
    written = [f'<option value="">{escape(nothing)}</option>'] if nothing is not None else []
    written += [f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in options]
    return f'<select name="{name}" id="queue-{name}">{"".join(written)}</select>'


def chosen_words(query: QueueQuery, known: Options) -> list[tuple[str, str, str]]:
    """What is filtered now: the words, and the addresses without it; (name, words, address)."""
    found = []
    for name, value in query.values.items():
        if name in {"q", "place"}:
            continue
        words = dict(known.get(name, ())).get(value, value)
        if name == "near":
            words = _("Around %(place)s") % {"place": query.values.get("place", value)}
        elif name == "reporter":
            words = f"{_LABELS[name]} {spoken(value)}"
        elif name in _DAYS:
            words = f"{_LABELS[name]} {value}"
        elif name != "state":
            words = f"{_LABELS[name]}: {words}"
        found.append((name, words, query.address(without=("near", "place") if name == "near" else (name,))))
    return found


def _field(name: str, query: QueueQuery, choices: Choices, known: Options) -> str:
    value = query.values.get(name, "")
    if name in _DAYS:
        control = f'<input type="date" name="{name}" id="queue-{name}" value="{escape(value)}">'
    else:
        # Of a list that always has a choice, the first is what is shown without one.
        control = select(name, value, choices, known, nothing=None if name in _HAS_DEFAULT else _("Any"))
    fault = " field--invalid" if name in query.faults else ""
    return f'<div class="queue-filters__field{fault}"><label for="queue-{name}">{escape(str(_LABELS[name]))}</label>{control}</div>'
