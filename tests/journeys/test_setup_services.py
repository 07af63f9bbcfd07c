"""Setting up what can be reported, through the console's pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evenhand.web.accounts.models import Account, AdministrativeChange
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceAttribute
from tests import cast

LIST = "/console/set-up/services/"


@pytest.fixture
def administrator(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.ADMINISTRATOR, first_name="Dana")


@pytest.fixture
def desk(client: Client, administrator: Account) -> Client:
    client.force_login(administrator)
    return client


def page_of(service: Service, part: str = "") -> str:
    return f"{LIST}{service.pk}/{part}"


def shown(answer: Any) -> Any:
    """What the page was made of; the previews on it are made of forms of their own."""
    return next(context for context in answer.context if "setup_part" in context)


def fields_of(answer: Any) -> dict[str, str]:
    """All that the form of a page would send as it stands."""
    form = shown(answer)["form"]
    sent = {"seen": shown(answer)["seen"], "rows": str(getattr(form, "row_count", ""))}
    for bound in form:
        value = bound.value()
        if value not in (None, False, ""):
            sent[bound.html_name] = "on" if value is True else value
    return sent


def send(desk: Client, address: str, /, status: Any = 302, **changes: Any) -> Any:
    sent = fields_of(desk.get(address)) | {"do": "save"} | changes
    answer = desk.post(address, {name: value for name, value in sent.items() if value is not None})
    assert answer.status_code == status, shown(answer)["form"].errors
    return answer


def test_the_list_shows_services_by_group_with_the_numbers_of_their_requests(desk: Client, pothole: Service, streetlight: Service) -> None:
    cast.make_request(pothole)
    page = desk.get(LIST).content.decode()
    assert page.index("Pothole") < page.index("Street light out")
    assert page.count('<td class="number">1</td>') == 2  # one open of one


def test_a_service_is_made_described_in_two_languages_and_can_be_reported(desk: Client, pothole: Service) -> None:
    words: dict[str, Any] = {"service_name": "Missing bench", "service_name:es": "Falta un banco", "group": "Streets", "type": "realtime"}
    send(desk, f"{LIST}new/", **words)
    bench = Service.objects.get(name="Missing bench")
    assert (bench.code, bench.name_in("es"), bench.is_offered) == ("MISSING_BENCH", "Falta un banco", True)
    change = AdministrativeChange.objects.get(kind="service")
    assert (change.before, change.after["service_name"], change.account.first_name if change.account else "") == ({}, "Missing bench", "Dana")
    send(desk, f"{LIST}new/", **words)  # a double click
    assert Service.objects.filter(name="Missing bench").count() == 1


def test_the_form_is_previewed_with_what_is_not_saved_yet_in_each_language(desk: Client, pothole: Service) -> None:
    address = page_of(pothole, "question/lane/")
    answer = send(desk, address, 200, do="preview", description="Which lane is it?", **{"description:es": "¿En qué carril?"})
    previews = {one["code"]: one["html"] for one in shown(answer)["previews"]}
    assert "Which lane is it?" in previews["en"]
    assert "How large is it?" in previews["en"]
    assert "¿En qué carril?" in previews["es"]
    assert "¿Qué tamaño tiene?" in previews["es"]
    assert pothole.attributes.get(code="lane").question == "In which lane?"


def test_a_script_gets_only_the_preview(desk: Client, pothole: Service) -> None:
    sent = fields_of(desk.get(page_of(pothole))) | {"do": "preview", "service_name": "Hole <b>in</b> road"}
    answer = desk.post(page_of(pothole), sent, headers={"X-Preview": "1"})
    assert answer.content.decode().count("<html") == 0
    assert "Hole &lt;b&gt;in&lt;/b&gt; road" in answer.content.decode()


def test_a_list_question_is_added_with_answers_in_two_languages(desk: Client, streetlight: Service) -> None:
    values: dict[str, Any] = {"v0-name": "It is out", "v0-name:es": "No enciende", "v1-name": "It flickers"}
    send(desk, page_of(streetlight, "question/"), description="What does it do?", datatype="singlevaluelist", required="on", **values)
    row = streetlight.attributes.get()
    assert (row.code, row.is_required, row.datatype) == ("WHAT_DOES_IT_DO", True, "singlevaluelist")
    assert row.values == [{"key": "it_is_out", "name": "It is out"}, {"key": "it_flickers", "name": "It flickers"}]
    assert row.translations["es"]["values"] == {"it_is_out": "No enciende"}
    send(desk, page_of(streetlight, "question/"), description="What does it do?", datatype="singlevaluelist", required="on", **values)
    assert streetlight.attributes.count() == 1


def test_a_list_without_answers_is_refused_beside_its_field(desk: Client, streetlight: Service) -> None:
    answer = send(desk, page_of(streetlight, "question/"), 200, description="What?", datatype="multivaluelist")
    assert "Please write at least one" in answer.content.decode()


def test_what_was_answered_keeps_its_kind_and_its_words(desk: Client, pothole: Service) -> None:
    cast.make_request(pothole, answers={"size": "large", "lane": "left"})
    send(desk, page_of(pothole, "question/lane/"), datatype="number")
    assert pothole.attributes.get(code="lane").datatype == "string"
    answer = send(desk, page_of(pothole, "question/size/"), 200, **{"v1-name": None, "v1-key": None})
    assert "was given as an answer" in answer.content.decode()
    send(desk, page_of(pothole, "question/size/"), **{"v1-name": "As large as a table"})
    assert pothole.attributes.get(code="size").values[1] == {"key": "large", "name": "As large as a table"}


def test_an_answered_question_is_asked_no_longer_and_keeps_its_answers(desk: Client, pothole: Service) -> None:
    request = cast.make_request(pothole, answers={"size": "large", "lane": "left"})
    send(desk, page_of(pothole, "question/lane/"), do="remove")
    assert pothole.attributes.get(code="lane").is_retired
    assert "In which lane?" not in shown(desk.get(page_of(pothole)))["previews"][0]["html"]
    request.refresh_from_db()
    assert request.answers["lane"] == "left"


def test_an_unanswered_question_is_deleted(desk: Client, pothole: Service) -> None:
    send(desk, page_of(pothole, "question/lane/"), do="remove")
    assert list(pothole.attributes.values_list("code", flat=True)) == ["size"]


def test_questions_go_up_and_down(desk: Client, pothole: Service) -> None:
    desk.post(page_of(pothole, "do/"), {"do": "down:size"})
    assert list(pothole.attributes.values_list("code", flat=True)) == ["lane", "size"]
    desk.post(page_of(pothole, "do/"), {"do": "down:size"})
    assert list(pothole.attributes.values_list("code", flat=True)) == ["lane", "size"]


def test_a_stop_question_is_added_and_previewed_with_the_number(desk: Client, pothole: Service) -> None:
    words = {
        "question": "Is somebody hurt?",
        "question:es": "¿Hay alguien herido?",
        "message": "Call now.",
        "stop_answer": "yes",
        "call": "617-555-0100",
    }
    send(desk, page_of(pothole, "stop/"), **words)
    stop = pothole.stop_questions.get()
    assert (stop.text_in("es", "question"), stop.call) == ("¿Hay alguien herido?", "617-555-0100")
    assert "Call 617-555-0100" in shown(desk.get(page_of(pothole)))["previews"][0]["html"]
    answer = send(desk, page_of(pothole, f"stop/{stop.code}/"), 200, call="ring us")
    assert "Please write a telephone number" in answer.content.decode()


def test_a_service_in_use_is_not_deleted_but_retired(desk: Client, pothole: Service) -> None:
    cast.make_request(pothole)
    answer = desk.post(page_of(pothole, "do/"), {"do": "delete"}, follow=True)
    assert "Pothole has 1 requests, 1 of them open, so it cannot be deleted" in answer.content.decode()
    answer = desk.post(page_of(pothole, "do/"), {"do": "retire"}, follow=True)
    assert "Its 1 open request goes on." in answer.content.decode()
    assert Service.objects.get(pk=pothole.pk).is_offered is False


def test_an_unused_service_is_deleted_and_its_history_stays(desk: Client, pothole: Service) -> None:
    desk.post(page_of(pothole, "do/"), {"do": "delete"})
    assert not Service.objects.exists()
    assert AdministrativeChange.objects.get(kind="service").before["service_name"] == "Pothole"
    assert "Pothole" in desk.get("/console/set-up/history/").content.decode()


def test_a_change_made_meanwhile_is_shown_and_nothing_is_overwritten_silently(desk: Client, pothole: Service) -> None:
    old = fields_of(desk.get(page_of(pothole)))
    send(desk, page_of(pothole), notice="Crews are slow this week.")
    answer = desk.post(page_of(pothole), old | {"do": "save", "service_name": "Hole in the road"})
    page = answer.content.decode()
    assert "Somebody else changed this meanwhile" in page
    assert "Crews are slow this week." in page
    assert Service.objects.get(pk=pothole.pk).name == "Pothole"
    again = fields_of(answer) | {"do": "save", "seen": shown(answer)["seen"]}
    assert desk.post(page_of(pothole), again).status_code == 302
    assert Service.objects.get(pk=pothole.pk).name == "Hole in the road"


def test_two_people_change_two_parts_at_once_and_both_stand(desk: Client, pothole: Service) -> None:
    question = fields_of(desk.get(page_of(pothole, "question/lane/")))
    send(desk, page_of(pothole), notice="Crews are slow this week.")
    assert desk.post(page_of(pothole, "question/lane/"), question | {"do": "save", "description": "Which lane?"}).status_code == 302
    service = Service.objects.get(pk=pothole.pk)
    assert (service.notice, service.attributes.get(code="lane").question) == ("Crews are slow this week.", "Which lane?")


def test_bad_input_is_told_and_changes_nothing(desk: Client, pothole: Service) -> None:
    long = "x" * 1_000_000
    answer = send(desk, page_of(pothole), 200, service_name=long, description=long)
    assert "It has 1000000 now" in answer.content.decode()
    for code, words in (("pothole", "Another service has this code"), ("a b", "letters, digits")):
        answer = send(desk, f"{LIST}new/", 200, service_name="Second", service_code=code, group="Streets", type="realtime")
        assert words in answer.content.decode()
    answer = send(desk, f"{LIST}new/", 200, service_name="Second", group="No such group", type="later", areas=["atlantis"])
    assert shown(answer)["form"].errors.keys() == {"group", "type", "areas"}
    assert Service.objects.count() == 1


def test_a_service_of_another_city_does_not_exist(desk: Client, pothole: Service) -> None:
    elsewhere = cast.make_pothole_service(cast.make_city("lakeside", "Lakeside", shift=1.0))
    for address in (page_of(elsewhere), page_of(elsewhere, "question/size/"), page_of(elsewhere, "stop/")):
        assert desk.get(address).status_code == 404
    assert desk.post(page_of(elsewhere, "do/"), {"do": "delete"}).status_code == 404
    assert desk.get(f"{LIST}99999999999999999999/").status_code == 404


def test_groups_are_made_renamed_moved_and_deleted_only_when_empty(desk: Client, pothole: Service) -> None:
    groups = f"{LIST}groups/"
    desk.post(groups, {"name": "Parks", "name:es": "Parques"})
    assert "Another group has this name" in desk.post(groups, {"name": "parks"}).content.decode()
    desk.post(groups, {"group": "parks", "do": "up"})
    assert [row["group"].name for row in shown(desk.get(groups))["rows"]] == ["Parks", "Streets"]
    seen = shown(desk.get(f"{groups}?group=streets"))["seen"]
    desk.post(groups, {"group": "streets", "name": "Roads", "seen": seen})
    assert "meanwhile" in desk.post(groups, {"group": "streets", "name": "Ways", "seen": seen}).content.decode()
    answer = desk.post(groups, {"group": "streets", "do": "delete"}, follow=True)
    assert "Roads has 1 services" in answer.content.decode()
    desk.post(groups, {"group": "parks", "do": "delete"})
    assert [row["group"].name for row in shown(desk.get(groups))["rows"]] == ["Roads"]


def test_making_a_service_private_takes_its_requests_off_the_public_pages(desk: Client, pothole: Service) -> None:
    request = cast.make_request(pothole)
    send(desk, page_of(pothole), private="on")
    assert Client().get(f"/requests/{request.reference}/").status_code == 404


def test_words_to_read_have_no_answer(desk: Client, pothole: Service) -> None:
    send(desk, page_of(pothole, "question/"), description="Crews come on Mondays.", datatype="text_only", required="on")
    row = ServiceAttribute.objects.get(question="Crews come on Mondays.")
    assert (row.is_variable, row.is_required) == (False, False)
