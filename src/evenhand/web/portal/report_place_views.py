"""Where it is, and whether somebody has reported it already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from evenhand.web.core import clock
from evenhand.web.journeys.support_request import support_request
from evenhand.web.places import geocoding, shapes
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.devices import sender_of
from evenhand.web.portal.photo_uploads import keep_photos, store_photos
from evenhand.web.portal.photo_views import photo_addresses
from evenhand.web.portal.report_forms import HERE, PlaceForm
from evenhand.web.portal.report_frame import go_on, language, report_step, show
from evenhand.web.portal.report_place import PlaceAnswer, answer_from
from evenhand.web.portal.report_steps import PLACE, SIMILAR, next_url, place_key
from evenhand.web.portal.wording import badge_of, number_of
from evenhand.web.service_requests import drafts, offered_services
from evenhand.web.service_requests.contribution_pace import TooManyContributions
from evenhand.web.service_requests.models import Photo, ReportDraft, Service, ServiceRequest
from evenhand.web.service_requests.similar import Similar, likely_duplicates


def _keep_place(request: HttpRequest, draft: ReportDraft) -> None:
    form = PlaceForm(data=request.POST, files=request.FILES)
    form.is_valid()
    given = form.cleaned_data
    typed = {"address": given.get("address", request.POST.get("address", "")), "for_whom": given.get("for_whom") or HERE}
    drafts.keep(draft, at=clock.real_now(), place_typed=typed)
    if given.get("photo"):
        _take_photo(request, draft.jurisdiction, draft, form)
    answer = answer_from(draft.jurisdiction, form, draft.fields) if form.is_valid() else PlaceAnswer()
    if answer.place is not None:
        drafts.keep(draft, at=clock.real_now(), place={**answer.place, "for": None})


@report_step(PLACE, keep=_keep_place)
def place(request: HttpRequest, city: Jurisdiction, draft: ReportDraft) -> HttpResponse:
    """A typed address, coordinates, a pin, one's own location or a photo's."""
    if request.method != "POST":
        form = PlaceForm(initial=_initial(draft))
        return _page(request, city, draft, form, _still_offered(draft))
    form = PlaceForm(data=request.POST, files=request.FILES)
    if not form.is_valid():
        return _page(request, city, draft, form)
    given = form.cleaned_data
    drafts.keep(draft, at=clock.real_now(), place_typed={"address": given["address"], "for_whom": given["for_whom"] or HERE})
    if given["photo"]:
        _take_photo(request, city, draft, form)
    if given["photo"] and not given["address"] and not given["choice"] and form.point() is None:
        return redirect(reverse("portal:report_place", args=[draft.token]))
    answer = answer_from(city, form, draft.fields)
    if answer.place is None:
        form.add_error("address", answer.error)
        return _page(request, city, draft, form, answer)
    drafts.keep(draft, at=clock.real_now(), place=answer.place, place_typed={"address": answer.place["label"], "for_whom": given["for_whom"] or HERE})
    refused = settle_place(draft, at=clock.now())
    if refused:
        form.add_error("address", refused)
        return _page(request, city, draft, form, PlaceAnswer(place=answer.place, error=refused))
    return go_on(request, draft, lambda: _page(request, city, draft, form))


def settle_place(draft: ReportDraft, *, at: datetime) -> str:
    """Take the draft's place for its service: is it offered there, and does it look reported already? Returns words where it is not offered."""
    service, kept = draft.service, draft.fields["place"]
    if service is None:
        return ""
    lat, long = kept["lat"], kept["long"]
    area = shapes.area_at(draft.jurisdiction, lat, long) if lat is not None else None
    if not offered_services.is_offered_at(service, area):
        drafts.keep(draft, at=clock.real_now(), place={**kept, "for": None})
        return _not_offered(service, has_point=lat is not None)
    has_similar = lat is not None and bool(likely_duplicates(service, lat, long, at=at))
    seen = draft.fields.get("similar") if has_similar else place_key(draft)
    drafts.keep(draft, at=clock.real_now(), place={**kept, "for": service.pk}, similar=seen)
    return ""


def _not_offered(service: Service, *, has_point: bool) -> str:
    name = service.name_in(language())
    if has_point:
        return _("The city does not offer “%(service)s” at this place.") % {"service": name}
    return _("“%(service)s” is offered in some neighborhoods only. To know whether it is offered there, we need the exact place.") % {"service": name}


def _still_offered(draft: ReportDraft) -> PlaceAnswer:
    """A place kept from before a change of service, where the new one is not offered."""
    kept = draft.fields.get("place")
    if not kept or draft.service is None or kept.get("for") == draft.service_id:
        return PlaceAnswer()
    return PlaceAnswer(place=kept, error=_not_offered(draft.service, has_point=kept["lat"] is not None))


def _initial(draft: ReportDraft) -> dict[str, Any]:
    kept = draft.fields.get("place") or {}
    point = {"lat": kept.get("lat"), "long": kept.get("long"), "address_id": kept.get("address_ref"), "place_source": kept.get("source")}
    return point | {"address": kept.get("label", "")} | (draft.fields.get("place_typed") or {})


def _take_photo(request: HttpRequest, city: Jurisdiction, draft: ReportDraft, form: PlaceForm) -> None:
    """Keep a photo that was sent to find the place, and what it says: a suggestion, no more. Says in words what came of it."""
    uploads = store_photos(form.cleaned_data["photo"], most=drafts.MOST_PHOTOS - len(drafts.photos_of(draft)), sender=sender_of(request))
    keep_photos(draft, uploads.stored, at=clock.real_now())
    for words in uploads.refused:
        messages.warning(request, words)
    for photo in uploads.stored:
        if photo.taken_at is None:
            messages.info(request, _("Your photo is kept for your report, but it does not say where it was taken. Please type the place."))
        elif not shapes.is_inside(city, *photo.taken_at):
            messages.warning(
                request, _("Your photo was taken outside %(city)s. It is kept for your report; please type the place.") % {"city": city.name}
            )
        else:
            lat, long = photo.taken_at
            label = geocoding.describe(city, lat, long).label
            drafts.keep(draft, at=clock.real_now(), photo_place={"lat": lat, "long": long, "label": label})


def _page(request: HttpRequest, city: Jurisdiction, draft: ReportDraft, form: PlaceForm, answer: PlaceAnswer | None = None) -> HttpResponse:
    answer = answer or PlaceAnswer()
    kept = draft.fields.get("place") or {}
    chosen = kept if kept.get("lat") is not None and not answer.suggestions and answer.outside is None else {}
    return show(
        request,
        PLACE,
        draft,
        form=form,
        answer=answer,
        suggestions=[{"key": found.key, "label": found.label} for found in answer.suggestions],
        photo_place=draft.fields.get("photo_place"),
        chosen=chosen,
        other_cities=_other_cities(request, city, answer),
        offered_url=_offered_url(draft, answer),
        service=_service(draft),
        **_map(request, city, chosen),
    )


def _service(draft: ReportDraft) -> dict[str, str]:
    if draft.service is None:
        return {}
    return {"name": draft.service.name_in(language()), "notice": draft.service.text_in(language(), "notice")}


def _other_cities(request: HttpRequest, city: Jurisdiction, answer: PlaceAnswer) -> list[dict[str, str]]:
    if answer.outside is None:
        return []
    others = [one for one in getattr(request, "cities", []) if one.pk != city.pk]
    lat, long = answer.outside
    return [
        {"name": other.name, "url": f"{reverse('portal:report')}?{urlencode({'city': other.slug, 'lat': str(lat), 'long': str(long)})}"}
        for other in shapes.cities_at(others, lat, long)
    ]


def _offered_url(draft: ReportDraft, answer: PlaceAnswer) -> str:
    """What can be reported at the place instead."""
    if not (answer.error and answer.place and answer.place.get("lat") is not None):
        return ""
    return f"{reverse('portal:report')}?{urlencode({'draft': draft.token, 'lat': answer.place['lat'], 'long': answer.place['long']})}"


def _map(request: HttpRequest, city: Jurisdiction, chosen: dict[str, Any]) -> dict[str, Any]:
    """What scripts ask, and the picker map needs: of the draft's city, whichever another tab shows."""
    named = f"?city={city.slug}" if len(getattr(request, "cities", ())) > 1 else ""
    return {
        "suggest_url": reverse("portal:suggest") + named,
        "describe_url": reverse("portal:describe") + named,
        "areas_url": reverse("portal:map_areas") + named,
        "grounds_url": reverse("portal:map_grounds") + named,
        "streets_url": reverse("portal:map_streets", args=[0, 0]).replace("/0/0.json", "/{x}/{y}.json") + named,
        "center_lat": chosen.get("lat") or (city.south + city.north) / 2,
        "center_long": chosen.get("long") or (city.west + city.east) / 2,
        "zoom": 17 if chosen else 13,
        "bounds": [str(value) for value in city.bounds],
    }


class SimilarForm(forms.Form):
    """One of the requests shown, or none of them."""

    same = forms.CharField(max_length=64, required=False)


@report_step(SIMILAR)
def similar(request: HttpRequest, city: Jurisdiction, draft: ReportDraft) -> HttpResponse:
    """Has somebody reported it already? "That is mine too" makes no second request."""
    service, kept = draft.service, draft.fields.get("place") or {}
    if service is None or kept.get("lat") is None:
        return redirect(next_url(draft))
    if request.method == "POST":
        form = SimilarForm(data=request.POST)
        same = form.cleaned_data["same"] if form.is_valid() else ""
        if not same:
            drafts.keep(draft, at=clock.real_now(), similar=place_key(draft))
            return redirect(next_url(draft))
        if (theirs := ServiceRequest.objects.of(city).public().filter(reference=same).first()) is not None:
            return _joined(request, theirs)
    now = clock.now()
    found = likely_duplicates(service, kept["lat"], kept["long"], at=now)
    return show(request, SIMILAR, draft, cards=_cards(found), now=now, service=_service(draft))


def _joined(request: HttpRequest, theirs: ServiceRequest) -> HttpResponse:
    try:
        is_new = support_request(theirs, sender=sender_of(request), at=clock.now(), real_at=clock.real_now())
    except TooManyContributions:
        messages.warning(request, _("That was a lot in a short time. Please try again in an hour; you can follow the request now."))
    else:
        words = _("Counted: you have this trouble too.") if is_new else _("We had counted you for this one already.")
        messages.success(request, words + " " + _("If you like, follow it and hear by e-mail what happens."))
    return redirect(reverse("portal:request", args=[theirs.reference]) + "#follow")


def _cards(found: Sequence[Similar]) -> list[dict[str, Any]]:
    first_photos: dict[int | None, Photo] = {}
    for photo in Photo.objects.public().filter(request__in=[one.request for one in found]).order_by("-id"):
        first_photos[photo.request_id] = photo
    return [_card(one, first_photos.get(one.request.pk)) for one in found]


def _card(one: Similar, photo: Photo | None) -> dict[str, Any]:
    request, badge = one.request, badge_of(one.request)
    return {
        "reference": request.reference,
        "number": number_of(request),
        "url": reverse("portal:request", args=[request.reference]),
        "title": request.service.name_in(language()),
        "state": badge.code,
        "label": badge.label,
        "place": request.address,
        "when": request.requested_at,
        "closed_at": request.closed_at if not request.is_open else None,
        "meters": max(1, round(one.distance_meters)),
        "feet": max(1, round(one.distance_meters * 3.28084 / 5) * 5),
        "summary": request.description[:200],
        "supporters": request.supporter_count,
        "photo_url": photo_addresses(photo, request).thumb_url if photo else "",
    }
