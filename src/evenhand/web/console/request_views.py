"""The page of a request for those who work on it, and the one address behind which all its actions are.

An action's form works without a script: shown by GET, done by POST, and then back to the page (303). What cannot be done comes back with what was
typed: a fault in the form (422), somebody else who was quicker (409), a role that was taken away (403), a request that is gone from sight (404).
"""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.reading_log import note_read
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.event_words import staff_entries
from evenhand.web.console.request_action import Action, Sending
from evenhand.web.console.request_actions import BY_CODE
from evenhand.web.console.request_forms import ActionForm
from evenhand.web.console.request_page import PURPOSE, request_page, shown
from evenhand.web.console.request_preview import preview
from evenhand.web.console.request_rows import history_html
from evenhand.web.console.response_choices import choices_for, typed_with_template
from evenhand.web.console.told_by_hand import audience_of, hand_words, mail_words
from evenhand.web.conversations.actions import was_sent_before
from evenhand.web.core import clock
from evenhand.web.journeys.act_once import act_once
from evenhand.web.journeys.attach_photos import rows_of
from evenhand.web.portal.photo_uploads import StoredPhoto, erase_photo_files, store_photos
from evenhand.web.service_requests.editing import ChangedMeanwhile, events_since
from evenhand.web.service_requests.errors import RequestNotFound
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import request_for_staff
from evenhand.web.service_requests.reference_numbers import normalised
from evenhand.web.service_requests.staff_timeline import staff_timeline
from evenhand.web.service_requests.workflow import ClosingReason, MoveNotAllowed

UNPROCESSABLE: Final = 422
MOST_PHOTOS: Final = 5
_KEPT_WORDS: Final = 200_000


@require_safe
def request_(http: HttpRequest, reference: str) -> HttpResponse:
    """The page. A number typed with hyphens or spaces leads to the one address that it has."""
    compact = normalised(reference)
    if compact != reference and compact:
        return redirect("console:request", compact)
    try:
        return request_page(http, request_for_staff(reference, person_of(http)))
    except RequestNotFound:
        return _not_there(http)


@require_http_methods(["GET", "HEAD", "POST"])
def request_action(http: HttpRequest, reference: str, action: str) -> HttpResponse:
    """One action: its form, or what was sent with it."""
    if action not in BY_CODE:
        raise Http404
    person, entry = person_of(http), BY_CODE[action]
    try:
        request = request_for_staff(reference, person)
    except RequestNotFound:
        return _not_there(http)
    if not entry.may(person):
        return _refused(http, request, entry)
    with timezone.override(ZoneInfo(request.jurisdiction.timezone)):
        return _sent(http, request, entry) if http.method == "POST" else _asked(http, request, entry)


def _asked(http: HttpRequest, request: ServiceRequest, action: Action) -> HttpResponse:
    if not action.is_possible(request):
        messages.info(http, _("How this stands has changed: that cannot be done any more."))
        return _back(request)
    given = {name: value for name, value in http.GET.items() if name in action.form.base_fields and name not in {"form_key", "seen"}}
    return _form_page(http, request, action, action.form(request=request, person=person_of(http), initial=given))


def _sent(http: HttpRequest, request: ServiceRequest, action: Action) -> HttpResponse:
    if "use_template" in http.POST:
        typed = typed_with_template(http.POST, request, action)
        return _form_page(http, request, action, action.form(request=request, person=person_of(http), initial=typed))
    form = action.form(http.POST, http.FILES, request=request, person=person_of(http))
    photos = _photos(request, action, form) if form.is_valid() and "preview" not in http.POST else ()
    if form.errors:
        return _form_page(http, request, action, form, status=UNPROCESSABLE)
    try:
        if "preview" in http.POST:
            return _form_page(http, request, action, form, preview=preview(action, form))
        is_new, said = _carry_out(http, request, action, form, photos)
    except (ChangedMeanwhile, MoveNotAllowed) as error:
        return _stands_differently(http, request, action, form, error)
    except EvenhandError as error:
        form.add_error(None, str(action.refusals.get(error.code, error.message)))
        return _form_page(http, request, action, form, status=UNPROCESSABLE)
    messages.success(http, said if is_new else _("This was done already: it was sent twice."), extra_tags=draft_name(request, action))
    if is_new and action.tells_everybody and form.cleaned_data.get("reason") is not ClosingReason.WITHDRAWN:
        _say_who_hears(http, request)
    return _back(request)


def _say_who_hears(http: HttpRequest, request: ServiceRequest) -> None:
    audience = audience_of(request)
    messages.info(http, mail_words(audience))
    if words := hand_words(audience, person_of(http)):
        messages.warning(http, _("Tell by hand:") + " " + words)


def _carry_out(http: HttpRequest, request: ServiceRequest, action: Action, form: ActionForm, stored: tuple[StoredPhoto, ...]) -> tuple[bool, str]:
    """Whether this form is new, and what to say."""
    said: list[str] = []
    at, real_at = clock.now(), clock.real_now()

    def act(now: ServiceRequest) -> None:
        action.require_possible(now)
        if meanwhile := events_since(now, form.cleaned_data["seen"]):
            messages.info(http, _meanwhile(now, len(meanwhile)))
        sending = Sending(request=now, person=form.person, data=form.cleaned_data, at=at, real_at=real_at, photos=tuple(rows_of(stored, at=at)))
        said.append(action.carry_out(sending))

    is_new = act_once(
        request,
        seen=form.cleaned_data["seen"],
        subject=action.subject,
        form_key=form.key_for(request.reference),
        real_at=real_at,
        action=act,
        others=form.others,
    )
    return is_new, said[0] if said else ""


def _photos(request: ServiceRequest, action: Action, form: ActionForm) -> tuple[StoredPhoto, ...]:
    """The form's photos, made clean before anybody waits for a turn to write. One that is none is a fault of the form: nothing goes out without
    it, for the words may speak of it."""
    files: list[UploadedFile[Any]] = form.cleaned_data.get("photos") or []
    if not files or was_sent_before(form.key_for(request.reference)) or not action.is_possible(request):
        return ()
    uploads = store_photos(files, most=MOST_PHOTOS, sender=None)
    if uploads.refused:
        erase_photo_files([photo.key for photo in uploads.stored])
        for sentence in uploads.refused:
            form.add_error("photos", sentence)
        return ()
    return uploads.stored


def _meanwhile(request: ServiceRequest, count: int) -> str:
    told = staff_entries(request, staff_timeline(request)[-count:])
    happened = "; ".join(f"{entry.title} ({entry.actor})" for entry in reversed(told[-3:]))
    return _("It is done. Since you opened the form, this happened too: %(what)s.") % {"what": happened}


def _stands_differently(http: HttpRequest, request: ServiceRequest, action: Action, form: ActionForm, error: EvenhandError) -> HttpResponse:
    """Somebody was quicker: what happened stands above the form, the words are still in it, and sending again is a decision made knowingly."""
    now = request_for_staff(request.reference, person_of(http))
    seen = form.cleaned_data.get("seen", 0)
    told = staff_entries(now, [one for one in staff_timeline(now) if one.seq > seen])
    again = action.form(http.POST, http.FILES, request=now, person=person_of(http))
    again.is_valid()
    again.show_as_seen(now.event_count)
    context = {"happened": history_html(told), "is_still_possible": action.is_possible(now), "why": error.code}
    return _form_page(http, now, action, again, status=409, **context)


def _form_page(http: HttpRequest, request: ServiceRequest, action: Action, form: ActionForm, *, status: int = 200, **more: Any) -> HttpResponse:
    language, choices = choices_for(request, action)
    context = {
        "action": action,
        "form": form,
        "action_url": reverse("console:request_action", args=[request.reference, action.code]),
        "template_choices": choices,
        "reporter_language": language,
        "draft": draft_name(request, action),
        "has_files": bool(http.FILES),
        "is_still_possible": True,
        "latest": history_html(staff_entries(request, staff_timeline(request)[-4:])),
    }
    if action.tells_everybody:
        context |= _who_will_hear(http, request)
    extra = dict(action.context(request, person_of(http))) if action.context else {}
    return shown(http, request, "console/request_action.html", context | extra | more, status=status)


def _who_will_hear(http: HttpRequest, request: ServiceRequest) -> dict[str, str]:
    """For the form; that a number is shown is noted."""
    audience, person = audience_of(request), person_of(http)
    if audience.own is not None and person.can(Ability.SEE_PERSONAL_DATA):
        note_read(person, request.jurisdiction, request.reference, PURPOSE, clock.real_now())
    return {"heard_by_mail": mail_words(audience), "told_by_hand": hand_words(audience, person)}


def _refused(http: HttpRequest, request: ServiceRequest, action: Action) -> HttpResponse:
    """The role was taken away, perhaps a moment ago: nothing is done, and nothing typed is lost."""
    return shown(http, request, "console/request_refused.html", {"action": action, "typed": _typed(http)}, status=403)


def _not_there(http: HttpRequest) -> HttpResponse:
    """Missing and forbidden look alike; whoever had typed something gets it back."""
    return render(http, "console/request_not_there.html", {"city": city_of_person(http), "typed": _typed(http)}, status=404)


def _typed(http: HttpRequest) -> str:
    return http.POST.get("words", "")[:_KEPT_WORDS] if http.method == "POST" else ""


def _back(request: ServiceRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("console:request", args=[request.reference]), status=303)


def draft_name(request: ServiceRequest, action: Action) -> str:
    """Under which the tab keeps what is typed until it is sent."""
    return f"request-{request.reference}-{action.code}"
