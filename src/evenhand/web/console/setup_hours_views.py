"""When the city works: the hours of a week, and the days on which it does not."""

from __future__ import annotations

import datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_hours_words import HoursUnreadable, day_names, read_spans, spans_words
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.holidays import LONGEST_NAME, DayGiven, HolidaysAdded, HolidaysInvalid, add_holidays, read_holidays, remove_holiday
from evenhand.web.service_requests.models import Holiday, RoutingVersion
from evenhand.web.service_requests.routing_versions import LONGEST_NOTE, RoutingChangedMeanwhile, current_version, save_routing
from evenhand.web.service_requests.working_time import WorkingTimeInvalid

_YEARS: Final = range(1970, 2200)
_LONGEST_LIST: Final = 40_000


class HoursForm(forms.Form):
    """A week of working hours: a field a day, or around the clock."""

    around_the_clock = forms.BooleanField(label=gettext_lazy("The city works around the clock"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "hours_%s", **kwargs})
        for number, name in day_names():
            self.fields[f"day{number}"] = forms.CharField(label=name, required=False, max_length=120)
        self.fields["note"] = forms.CharField(label=_("Why it is changed"), required=False, max_length=LONGEST_NOTE)

    @classmethod
    def of(cls, version: RoutingVersion | None) -> HoursForm:
        hours = version.working_hours if version else {}
        return cls(initial={"around_the_clock": not hours, **{f"day{day}": spans_words(spans) for day, spans in hours.items()}})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        hours: dict[str, list[list[str]]] = {}
        for number, _name in day_names():
            try:
                if spans := read_spans(given.get(f"day{number}", "")):
                    hours[number] = spans
            except HoursUnreadable as fault:
                self.add_error(f"day{number}", str(fault))
        if not hours and not given.get("around_the_clock") and not self.errors:
            self.add_error(None, _("Give hours for at least one day, or tick “around the clock”: without working time no deadline could ever come."))
        if hours and given.get("around_the_clock"):
            self.add_error("around_the_clock", _("Either hours or around the clock: empty the days, or take the tick away."))
        return given | {"hours": hours}


class HolidayForm(forms.Form):
    """One day."""

    date = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=LONGEST_NAME)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "holiday_%s", **kwargs})

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"]
        if day.year not in _YEARS:
            raise forms.ValidationError(_("The year must lie between 1970 and 2199."))
        return day


class HolidayListForm(forms.Form):
    """Many days as text."""

    days = forms.CharField(
        label=gettext_lazy("Days"), max_length=_LONGEST_LIST, widget=forms.Textarea(attrs={"rows": 6}), strip=False,
        help_text=gettext_lazy("A day a line: 2026-12-25 Christmas Day"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "list_%s", **kwargs})

    def clean_days(self) -> list[DayGiven]:
        try:
            return read_holidays(self.cleaned_data["days"])
        except HolidaysInvalid as fault:
            raise forms.ValidationError([_("No day was taken."), *cast("list[str]", fault.facts["faults"])[:20]]) from None


def hours(request: HttpRequest) -> HttpResponse:
    """The week and the holidays; a week that is sent back becomes a new version of the routing."""
    city = city_of_person(request)
    if request.method != "POST":
        return _page(request)
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    try:
        given = form.cleaned_data
        seen = int(request.POST.get("seen", "0")[:9]) if request.POST.get("seen", "").isascii() and request.POST.get("seen", "").isdigit() else 0
        before = current_version(city)
        saved = save_routing(
            city, by=person_of(request), seen=seen, real_at=clock.real_now(), working_hours=given["hours"], note=given["note"].strip()
        )
    except WorkingTimeInvalid as fault:
        for words in cast("list[str]", fault.facts["faults"]):
            form.add_error(None, words)
        return _page(request, form=form, status=422)
    except RoutingChangedMeanwhile as fault:
        form.add_error(None, _("Somebody saved version %(now)s of the routing meanwhile. Nothing was saved; look, and save again.") % fault.facts)
        return _page(request, form=form, status=409)
    if before is not None and before.pk == saved.pk:
        messages.info(request, _("Nothing was changed."))
    else:
        messages.success(request, _("The hours count for deadlines from now on, as version %(number)d.") % {"number": saved.number})
    return redirect("console:setup_hours")


@require_POST
def holiday_add(request: HttpRequest) -> HttpResponse:
    """One day more."""
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return _page(request, holiday_form=form, status=422)
    return _added(request, [DayGiven(form.cleaned_data["date"], form.cleaned_data["name"].strip())])


@require_POST
def holiday_import(request: HttpRequest) -> HttpResponse:
    """A list of days."""
    form = HolidayListForm(request.POST)
    if not form.is_valid():
        return _page(request, list_form=form, status=422)
    return _added(request, form.cleaned_data["days"])


@require_POST
def holiday_remove(request: HttpRequest, key: int) -> HttpResponse:
    """A working day again; removing it twice removes it once."""
    removed = remove_holiday(city_of_person(request), key, by=person_of(request), real_at=clock.real_now())
    if removed is not None:
        messages.success(request, _("%(day)s is a working day again.") % {"day": date_format(removed.date)})
    return redirect("console:setup_hours")


def _added(request: HttpRequest, days: list[DayGiven]) -> HttpResponse:
    city = city_of_person(request)
    try:
        done = add_holidays(city, days, by=person_of(request), real_at=clock.real_now())
    except HolidaysInvalid as fault:
        messages.error(request, str(fault))
        return redirect("console:setup_hours")
    _tell(request, done, _today(city))
    return redirect("console:setup_hours")


def _tell(request: HttpRequest, done: HolidaysAdded, today: datetime.date) -> None:
    if done.added:
        messages.success(request, ngettext("%(count)d day was added.", "%(count)d days were added.", len(done.added)) % {"count": len(done.added)})
    if done.known:
        words = ngettext("%(count)d day was a holiday already.", "%(count)d days were holidays already.", len(done.known))
        messages.info(request, words % {"count": len(done.known)})
    past = [day for day in done.added if day.date < today]
    if past:
        words = ngettext("%(count)d of them lies in the past.", "%(count)d of them lie in the past.", len(past))
        messages.warning(request, words % {"count": len(past)} + " " + _("No deadline changes by that."))


def _page(
    request: HttpRequest,
    *,
    form: HoursForm | None = None,
    holiday_form: HolidayForm | None = None,
    list_form: HolidayListForm | None = None,
    status: int = 200,
) -> HttpResponse:
    city = city_of_person(request)
    version, today = current_version(city), _today(city)
    days = list(Holiday.objects.filter(jurisdiction=city))
    coming = [day for day in days if day.date >= today]
    context = {
        "hours_form": form or HoursForm.of(version),
        "day_fields": [f"day{number}" for number, _name in day_names()],
        "holiday_form": holiday_form or HolidayForm(),
        "list_form": list_form or HolidayListForm(),
        "form": form or holiday_form or list_form,
        "seen": version.number if version else 0,
        "coming": coming,
        "past": [day for day in reversed(days) if day.date < today],
        "has_none_ahead": bool(version and version.working_hours) and not coming,
        "zone": city.timezone,
    }
    return setup_page(request, "console/setup/hours.html", context, part="hours", status=status)


def _today(city: Jurisdiction) -> datetime.date:
    return clock.now().astimezone(ZoneInfo(city.timezone)).date()
