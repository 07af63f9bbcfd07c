"""Reports held for their pace: staff look at them, show them or close them as spam; answers, articles and the configuration's pages stand beside."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from evenhand.web.accounts.models import Account, AdministrativeChange, PersonalDataRead
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations.models import ResponseTemplate
from evenhand.web.core import clock
from evenhand.web.journeys.close_request import close_request
from evenhand.web.journeys.export_configuration import configuration_of
from evenhand.web.journeys.link_duplicate import link_duplicate
from evenhand.web.journeys.release_held_requests import release_held_requests
from evenhand.web.journeys.reopen_request import reopen_request
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import cells
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import KnowledgeArticle, RequestCell, Service, ServiceRequest
from evenhand.web.service_requests.private_links import private_token
from evenhand.web.service_requests.workflow import ClosingReason
from tests import cast

HELD = "/console/set-up/held/"
ANSWERS = "/console/set-up/answers/"
KNOWLEDGE = "/console/set-up/knowledge/"
CONFIGURATION = "/console/set-up/configuration/"


@pytest.fixture
def administrator(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.ADMINISTRATOR)


@pytest.fixture
def desk(client: Client, administrator: Account) -> Client:
    client.force_login(administrator)
    return client


def hold(service: Service, words: str = "Buy cheap watches", **columns: Any) -> ServiceRequest:
    return cast.make_request(service, words=words, held_until=clock.real_now() + timedelta(minutes=40), **columns)


def shown(answer: Any) -> Any:
    return next(context for context in answer.context if "setup_part" in context)


def test_what_is_held_is_listed_with_its_words_and_how_long_and_reading_it_is_noted(desk: Client, pothole: Service, administrator: Account) -> None:
    request = hold(pothole, point=None, address="")
    page = desk.get(HELD).content.decode()
    assert "no place" in page
    assert "Buy cheap watches" in page
    assert "in 39 min" in page
    assert list(PersonalDataRead.objects.values_list("reference", "purpose")) == [(request.reference, "held")]


def test_showing_now_makes_it_public_and_says_who_decided(desk: Client, pothole: Service, administrator: Account) -> None:
    request = hold(pothole, "A real hole")
    answer = desk.post(HELD, {"do": "show", "reference": [request.reference]}, follow=True)
    assert "1 report is shown now." in answer.content.decode()
    request.refresh_from_db()
    event = request.events.get(kind="released")
    assert (request.visibility, request.held_until, event.actor_id, event.visibility) == ("public", None, administrator.pk, "staff")
    assert Client().get(f"/requests/{request.reference}/").status_code == 200
    verify(request)


def test_spam_is_closed_was_never_public_and_its_sender_can_read_so(desk: Client, pothole: Service, administrator: Account) -> None:
    request = hold(pothole, by=cast.LUZ)
    desk.post(HELD, {"do": "spam", "reference": [request.reference]})
    request.refresh_from_db()
    assert (request.status, request.closing_reason, request.visibility) == ("closed", "invalid", "private")
    assert request.events.get(kind="close").actor_id == administrator.pk
    assert Client().get(f"/requests/{request.reference}/").status_code == 404
    assert release_held_requests(at=clock.now(), real_at=clock.real_now() + timedelta(hours=2)) == 0
    page = Client().get(reverse("portal:private", args=[request.reference, private_token(request)]))
    assert page.status_code == 200
    assert request.events.get(kind="close").content.body["words"] in page.content.decode()
    assert AdministrativeChange.objects.get(kind="held").after == {"decision": "spam"}
    verify(request)


def test_spam_that_was_none_becomes_public_when_it_is_opened_again(desk: Client, pothole: Service, administrator: Account) -> None:
    request = hold(pothole)
    desk.post(HELD, {"do": "spam", "reference": [request.reference]})
    reopen_request(ServiceRequest.objects.get(pk=request.pk), person=administrator, words="It was a report after all.", at=clock.now())
    assert Client().get(f"/requests/{request.reference}/").status_code == 200
    kept = sorted(RequestCell.objects.values_list("level", "service_key", "x", "y", "open_count"))
    cells.rebuild(pothole.jurisdiction)
    assert sorted(RequestCell.objects.values_list("level", "service_key", "x", "y", "open_count")) == kept != []


def test_what_was_moved_to_a_private_service_stays_private_when_it_is_opened_again(power_out: Service, administrator: Account) -> None:
    request = cast.make_request(power_out)
    close_request(request, person=administrator, reason=ClosingReason.INVALID, words="There is power.", at=clock.now())
    reopen_request(request, person=administrator, words="There is none.", at=clock.now())
    assert ServiceRequest.objects.get(pk=request.pk).visibility == "private"


def test_a_held_report_closed_by_hand_as_invalid_never_has_a_public_page(pothole: Service, administrator: Account) -> None:
    request = hold(pothole)
    close_request(request, person=administrator, reason=ClosingReason.INVALID, words="Nothing.", at=clock.now())
    assert release_held_requests(at=clock.now(), real_at=clock.real_now() + timedelta(hours=2)) == 0
    assert Client().get(f"/requests/{request.reference}/").status_code == 404


def test_what_goes_on_with_a_report_taken_for_spam_is_told(desk: Client, pothole: Service, administrator: Account) -> None:
    request, child = hold(pothole), cast.make_request(pothole)
    link_duplicate(child, request, person=administrator, at=clock.now())
    desk.post(HELD, {"do": "spam", "reference": [request.reference]})
    assert child.events.get(kind="closed_with_parent").facts["closing_reason"] == "invalid"


def test_several_are_decided_at_once_and_what_came_too_late_is_said(desk: Client, pothole: Service) -> None:
    first, second = hold(pothole), hold(pothole)
    public = cast.make_request(pothole)
    chosen = [first.reference, second.reference, public.reference, "nothing"]
    answer = desk.post(HELD, {"do": "spam", "reference": chosen}, follow=True)
    assert "2 reports were closed as spam." in answer.content.decode()
    assert "2 were no longer held." in answer.content.decode()
    public.refresh_from_db()
    assert public.status == "open"
    again = desk.post(HELD, {"do": "show", "reference": chosen[:2]}, follow=True)  # a stale page, or a second click
    assert "2 were no longer held." in again.content.decode()


def test_nothing_chosen_is_said_and_another_citys_report_is_not_there(desk: Client, pothole: Service) -> None:
    assert "Nothing was chosen" in desk.post(HELD, {"do": "spam"}, follow=True).content.decode()
    elsewhere = hold(cast.make_pothole_service(cast.make_city("lakeside", "Lakeside", shift=1.0)))
    desk.post(HELD, {"do": "spam", "reference": [elsewhere.reference]})
    elsewhere.refresh_from_db()
    assert (elsewhere.visibility, elsewhere.status) == ("held", "open")


# Answers and knowledge.


def test_a_template_is_made_previewed_on_a_real_request_and_retired(desk: Client, pothole: Service) -> None:
    request = cast.make_request(pothole)
    words = {"name": "Thanks", "use": "answer", "service": "pothole", "language": "es", "text": "Gracias, {place}: {service}."}
    page = desk.post(f"{ANSWERS}new/", words | {"do": "preview"}).content.decode()
    assert "Gracias, 12 Wharf Street: Bache." in page
    assert request.reference in page
    assert not ResponseTemplate.objects.exists()
    for _ in range(2):
        desk.post(f"{ANSWERS}new/", words | {"do": "save"})
    row = ResponseTemplate.objects.get()
    assert (row.service, row.language) == (pothole, "es")
    desk.post(f"{ANSWERS}{row.pk}/", {"do": "retire", "seen": shown(desk.get(f"{ANSWERS}{row.pk}/"))["seen"]})
    assert ResponseTemplate.objects.get().is_retired
    assert "Thanks" not in desk.get(ANSWERS).content.decode()
    assert "Thanks" in desk.get(f"{ANSWERS}?retired=1").content.decode()


def test_a_wrong_placeholder_is_refused_with_the_list_of_right_ones(desk: Client, pothole: Service) -> None:
    words = {"name": "Hello", "use": "close:fixed", "language": "en", "text": "Dear {reporter}", "do": "save"}
    page = desk.post(f"{ANSWERS}new/", words).content.decode()
    assert "{reporter} is no placeholder. These are: {reference}" in page
    assert not ResponseTemplate.objects.exists()


def test_two_people_at_one_template_are_told(desk: Client, harbor: Jurisdiction) -> None:
    row = ResponseTemplate.objects.create(jurisdiction=harbor, name="A", use="answer", text="First.")
    sent = {"name": "A", "use": "answer", "language": "en", "seen": shown(desk.get(f"{ANSWERS}{row.pk}/"))["seen"], "do": "save"}
    desk.post(f"{ANSWERS}{row.pk}/", sent | {"text": "Second."})
    page = desk.post(f"{ANSWERS}{row.pk}/", sent | {"text": "Third."}).content.decode()
    assert "Somebody else changed this meanwhile" in page
    assert ResponseTemplate.objects.get().text == "Second."


def test_an_article_says_whose_it_is_where_it_is_not_ours(desk: Client, harbor: Jurisdiction, pothole: Service) -> None:
    words = {"title": "Highway <b>95</b>", "title:es": "Autopista 95", "text": "Ask the state.", "ours": "no", "service": "pothole", "do": "save"}
    assert "say whose it is" in desk.post(f"{KNOWLEDGE}new/", words).content.decode()
    desk.post(f"{KNOWLEDGE}new/", words | {"whose": "The state, 555-0100"})
    row = KnowledgeArticle.objects.get()
    assert (row.is_ours, row.whose, row.text_in("es", "title")) == (False, "The state, 555-0100", "Autopista 95")
    page = desk.get(f"{KNOWLEDGE}{row.pk}/").content.decode()
    assert "Highway &lt;b&gt;95&lt;/b&gt;" in page
    assert "Highway <b>" not in page
    assert shown(desk.get(f"{KNOWLEDGE}?q=AUTOPISTA 9"))["articles"] == [row]


@pytest.mark.parametrize("address", [ANSWERS, KNOWLEDGE])
def test_rows_of_another_city_do_not_exist(desk: Client, address: str) -> None:
    elsewhere = cast.make_city("lakeside", "Lakeside", shift=1.0)
    article = KnowledgeArticle.objects.create(jurisdiction=elsewhere, code="a", title="A", text="T")
    template = ResponseTemplate.objects.create(jurisdiction=elsewhere, name="A", use="answer", text="T")
    for key in (article.pk, template.pk, 10**30):
        assert desk.get(f"{address}{key}/").status_code == 404
        assert desk.post(f"{address}{key}/", {"do": "retire"}).status_code == 404


# The configuration's file.


def sent_file(desk: Client, content: bytes) -> Any:
    return desk.post(CONFIGURATION, {"file": SimpleUploadedFile("c.json", content, "application/json")})


def test_the_file_is_downloaded_looked_at_and_applied(desk: Client, harbor: Jurisdiction, pothole: Service) -> None:
    document = json.loads(desk.get(f"{CONFIGURATION}file/").content)
    assert document == configuration_of(harbor)
    document["services"][0]["service_name"] = "Hole in the road"
    answer = sent_file(desk, json.dumps(document).encode())
    assert "1 change would be made" in answer.content.decode()
    assert Service.objects.get().name == "Pothole"
    sent = {"do": "apply", "seen": shown(answer)["plan"].seen, "text": shown(answer)["text"]}
    assert "1 change was made." in desk.post(CONFIGURATION, sent, follow=True).content.decode()
    assert Service.objects.get().name == "Hole in the road"
    assert "Nothing was changed" in desk.post(CONFIGURATION, sent, follow=True).content.decode()  # a double click


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"services": [{"service_code": "A\\u0000"}]}', b'{"people": []}', b"7"]
)
def test_a_file_that_is_none_is_told_and_changes_nothing(desk: Client, harbor: Jurisdiction, content: bytes) -> None:
    before = configuration_of(harbor)
    assert "This file cannot be used. Nothing was changed." in sent_file(desk, content).content.decode()
    assert "This file cannot be used" in desk.post(CONFIGURATION, {"do": "apply", "text": content.decode("latin-1")}).content.decode()
    assert configuration_of(harbor) == before


def test_a_file_sent_without_a_file_asks_for_one(desk: Client) -> None:
    assert "Please choose a file." in desk.post(CONFIGURATION, {}).content.decode()
