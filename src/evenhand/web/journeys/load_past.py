"""A past made of finished stories, told through the platform's own actions: each request is received, acknowledged, supported and closed as it was.

For sample cities, and for a back office that can tell more than a published export does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from django.db import transaction

from evenhand.web.insights.expected_dates import refresh_expected_dates
from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.shapes import shapes_of
from evenhand.web.service_requests import actions, changing
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.routing import apply, route
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence

_CHUNK = 100


class PastRequest(Protocol):
    """One finished or still open story. Times are aware; `evidence` names a crew's record behind a "fixed"."""

    @property
    def source_id(self) -> str: ...
    @property
    def service_code(self) -> str: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def acknowledged_at(self) -> datetime | None: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def channel(self) -> str: ...
    @property
    def made_by(self) -> str: ...
    @property
    def lat(self) -> float: ...
    @property
    def long(self) -> float: ...
    @property
    def address(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def closing_reason(self) -> str | None: ...
    @property
    def closing_words(self) -> str | None: ...
    @property
    def me_too(self) -> int: ...
    @property
    def duplicate_of(self) -> str | None: ...
    @property
    def evidence(self) -> str | None: ...


def load_past(
    city: Jurisdiction, past: Sequence[PastRequest], *, source: str, at: datetime, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Tell every story that is not told yet (by `source` and its id); returns how many were told."""
    services = {service.code: service for service in Service.objects.filter(jurisdiction=city)}
    told = dict(ServiceRequest.objects.filter(source=source).values_list("source_id", "pk"))
    fresh = [story for story in past if story.source_id not in told]
    for start in range(0, len(fresh), _CHUNK):
        with transaction.atomic():
            for story in fresh[start : start + _CHUNK]:
                told[story.source_id] = _tell(city, services[story.service_code], story, told, source)
        progress(start + len(fresh[start : start + _CHUNK]), len(fresh))
    refresh_expected_dates(city, at=at)
    return len(fresh)


def _tell(city: Jurisdiction, service: Service, story: PastRequest, told: dict[str, int], source: str) -> int:
    place = actions.Place(lat=story.lat, long=story.long, address=story.address, area=shapes_of(city).area_at(story.lat, story.long))
    report = actions.NewReport(
        jurisdiction=city,
        service=service,
        place=place,
        description=story.description,
        at=story.requested_at,
        channel=story.channel,
        made_by=story.made_by,
        source=source,
        source_id=story.source_id,
    )
    request = actions.receive(report, recorded_at=story.requested_at)
    _route(request, story)
    for number in range(story.me_too):
        actions.support(request, device=f"{source}-{number}", at=story.requested_at, channel="web")
    if story.acknowledged_at is not None:
        actions.acknowledge(request, actor=Actor.STAFF, at=story.acknowledged_at)
    if story.closed_at is not None:
        _close(request, story, told.get(story.duplicate_of or ""))
    return request.pk


def _route(request: ServiceRequest, story: PastRequest) -> None:
    """As today's rules say: what comes from outside is not routed by itself, but the sample's past has to lie with somebody."""
    routed = route(request.jurisdiction, request.service, request.area, story.requested_at)
    if routed.team is not None:
        now = changing.locked(request)
        apply(now, routed, story.requested_at)
        changing.saved(now, story.requested_at)


def _close(request: ServiceRequest, story: PastRequest, duplicate_of: int | None) -> None:
    assert story.closed_at is not None
    is_stated = story.closing_reason == "fixed" and not story.evidence
    closed = actions.close(
        request,
        actor=Actor.SOURCE if is_stated else Actor.STAFF,
        at=story.closed_at,
        reason=ClosingReason(story.closing_reason or "not_stated"),
        words=story.closing_words or "",
        evidence=Evidence.STATED if is_stated else Evidence.CREW_RECORD if story.evidence else Evidence.NONE,
    )
    if duplicate_of is not None:
        ServiceRequest.objects.filter(pk=closed.pk).update(duplicate_of=duplicate_of)
