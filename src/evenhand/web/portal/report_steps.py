"""The steps of a report, in their order, and which of them a draft has answered.

A step counts as answered for the service that is chosen now: after a change of service the questions of the new one are asked, and the place and the
contact stay. The way forward is always the first step without an answer, so a link into the middle of a report leads where something is missing.
"""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse

from evenhand.web.places import shapes
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.actions import Contact, Place
from evenhand.web.service_requests.models import ReportDraft

WHAT, SAFETY, PLACE, SIMILAR, DETAILS, CONTACT, CHECK = "what", "safety", "place", "similar", "details", "contact", "check"
STEPS: Final = (WHAT, SAFETY, PLACE, SIMILAR, DETAILS, CONTACT, CHECK)
_SHOWN: Final = (WHAT, PLACE, DETAILS, CONTACT, CHECK)
_SHOWN_AS: Final = {SAFETY: WHAT, SIMILAR: PLACE}
"""Not every report has the two steps between, so they count as part of the one before: numbers that jump would make people wonder."""


def first_open_step(draft: ReportDraft) -> str:
    """The first step that has no answer yet; the last one where all have."""
    return next((step for step in STEPS[:-1] if not _is_answered(draft, step)), CHECK)


def may_visit(draft: ReportDraft, step: str) -> bool:
    """Whether all steps before this one are answered."""
    return STEPS.index(step) <= STEPS.index(first_open_step(draft))


def is_retired(draft: ReportDraft) -> bool:
    """Whether what was chosen is no longer offered: something else has to be chosen before anything goes on."""
    return draft.service is not None and not draft.service.is_offered


def url_of(draft: ReportDraft, step: str) -> str:
    """The address of a step of a draft."""
    if step == WHAT:
        return f"{reverse('portal:report')}?draft={draft.token}"
    return reverse(f"portal:report_{step}", args=[draft.token])


def next_url(draft: ReportDraft) -> str:
    """Where to go on."""
    return url_of(draft, first_open_step(draft))


def progress(draft: ReportDraft | None, step: str) -> dict[str, Any]:
    """What the step bar shows: number, count, and the way back."""
    shown = _SHOWN.index(_SHOWN_AS.get(step, step)) + 1
    before = [earlier for earlier in _SHOWN[: _SHOWN.index(_SHOWN_AS.get(step, step)) + (step in _SHOWN_AS)] if draft is not None]
    back = url_of(draft, before[-1]) if draft is not None and before else ""
    return {"step": shown, "steps": len(_SHOWN), "back_url": back}


def place_key(draft: ReportDraft) -> str:
    """Service and place for which likely duplicates were shown."""
    place = draft.fields.get("place") or {}
    return f"{draft.service_id}:{place.get('lat')}:{place.get('long')}"


def place_of(city: Jurisdiction, draft: ReportDraft) -> Place:
    """The place of a draft as a report has it; the area is looked up anew, for areas may have changed since."""
    kept = draft.fields["place"]
    lat, long = kept.get("lat"), kept.get("long")
    area = shapes.area_at(city, lat, long) if lat is not None and long is not None else None
    return Place(
        lat=lat,
        long=long,
        quality=kept["quality"],
        address=kept["label"][:240],
        address_ref=kept.get("address_ref", "")[:64],
        zipcode=kept.get("zipcode", "")[:16],
        area=area,
    )


def contact_of(draft: ReportDraft, language: str) -> Contact:
    """Who reports, as a report has it."""
    return Contact(language=language, **draft.fields["contact"])


def _is_answered(draft: ReportDraft, step: str) -> bool:
    fields, service = draft.fields, draft.service
    if step == WHAT:
        return service is not None and service.is_offered
    if step == SAFETY:
        safety = fields.get("safety") or {}
        return bool(safety.get("for") == draft.service_id and safety.get("passed"))
    if step == SIMILAR:
        return bool(fields.get("similar") == place_key(draft))
    if step == CONTACT:
        return "contact" in fields
    return bool((fields.get(step) or {}).get("for") == draft.service_id)
