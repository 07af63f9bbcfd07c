"""What the pages of a call show, in words: suggestions, requests beside the form, and what to tell the caller at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from evenhand.web.console.call_page import Call
from evenhand.web.console.call_script import lines, number_in_words
from evenhand.web.core import clock
from evenhand.web.insights.expected_dates import expected_wait_for
from evenhand.web.places.geocoding import FoundPlace
from evenhand.web.portal.expected_words import expected_sentence, expected_words
from evenhand.web.portal.wording import badge_of, number_of, state_sentence
from evenhand.web.service_requests.callers import looks_like_phone, shown_phone
from evenhand.web.service_requests.models import KnowledgeArticle, Reporter, ServiceRequest
from evenhand.web.service_requests.service_search import Fit
from evenhand.web.service_requests.similar import Similar

_SUMMARY = 140
Item = dict[str, Any]


def call_context(call: Call, *, submission_key: str, counted: str) -> dict[str, Any]:
    """Everything that the page of a call reads."""
    at, place = clock.now(), call.place
    wait = expected_sentence(expected_wait_for(call.service), at=at) if call.service is not None else ""
    return {
        "call": call,
        "form": call.form,
        "mode": call.mode,
        "say": lines(call),
        "submission_key": submission_key,
        "counted": counted,
        "place": place,
        "place_area": place.found.area.name if place.found and place.found.area else "",
        "wait": wait,
        "cards": [similar_card(one) for one in call.similar],
        "earlier": [request_card(one) for one in call.earlier],
        "caller_phone": shown_phone(call.phone),
        "same": call.same and request_card(call.same) | {"sentence": state_sentence(call.same), "expected": expected_words(call.same, at=at)},
        "stopping": [{"text": stop.text_in(call.language, "message"), "number": stop.call or call.city.emergency_number} for stop in call.stopping],
        "article": call.article and article_words(call.article, _language()),
        "articles": [article_words(one, _language()) for one in call.articles],
        "candidates": what_items(call.candidates, call.matching_articles, _language()),
        "service_text": call.service.text_in(_language(), "description") if call.service else "",
        "service_notice": call.service.text_in(call.language, "notice") if call.service else "",
    }


def done_context(request: ServiceRequest, *, was: str, has_mail: bool, at: datetime) -> dict[str, Any]:
    """What the page after a call reads. What is to be told is in the caller's language where they reported it in this call."""
    reporter: Reporter | None = getattr(request, "reporter", None)
    is_own = was in {"new", "again"} and reporter is not None
    language = reporter.language if is_own and reporter is not None else _language()
    with translation.override(language):
        expected = expected_words(request, at=at)
        told = _told(request, reporter if is_own else None, has_mail=has_mail)
    return {
        "number": number_of(request),
        "spoken_number": number_in_words(request.reference, language),
        "told_language": language,
        "was": was,
        "expected": expected,
        "told": told,
        "title": request.service.name_in(_language()),
        "place": request.address,
        "goes_to": _goes_to(request),
        "reference": request.reference,
        "state": badge_of(request),
    }


def place_items(said: str, asked: ServiceRequest | None, places: Sequence[FoundPlace]) -> list[Item]:
    """Suggestions for the first box. `set` is what choosing one writes into the form."""
    if asked is not None:
        label = _("Request %(number)s: %(service)s") % {"number": number_of(asked), "service": asked.service.name_in(_language())}
        return [{"label": label, "note": asked.address, "value": said, "set": {}}]
    if looks_like_phone(said):
        return [{"label": _("Caller’s number %(phone)s") % {"phone": shown_phone(said)}, "note": _("earlier requests"), "value": said, "set": {}}]
    return [_place_item(place) for place in places]


def _place_item(place: FoundPlace) -> Item:
    return {"label": place.label, "note": place.area.name if place.area else "", "value": place.label, "set": {"place_key": place.key}}


def what_items(fits: Sequence[Fit], articles: Sequence[KnowledgeArticle], language: str) -> list[Item]:
    """Suggestions for the second box: services first, unless only an article about somebody else's things holds all the words."""
    foreign = [_article_item(one, language) for one in articles if not one.is_ours]
    ours = [_article_item(one, language) for one in articles if one.is_ours]
    kinds = [
        {
            "label": fit.service.name_in(language),
            "note": Truncator(fit.service.text_in(language, "description")).chars(80),
            "value": fit.service.name_in(language),
            "set": {"service": fit.service.code, "article": ""},
        }
        for fit in fits
    ]
    best = 1 if fits and fits[0].has_every_word else 0
    return [*kinds[:best], *foreign, *kinds[best:], *ours]


def _article_item(article: KnowledgeArticle, language: str) -> Item:
    title = article.text_in(language, "title")
    note = _("Answer") if article.is_ours else _("Not ours: %(whose)s") % {"whose": article.text_in(language, "whose")}
    return {"label": title, "note": note, "value": title, "set": {"article": article.code, "service": ""}}


def article_words(article: KnowledgeArticle, language: str) -> dict[str, Any]:
    """An article in a language."""
    words = {field: article.text_in(language, field) for field in ("title", "text", "whose")}
    service = article.service if article.service is not None and article.service.is_offered else None
    return {
        "code": article.code,
        "is_ours": article.is_ours,
        **words,
        "service": service and {"code": service.code, "name": service.name_in(language)},
    }


def request_card(request: ServiceRequest) -> dict[str, Any]:
    """A request as one line or two."""
    badge = badge_of(request)
    return {
        "reference": request.reference,
        "number": number_of(request),
        "title": request.service.name_in(_language()),
        "state": badge.code,
        "label": badge.label,
        "place": request.address or (request.area.name if request.area else ""),
        "when": request.requested_at,
        "closed_at": request.closed_at if not request.is_open else None,
        "summary": Truncator(request.description).chars(_SUMMARY),
        "is_public": request.is_public,
    }


def similar_card(one: Similar) -> dict[str, Any]:
    """The same, with how far it is."""
    feet = max(1, round(one.distance_meters * 3.28084 / 5) * 5)
    return request_card(one.request) | {"meters": max(1, round(one.distance_meters)), "feet": feet}


def _goes_to(request: ServiceRequest) -> str:
    if request.team is None:
        return _("It waits in the queue: no team is set for this kind of request.")
    if request.due_at is None:
        return _("Goes to %(team)s.") % {"team": request.team.name}
    due = localtime(request.due_at)
    return _("Goes to %(team)s, to be done by %(time)s on %(day)s.") % {
        "team": request.team.name,
        "day": date_format(due, pgettext("Django date format", "l, N j")),
        "time": date_format(due, "TIME_FORMAT"),
    }


def _told(request: ServiceRequest, reporter: Reporter | None, *, has_mail: bool) -> list[str]:
    """How the caller will hear, in sentences to be read out."""
    look = _("With the number you can call again at any time.")
    if request.is_public:
        look = _("With the number you can look on the city’s page or call again at any time.")
    if has_mail:
        return [_("We have sent you an e-mail: once you confirm it, you hear what happens."), look]
    if reporter is None:
        return [look]
    how = {
        "email": _("You hear by e-mail at %(address)s.") % {"address": reporter.email},
        "phone": _("The people who do it have your number, %(phone)s, in case they need to call you.") % {"phone": shown_phone(reporter.phone)},
        "text": _("No text messages go out by themselves: somebody at the city writes to you at %(phone)s.") % {"phone": shown_phone(reporter.phone)},
    }.get(reporter.response_method, "")
    return [sentence for sentence in (how, look) if sentence]


def _language() -> str:
    return get_language() or "en"
