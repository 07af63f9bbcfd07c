"""The one door to a request. Whatever may not be seen does not exist: missing, held and private look alike to somebody without the private link,
and to a member of staff so does the request of another city or of somebody else's confined team."""

from __future__ import annotations

from typing import Final

from evenhand.web.accounts.models import NAME_FIELDS, Account
from evenhand.web.core.plain_rows import Along, row_where
from evenhand.web.service_requests.erasable_words import words_of_reporter
from evenhand.web.service_requests.errors import RequestNotFound
from evenhand.web.service_requests.models import EventContent, Reporter, ServiceRequest
from evenhand.web.service_requests.private_links import holds_private_link
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.sight import sight_of

_ON_STAFF_PAGES: Final = (
    Along("jurisdiction", without=("boundary",)),
    Along("service"),
    Along("service__group"),
    Along("area", without=("shape", "properties")),
    Along("duplicate_of"),
    Along("team"),
    Along("assignee", only=NAME_FIELDS),
)


def request_for(reference: str, token: str | None = None) -> ServiceRequest:
    """The request for a reader: anybody (`token` None) sees public ones, the holder of a private link sees their own. One query.

    Raises RequestNotFound.
    """
    found = _with_all_that_pages_need().filter(reference=reference.replace("\0", "")).first()  # PostgreSQL refuses to look for a NUL
    if found is None or not (found.is_public if token is None else holds_private_link(found, token)):
        raise RequestNotFound("request_not_found", f"There is no request {reference!r} that this reader may see.")
    return found


def request_for_staff(reference: str, person: Account) -> ServiceRequest:
    """The request for a member of staff, in any city that they work for and see it in, by the rule of `sight`. Two queries at most.

    Raises RequestNotFound, for a missing one and a forbidden one alike.
    """
    found = row_where(ServiceRequest, "requests_request.reference = %s", (reference.replace("\0", ""),), along=_ON_STAFF_PAGES)
    sight = None if found is None else sight_of(person, found.jurisdiction_id)
    if found is None or sight is None or not sight.covers(found):
        raise RequestNotFound("request_not_found", f"There is no request {reference!r} that this reader may see.")
    return found


def public_duplicates_of(request: ServiceRequest, *, at_most: int = 20) -> list[ServiceRequest]:
    """Public reports of the same thing that point at this one, oldest first."""
    return list(ServiceRequest.objects.public().filter(duplicate_of=request).select_related("service").order_by("requested_at", "pk")[:at_most])


def reporter_of(request: ServiceRequest) -> Reporter | None:
    """Who reported it; None for an imported request."""
    return row_where(Reporter, "request_id = %s", (request.pk,))


def has_something_to_erase(request: ServiceRequest) -> bool:
    """Whether anything that the reporter gave is still there."""
    own = request.events.filter(words_of_reporter()).values("pk")
    words = EventContent.objects.filter(event__in=own, erased_at=None)
    return Reporter.objects.filter(request=request, erased_at=None).exists() or words.exists()


def _with_all_that_pages_need() -> ServiceRequestQuerySet:
    return ServiceRequest.objects.select_related("jurisdiction", "service__group", "area", "duplicate_of").defer(
        "jurisdiction__boundary", "area__shape", "area__properties"
    )
