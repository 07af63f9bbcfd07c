"""Requests as cards in a list: what the template of a card reads, photos included, at one query for a whole list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language

from evenhand.web.portal.photo_views import photo_addresses
from evenhand.web.portal.wording import badge_of, number_of
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet

_SUMMARY = 160


@dataclass(frozen=True, slots=True)
class Card:
    """One request in a list."""

    url: str
    title: str
    reference: str
    state: str
    label: str
    place: str
    when: datetime
    summary: str
    supporters: int
    comments: int
    photos: int
    photo_url: str


def with_card_columns(requests: ServiceRequestQuerySet) -> ServiceRequestQuerySet:
    """The queryset with what cards need, and no more."""
    return requests.select_related("service", "area").only(
        *(
            "reference",
            "state",
            "status",
            "closing_reason",
            "evidence",
            "stated_by",
            "visibility",
            "requested_at",
            "address",
            "description",
            "photo_count",
        ),
        *("supporter_count", "comment_count", "service__name", "service__translations", "area__name"),
    )


def cards_of(requests: Sequence[ServiceRequest]) -> list[Card]:
    """The cards of a list; one query where any of them has a photo."""
    photos = _first_photos([request for request in requests if request.photo_count])
    language = get_language() or "en"
    return [_card(request, photos.get(request.pk), language) for request in requests]


def _card(request: ServiceRequest, photo: Photo | None, language: str) -> Card:
    badge = badge_of(request)
    return Card(
        url=reverse("portal:requests") + f"{request.reference}/",
        title=request.service.name_in(language),
        reference=number_of(request),
        state=badge.code,
        label=badge.label,
        place=request.address or (request.area.name if request.area else ""),
        when=request.requested_at,
        summary=Truncator(request.description).chars(_SUMMARY),
        supporters=request.supporter_count,
        comments=request.comment_count,
        photos=request.photo_count,
        photo_url=photo_addresses(photo, request).thumb_url if photo is not None else "",
    )


def _first_photos(requests: Sequence[ServiceRequest]) -> dict[int, Photo]:
    if not requests:
        return {}
    found: dict[int, Photo] = {}
    for photo in Photo.objects.public().filter(request__in=requests).order_by("event_seq", "pk"):
        if photo.request_id is not None:
            found.setdefault(photo.request_id, photo)
    return found
