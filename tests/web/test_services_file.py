"""docs/reference/services-file.md, sentence by sentence."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.errors import ServicesFileInvalid
from evenhand.web.service_requests.models import RequestCell, Service, ServiceAttribute, ServiceGroup, StopQuestion
from evenhand.web.service_requests.services_file import import_services
from tests.cast import make_request

pytestmark = pytest.mark.django_db
REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference/services-file.md"
TABLES = (Service, ServiceGroup, ServiceAttribute, StopQuestion)


def written(folder: Path, document: Any) -> Path:
    file = folder / "services.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def service(code: str = "POTHOLE", /, **members: Any) -> dict[str, Any]:
    return {"service_code": code, "service_name": "Pothole", **members}


def attribute(code: str = "SIZE", **members: Any) -> dict[str, Any]:
    return {"code": code, "datatype": "string", "description": "How large?", **members}


def faults_in(city: Jurisdiction, folder: Path, document: Any) -> list[str]:
    with pytest.raises(ServicesFileInvalid) as raised:
        import_services(city, written(folder, document))
    assert Service.objects.count() == 0
    told: Any = raised.value.facts["faults"]
    return [str(fault) for fault in told]


def test_the_example_of_the_reference_page_is_taken_whole(harbor: Jurisdiction, tmp_path: Path) -> None:
    example = re.search(r"```json\n(.*?)```", REFERENCE.read_text(), re.DOTALL)
    assert example
    done = import_services(harbor, written(tmp_path, example[1]))
    light = Service.objects.get(code="STREETLIGHT")
    question, stop = light.attributes.get(), light.stop_questions.get()
    assert (done.taken, done.retired) == (1, 0)
    assert (light.name, light.group.name, light.kind, light.is_private, light.is_offered) == (
        "Street light out",
        "Lights, signals and signs",
        "realtime",
        False,
        True,
    )
    assert (light.name_in("es"), light.group.name_in("es")) == ("Luz de la calle apagada", "Luces, semáforos y señales")
    assert (question.question, question.is_required, question.datatype) == ("What does the light do?", True, "singlevaluelist")
    assert question.values == [{"key": "out", "name": "It is out"}, {"key": "flickers", "name": "It flickers"}]
    assert question.translations["es"]["values"] == {"out": "No enciende", "flickers": "Parpadea"}
    assert (stop.call, stop.stop_answer, stop.text_in("es", "message")) == ("911", "yes", "Aléjese y llame al 911 ahora mismo.")


def test_a_bare_list_of_an_open311_server_is_taken(harbor: Jurisdiction, tmp_path: Path) -> None:
    bare = [{"service_code": "001", "service_name": "Bench", "metadata": False, "type": "realtime", "keywords": "", "group": "", "unknown": {"x": 1}}]
    import_services(harbor, written(tmp_path, bare))
    assert list(Service.objects.values_list("code", "name", "group__name")) == [("001", "Bench", "Other")]


def test_the_same_file_again_changes_nothing_that_can_be_seen(harbor: Jurisdiction, tmp_path: Path) -> None:
    members: dict[str, Any] = {"group": "Streets", "definition": {"attributes": [attribute()]}, "areas": ["dockside"]}
    file = written(tmp_path, [service(**members), service("SIGN", group="Signs")])

    def seen() -> list[Any]:
        return [list(Service.objects.values_list()), list(ServiceGroup.objects.values_list()), list(ServiceAttribute.objects.values_list("code"))]

    import_services(harbor, file)
    before = seen()
    assert import_services(harbor, file).retired == 0
    assert seen() == before
    assert [area.code for area in Service.objects.get(code="POTHOLE").areas.all()] == ["dockside"]


def test_what_the_file_no_longer_has_is_retired_and_keeps_its_requests(harbor: Jurisdiction, pothole: Service, tmp_path: Path) -> None:
    request = make_request(pothole)
    done = import_services(harbor, written(tmp_path, [service("SIGN")]))
    request.refresh_from_db()
    assert (done.retired, Service.objects.get(code="pothole").is_offered, request.service_id) == (1, False, pothole.pk)


def test_groups_stand_in_the_order_of_the_file_and_in_any_script(harbor: Jurisdiction, tmp_path: Path) -> None:
    first = [service("1", group="道路"), service("2", group="公園"), service("3", group="Signs")]
    import_services(harbor, written(tmp_path, first))
    assert list(ServiceGroup.objects.values_list("name", flat=True)) == ["道路", "公園", "Signs"]
    import_services(harbor, written(tmp_path, first[::-1]))
    assert list(ServiceGroup.objects.values_list("name", flat=True)) == ["Signs", "公園", "道路"]


def test_a_service_that_becomes_private_takes_its_requests_off_every_page(harbor: Jurisdiction, pothole: Service, tmp_path: Path) -> None:
    public, held = make_request(pothole), make_request(pothole, held_until=pothole.jurisdiction.created_at)
    done = import_services(harbor, written(tmp_path, [service("pothole", private=True)]))
    for request in (public, held):
        request.refresh_from_db()
        assert (request.visibility, request.held_until) == ("private", None)
    assert (done.hidden_requests, RequestCell.objects.count()) == (2, 0)
    import_services(harbor, written(tmp_path, [service("pothole")]))
    public.refresh_from_db()
    assert public.visibility == "private"  # who reported relied on it


def test_every_fault_of_every_service_is_named_at_once(harbor: Jurisdiction, tmp_path: Path) -> None:
    document = [
        service("A", type="later", private="false", areas=["atlantis"], description=3),
        service("A"),
        {"service_code": "B", "service_name": " "},
        {"service_name": "No code"},
        "no object",
        service("C", definition={"attributes": [attribute("X Y"), attribute("X", datatype="colour"), attribute("X", required="yes"), 7]}),
        service("D", definition={"attributes": [attribute("L", datatype="singlevaluelist"), attribute("T", values=[{"key": "a"}])]}),
        service("E", stop_questions=[{"code": "S", "question": "", "message": "m", "stop_answer": "maybe", "call": "9" * 33}]),
        service("F", definition={"attributes": [attribute("P", order=1), attribute("Q", order=1), attribute("R", order=0)]}),
        service("G", translations={"es": {"attributes": ["x"]}, "not a language": {}}),
        service("H", definition={"attributes": [attribute("V", variable=False, required=True)]}),
    ]
    assert faults_in(harbor, tmp_path, document) == [
        "service 1 (A): description must be text",
        "service 1 (A): type 'later' is none of realtime, batch, blackbox",
        "service 1 (A): private must be true or false",
        "service 1 (A): area 'atlantis' is not an area of this city (import areas first)",
        "service 2 (A): the code stands in the file twice",
        "service 3 (B): service_name must be text of 1 to 160 characters",
        "service 4 (no code): service_code must be 1 to 120 letters, digits or _.:- characters",
        "service 5: not an object",
        "service 6 (C): attribute 'X Y': code must be 1 to 64 letters, digits, _ or -",
        "service 6 (C): attribute 'X': datatype 'colour' is none of string, number, datetime, text, singlevaluelist, multivaluelist",
        "service 6 (C): attribute 'X': the code stands in the service twice",
        "service 6 (C): attribute 'X': required must be true or false",
        "service 6 (C): attribute 7: not an object",
        "service 7 (D): attribute 'L': a list needs values with a key each, all different",
        "service 7 (D): attribute 'T': only the list types have values",
        "service 8 (E): stop question 'S': stop_answer must be yes or no",
        "service 8 (E): stop question 'S': question must be text of 1 to 400 characters",
        "service 8 (E): stop question 'S': call must be a telephone number as text, of at most 32 characters",
        "service 9 (F): attribute 'R': order 0 must be a positive whole number",
        "service 9 (F): two attributes have the same order",
        "service 10 (G): translations 'es': attributes must be an object by code, of objects",
        "service 10 (G): translations: 'not a language' is no language code",
        "service 11 (H): attribute 'V': required cannot be true where variable is false: there is nothing to answer",
    ]


@pytest.mark.parametrize("member", ["definition", "stop_questions", "areas", "translations", "group", "type", "keywords", "service_name", "private"])
@pytest.mark.parametrize("value", [7, "text", [1], {"a": 1}, [{"a": [1]}], True])
def test_a_member_of_another_kind_is_a_fault_or_harmless_never_an_accident(harbor: Jurisdiction, tmp_path: Path, member: str, value: object) -> None:
    with suppress(ServicesFileInvalid):
        import_services(harbor, written(tmp_path, [service() | {member: value}]))
    assert Service.objects.count() in {0, 1}


@pytest.mark.parametrize(
    ("content", "fault"),
    [("", "not JSON"), ("[]", "neither a list"), ('{"a": 1}', "neither a list"), ("7", "neither a list"), ("[" * 100_000, "not JSON")],
)
def test_a_file_that_is_no_list_of_services_is_refused(harbor: Jurisdiction, tmp_path: Path, content: str, fault: str) -> None:
    (found,) = faults_in(harbor, tmp_path, content)
    assert fault in found


def test_a_character_that_no_database_can_hold_is_named_with_its_place(harbor: Jurisdiction, tmp_path: Path) -> None:
    (found,) = faults_in(harbor, tmp_path, '{"services": [{"service_code": "A", "service_name": "Pot\\u0000hole"}]}')
    assert found.endswith("in /services/1/service_name")


def test_a_missing_file_is_said_to_be_missing(harbor: Jurisdiction, tmp_path: Path) -> None:
    with pytest.raises(ServicesFileInvalid, match="no such file"):
        import_services(harbor, tmp_path / "nowhere.json")
