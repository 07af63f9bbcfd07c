"""The filters of the list and the map: everything in the address, every wrong value said, and what is right still applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.portal.wording import badge_of
from evenhand.web.service_requests.browsing import STATE_CHOICES, Filters
from evenhand.web.service_requests.models import Service, ServiceRequest

FILTERS: Final = ("service", "state", "area", "from", "to")
GROUP_PREFIX: Final = "group:"
_LONGEST_SEARCH = 200
_YEARS = range(1970, 2200)
_ISO = "%Y-%m-%d"

Grouped = list[tuple[str, list[tuple[str, str]]]]


class DayField(forms.DateField):
    """A day as browsers send it (2026-03-01), or as people of the page's language write it."""

    widget = forms.DateInput(attrs={"type": "date"}, format=_ISO)
    default_error_messages = {"invalid": gettext_lazy("This is not a date. Write it like 2026-03-31.")}

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value[:40] if isinstance(value, str) else value)
        if day is not None and day.year not in _YEARS:
            raise ValidationError(_("The year must lie between 1970 and 2199."))
        return day


class FilterForm(forms.Form):
    """A GET form over a city's public requests. `with_words` adds the text search."""

    def __init__(self, data: Mapping[str, Any], *, city: Jurisdiction, with_words: bool = True) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.city = city
        self._services, service_choices = _service_choices(city)
        self._areas = {area.code: area for area in Area.objects.filter(jurisdiction=city, is_retired=False).only("pk", "code", "name")}
        if with_words:
            self.fields["q"] = forms.CharField(
                label=_("Words or number"), required=False, max_length=_LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
                error_messages={"max_length": _("Search for fewer words: 200 characters at most.")},
            )  # fmt: skip
        states, areas = _state_choices(), [(code, area.name) for code, area in self._areas.items()]
        self._words = {"service": dict(pair for _group, pairs in service_choices for pair in pairs), "state": dict(states), "area": dict(areas)}
        self.fields["service"] = _choice(_("Kind of request"), _("All kinds"), service_choices, _("This city has no such kind of request."))
        self.fields["state"] = _choice(_("State"), _("All states"), states, _("There is no such state."))
        self.fields["area"] = _choice(_("Area"), _("The whole city"), areas, _("No such area."))
        self.fields["from"] = DayField(label=_("Reported from"), required=False)
        self.fields["to"] = DayField(label=_("Reported until"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("from"), given.get("to")
        if first and last and last < first:
            self.add_error("to", _("The last day lies before the first one."))
        return given

    @property
    def values(self) -> dict[str, Any]:
        """What was given and makes sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def filters(self) -> Filters:
        """The filters that make sense; the wrong ones do not limit, and their fields say so."""
        given, zone = self.values, ZoneInfo(self.city.timezone)
        last = given.get("to")
        return Filters(
            service_ids=self._services.get(given.get("service", ""), ()),
            state=given.get("state", ""),
            area_id=self._areas[given["area"]].pk if "area" in given else None,
            start=_midnight(given.get("from"), zone),
            end=_midnight(last + timedelta(days=1) if last else None, zone),
            words=given.get("q", ""),
        )

    def summary(self) -> str:
        """What is filtered now, in words; empty where nothing is."""
        given = self.values
        parts = [str(self._label(name, given[name])) for name in ("service", "state", "area") if name in given]
        if "from" in given:
            parts.append(_("from %(day)s") % {"day": date_format(given["from"])})
        if "to" in given:
            parts.append(_("until %(day)s") % {"day": date_format(given["to"])})
        return " · ".join([f"“{given['q']}”", *parts] if "q" in given else parts)

    def query(self, *, without: tuple[str, ...] = (), **more: str) -> str:
        """The same filters for another address, with what is to be added: `?…`, or nothing."""
        found = QueryDict(mutable=True)
        if (slug := self.data.get("city")) == self.city.slug:
            found["city"] = slug
        for name, value in self.values.items():
            if name not in without:
                found[name] = value.strftime(_ISO) if isinstance(value, date) else value
        for name, value in more.items():
            found[name] = value
        return f"?{found.urlencode()}" if found else ""

    def _label(self, name: str, value: str) -> str:
        return self._words[name].get(value, value)


def _choice(label: str, nothing: str, choices: Grouped | list[tuple[str, str]], unknown: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", nothing), *choices], error_messages={"invalid_choice": unknown})


def _state_choices() -> list[tuple[str, str]]:
    words = {"open": _("Open"), "closed": _("Closed")}
    return [(code, words.get(code) or badge_of(ServiceRequest(state=code)).label) for code in STATE_CHOICES]


def _service_choices(city: Jurisdiction) -> tuple[dict[str, tuple[int, ...]], Grouped]:
    """Keys of the services behind every choice, and the choices: a group as a whole, then its services."""
    language = get_language() or city.language
    keys: dict[str, tuple[int, ...]] = {}
    groups: dict[int, tuple[str, list[tuple[str, str]]]] = {}
    public = Service.objects.filter(jurisdiction=city, is_private=False).select_related("group")
    for service in public.order_by("group__order", "group__name", "order", "name"):
        whole = GROUP_PREFIX + service.group.code
        _name, choices = groups.setdefault(service.group_id, (service.group.name_in(language), [(whole, "")]))
        keys[whole] = (*keys.get(whole, ()), service.pk)
        keys[service.code] = (service.pk,)
        choices.append((service.code, service.name_in(language)))
    for name, choices in groups.values():
        choices[0] = (choices[0][0], _("All of “%(group)s”") % {"group": name})
        if len(choices) == 2:
            del choices[0]  # a group of one: the service says the same
    return keys, [(name, choices) for name, choices in groups.values()]


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, tzinfo=zone)
