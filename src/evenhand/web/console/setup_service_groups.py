"""The groups under which services are offered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_service_forms import GroupForm, initial_words, kept_languages
from evenhand.web.console.setup_services import PART, add_refusal
from evenhand.web.core import clock
from evenhand.web.core.differences import stamp
from evenhand.web.service_requests import service_editing as editing
from evenhand.web.service_requests.errors import ServiceChangedMeanwhile, ServiceInUse, ServiceRefused
from evenhand.web.service_requests.models import ServiceGroup
from evenhand.web.service_requests.service_entries import group_entry


@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: HttpRequest) -> HttpResponse:
    """All groups; one of them, or a new one, in a form (`?group=CODE`)."""
    city = city_of_person(request)
    code = (request.POST if request.method == "POST" else request.GET).get("group", "")[:80]
    found = ServiceGroup.objects.filter(jurisdiction=city, code=code.replace("\0", "")).first() if code else None
    if request.method != "POST":
        before = group_entry(found) if found else {}
        return _page(request, found, GroupForm(city, initial=_initial(before)), seen=stamp(before))
    if found is not None and request.POST.get("do") in {"up", "down", "delete"}:
        return _done(request, found, request.POST["do"])
    form = GroupForm(city, data=request.POST)
    if (code and found is None) or not form.is_valid():
        return _page(request, found, form, seen=request.POST.get("seen", "")[:40])
    return _saved(request, found, form)


def _saved(request: HttpRequest, found: ServiceGroup | None, form: GroupForm) -> HttpResponse:
    city = city_of_person(request)
    seen = request.POST.get("seen", "")[:40]
    before = group_entry(found) if found else {}
    told = {**kept_languages(form, before), **{language: words["name"] for language, words in form.translations().items()}}
    given: dict[str, Any] = {"name": form.cleaned_data["name"], "translations": told, "seen": seen}
    try:
        editing.save_group(city, found.code if found else "", **given, person=person_of(request), at=clock.real_now())
    except ServiceRefused as error:
        add_refusal(form, error)
        return _page(request, found, form, seen=seen)
    except ServiceChangedMeanwhile:
        words = _("Somebody else changed this group meanwhile: it is called “%(name)s” now. Save again to put yours in its place.")
        form.add_error(None, words % {"name": before["name"]})
        return _page(request, found, form, seen=stamp(before))
    messages.success(request, _("Saved."))
    return redirect("console:setup_service_groups")


def _done(request: HttpRequest, found: ServiceGroup, do: str) -> HttpResponse:
    city, person, at = city_of_person(request), person_of(request), clock.real_now()
    if do == "delete":
        try:
            editing.delete_group(city, found.code, person=person, at=at)
            messages.success(request, _("%(name)s was deleted.") % {"name": found.name})
        except ServiceInUse as error:
            words = _("%(name)s has %(count)s services. Put them into another group first.")
            messages.error(request, words % {"name": found.name, "count": error.facts["services"]})
    else:
        editing.move_group(city, found.code, -1 if do == "up" else 1, person=person, at=at)
    return redirect("console:setup_service_groups")


def _initial(before: dict[str, Any]) -> dict[str, str]:
    told = {language: {"name": words} for language, words in before.get("translations", {}).items()}
    return initial_words({"name": before.get("name", ""), "translations": told}, GroupForm.words)


def _page(request: HttpRequest, found: ServiceGroup | None, form: GroupForm, *, seen: str) -> HttpResponse:
    city = city_of_person(request)
    counts: dict[int, int] = {}
    for service in editing.counted_services(city):
        counts[service.group_id] = counts.get(service.group_id, 0) + 1
    rows = [{"group": group, "count": counts.get(group.pk, 0)} for group in editing.groups_of(city)]
    context = {"rows": rows, "group": found, "form": form, "seen": seen, "is_open": bool(found or form.is_bound or "new" in request.GET)}
    return setup_page(request, "console/setup/service_groups.html", context, part=PART)
