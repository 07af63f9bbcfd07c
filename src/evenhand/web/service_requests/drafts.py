"""Reports being written, kept on the server so that an error, the back button or a night costs nobody a word.

Whoever has the token of a draft may go on with it: it stands in the address of every step. A draft is made by the first form that is sent, never by
looking at a page, and goes when the report is sent or a week after it was last touched. What stands in `fields` is as typed and is checked anew
before it is sent. Two tabs may write one draft: each change is laid over what the row holds by then, and one that comes after the draft went raises
DraftGone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.core.plain_rows import Along, row_where, rows_where
from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Photo, ReportDraft, Service

KEPT_FOR = timedelta(days=7)
MOST_PHOTOS = 5
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL's text and JSON take neither NUL nor half a surrogate pair
LONGEST_KEPT = 20_000  # characters of one field: four times the longest that is accepted; the page itself gives back all of it


class DraftGone(EvenhandError):
    """The draft was sent or put away while a form of it was on its way."""


_ALONG = (Along("service"), Along("jurisdiction", without=("boundary",)))


def new_draft(city: Jurisdiction, *, service: Service | None, fields: Mapping[str, Any], at: datetime) -> ReportDraft:
    """Begin a report."""
    return ReportDraft.objects.create(
        token=secrets.token_urlsafe(24), jurisdiction=city, service=service, fields=_bounded(dict(fields)), started_at=at, touched_at=at
    )


def draft_with(token: str) -> ReportDraft | None:
    """The draft of a token; None where it was sent, put away, or never was."""
    return row_where(ReportDraft, "requests_draft.token = %s", (token,), along=_ALONG) if is_token(token) else None


def put_away(token: str) -> None:
    """Delete a draft that was sent. A photo that came too late for the report belongs to nothing, and goes with the old drafts.

    In this order: who keeps a photo holds the draft meanwhile, so one that came before is seen by the second statement, and none comes in between.
    (What points at the draft is checked at the end of the transaction.)
    """
    with prepared_cursor() as cursor:
        cursor.execute("DELETE FROM requests_draft WHERE token = %s", [token])
        cursor.execute("UPDATE requests_photo SET draft_id = NULL WHERE draft_id = %s", [token])


def is_token(text: str) -> bool:
    """Whether this could be a draft's token; what stands in an address may be anything."""
    return _TOKEN.fullmatch(text) is not None


@transaction.atomic
def keep(draft: ReportDraft, *, at: datetime, service: Service | None = None, **fields: Any) -> None:
    """Set some fields of a draft, and its service where one is given; fields that are None go. What another tab kept meanwhile comes along.

    Raises DraftGone.
    """
    now = _locked(draft)
    kept = now.fields | _bounded(fields)
    draft.fields = {name: value for name, value in kept.items() if value is not None}
    if service is not None:
        draft.service = service
    elif draft.service_id != now.service_id:
        draft.service = now.service
    draft.touched_at = at
    draft.save(update_fields=["fields", "service", "touched_at"])


def photos_of(draft: ReportDraft) -> Sequence[Photo]:
    """Photos received so far, in the order of their coming."""
    return rows_where(Photo, "draft_id = %s AND request_id IS NULL AND erased_at IS NULL ORDER BY id", (draft.token,))


@transaction.atomic
def add_photo(draft: ReportDraft, *, key: str, width: int, height: int, at: datetime) -> Photo:
    """Keep a clean photo with a draft. Raises DraftGone; its file is then the caller's to erase."""
    _locked(draft)
    return Photo.objects.create(draft=draft, key=key, width=width, height=height, added_at=at)


def take_photos_away(draft: ReportDraft, keys: Sequence[str]) -> list[str]:
    """Forget some of a draft's photos; returns the keys whose files the caller is to erase."""
    photos = Photo.objects.filter(draft=draft, request=None, key__in=keys)
    gone = list(photos.values_list("key", flat=True))
    photos.delete()
    return gone


def put_away_old(*, before: datetime) -> list[str]:
    """Delete drafts not touched since `before`, with photos that belong to no report; returns the keys whose files the caller is to erase."""
    ReportDraft.objects.filter(touched_at__lt=before).delete()
    orphans = Photo.objects.filter(draft=None, request=None, erased_at=None, added_at__lt=before)
    keys = list(orphans.values_list("key", flat=True))
    orphans.filter(key__in=keys).delete()
    return keys


def _locked(draft: ReportDraft) -> ReportDraft:
    """The row as it stands, held until the transaction ends."""
    found = ReportDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if found is None:
        raise DraftGone("draft_gone", "Expected a report that is being written, but it was sent or put away meanwhile. Look for it, or begin again.")
    return found


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value[:LONGEST_KEPT])
    if isinstance(value, dict):
        return {name: _bounded(item) for name, item in value.items()}
    return [_bounded(item) for item in value] if isinstance(value, list) else value
