"""Photos. A public request's photos are for everybody, but for hidden ones; others open only with the signature that a private page has.

The key is random and the file never changes, so browsers may keep it; for a day and no longer, so that an erased photo is gone from everywhere soon.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.photo_links import opens_photo, photo_signature
from evenhand.web.service_requests.photo_store import PhotoKeyInvalid, PhotoSize, PhotoStore

_FOR_EVERYBODY = "public, max-age=86400, immutable"
_FOR_ONE = "private, no-store"


@dataclass(frozen=True, slots=True)
class PhotoAddress:
    """What the gallery's template reads."""

    url: str
    thumb_url: str
    width: int
    height: int
    alt: str = ""


def photo_addresses(photo: Photo, request: ServiceRequest | None, *, opens_hidden: bool = False) -> PhotoAddress:
    """Where a photo and its small copy are, signed unless everybody may see it. The size is the small copy's, which is what a page shows.

    A hidden one opens only where the caller says that its reader may see it: staff, and the reporter where it is their own.
    """
    is_for_all = request is not None and request.is_public
    is_signed = opens_hidden if photo.hidden_at is not None else not is_for_all
    signed = f"?k={photo_signature(photo.key)}" if is_signed else ""
    shrink = min(1.0, 400 / max(photo.width, photo.height, 1))
    return PhotoAddress(
        url=reverse("portal:photo", args=[photo.key]) + signed,
        thumb_url=reverse("portal:photo_small", args=[photo.key]) + signed,
        width=max(1, round(photo.width * shrink)),
        height=max(1, round(photo.height * shrink)),
    )


@require_safe
def photo(http: HttpRequest, key: str) -> HttpResponseBase:
    """The photo, at most 1600 px."""
    return _served(http, key, "full")


@require_safe
def photo_small(http: HttpRequest, key: str) -> HttpResponseBase:
    """The photo, at most 400 px."""
    return _served(http, key, "thumbnail")


def _served(http: HttpRequest, key: str, size: PhotoSize) -> HttpResponseBase:
    found = Photo.objects.filter(key=key).select_related("request").first()
    if found is None:
        raise Http404
    is_public = found.request is not None and found.request.is_public and found.hidden_at is None
    if not is_public and not opens_photo(key, http.GET.get("k", "")):
        raise Http404
    if found.erased_at is not None:
        return HttpResponse(status=410, headers={"Cache-Control": "no-store"})
    return _file(key, size, _FOR_EVERYBODY if is_public else _FOR_ONE)


def _file(key: str, size: PhotoSize, caching: str) -> FileResponse:
    try:
        file = PhotoStore(settings.PHOTO_ROOT).path(key, size).open("rb")
    except (FileNotFoundError, PhotoKeyInvalid):
        raise Http404 from None
    headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    return FileResponse(file, content_type="image/jpeg", headers=headers)
