"""Areas: what they are called here. Their shapes and people come from files, by the command line."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import AdministrativeChange
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.core import clock
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.places.naming import rename_area
from evenhand.web.service_requests.workflow import Status


class AreaForm(forms.Form):
    """A display name; `seen` is the name that the form showed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    seen = forms.CharField(max_length=120, widget=forms.HiddenInput, required=False, strip=False)


def areas(request: HttpRequest) -> HttpResponse:
    """All areas, with their people and open requests."""
    city = city_of_person(request)
    rows = (
        Area.objects.filter(jurisdiction=city).defer("shape", "properties").annotate(open=Count("requests", filter=Q(requests__status=Status.OPEN)))
    )
    context = {
        "areas": [area for area in rows if not area.is_retired],
        "retired": [area for area in rows if area.is_retired],
        "last_import": AdministrativeChange.objects.filter(jurisdiction=city, kind="areas").order_by("-pk").first(),
        "zone": city.timezone,
    }
    return setup_page(request, "console/setup/areas.html", context, part="areas")


def area(request: HttpRequest, code: str) -> HttpResponse:
    """Rename an area."""
    city = city_of_person(request)
    found = Area.objects.filter(jurisdiction=city, code=code).defer("shape", "properties").first()
    if found is None:
        raise Http404
    form = AreaForm(request.POST or None, initial={"name": found.name, "seen": found.name}, auto_id="area_%s")
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["seen"] == found.name:
            _rename(request, city, found, form.cleaned_data["name"])
            messages.success(request, _("The area is called %(name)s.") % {"name": form.cleaned_data["name"]})
            return redirect("console:setup_areas")
        form.add_error("name", _("Somebody renamed this area meanwhile, to %(name)s. Save again to change that.") % {"name": found.name})
        form.data = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict, as it was sent
        form.data["seen"] = found.name  # type: ignore[index]
    return setup_page(request, "console/setup/area.html", {"form": form, "area": found}, part="areas", status=422 if form.errors else 200)


@transaction.atomic
def _rename(request: HttpRequest, city: Jurisdiction, area: Area, name: str) -> None:
    before = area.name
    rename_area(area, name)
    record(city, person_of(request), "area", area.code, {"name": before}, {"name": name}, clock.real_now())
