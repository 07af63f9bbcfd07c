"""What a call taker types finds the article that answers it."""

from __future__ import annotations

from typing import Any

import pytest

from evenhand.web.accounts.models import AdministrativeChange
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.article_editing import ArticleChangedMeanwhile, article_entry, save_article
from evenhand.web.service_requests.articles import articles_for, articles_matching
from evenhand.web.service_requests.models import KnowledgeArticle, Service
from tests import cast


def article(city: Jurisdiction, code: str, title: str, text: str = "Text.", **columns: Any) -> KnowledgeArticle:
    return KnowledgeArticle.objects.create(jurisdiction=city, code=code, title=title, text=text, **columns)


@pytest.fixture
def trees(harbor: Jurisdiction) -> KnowledgeArticle:
    told = {"es": {"title": "Árbol caído", "text": "Llame al condado.", "whose": "El condado"}}
    return article(harbor, "trees", "Fallen tree", "Call the county.", keywords="branch, limb", is_ours=False, whose="The county", translations=told)


@pytest.mark.parametrize("typed", ["fallen tree", "TREE fal", "árbol", "ARBOL caido", "limb", "county", "condado"])
def test_an_article_is_found_by_any_of_its_words_in_either_language_accents_and_case_aside(
    harbor: Jurisdiction, trees: KnowledgeArticle, typed: str
) -> None:
    assert articles_matching(harbor, typed, "es") == [trees]


@pytest.mark.parametrize("typed", ["", "  ", "tree pothole", "ree", "🌳", '"*;--', "x" * 100_000])
def test_what_does_not_fit_finds_nothing(harbor: Jurisdiction, trees: KnowledgeArticle, typed: str) -> None:
    assert articles_matching(harbor, typed, "en") == []


def test_a_title_counts_more_than_a_word_in_the_text(harbor: Jurisdiction) -> None:
    mentioned = article(harbor, "a", "Aerial lines", "A pole is not ours.")
    titled = article(harbor, "b", "Pole down")
    assert articles_matching(harbor, "pole", "en") == [titled, mentioned]


def test_retired_articles_and_those_of_another_city_are_not_found(harbor: Jurisdiction, trees: KnowledgeArticle) -> None:
    elsewhere = cast.make_city("lakeside", "Lakeside", shift=1.0)
    article(elsewhere, "trees", "Fallen tree")
    KnowledgeArticle.objects.filter(pk=trees.pk).update(is_retired=True)
    assert articles_matching(harbor, "tree", "en") == []
    assert articles_for(harbor, None, "en") == []


def test_a_services_own_articles_come_before_those_of_the_city(harbor: Jurisdiction, pothole: Service, streetlight: Service) -> None:
    general = article(harbor, "a", "Allgemein")
    own = article(harbor, "z", "Zebra crossings", service=pothole)
    article(harbor, "l", "Lamps", service=streetlight)
    assert articles_for(harbor, pothole, "en") == [own, general]
    assert articles_for(harbor, None, "en") == [general]


def entry(**changes: Any) -> dict[str, Any]:
    words = {"code": "", "title": "Bees", "text": "Call a beekeeper.", "keywords": "", "whose": "A beekeeper"}
    return words | {"service": None, "ours": False, "retired": False, "translations": {}} | changes


def test_saving_twice_makes_one_article_and_one_row_of_history(harbor: Jurisdiction) -> None:
    first = save_article(harbor, None, entry(), person=None, at=cast.NOON)
    assert save_article(harbor, None, entry(), person=None, at=cast.NOON) == first
    assert (first.code, AdministrativeChange.objects.count()) == ("bees", 1)
    other = save_article(harbor, None, entry(text="Other words."), person=None, at=cast.NOON)
    assert other.code == "bees-2"


def test_an_article_that_somebody_else_changed_is_not_overwritten(harbor: Jurisdiction, trees: KnowledgeArticle) -> None:
    wanted = article_entry(trees) | {"text": "Mine."}
    with pytest.raises(ArticleChangedMeanwhile):
        save_article(harbor, trees, wanted, seen="old", person=None, at=cast.NOON)
    trees.refresh_from_db()
    assert trees.text == "Call the county."
