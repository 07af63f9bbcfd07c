"""A call through HTTP, as the page without script takes it: what is found, what is made, what is kept apart, and what is not kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evenhand.web.accounts.models import Account, PersonalDataRead
from evenhand.web.accounts.roles import Role
from evenhand.web.console.call_forms import RESPONSE_METHODS
from evenhand.web.conversations.models import OutboxMessage, SentForm
from evenhand.web.journeys.take_call import count_caller_in
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.actions import Contact
from evenhand.web.service_requests.models import InformationRequest, KnowledgeArticle, Service, ServiceRequest
from evenhand.web.service_requests.reference_numbers import check_digit, new_reference
from tests import cast
from tests.journeys.request_pages import words_of

KEY = "k" * 32
NEW = "/console/calls/new/"


@pytest.fixture
def cora(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.CALL_TAKER, "cora")


@pytest.fixture
def desk(client: Client, cora: Account) -> Client:
    client.force_login(cora)
    cast.make_address(cora.cities.get(), "12 Wharf Street", lat=cast.IN_DOCKSIDE[0], long=cast.IN_DOCKSIDE[1])
    return client


def said(**more: str) -> dict[str, str]:
    """A whole call about a pothole."""
    whole = {
        "submission_key": KEY,
        "place": "12 Wharf Street",
        "what": "Pothole",
        "service": "pothole",
        "description": "Deep, by the stop",
        "a_size": "large",
        "phone": "617-555-0123",
        "name": "Ana Okafor",
        "response_method": "phone",
        "contact_method": "phone",
    }
    return whole | more


def look(desk: Client, **typed: str) -> Any:
    answer = desk.post(NEW, {"submission_key": KEY, "do": "look", **typed})
    assert answer.status_code == 200
    return answer.context


def test_a_call_makes_a_request_that_keeps_apart_who_entered_and_who_reported(desk: Client, cora: Account, pothole: Service) -> None:
    answer = desk.post(NEW, said(do="save"))
    made = ServiceRequest.objects.select_related("reporter").get()
    assert answer.headers["Location"] == f"/console/calls/{made.reference}/?was=new"
    assert (made.entered_by, made.made_by, made.channel) == (cora, "resident", "phone")
    assert (made.reporter.name, made.reporter.phone) == ("Ana Okafor", "+16175550123")
    assert (made.reporter.contact_method, made.reporter.response_method) == ("phone", "phone")
    assert (made.address, made.place_quality, made.answers) == ("12 Wharf Street", "address", {"size": "large"})
    first = made.events.get(seq=1)
    assert (first.actor_kind, first.actor_id) == ("reporter", cora.pk)
    assert "The reporter, written down by cora" in words_of(desk.get(f"/console/requests/{made.reference}/").content.decode())


def test_a_letter_is_a_letter(desk: Client, pothole: Service) -> None:
    desk.post(NEW, said(do="save", contact_method="letter", response_method="none"))
    made = ServiceRequest.objects.select_related("reporter").get()
    assert (made.channel, made.reporter.contact_method, made.reporter.response_method) == ("letter", "letter", "none")
    desk.force_login(cast.make_staff(made.jurisdiction, Role.DISPATCHER))
    assert made.reference in desk.get("/console/?channel=letter").content.decode()
    assert made.reference not in desk.get("/console/?channel=phone").content.decode()
    assert "Reported by letter" in desk.get(f"/requests/{made.reference}/").content.decode()


def test_sending_the_form_again_makes_no_second_request(desk: Client, pothole: Service) -> None:
    desk.post(NEW, said(do="save"))
    made = ServiceRequest.objects.get()
    for do in ("save", "look", "answered"):
        assert desk.post(NEW, said(do=do)).headers["Location"] == f"/console/calls/{made.reference}/?was=again"
    assert InformationRequest.objects.count() == 0


def test_the_page_after_a_call_says_the_number_in_words_and_how_they_will_hear(desk: Client, pothole: Service) -> None:
    desk.post(NEW, said(do="save"))
    reference = f"41234567{check_digit('41234567')}"
    ServiceRequest.objects.update(reference=reference)
    page = desk.get(f"/console/calls/{reference}/?was=new").content.decode()
    assert "four one two, three four five, six seven " in page
    assert "412-345-67" in page
    assert "(617) 555-0123" in page


def test_a_spanish_speaking_caller_is_asked_and_told_in_spanish(desk: Client, pothole: Service) -> None:
    assert [item["set"]["service"] for item in look(desk, what="hoyo", language="es")["candidates"]] == ["pothole"]
    context = look(desk, what="bache", language="es")
    assert context["form"]["service"].value() == "pothole"
    assert "¿Qué tamaño tiene?" in [field.label for row in context["form"].rows() for field in row["fields"]]
    desk.post(NEW, said(do="save", language="es"))
    assert ServiceRequest.objects.get().reporter.language == "es"


def test_mail_goes_to_a_caller_who_wants_it_as_on_the_web(desk: Client, pothole: Service) -> None:
    desk.post(NEW, said(do="save", email="ana@home.test", response_method="email"))
    assert [(mail.kind, mail.recipient) for mail in OutboxMessage.objects.all()] == [("request_received", "ana@home.test")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": ""}, "place"),
        ({"place": "99 Nowhere Road"}, "place"),
        ({"what": "", "service": ""}, "what"),
        ({"what": "elephants", "service": ""}, "what"),
        ({"a_size": ""}, "a_size"),
        ({"phone": "555-0123"}, "phone"),
        ({"phone": "", "response_method": "text"}, "phone"),
        ({"email": "ana at home"}, "email"),
        ({"email": "", "response_method": "email"}, "email"),
        ({"description": "x" * 4001}, "description"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    desk: Client, pothole: Service, changes: dict[str, str], field: str
) -> None:
    answer = desk.post(NEW, said(do="save") | changes)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert answer.context["form"]["name"].value() == "Ana Okafor"
    assert answer.context["submission_key"] == KEY
    assert ServiceRequest.objects.count() == 0


def test_words_are_the_place_only_when_somebody_decides_so(desk: Client, pothole: Service) -> None:
    assert "corner" in look(desk, place="near the school")["place"].fault
    desk.post(NEW, said(do="save", place="near the school", place_as_words="1"))
    made = ServiceRequest.objects.get()
    assert (made.address, made.place_quality, made.lat) == ("near the school", "missing", None)


def test_a_place_outside_the_city_is_said_at_once_with_whose_it_is(desk: Client, pothole: Service) -> None:
    cast.make_city("elsewhere", "Elsewhere", shift=1.0)
    context = look(desk, place="42.36, -70.05")
    assert "outside Harbor" in context["place"].fault
    assert context["place"].other_city == "Elsewhere"
    assert desk.post(NEW, said(do="save", place="42.36, -70.05")).status_code == 200
    assert ServiceRequest.objects.count() == 0


def test_a_stop_question_must_be_asked_and_its_answer_makes_no_request(desk: Client, fallen_wire: Service) -> None:
    call = said(what="Fallen wire", service="fallen-wire")
    assert "s_sparking" in desk.post(NEW, call | {"do": "save"}).context["form"].errors
    stopped = desk.post(NEW, call | {"do": "save", "s_sparking": "yes"})
    assert stopped.context["mode"] == "stopped"
    assert "911" in stopped.content.decode()
    answer = desk.post(NEW, call | {"do": "answered", "s_sparking": "yes"})
    assert answer.headers["Location"] == f"{NEW}?counted=emergency"
    counted = InformationRequest.objects.get()
    assert (counted.topic, counted.service, ServiceRequest.objects.count()) == ("sent to the emergency number", fallen_wire, 0)
    assert desk.post(NEW, call | {"do": "save", "s_sparking": "no", "submission_key": "x" * 32}).status_code == 302


def test_what_is_not_ours_is_answered_with_whose_it_is_and_counted_with_nothing_of_the_caller(desk: Client, harbor: Jurisdiction) -> None:
    KnowledgeArticle.objects.create(
        jurisdiction=harbor, code="power", title="Electric bills", text="Not the city's.", is_ours=False, whose="Harbor Light, 555-0142"
    )
    context = look(desk, what="electric bill")
    assert context["candidates"][0]["set"]["article"] == "power"
    page = desk.post(NEW, {"submission_key": KEY, "do": "look", "what": "electric bill", "article_choice": "power"})
    assert page.context["mode"] == "article"
    assert "Harbor Light, 555-0142" in page.content.decode()
    call = {"submission_key": KEY, "do": "answered", "what": "Electric bills", "article": "power", "name": "Ana Okafor", "phone": "617-555-0123"}
    for _ in range(2):
        assert desk.post(NEW, call).headers["Location"] == f"{NEW}?counted=call"
    kept = InformationRequest.objects.values().get()
    assert kept["article_id"] is not None
    assert "Ana" not in str(kept)
    assert "0123" not in str(kept)


def test_a_caller_is_counted_in_on_what_is_known_already_once(desk: Client, pothole_request: ServiceRequest) -> None:
    ServiceRequest.objects.update(requested_at=pothole_request.requested_at)
    call = said(same=pothole_request.reference, description="A car lost its wheel", response_method="email", email="bo@home.test")
    found = desk.post(NEW, call | {"do": "look"})
    assert found.context["mode"] == "join"
    for key, was in ((KEY, "joined"), (KEY, "joined_before"), ("z" * 32, "joined_before")):
        answer = desk.post(NEW, call | {"do": "join", "submission_key": key})
        assert answer.headers["Location"].startswith(f"/console/calls/{pothole_request.reference}/?was={was}")
        call["description"] = ""
    pothole_request.refresh_from_db()
    assert (pothole_request.supporter_count, ServiceRequest.objects.count()) == (1, 1)
    assert OutboxMessage.objects.filter(kind="follow_confirm", recipient="bo@home.test").exists()
    assert pothole_request.events.get(kind="commented").channel == "phone"


def test_that_a_call_was_counted_is_kept_for_a_week_of_real_time(pothole_request: ServiceRequest) -> None:
    real_at = cast.NOON + timedelta(days=400)
    caller = Contact(phone="555-0100")
    count_caller_in(pothole_request, caller=caller, submission_key=KEY, words="", channel="phone", at=cast.NOON, real_at=real_at)
    assert SentForm.objects.get().at == real_at


def test_a_callers_history_is_shown_and_who_read_it_is_noted(desk: Client, cora: Account, pothole_request: ServiceRequest) -> None:
    context = look(desk, phone="617 555 0123")
    assert [card["reference"] for card in context["earlier"]] == [pothole_request.reference]
    noted = PersonalDataRead.objects.get()
    assert (noted.account, noted.reference, noted.purpose) == (cora, pothole_request.reference, "caller_history")


def test_a_callers_history_that_comes_with_a_fault_is_noted_too(desk: Client, cora: Account, pothole_request: ServiceRequest) -> None:
    call = said(same=pothole_request.reference, response_method="email", email="no address", do="join")
    answer = desk.post(NEW, call)
    assert "email" in answer.context["form"].errors
    assert [card["reference"] for card in answer.context["earlier"]] == [pothole_request.reference]
    assert PersonalDataRead.objects.get().purpose == "caller_history"


@pytest.mark.parametrize("typed", ["{0}", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}-{0[6]}{0[7]}{0[8]}"])
def test_the_number_of_a_request_may_be_said_instead_of_a_place(desk: Client, pothole_request: ServiceRequest, typed: str) -> None:
    context = look(desk, place=typed.format(pothole_request.reference))
    assert (context["mode"], context["same"]["reference"]) == ("asked", pothole_request.reference)
    call = {"submission_key": KEY, "do": "answered", "place": pothole_request.reference}
    assert desk.post(NEW, call).headers["Location"] == f"{NEW}?counted=call"
    assert InformationRequest.objects.get().topic == "about an earlier request"


def test_a_callers_number_said_first_moves_to_where_it_belongs(desk: Client, pothole_request: ServiceRequest) -> None:
    context = look(desk, place="(617) 555-0123")
    assert (context["form"]["phone"].value(), context["form"]["place"].value()) == ("(617) 555-0123", "")
    assert [card["reference"] for card in context["earlier"]] == [pothole_request.reference]


def test_a_service_that_was_retired_meanwhile_is_said(desk: Client, pothole: Service) -> None:
    Service.objects.update(is_offered=False)
    answer = desk.post(NEW, said(do="save"))
    assert "taken off the list" in str(answer.context["form"].errors["what"])
    assert answer.context["form"]["description"].value() == "Deep, by the stop"


@pytest.mark.parametrize("nonsense", ["x" * 200_000, "<script>alert(1)</script>", "\0", "%' OR 1=1 --", "🙂" * 300, "12 \ud800"])
def test_nonsense_in_every_box_is_answered_with_words(desk: Client, pothole: Service, nonsense: str) -> None:
    typed = dict.fromkeys(("place", "what", "phone", "name", "email", "same", "service", "article", "place_key", "language", "s_x"), nonsense)
    typed = {name: value.encode("utf-8", "replace").decode() for name, value in typed.items()}
    for do in ("look", "save", "join", "answered"):
        answer = desk.post(NEW, typed | {"do": do, "submission_key": KEY if do != "answered" else nonsense.encode("utf-8", "replace").decode()})
        assert answer.status_code in {200, 302, 413}
        assert b"<script>alert" not in answer.content
    for box in ("place", "what", "other"):
        assert desk.get("/console/calls/suggest/", {"q": typed["place"][:3000], "box": box}).status_code == 200


def test_a_million_characters_are_too_many_and_come_back(desk: Client, pothole: Service) -> None:
    answer = desk.post(NEW, said(do="save", description="x" * 1_000_000))
    assert "shorten" in str(answer.context["form"].errors["description"])
    assert len(answer.context["form"]["description"].value()) == 1_000_000


def test_suggestions_are_places_numbers_and_services(desk: Client, pothole_request: ServiceRequest) -> None:
    def items(box: str, q: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(desk.get("/console/calls/suggest/", {"box": box, "q": q}).content)["items"]
        return found

    assert [item["label"] for item in items("place", "12 wh")] == ["12 Wharf Street"]
    assert pothole_request.reference in items("place", pothole_request.reference)[0]["value"]
    assert "Ana" not in str(items("place", "617 555 0123"))
    assert items("what", "hole")[0]["set"] == {"service": "pothole", "article": ""}
    assert items("what", "") == items("place", "") == []


def test_a_request_of_another_city_is_not_shown_at_the_end_of_a_call(desk: Client, pothole_request: ServiceRequest) -> None:
    other = cast.make_city("elsewhere", "Elsewhere", shift=1.0)
    theirs = cast.make_request(cast.make_service(other, "noise", "Noise"), point=None)
    assert desk.get(f"/console/calls/{theirs.reference}/").status_code == 404
    assert desk.get(f"/console/calls/{new_reference()}/").status_code == 404
    assert desk.get(f"/console/calls/{pothole_request.reference}/").status_code == 200
    assert look(desk, place=theirs.reference)["place"].asked is None


# The city's time


def test_the_caller_is_told_the_deadline_in_the_citys_time(desk: Client, pothole: Service) -> None:
    made = cast.make_request(pothole, entered_by=None)
    # Noon in New York, on standard time, is 17:00 UTC.
    due = datetime(2026, 11, 27, 17, tzinfo=UTC)
    ServiceRequest.objects.filter(pk=made.pk).update(team=cast.make_team(pothole.jurisdiction), due_at=due)
    desk.force_login(cast.make_staff(pothole.jurisdiction, Role.DISPATCHER))
    page = words_of(desk.get(f"/console/calls/{made.reference}/").content.decode())
    assert "Goes to Roads, to be done by noon on Friday, Nov. 27." in page
    assert timezone.get_current_timezone_name() == "UTC", "the zone of a page ends with it"


def test_cards_beside_a_call_say_the_citys_day(desk: Client, pothole: Service) -> None:
    """Half past midnight in UTC is still the evening before in New York."""
    made = cast.make_request(pothole, contact=Contact(phone="+16175550123"), at=datetime(2026, 1, 11, 0, 30, tzinfo=UTC))
    page = words_of(desk.post(NEW, {"submission_key": KEY, "do": "look", "place": made.reference}).content.decode())
    assert "Jan. 10, 2026" in page
    assert "Jan. 11, 2026" not in page


@pytest.mark.parametrize(("typed", "fault"), [("0,0", "outside Harbor"), ("99,999", "no such place on earth"), ("−120; 12", "outside Harbor")])
def test_two_numbers_are_a_point_wherever_they_are(desk: Client, pothole: Service, typed: str, fault: str) -> None:
    assert fault in look(desk, place=typed)["place"].fault


def test_what_nothing_sends_is_not_offered_first(desk: Client) -> None:
    offered = [str(label) for _code, label in RESPONSE_METHODS]
    assert offered == ["E-mail", "Phone call by staff", "Text message, by hand", "Not at all"]
    assert "text" not in desk.get(NEW).context["say"]["response"]


def test_a_caller_who_wants_a_text_message_hears_that_people_write_it(desk: Client, pothole: Service) -> None:
    answer = desk.post(NEW, said(do="save", response_method="text"))
    page = words_of(desk.get(answer.headers["Location"]).content.decode())
    assert "No text messages go out by themselves: somebody at the city writes to you at (617) 555-0123." in page
