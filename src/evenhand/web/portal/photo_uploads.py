"""Photos as they come from a form: each is made clean and stored, or refused with words for its sender. A bad photo never stops the form.

Decoding a photo costs a thousand times what taking its bytes does, so the sender's pace is looked at before each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from evenhand.web.core import clock
from evenhand.web.service_requests import drafts
from evenhand.web.service_requests.contribution_pace import MOST_PHOTOS_PER_DEVICE, TooManyContributions, take_turn
from evenhand.web.service_requests.intake_pace import Sender
from evenhand.web.service_requests.models import ReportDraft
from evenhand.web.service_requests.photo_files import PhotoLimits, PhotoRefused, clean_photo
from evenhand.web.service_requests.photo_store import PhotoStore


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A clean photo in the store, and where it says it was taken (degrees)."""

    key: str
    width: int
    height: int
    taken_at: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Uploads:
    """What came of a form's files; `refused` are sentences for the sender."""

    stored: tuple[StoredPhoto, ...]
    refused: tuple[str, ...]


class PhotosInput(forms.ClearableFileInput):
    """Several files at once, straight from the camera on phones."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """A list of files; what they are is decided when they are stored."""

    widget = PhotosInput

    def __init__(self, *, several: bool = True, **kwargs: Any) -> None:
        attributes = {"accept": "image/*", **({"multiple": True} if several else {})}
        super().__init__(required=False, widget=PhotosInput(attrs=attributes), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:  # noqa: ARG002 - Django's signature
        return [file for file in (data if isinstance(data, list | tuple) else [data]) if file]


def store_photos(files: Sequence[UploadedFile[Any]], *, most: int, sender: Sender | None) -> Uploads:
    """Make at most `most` files clean and store them, as far as the pace of `sender` allows (None: staff, who have none); say of others why not."""
    stored: list[StoredPhoto] = []
    refused: list[str] = []
    for file in files:
        if len(stored) >= most:
            refused.append(_("“%(name)s” was left out: there are five photos already.") % {"name": file.name})
            continue
        try:
            if sender is not None:
                take_turn(sender, purpose="photo", real_at=clock.real_now(), most_per_device=MOST_PHOTOS_PER_DEVICE)
            stored.append(_stored(file))
        except TooManyContributions:
            refused.append(_("“%(name)s” was left out: too many photos came within an hour. Please add it a little later.") % {"name": file.name})
        except PhotoRefused as error:
            refused.append(_refusal(error.code) % {"name": file.name})
    return Uploads(tuple(stored), tuple(refused))


def keep_photos(draft: ReportDraft, photos: Sequence[StoredPhoto], *, at: datetime) -> None:
    """Keep stored photos with a draft. Where the draft is gone, the files go too, and DraftGone is raised."""
    for number, photo in enumerate(photos):
        try:
            drafts.add_photo(draft, key=photo.key, width=photo.width, height=photo.height, at=at)
        except drafts.DraftGone:
            erase_photo_files([late.key for late in photos[number:]])
            raise


def erase_photo_files(keys: Sequence[str]) -> None:
    """Delete the files of photos whose rows are gone."""
    store = PhotoStore(settings.PHOTO_ROOT)
    for key in keys:
        store.erase(key)


def _stored(file: UploadedFile[Any]) -> StoredPhoto:
    limit = PhotoLimits().most_bytes
    file.seek(0)  # a form that is taken once more for a new draft brings files that were read already
    clean = clean_photo(file.read(limit + 1))
    key = PhotoStore(settings.PHOTO_ROOT).write(clean.jpeg, clean.thumbnail)
    taken = None if clean.taken_lat is None or clean.taken_long is None else (clean.taken_lat, clean.taken_long)
    return StoredPhoto(key, clean.width, clean.height, taken)


def _refusal(code: str) -> str:
    return {
        "photo_too_large": _("“%(name)s” was left out: it is larger than 20 MB."),
        "photo_too_many_pixels": _("“%(name)s” was left out: it has too many pixels. Take it again at a lower resolution."),
        "photo_type_not_accepted": _("“%(name)s” was left out: we can read JPEG, PNG, WebP and GIF photos. Save it as JPEG and send it again."),
        "photo_damaged": _("“%(name)s” was left out: the file is damaged or did not arrive whole. Please try again."),
    }.get(code, _("“%(name)s” was left out: it is not a photo."))
