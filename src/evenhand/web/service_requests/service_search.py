"""Services by what a caller says, best first: names, search words and descriptions in every language of the city, and the words of its articles.

A word counts where it begins a word of the service ("asph" finds asphalt), most in the name, then among the search words, then in a description or in
the questions that send people to the emergency number: who says "sparking" must find them. People do not speak in names of services, so not every
word must be found: services that hold more of the words come first, and those that hold none do not come. Little words are passed over. This orders
suggestions for somebody who listens; nothing is decided by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenhand.web.service_requests.models import KnowledgeArticle, Service
from evenhand.web.service_requests.offered_services import folded

_NAME, _KEYWORD, _DESCRIPTION = 8, 5, 1
_WHOLE_WORD = 1
_MOST_WORDS = 12
_LITTLE_WORDS: Final = (
    "a an and are at be by for from has have i in is it me my no not of on or our so that the their there they this to was we with you "
    "al con de del el en es esta hay la las lo los mi que se su un una y"
)
_LITTLE: Final = frozenset(_LITTLE_WORDS.split())


@dataclass(frozen=True, slots=True)
class Fit:
    """A service that fits, and whether it holds every telling word."""

    service: Service
    has_every_word: bool


def services_like(services: Sequence[Service], typed: str, articles: Iterable[KnowledgeArticle] = ()) -> list[Fit]:
    """Those of `services` that fit what was typed, best first; the city's order among equals. Have their stop questions prefetched."""
    words = _telling(typed)
    if not words:
        return []
    synonyms = _synonyms(articles)
    scored = [(_score(_places(service, synonyms), words), -position, service) for position, service in enumerate(services)]
    best_first = sorted(scored, key=lambda one: one[:2], reverse=True)
    return [Fit(service, has_every_word=score[0] == len(words)) for score, _position, service in best_first if score > (0, 0)]


def _telling(typed: str) -> list[str]:
    words = _words(typed[:400])
    return ([word for word in words if word not in _LITTLE] or words)[:_MOST_WORDS]


def _score(places: Sequence[tuple[int, frozenset[str]]], words: Sequence[str]) -> tuple[int, int]:
    """How many words are found, and how well: words found come first."""
    best = [max((_weight(weight, text, word) for weight, text in places), default=0) for word in words]
    return (sum(1 for weight in best if weight), sum(best))


def _weight(weight: int, text: frozenset[str], word: str) -> int:
    if word in text:
        return weight + _WHOLE_WORD
    return weight if any(one.startswith(word) for one in text) else 0


def _places(service: Service, synonyms: Mapping[int, str]) -> list[tuple[int, frozenset[str]]]:
    said = [service.translations[language] for language in service.translations if isinstance(service.translations[language], dict)]

    def all_of(field: str, *more: str) -> frozenset[str]:
        return frozenset(_words(" ".join([getattr(service, field), *(str(words.get(field) or "") for words in said), *more])))

    return [
        (_NAME, all_of("name")),
        (_KEYWORD, all_of("keywords", synonyms.get(service.pk, ""))),
        (_DESCRIPTION, all_of("description", service.group.name, *_stop_words(service))),
    ]


def _stop_words(service: Service) -> list[str]:
    questions = list(service.stop_questions.all())
    return [question.question for question in questions] + [
        str(words.get("question") or "") for question in questions for words in question.translations.values()
    ]


def _synonyms(articles: Iterable[KnowledgeArticle]) -> dict[int, str]:
    found: dict[int, str] = {}
    for article in articles:
        if article.service_id is not None and article.is_ours:
            found[article.service_id] = f"{found.get(article.service_id, '')} {article.title} {article.keywords}"
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", folded(text))
