"""Reporting a problem, one page a step: what, safety, details, contact, check. (`report_place_views` has the two about the place.)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evenhand.web.core import clock
from evenhand.web.journeys.report_problem import report_problem, sent_before
from evenhand.web.places import shapes
from evenhand.web.places.coordinates import coordinates_in
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.cities import city_of
from evenhand.web.portal.devices import sender_of
from evenhand.web.portal.photo_uploads import erase_photo_files, keep_photos, store_photos
from evenhand.web.portal.photo_views import photo_addresses
from evenhand.web.portal.report_forms import ELSE, ContactForm, DetailsForm, SafetyForm
from evenhand.web.portal.report_frame import framed, go_on, language, private_page, report_step, show, typed_in, use_city_of
from evenhand.web.portal.report_place import is_of_reporters_device, outside_words, place_from_point, place_of_the_problem
from evenhand.web.portal.report_place_views import settle_place
from evenhand.web.portal.report_steps import CHECK, CONTACT, DETAILS, SAFETY, WHAT, contact_of, is_retired, next_url, place_of, url_of
from evenhand.web.portal.report_summary import summary_rows
from evenhand.web.service_requests import drafts, offered_services
from evenhand.web.service_requests.actions import NewReport
from evenhand.web.service_requests.models import Photo, ReportDraft, Service


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """What is it? A draft is begun by the first choice."""
    given = request.POST if request.method == "POST" else request.GET
    token = given.get("draft", "")
    draft = drafts.draft_with(token) if token else None
    if draft is None and token and (sent := sent_before(token)) is not None:
        return redirect(private_page(sent))
    city = use_city_of(request, draft) if draft is not None else city_of(request)
    if city is None:
        return show(request, WHAT, None, no_city=True)
    point = coordinates_in(f"{given.get('lat', '')}, {given.get('long', '')}"[:80])
    if request.method == "POST":
        chosen = offered_services.offered_service(city, given.get("service", "")[:120].replace("\0", ""))
        if chosen is not None:
            return framed(request, redirect(_after_choice(city, draft, chosen, point)))
    return framed(request, _services_page(request, city, draft, point))


def _after_choice(city: Jurisdiction, draft: ReportDraft | None, service: Service, point: tuple[float, float] | None) -> str:
    """The address to go on at. A draft that was sent in another tab meanwhile leads to its request; one that was put away is begun anew."""
    try:
        return next_url(_begun(city, draft, service, point))
    except drafts.DraftGone:
        sent = sent_before(draft.token) if draft is not None else None
        return private_page(sent) if sent is not None else next_url(_begun(city, None, service, point))


def _begun(city: Jurisdiction, draft: ReportDraft | None, service: Service, point: tuple[float, float] | None) -> ReportDraft:
    now = clock.real_now()
    if draft is None:
        draft = drafts.new_draft(city, service=service, fields={}, at=now)
    if draft.service_id != service.pk or "safety" not in draft.fields:
        drafts.keep(draft, at=now, service=service, safety={"for": service.pk, "passed": not service.stop_questions.exists()})
    answer = place_from_point(city, point, source="map") if point is not None else None
    if answer is not None and answer.place is not None:
        drafts.keep(draft, at=now, place=answer.place)
    if draft.fields.get("place"):
        settle_place(draft, at=clock.now())
    return draft


def _services_page(request: HttpRequest, city: Jurisdiction, draft: ReportDraft | None, point: tuple[float, float] | None) -> HttpResponse:
    typed = request.GET.get("q", "").strip()[:200]
    is_inside = point is not None and shapes.is_inside(city, *point)
    services = offered_services.offered_services(city, area=shapes.area_at(city, *point) if point is not None and is_inside else None)
    wanted = request.GET.get("service", "")
    found = offered_services.services_matching(services, typed, language()) if typed else services
    return show(
        request,
        WHAT,
        draft,
        q=typed,
        point=point if is_inside else None,
        outside=outside_words(city) if point is not None and not is_inside else "",
        wanted=_named(next((service for service in services if service.code == wanted), None)),
        is_unknown=bool(wanted) and all(service.code != wanted for service in services),
        retired=draft.service.name_in(language()) if draft is not None and draft.service is not None and is_retired(draft) else "",
        is_unanswered=request.method == "POST",
        groups=_groups(found, is_open=bool(typed), chosen=draft.service if draft else None),
    )


def _named(service: Service | None) -> dict[str, str]:
    if service is None:
        return {}
    return {"code": service.code, **{field: service.text_in(language(), field) for field in ("name", "description", "notice")}}


def _groups(services: Sequence[Service], *, is_open: bool, chosen: Service | None) -> list[dict[str, Any]]:
    return [
        {
            "name": one.group.name_in(language()),
            "is_open": is_open or (chosen is not None and chosen.group_id == one.group.pk),
            "services": [_named(service) | {"keywords": service.text_in(language(), "keywords")} for service in one.services],
        }
        for one in offered_services.grouped(services)
    ]


@report_step(SAFETY)
def safety(request: HttpRequest, city: Jurisdiction, draft: ReportDraft) -> HttpResponse:
    """Is it an emergency? A stop answer leads to the telephone and no further."""
    if draft.service is None:
        return redirect(next_url(draft))
    questions = list(draft.service.stop_questions.all())
    kept = draft.fields.get("safety") or {}
    if request.method == "POST":
        form = SafetyForm(questions, language(), data=request.POST)
        is_complete = form.is_valid()
        stops = any(form.cleaned_data.get(question.code) == question.stop_answer for question in questions)
        if stops or is_complete:  # one dangerous answer is enough: nobody in danger is asked the other questions first
            drafts.keep(draft, at=clock.real_now(), safety={"for": draft.service_id, "passed": not stops, "answers": form.cleaned_data})
            return redirect(next_url(draft))
        return show(request, SAFETY, draft, form=form, service=_named(draft.service))
    answers = kept.get("answers") or {}
    stopping = [question for question in questions if answers.get(question.code) == question.stop_answer and "again" not in request.GET]
    panels = [{"text": question.text_in(language(), "message"), "number": question.call or city.emergency_number} for question in stopping]
    form = SafetyForm(questions, language(), initial=answers if "again" not in request.GET else {})
    return show(request, SAFETY, draft, form=form, panels=panels, service=_named(draft.service))


def _keep_details(request: HttpRequest, draft: ReportDraft) -> None:
    form = DetailsForm(draft.service, language(), data=request.POST, files=request.FILES)
    form.is_valid()
    _take_photos(request, draft, form)
    drafts.keep(draft, at=clock.real_now(), details_typed=typed_in(form))


@report_step(DETAILS, keep=_keep_details)
def details(request: HttpRequest, city: Jurisdiction, draft: ReportDraft) -> HttpResponse:  # noqa: ARG001 - a step's signature
    """Words, the service's questions, photos."""
    if request.method != "POST":
        form = DetailsForm(draft.service, language(), initial=draft.fields.get("details_typed") or {})
        return _details_page(request, draft, form)
    form = DetailsForm(draft.service, language(), data=request.POST, files=request.FILES)
    is_valid = form.is_valid()
    _take_photos(request, draft, form)
    complete = {"for": draft.service_id, "description": form.cleaned_data.get("description", ""), "answers": form.answers()} if is_valid else None
    drafts.keep(draft, at=clock.real_now(), details_typed=typed_in(form), details=complete)
    if not is_valid:
        return _details_page(request, draft, form)
    return go_on(request, draft, lambda: _details_page(request, draft, form))


def _details_page(request: HttpRequest, draft: ReportDraft, form: DetailsForm) -> HttpResponse:
    return show(request, DETAILS, draft, form=form, kept_photos=_kept_photos(drafts.photos_of(draft)), service=_named(draft.service))


def _take_photos(request: HttpRequest, draft: ReportDraft, form: DetailsForm) -> None:
    """Photos are kept at once, also where the words have an error: nobody should have to choose them again."""
    now = clock.real_now()
    erase_photo_files(drafts.take_photos_away(draft, [key[:64].replace("\0", "") for key in request.POST.getlist("remove_photo")]))
    files = form.cleaned_data.get("photos") or []
    uploads = store_photos(files, most=drafts.MOST_PHOTOS - len(drafts.photos_of(draft)), sender=sender_of(request))
    keep_photos(draft, uploads.stored, at=now)
    for words in uploads.refused:
        messages.warning(request, words)


def _kept_photos(photos: Sequence[Photo]) -> list[dict[str, Any]]:
    return [
        {"name": _("photo %(number)d") % {"number": number}, "thumb_url": photo_addresses(photo, None).thumb_url, "remove_value": photo.key}
        for number, photo in enumerate(photos, start=1)
    ]


def _keep_contact(request: HttpRequest, draft: ReportDraft) -> None:
    drafts.keep(draft, at=clock.real_now(), contact_typed=typed_in(ContactForm(data=request.POST)))


@report_step(CONTACT, keep=_keep_contact)
def contact(request: HttpRequest, city: Jurisdiction, draft: ReportDraft) -> HttpResponse:  # noqa: ARG001 - a step's signature
    """Who reports; all of it optional."""
    if request.method != "POST":
        for_else = (draft.fields.get("place_typed") or {}).get("for_whom") == ELSE
        return show(request, CONTACT, draft, form=ContactForm(initial={"is_for_somebody_else": for_else} | (draft.fields.get("contact_typed") or {})))
    form = ContactForm(data=request.POST)
    is_valid = form.is_valid()
    drafts.keep(draft, at=clock.real_now(), contact_typed=typed_in(form), contact=form.cleaned_data if is_valid else None)
    if not is_valid:
        return show(request, CONTACT, draft, form=form)
    if form.cleaned_data["is_for_somebody_else"] and is_of_reporters_device(draft.fields.get("place")):
        drafts.keep(draft, at=clock.real_now(), place=None, place_typed={"address": "", "for_whom": ELSE})
        messages.warning(request, place_of_the_problem())
    return go_on(request, draft, lambda: show(request, CONTACT, draft, form=form))


@report_step(CHECK)
def check(request: HttpRequest, city: Jurisdiction, draft: ReportDraft) -> HttpResponse:
    """Everything once more, and the button that sends it."""
    service, photos = draft.service, drafts.photos_of(draft)
    if service is None:
        return redirect(next_url(draft))
    if request.method == "POST":
        received = report_problem(_complete(city, draft, service, photos), sender=sender_of(request), real_at=clock.real_now())
        return HttpResponseRedirect(private_page(received.request, just_sent=True))  # `redirect` would look for a view of this name first
    return show(
        request,
        CHECK,
        draft,
        rows=summary_rows(draft, service, language()),
        photos=[photo_addresses(photo, None) for photo in photos],
        photos_url=url_of(draft, DETAILS),
        service=_named(service),
        is_private=service.is_private,
    )


def _complete(city: Jurisdiction, draft: ReportDraft, service: Service, photos: Sequence[Photo]) -> NewReport:
    details = draft.fields["details"]
    return NewReport(
        jurisdiction=city,
        service=service,
        place=place_of(city, draft),
        description=details["description"],
        answers=details["answers"],
        at=clock.now(),
        channel="web",
        contact=contact_of(draft, language()),
        photos=photos,
        submission_key=draft.token,
    )
