"""Phone intake: one page for a whole call, and the page that says what to tell the caller at its end.

Each sending of the form carries all that was typed; whatever is found comes back with it. A script sends it after each answer and exchanges the parts
that changed; without a script people press the buttons between the steps. The form's key makes one request of however many sendings.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.web.accounts.reading_log import note_reads
from evenhand.web.console.call_forms import CONTACT_METHODS, CallForm, one_line, stop_name
from evenhand.web.console.call_page import Call, candidates_for
from evenhand.web.console.call_words import call_context, done_context, place_items, what_items
from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.core import clock
from evenhand.web.journeys.answer_call import answer_call
from evenhand.web.journeys.report_problem import sent_before
from evenhand.web.journeys.take_call import count_caller_in, take_call
from evenhand.web.places import geocoding
from evenhand.web.service_requests.actions import Contact, NewReport
from evenhand.web.service_requests.articles import articles_matching, articles_of
from evenhand.web.service_requests.callers import looks_like_phone
from evenhand.web.service_requests.contribution_pace import TooManyContributions
from evenhand.web.service_requests.drafts import is_token
from evenhand.web.service_requests.information_requests import ABOUT_EARLIER, ANSWERED, EMERGENCY
from evenhand.web.service_requests.models import ServiceRequest

_LONGEST_QUERY = 200


@require_http_methods(["GET", "HEAD", "POST"])
def call_new(request: HttpRequest) -> HttpResponse:
    """Take a call."""
    if request.method != "POST":
        return _page(request, _call(request, QueryDict()), counted=request.GET.get("counted", "")[:16])
    key = one_line(request.POST, "submission_key", 64)
    if (sent := sent_before(key)) is not None:
        return redirect(_done_url(sent, was="again"))
    call = _call(request, request.POST)
    act = _ACTS.get(request.POST.get("do", ""))
    return (act(request, call, key) if act is not None and is_token(key) else None) or _page(request, call, is_final=act is _save)


@require_safe
def call_suggest(request: HttpRequest) -> JsonResponse:
    """What fits `?q=` so far: `?box=place` gives places, a request's number, a caller's number; `?box=what` services and articles."""
    city, said = city_of_person(request), request.GET.get("q", "")[:_LONGEST_QUERY].replace("\0", " ").strip()
    if request.GET.get("box") == "what":
        articles = articles_matching(city, said, _language(), at_most=3)
        return JsonResponse({"items": what_items(candidates_for(city, said), articles, _language())})
    asked = _call(request, QueryDict(urlencode({"place": said}))).place.asked if said else None
    places = [] if asked is not None or looks_like_phone(said) else geocoding.suggestions(city, said)
    return JsonResponse({"items": place_items(said, asked, places)})


@require_safe
def call_done(request: HttpRequest, reference: str) -> HttpResponse:
    """The number, and what to tell the caller."""
    city, person = city_of_person(request), person_of(request)
    found = ServiceRequest.objects.of(city).select_related("service", "jurisdiction", "area", "team", "reporter").filter(reference=reference).first()
    if found is None or not (found.entered_by_id == person.pk or ServiceRequest.objects.visible_to(person, city).filter(pk=found.pk).exists()):
        raise Http404
    was = request.GET.get("was", "")
    if was in {"new", "again"} and found.entered_by_id != person.pk:
        was = ""
    return render(request, "console/calls_done.html", done_context(found, was=was, has_mail="mail" in request.GET, at=clock.now()))


def _call(request: HttpRequest, typed: QueryDict) -> Call:
    return Call(city_of_person(request), person_of(request), typed, getattr(request, "cities", ()), _language())


def _language() -> str:
    return get_language() or "en"


def _done_url(request: ServiceRequest, **facts: str) -> str:
    return f"{reverse('console:call_done', args=[request.reference])}?{urlencode(facts)}"


def _page(request: HttpRequest, call: Call, *, is_final: bool = False, counted: str = "") -> HttpResponse:
    form = call.form
    if form.is_bound and not is_final:
        _forget_faults(form, [name for name in form.errors if name not in {"phone", "email"} or not one_line(call.typed, name, 254)])
    key = one_line(call.typed, "submission_key", 64)
    return _shown(request, call, key if is_token(key) else secrets.token_urlsafe(24), counted=counted)


def _shown(request: HttpRequest, call: Call, key: str, *, counted: str = "") -> HttpResponse:
    """The page; that it tells what a caller reported before is noted."""
    if call.earlier and call.place.asked is None:
        note_reads(call.person, call.city, [one.reference for one in call.earlier], "caller_history", clock.real_now())
    return render(request, "console/calls_new.html", call_context(call, submission_key=key, counted=counted))


def _save(request: HttpRequest, call: Call, key: str) -> HttpResponse | None:
    """Make the request; None where something is missing, which the page then says."""
    if call.mode != "new" or not _is_complete(call) or call.service is None:
        return None
    given = call.form.cleaned_data
    report = NewReport(
        jurisdiction=call.city,
        service=call.service,
        place=call.place.as_place(),
        description=given["description"],
        answers=call.form.answers(),
        at=clock.now(),
        channel=given["contact_method"],
        contact=_contact(call),
        submission_key=key,
    )
    received = take_call(report, taken_by=person_of(request), real_at=clock.real_now())
    return redirect(_done_url(received.request, was="new" if received.is_new else "again"))


def _is_complete(call: Call) -> bool:
    form = call.form
    form.is_valid()
    if not call.place.is_known:
        form.add_error("place", call.place.fault or _("Ask where it is."))
    if call.service is None or call.what_fault:
        form.add_error("what", call.what_fault or _("Choose what it is about."))
    for stop in call.unasked:
        form.add_error(stop_name(stop), _("Ask this first, and note the answer."))
    return not form.errors


def _contact(call: Call) -> Contact:
    given = call.form.cleaned_data
    return Contact(
        name=given.get("name") or "",
        email=given.get("email") or "",
        phone=given.get("phone") or "",
        language=call.language,
        contact_method=given.get("contact_method") or "phone",
        response_method=given.get("response_method") or "none",
    )


def _join(request: HttpRequest, call: Call, key: str) -> HttpResponse | None:
    """ "That is mine too": no second request."""
    if call.same is None or not call.same.is_public:
        return None
    form = call.form
    form.is_valid()
    asked = {"phone", "email"} | ({"description"} if one_line(call.typed, "description", 9) else set())
    _forget_faults(form, [name for name in form.errors if name not in asked])
    if form.errors:
        return _shown(request, call, key)
    words = str(form.cleaned_data.get("description") or "")
    channel = form.cleaned_data.get("contact_method") or "phone"
    try:
        joined = count_caller_in(
            call.same, caller=_contact(call), submission_key=key, words=words, channel=channel, at=clock.now(), real_at=clock.real_now()
        )
    except TooManyContributions:
        form.add_error("email", _("This address was asked to confirm very often within an hour. Count the caller in without mail, or try later."))
        return _shown(request, call, key)
    return redirect(_done_url(call.same, was="joined" if joined.is_new else "joined_before", **({"mail": "1"} if joined.has_mail else {})))


def _forget_faults(form: CallForm, names: Iterable[str]) -> None:
    """What is not asked yet is no fault."""
    for name in names:
        del form.errors[name]


def _answered(request: HttpRequest, call: Call, key: str) -> HttpResponse | None:
    """An answer was enough: the call is counted, and the next one begins."""
    article = articles_of(call.city).filter(code=one_line(call.typed, "answered_with", 80)).first() or call.article
    service = call.service or (call.same.service if call.same is not None else None)
    topic = EMERGENCY if call.stopping else ABOUT_EARLIER if call.same is not None else "" if article is not None else ANSWERED
    channel = one_line(call.typed, "contact_method", 16)
    known = channel if channel in dict(CONTACT_METHODS) else "phone"
    answer_call(
        call.city, taken_by=person_of(request), submission_key=key, at=clock.now(), service=service, article=article, topic=topic, channel=known
    )
    return redirect(f"{reverse('console:call_new')}?{urlencode({'counted': 'emergency' if topic == EMERGENCY else 'call'})}")


_ACTS: dict[str, Callable[[HttpRequest, Call, str], HttpResponse | None]] = {"save": _save, "join": _join, "answered": _answered}
