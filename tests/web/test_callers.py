"""Callers by telephone number, calls without a request, and services by a caller's words."""

from __future__ import annotations

import pytest

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.callers import earlier_requests, looks_like_phone, normalised_phone, shown_phone
from evenhand.web.service_requests.information_requests import count_information_request
from evenhand.web.service_requests.models import InformationRequest, KnowledgeArticle, Service
from evenhand.web.service_requests.service_search import services_like
from tests import cast


@pytest.fixture
def cora(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.CALL_TAKER, "cora")


@pytest.mark.parametrize(
    "said", ["617-555-0123", "(617) 555-0123", "617.555.0123", "6175550123", "+1 617 555 0123", "1-617-555-0123", " 617 555 0123 "]
)
def test_a_number_is_kept_in_one_spelling_however_it_was_said(said: str) -> None:
    assert normalised_phone(said) == "+16175550123"
    assert looks_like_phone(said)


def test_an_extension_and_a_foreign_number_are_kept() -> None:
    assert normalised_phone("617-555-0123 x7") == "+16175550123 x7"
    assert normalised_phone("+52 55 1234 5678") == "+525512345678"
    assert shown_phone("+16175550123") == "(617) 555-0123"
    assert shown_phone("+525512345678") == "+52 55 1234 5678"


@pytest.mark.parametrize("said", ["", "555-0123", "12", "call me", "9" * 1000, "<b>617</b>", "617 555 01234567890"])
def test_what_is_no_complete_number_is_none(said: str) -> None:
    assert normalised_phone(said) == ""
    assert not looks_like_phone(said)


@pytest.mark.parametrize("said", ["12 Wharf Street", "elm & maple", "104-288-371", "10428837", "42.36, -71.05"])
def test_places_and_numbers_of_requests_are_no_telephone_numbers(said: str) -> None:
    assert not looks_like_phone(said)


@pytest.mark.parametrize("typed", ["617-555-0123", "(617) 555-0123", "+16175550123", "1 617 555 0123", "617.555.0123"])
def test_what_a_caller_reported_on_the_web_is_found_however_they_typed_their_number(pothole: Service, cora: Account, typed: str) -> None:
    made = cast.make_request(pothole, contact=actions.Contact(phone=typed), answers={"size": "large"})
    assert [one.reference for one in earlier_requests(cora, pothole.jurisdiction, "617 555 0123")] == [made.reference]


def test_a_number_that_was_erased_or_is_somebody_elses_leads_nowhere(pothole: Service, cora: Account) -> None:
    city = pothole.jurisdiction
    cast.make_request(pothole, contact=actions.Contact(phone="+16175550199"), answers={"size": "large"})
    gone = cast.make_request(pothole, contact=actions.Contact(phone="+16175550123"), answers={"size": "large"})
    actions.erase_reporter(gone, at=cast.NOON)
    assert earlier_requests(cora, city, "617 555 0123") == []
    assert earlier_requests(cora, city, "") == []


def test_the_calls_of_another_city_are_not_shown(pothole: Service) -> None:
    other = cast.make_city("elsewhere", "Elsewhere", shift=1.0)
    stranger = cast.make_staff(other, Role.CALL_TAKER, "stranger")
    cast.make_request(pothole, contact=actions.Contact(phone="+16175550123"), answers={"size": "large"})
    assert earlier_requests(stranger, pothole.jurisdiction, "617 555 0123") == []


def test_an_answered_call_is_counted_once_with_the_service_of_its_article(pothole: Service, cora: Account) -> None:
    city = pothole.jurisdiction
    article = KnowledgeArticle.objects.create(jurisdiction=city, service=pothole, code="size", title="How large?", text="A plate.")
    for _ in range(2):
        count_information_request(city, entered_by=cora, submission_key="k1", at=cast.NOON, article=article)
    counted = InformationRequest.objects.get()
    assert (counted.service, counted.article, counted.channel, counted.topic) == (pothole, article, "phone", "")


def test_services_are_found_by_name_search_word_other_language_and_beginning(pothole: Service, streetlight: Service) -> None:
    services = [streetlight, pothole]
    for said in ("pothole", "asph", "bache", "a hole in the road", "un hoyo en la calle"):
        assert services_like(services, said)[0].service == pothole, said
    assert services_like(services, "street light out")[0].has_every_word
    assert services_like(services, "elephant") == []
    assert services_like(services, "") == []


def test_more_words_found_come_before_a_better_place_of_one(pothole: Service, streetlight: Service) -> None:
    assert [fit.service for fit in services_like([pothole, streetlight], "light out by the pothole in the street")] == [streetlight, pothole]


def test_the_words_of_a_stop_question_lead_to_it(pothole: Service, fallen_wire: Service) -> None:
    assert services_like([pothole, fallen_wire], "something is sparking")[0].service == fallen_wire


def test_the_words_of_an_article_are_synonyms_of_its_service(pothole: Service, streetlight: Service) -> None:
    article = KnowledgeArticle.objects.create(
        jurisdiction=pothole.jurisdiction, service=pothole, code="crater", title="Craters", text="", keywords="crater, bump"
    )
    assert [fit.service for fit in services_like([streetlight, pothole], "crater", [article])] == [pothole]
