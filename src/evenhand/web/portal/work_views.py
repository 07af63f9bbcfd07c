"""Where somebody outside the city sees what is to be done at one request, answers, and says that it is done.

The page shows what the work needs: the place, what the city asks for, and what the public sees of the report anyway. Never who reported it, nor what
staff write to each other; of a private report only place and task.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from evenhand.web.conversations import contractor_links
from evenhand.web.conversations.contractor_links import Standing
from evenhand.web.conversations.models import ContractorLink
from evenhand.web.core import clock
from evenhand.web.journeys.contractor_answers import contractor_answers
from evenhand.web.portal.devices import sender_of
from evenhand.web.portal.linked_forms import WorkForm
from evenhand.web.portal.linked_pages import UNPROCESSABLE, language_of, linked_page, photos_of, too_many
from evenhand.web.portal.map_views import base_map_addresses
from evenhand.web.portal.photo_views import photo_addresses
from evenhand.web.portal.request_page import kept_private
from evenhand.web.portal.request_views import not_found
from evenhand.web.portal.wording import badge_of
from evenhand.web.service_requests import outside_work
from evenhand.web.service_requests.contribution_pace import TooManyContributions
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import FactMissing

_KEPT_WORDS: Final = 200_000


@require_http_methods(["GET", "HEAD", "POST"])
def work(http: HttpRequest, link_id: int, token: str) -> HttpResponse:
    """What is needed, and what the contractor says."""
    link = contractor_links.contractor_link_for(link_id, token)
    if link is None:
        return not_found(http, "")
    with language_of(http, link.language):
        return _taken(http, link) if http.method == "POST" else _page(http, link, WorkForm())


def _taken(http: HttpRequest, link: ContractorLink) -> HttpResponse:
    form = WorkForm(http.POST, http.FILES)
    if not form.is_valid():
        if contractor_links.standing_of(link, at=clock.now()) is not Standing.OPEN:
            form.errors.clear()  # nothing can be put right any more: the page says so, and gives the words back
            return _page(http, link, form, status=409)
        return _page(http, link, form, status=UNPROCESSABLE)
    try:
        standing = contractor_answers(
            link,
            words=form.cleaned_data["words"],
            is_done=form.is_done,
            photos=_photos(http, link, form),
            sender=sender_of(http),
            form_key=form.key_for(link.request.reference),
            at=clock.now(),
            real_at=clock.real_now(),
        )
    except TooManyContributions:
        form.add_error(None, too_many())
        return _page(http, link, form, status=UNPROCESSABLE)
    except FactMissing:  # none of the files was a photo; why each was left out stands above
        return _page(http, link, form, status=UNPROCESSABLE)
    if standing is Standing.OPEN:
        return kept_private(HttpResponseRedirect(f"{http.path}?sent={'done' if form.is_done else 'answer'}", status=303))
    return _page(http, link, form, status=409)


def _photos(http: HttpRequest, link: ContractorLink, form: WorkForm) -> tuple[Any, ...]:
    is_open = contractor_links.standing_of(link, at=clock.now()) is Standing.OPEN
    return photos_of(http, link.request, form) if is_open else ()


def _page(http: HttpRequest, link: ContractorLink, form: WorkForm, *, status: int = 200) -> HttpResponse:
    standing = contractor_links.standing_of(link, at=clock.now())
    context: dict[str, Any] = {"link": link, "standing": str(standing), "form": form, "has_files": bool(http.FILES)}
    if standing is Standing.OPEN:
        context |= _needed(http, link) | {"just_sent": http.GET.get("sent", "")}
    elif form.is_bound:
        context["unsent"] = form.cleaned_data.get("words") or str(form.data.get("words", ""))[:_KEPT_WORDS]
    return linked_page(http, link.request, "portal/request/work.html", context, status=status)


def _needed(http: HttpRequest, link: ContractorLink) -> dict[str, Any]:
    request = link.request
    own = request.events.filter(facts__link=link.pk, kind=outside_work.ANSWERED).select_related("content").order_by("seq")
    return {
        "badge": badge_of(request),
        "report_words": request.description if request.is_public else "",
        "photos": _public_photos(request),
        "said": [{"at": event.at, "words": str(event.content.body.get("words", ""))} for event in own],
        **_map(http, request),
    }


def _public_photos(request: ServiceRequest) -> list[Any]:
    if not request.is_public:
        return []
    return [photo_addresses(photo, request) for photo in request.photos.public()]


def _map(http: HttpRequest, request: ServiceRequest) -> dict[str, Any]:
    if not request.has_place:
        return {}
    addresses = base_map_addresses(http, request.jurisdiction)
    return {name: addresses[name] for name in ("areas_url", "grounds_url", "streets_url")}
