"""The set-up of services: the list, a service's basics, and what is done to it by one press (retire, delete, up, down)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_entry_words import change_rows, refusal_words
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_service_forms import BasicsForm
from evenhand.web.console.setup_service_preview import previews
from evenhand.web.core import clock
from evenhand.web.core.differences import differences, stamp
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import service_editing as editing
from evenhand.web.service_requests.errors import ServiceChangedMeanwhile, ServiceInUse, ServiceRefused
from evenhand.web.service_requests.models import Service
from evenhand.web.service_requests.offered_services import folded, grouped
from evenhand.web.service_requests.service_entries import Entry, entry_of, normal_entry
from evenhand.web.service_requests.service_parts import Kind, basics_of, moved, with_basics

PART = "services"


def services(request: HttpRequest) -> HttpResponse:
    """All services by group, with the numbers of their requests."""
    city = city_of_person(request)
    typed = request.GET.get("q", "").strip()[:200]
    words = folded(typed).split()
    found = [one for one in editing.counted_services(city) if all(word in folded(f"{one.name} {one.code} {one.group.name}") for word in words)]
    shows_retired = bool(typed) or request.GET.get("retired") == "1"
    shown = [one for one in found if one.is_offered or shows_retired]
    context = {
        "groups": grouped(shown),
        "q": typed,
        "retired_count": sum(not one.is_offered for one in found),
        "shows_retired": shows_retired,
    }
    return setup_page(request, "console/setup/services.html", context | {"service_count": len(shown)}, part=PART)


@require_http_methods(["GET", "HEAD", "POST"])
def new_service(request: HttpRequest) -> HttpResponse:
    """The basics of a service that is not there yet; its questions follow on its page."""
    city = city_of_person(request)
    groups = editing.groups_of(city)
    taken = list(Service.objects.filter(jurisdiction=city).values_list("code", flat=True))
    if request.method != "POST":
        form = BasicsForm(city, groups=groups, initial={"group": request.GET.get("group", "")[:120]})
        return _service_page(request, None, form, {}, status=200)
    form = BasicsForm(city, groups=groups, taken=taken, data=request.POST)
    if form.is_valid() and (same := _same_service(city, form.part())) is not None:  # the same form twice
        return redirect("console:setup_service", same.pk)
    if request.POST.get("do") == "preview" or not form.is_valid():
        return _service_page(request, None, form, _entry_of_form(form, None), status=200)
    try:
        service = editing.create_service(city, normal_entry(form.part()), person=person_of(request), at=clock.real_now())
    except ServiceRefused as error:
        add_refusal(form, error)
        return _service_page(request, None, form, _entry_of_form(form, None), status=200)
    messages.success(request, _("%(name)s can be reported now. Its questions come next.") % {"name": service.name})
    return redirect("console:setup_service", service.pk)


def _same_service(city: Jurisdiction, part: Entry) -> Service | None:
    """A service with the same basics and no questions, which a form that is sent twice has made already."""
    wanted = normal_entry(part | {"service_code": "SAME"})
    namesakes = Service.objects.filter(jurisdiction=city, name=part["service_name"]).select_related("group")
    return next((one for one in namesakes if entry_of(one) | {"service_code": "SAME"} == wanted), None)


@require_http_methods(["GET", "HEAD", "POST"])
def service(request: HttpRequest, key: int) -> HttpResponse:
    """A service: its basics to change, its questions, its preview."""
    city = city_of_person(request)
    found = service_or_404(city, key)
    entry = entry_of(found)
    before = basics_of(entry)
    groups = editing.groups_of(city)
    if request.method != "POST":
        return _service_page(request, found, BasicsForm(city, groups=groups, before=before, initial=BasicsForm.initial_of(before)), entry)
    form = BasicsForm(city, groups=groups, before=before, data=request.POST)
    if request.POST.get("do") == "preview" or not form.is_valid():
        return _service_page(request, found, form, _entry_of_form(form, entry))
    part = form.part()
    return saved_or_again(
        request,
        found,
        form,
        change=lambda now: with_basics(now, part),
        part=basics_of,
        again=lambda context: _service_page(request, found, form, _entry_of_form(form, entry), **context),
    )


def saved_or_again(
    request: HttpRequest,
    found: Service,
    form: Any,
    *,
    change: Callable[[Entry], Entry],
    part: Callable[[Entry], Mapping[str, Any]],
    again: Callable[[dict[str, Any]], HttpResponse],
) -> HttpResponse:
    """Save a change of one part; what was refused, or changed by somebody else meanwhile, brings the page again with what was typed."""
    city = city_of_person(request)
    seen = request.POST.get("seen", "")[:40]
    try:
        editing.change_service(city, found.code, change, part=part, seen=seen, person=person_of(request), at=clock.real_now())
    except ServiceRefused as error:
        add_refusal(form, error)
        return again({})
    except ServiceChangedMeanwhile:
        now = entry_of(service_or_404(city, found.pk))
        if part(change(now)) == part(now):  # the same form twice: what was wanted is there
            return redirect("console:setup_service", found.pk)
        return again({"meanwhile": change_rows(differences(part(now), part(change(now)))), "seen": stamp(part(now))})
    messages.success(request, _("Saved."))
    return redirect("console:setup_service", found.pk)


@require_POST
def act(request: HttpRequest, key: int) -> HttpResponse:
    """Retire, offer again, delete, up, down; a question up or down."""
    city, person, at = city_of_person(request), person_of(request), clock.real_now()
    found = service_or_404(city, key)
    do, _colon, question = request.POST.get("do", "")[:200].partition(":")
    steps = {"up": -1, "down": 1}
    back = redirect("console:setup_service", found.pk)
    if do in {"retire", "offer"}:
        editing.set_offered(city, found.code, is_offered=do == "offer", person=person, at=at)
        messages.success(request, _retired_words(found) if do == "retire" else _("%(name)s can be reported again.") % {"name": found.name})
    elif do == "delete":
        try:
            editing.delete_service(city, found.code, person=person, at=at)
        except ServiceInUse as error:
            messages.error(request, _in_use_words(found, error))
            return back
        messages.success(request, _("%(name)s was deleted.") % {"name": found.name})
        return redirect("console:setup_services")
    elif do in steps and not question:
        editing.move_service(city, found.code, steps[do], person=person, at=at)
        return redirect(f"{_list_url()}#service-{found.pk}")
    elif do in {"up", "down", "stop_up", "stop_down"}:
        kind: Kind = "stop_questions" if do.startswith("stop") else "attributes"
        step = steps[do.removeprefix("stop_")]
        editing.change_service(city, found.code, lambda entry: moved(entry, kind, question, step), person=person, at=at)
    return back


def service_or_404(city: Jurisdiction, key: int) -> Service:
    """A service of this city; one of another city does not exist."""
    found = Service.objects.filter(jurisdiction=city, pk=key).select_related("group").first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found


def add_refusal(form: Any, error: ServiceRefused) -> None:
    """The reasons of a refusal as errors of the form."""
    faults: Any = error.facts["faults"]
    for fault in faults:
        form.add_error(None, refusal_words(str(fault)))


def preview_part(request: HttpRequest, entry: Entry) -> HttpResponse | None:
    """Only the preview, where a script asks for it while somebody types."""
    if request.headers.get("X-Preview") != "1":
        return None
    answer = render(request, "console/setup/service_preview.html", {"previews": previews(city_of_person(request), entry)})
    answer.headers["X-Preview"] = "1"
    return answer


def _entry_of_form(form: BasicsForm, entry: Entry | None) -> Entry:
    """The entry with what is typed, as far as it can be read; as it is saved where it cannot."""
    if not form.is_valid():
        return entry or {}
    return with_basics(entry, form.part()) if entry else normal_entry(form.part())


def _service_page(request: HttpRequest, found: Service | None, form: BasicsForm, entry: Entry, *, status: int = 200, **context: Any) -> HttpResponse:
    city = city_of_person(request)
    part = preview_part(request, entry) if entry else None
    if part is not None:
        return part
    shown: dict[str, Any] = {"form": form, "previews": previews(city, entry) if entry else [], "service": found, **context}
    if found is None:
        shown["seen"] = ""
    else:
        still_open, total = editing.open_and_all(found)
        saved = entry_of(found)
        shown = {"seen": stamp_of_form(request, basics_of(saved)), "open_count": still_open, "request_count": total, **_questions(saved)} | shown
    return setup_page(request, "console/setup/service.html", shown, part=PART, status=status)


def stamp_of_form(request: HttpRequest, part: Mapping[str, Any]) -> str:
    """A form that comes again still speaks of what it was made from."""
    return request.POST.get("seen", "")[:40] if request.method == "POST" else stamp(part)


def _questions(entry: Entry) -> dict[str, Sequence[Entry]]:
    attributes = entry["definition"]["attributes"]
    return {
        "questions": [one for one in attributes if not one.get("retired")],
        "retired_questions": [one for one in attributes if one.get("retired")],
        "stops": entry["stop_questions"],
    }


def _retired_words(found: Service) -> str:
    still_open, _total = editing.open_and_all(found)
    words = _("%(name)s can no longer be reported.") % {"name": found.name}
    if still_open:
        words += " " + ngettext("Its %(count)d open request goes on.", "Its %(count)d open requests go on.", still_open) % {"count": still_open}
    return words


def _in_use_words(found: Service, error: ServiceInUse) -> str:
    total, still_open = error.facts.get("request_count"), error.facts.get("open_count")
    if total is None:
        words = _("%(name)s is named elsewhere in the set-up (routing, answers or knowledge), so it cannot be deleted. Retire it instead.")
        return words % {"name": found.name}
    words = _("%(name)s has %(total)s requests, %(open)s of them open, so it cannot be deleted. Retire it: then nobody can report it any more.")
    return words % {"name": found.name, "total": total, "open": still_open}


def _list_url() -> str:
    return str(redirect("console:setup_services").headers["Location"])
