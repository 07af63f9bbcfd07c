"""The one door to a request. Whatever may not be seen does not exist: missing, held and private look alike to somebody without the private link,
and to a member of staff so does the request of another city or of somebody else's confined team."""

from __future__ import annotations

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests.erasable_words import words_of_reporter
from evenhand.web.service_requests.errors import RequestNotFound
from evenhand.web.service_requests.models import EventContent, Reporter, ServiceRequest
from evenhand.web.service_requests.private_links import holds_private_link
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet


def request_for(reference: str, token: str | None = None) -> ServiceRequest:
    """The request for a reader: anybody (`token` None) sees public ones, the holder of a private link sees their own. One query.

    Raises RequestNotFound.
    """
    found = _with_all_that_pages_need().filter(reference=reference.replace("\0", "")).first()  # PostgreSQL refuses to look for a NUL
    if found is None or not (found.is_public if token is None else holds_private_link(found, token)):
        raise RequestNotFound("request_not_found", f"There is no request {reference!r} that this reader may see.")
    return found


def request_for_staff(reference: str, person: Account) -> ServiceRequest:
    """The request for a member of staff, in any city that they work for and see it in: `visible_to` says which. Two or three queries.

    Raises RequestNotFound, for a missing one and a forbidden one alike.
    """
    wanted = reference.replace("\0", "")
    found = _with_all_that_pages_need().select_related("team", "assignee").filter(reference=wanted, jurisdiction__staff=person).first()
    if found is None or not ServiceRequest.objects.filter(pk=found.pk).visible_to(person, found.jurisdiction).exists():
        raise RequestNotFound("request_not_found", f"There is no request {reference!r} that this reader may see.")
    return found


def public_duplicates_of(request: ServiceRequest, *, at_most: int = 20) -> list[ServiceRequest]:
    """Public reports of the same thing that point at this one, oldest first."""
    return list(ServiceRequest.objects.public().filter(duplicate_of=request).select_related("service").order_by("requested_at", "pk")[:at_most])


def reporter_of(request: ServiceRequest) -> Reporter | None:
    """Who reported it; None for an imported request."""
    return Reporter.objects.filter(request=request).first()


def has_something_to_erase(request: ServiceRequest) -> bool:
    """Whether anything that the reporter gave is still there."""
    own = request.events.filter(words_of_reporter(request.visibility)).values("pk")
    words = EventContent.objects.filter(event__in=own, erased_at=None)
    return Reporter.objects.filter(request=request, erased_at=None).exists() or words.exists()


def _with_all_that_pages_need() -> ServiceRequestQuerySet:
    return ServiceRequest.objects.select_related("jurisdiction", "service__group", "area", "duplicate_of").defer(
        "jurisdiction__boundary", "area__shape", "area__properties"
    )
