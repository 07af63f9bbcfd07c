"""What it is: two levels, a search that needs no script, stop questions that lead to the telephone."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import offered_services
from evenhand.web.service_requests.models import ReportDraft, Service, StopQuestion
from tests import cast
from tests.journeys.report_pages import Report, leads_to


def test_services_stand_in_their_groups(client: Client, pothole: Service, fallen_wire: Service) -> None:
    page = client.get("/report/").content.decode()
    assert page.count("<details") == 2
    for words in ("Streets", "Utilities", "Pothole", "A hole in the road", "Fallen wire"):
        assert words in page


def test_what_is_not_offered_any_more_is_not_shown_nor_taken(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    cast.make_service(harbor, "old", "Horse troughs", is_offered=False)
    assert "Horse troughs" not in client.get("/report/").content.decode()
    page = client.post("/report/", {"service": "old"})
    assert page.status_code == 200
    assert "Please choose what it is." in page.content.decode()
    assert not ReportDraft.objects.exists()


@pytest.mark.parametrize("typed", ["HOLE", "asphalt", "pothole road", "hóle", "str po"])
def test_search_looks_in_name_description_keywords_and_group(client: Client, pothole: Service, fallen_wire: Service, typed: str) -> None:
    page = client.get("/report/", {"q": typed}).content.decode()
    assert "Pothole" in page
    assert "Fallen wire" not in page


def test_search_finds_the_words_of_the_readers_language(pothole: Service) -> None:
    assert offered_services.services_matching([pothole], "bache", "es") == [pothole]
    assert offered_services.services_matching([pothole], "pothole", "es") == [pothole]
    assert offered_services.services_matching([pothole], "bache", "en") == []


def test_a_search_without_result_says_so_and_shows_the_way_back(client: Client, pothole: Service) -> None:
    page = client.get("/report/", {"q": "<b>unicorn</b>"}).content.decode()
    assert "Nothing fits “&lt;b&gt;unicorn&lt;/b&gt;”" in page
    assert "Show everything" in page


def test_a_deep_link_offers_its_service_with_the_notice(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    cast.make_service(harbor, "bulky", "Bulky items", notice="Put them out in the evening only.")
    page = client.get("/report/", {"service": "bulky"}).content.decode()
    assert "Put them out in the evening only." in page
    assert "Report this" in page
    assert "not any more" in client.get("/report/", {"service": "gone"}).content.decode()


def test_the_notice_is_shown_on_the_next_page_too(client: Client, harbor: Jurisdiction) -> None:
    cast.make_service(harbor, "bulky", "Bulky items", notice="Put them out in the evening only.")
    report = Report(client)
    report.begin("bulky")
    assert "Put them out in the evening only." in report.page("place")


def test_services_and_their_questions_are_in_the_readers_language(client: Client, pothole: Service, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    report = Report(client)
    assert "Un hoyo en la calle" in client.get("/report/", headers={"accept-language": "es-MX,es;q=0.9"}).content.decode()
    report.begin("pothole")
    report.send("place", address="42.36010, -71.05010")
    page = client.get(report.url("details"), headers={"accept-language": "es"}).content.decode()
    assert "¿Qué tamaño tiene?" in page
    assert "Mayor que un plato" in page
    assert 'value="large"' in page


def test_no_city_yet_is_said(client: Client, db: None) -> None:
    assert "There is no city here yet" in client.get("/report/").content.decode()


@pytest.fixture
def wire(client: Client, fallen_wire: Service) -> Report:
    report = Report(client)
    assert report.begin("fallen-wire") == "safety"
    return report


def test_the_stop_answer_leads_to_the_telephone_and_no_further(wire: Report) -> None:
    assert leads_to(wire.send("safety", sparking="yes")) == "safety"
    page = wire.page("safety")
    assert 'href="tel:911"' in page
    assert "Stay ten metres away and call now." in page
    assert '<input type="radio"' not in page
    for step in ("place", "details", "check"):
        assert leads_to(wire.open(step)) == "safety"
        assert leads_to(wire.send(step, address="42.3601, -71.0501")) == "safety"


def test_a_questions_own_number_is_called_first(wire: Report) -> None:
    StopQuestion.objects.update(call="555-0123")
    wire.send("safety", sparking="yes")
    assert 'href="tel:555-0123"' in wire.page("safety")


def test_an_answer_by_mistake_can_be_given_again(wire: Report) -> None:
    wire.send("safety", sparking="yes")
    page = wire.client.get(wire.url("safety"), {"again": "1"}).content.decode()
    assert 'type="radio"' in page
    assert leads_to(wire.send("safety", sparking="no")) == "place"


@pytest.mark.parametrize("answer", ["", "maybe", "YES"])
def test_every_question_must_be_answered_with_yes_or_no(wire: Report, answer: str) -> None:
    page = wire.send("safety", sparking=answer).content.decode()
    assert "Please answer with yes or no." in page
    assert "Please check what you entered" in page


def test_a_question_may_stop_at_no(wire: Report) -> None:
    StopQuestion.objects.update(stop_answer="no")
    wire.send("safety", sparking="no")
    assert 'href="tel:911"' in wire.page("safety")


def test_choosing_the_service_again_does_not_forget_its_answers(wire: Report) -> None:
    wire.send("safety", sparking="no")
    assert leads_to(wire.client.post("/report/", {"service": "fallen-wire", "draft": wire.token})) == "place"


@pytest.mark.parametrize("code", ["", "\0", "x" * 5000, "'; DROP TABLE", "<script>"])
def test_a_made_up_service_is_asked_again(client: Client, pothole: Service, code: str) -> None:
    assert client.post("/report/", {"service": code}).status_code == 200
    assert client.get("/report/", {"service": code, "draft": code, "q": code, "lat": code, "long": code}).status_code == 200
    for step in ("place", "check"):
        assert client.get(f"/report/{quote(code or 'x', safe='')}/{step}/").status_code in {302, 404}
