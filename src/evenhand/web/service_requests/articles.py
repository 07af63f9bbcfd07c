"""What call takers read, found by service and by what they type: "is this ours?", and if not, whose.

A city has some hundred articles at most, so that a search reads them all and looks in Python: accents and case fold as in the search for services,
and a word is found in any order and by its beginning. What stands in a title or among the search words comes before what only the text mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import KnowledgeArticle, Service
from evenhand.web.service_requests.offered_services import folded

MOST_WORDS = 8
_NOT_A_WORD = 0
_IN_TEXT, _IN_KEYWORDS, _IN_TITLE = 1, 3, 4


def articles_of(city: Jurisdiction, *, with_retired: bool = False) -> QuerySet[KnowledgeArticle]:
    """The articles of a city by title, with their service; those in use, or all."""
    articles = KnowledgeArticle.objects.filter(jurisdiction=city).select_related("service").order_by("title", "pk")
    return articles if with_retired else articles.filter(is_retired=False)


def articles_for(city: Jurisdiction, service: Service | None, language: str, *, at_most: int = 12) -> list[KnowledgeArticle]:
    """What is to be known of a service: its own articles first, then those of no service. Without a service only the latter."""
    wanted = Q(service=None) if service is None else Q(service=None) | Q(service=service)
    found = sorted(articles_of(city).filter(wanted), key=lambda one: (one.service_id is None, folded(one.text_in(language, "title")), one.pk))
    return found[:at_most]


def articles_matching(city: Jurisdiction, typed: str, language: str, *, at_most: int = 12) -> list[KnowledgeArticle]:
    """Articles that hold every typed word, or a word that begins with it, in any language. Nothing typed: none. `language` is the one shown."""
    return matching(articles_of(city), typed, language)[:at_most]


def matching(articles: Iterable[KnowledgeArticle], typed: str, language: str) -> list[KnowledgeArticle]:
    """Those of `articles` that hold every typed word, the best first. A caller may say a word in a language that the call taker does not read."""
    words = _words(typed)[:MOST_WORDS]
    if not words:
        return []
    ranked = [(_weight(article, words), article) for article in articles]
    found = [(weight, article) for weight, article in ranked if weight]
    return [article for _, article in sorted(found, key=lambda pair: (-pair[0], folded(pair[1].text_in(language, "title")), pair[1].pk))]


def _weight(article: KnowledgeArticle, words: Sequence[str]) -> int:
    """How well an article fits: the sum over the words of the best place where each stands; 0 where one stands nowhere."""
    places = _places(article)
    weights = [max((weight for weight, text in places if any(one.startswith(word) for one in text)), default=_NOT_A_WORD) for word in words]
    return sum(weights) if all(weights) else 0


def _places(article: KnowledgeArticle) -> list[tuple[int, set[str]]]:
    """The words of an article by where they stand, in all its languages."""
    service = article.service
    named = [service.name, *(words.get("name", "") for words in service.translations.values())] if service else []

    def words_in(*fields: str) -> set[str]:
        told = [str(words.get(field, "")) for words in article.translations.values() for field in fields]
        return set(_words(" ".join([*(str(getattr(article, field)) for field in fields), *told])))

    return [
        (_IN_TITLE, words_in("title")),
        (_IN_KEYWORDS, words_in("keywords") | set(_words(" ".join(named)))),
        (_IN_TEXT, words_in("text", "whose")),
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", folded(text))
