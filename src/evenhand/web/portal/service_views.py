"""Services: what residents can ask for, how long it takes, and what was asked for before."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from evenhand.web.core import clock
from evenhand.web.insights.expected_dates import expected_wait_for
from evenhand.web.insights.public_figures import figures_of
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.city_pages import city_page
from evenhand.web.portal.expected_words import expected_sentence
from evenhand.web.portal.figure_words import as_of_words, figures_in_words, number
from evenhand.web.portal.request_cards import cards_of, with_card_columns
from evenhand.web.service_requests.browsing import Filters, matching_requests
from evenhand.web.service_requests.models import Service

_LATEST = 5


@require_safe
@city_page
def services(request: HttpRequest, city: Jurisdiction) -> HttpResponse:
    """All kinds of requests, in their groups; `?q=` narrows them, also without script."""
    typed = request.GET.get("q", "").strip()[:200]
    figures = figures_of(city)
    language = get_language() or ""
    groups: dict[int, dict[str, Any]] = {}
    public = Service.objects.filter(jurisdiction=city, is_private=False).select_related("group")
    for service in public.order_by("group__order", "group__name", "order", "name"):
        own = figures.of_service(service.pk)
        if (service.is_offered or own.total) and _matches(service, language, typed):
            group = groups.setdefault(service.group_id, {"name": service.group.name_in(language), "services": [], "is_open": bool(typed)})
            group["services"].append(_entry(service, language, own.total))
    return render(request, "portal/services/services.html", {"groups": list(groups.values()), "q": typed, "as_of": as_of_words(figures)})


@require_safe
@city_page
def service(request: HttpRequest, city: Jurisdiction, code: str) -> HttpResponse:
    """One kind of request."""
    found = Service.objects.filter(jurisdiction=city, code=code, is_private=False).select_related("group").first()
    if found is None:
        raise Http404
    language = get_language() or ""
    figures = figures_of(city)
    latest = with_card_columns(matching_requests(city, Filters(service_ids=(found.pk,)))).newest_first()[:_LATEST]
    only_this = f"?{urlencode({'service': found.code})}"
    context = {
        "service": found,
        "name": found.name_in(language),
        "group": found.group.name_in(language),
        "description": found.text_in(language, "description"),
        "wait": expected_sentence(expected_wait_for(found), at=clock.now()),
        "figures": figures_in_words(figures.of_service(found.pk), figures),
        "as_of": as_of_words(figures),
        "cards": cards_of(list(latest)),
        "list_url": reverse("portal:requests") + only_this,
        "map_url": reverse("portal:map") + only_this,
        "report_url": f"{reverse('portal:report')}?{urlencode({'service': found.code})}" if found.is_offered else "",
    }
    return render(request, "portal/services/service.html", context)


def _entry(service: Service, language: str, total: int) -> dict[str, str]:
    return {
        "code": service.code,
        "name": service.name_in(language),
        "description": service.text_in(language, "description"),
        "keywords": service.text_in(language, "keywords"),
        "url": reverse("portal:service", args=[service.code]),
        "total": number(total),
    }


def _matches(service: Service, language: str, typed: str) -> bool:
    said = " ".join(
        [service.name_in(language), service.name, service.keywords, service.text_in(language, "keywords"), service.text_in(language, "description")]
    ).casefold()
    return all(word in said for word in typed.casefold().split())
