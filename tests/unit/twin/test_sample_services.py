"""The sample city's services follow the services file's format, whole and in both languages."""

import re
from typing import Any

import pytest

from evenhand.twin.sample_services import services_file

FILE = services_file({"harbor": ["990010005001"]})
SERVICES: list[dict[str, Any]] = FILE["services"]
DATATYPES = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}


@pytest.fixture(params=SERVICES, ids=lambda service: service["service_code"])
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    row: dict[str, Any] = request.param
    return row


def test_there_are_services_enough_for_a_city_in_about_eight_groups() -> None:
    assert 24 <= len(SERVICES) <= 32
    assert 7 <= len({service["group"] for service in SERVICES}) <= 10


def test_codes_are_unique() -> None:
    assert len({service["service_code"] for service in SERVICES}) == len(SERVICES)


def test_every_datatype_is_asked_somewhere() -> None:
    assert {ask["datatype"] for service in SERVICES for ask in service["definition"]["attributes"]} == DATATYPES


def test_attributes_follow_open311(service: dict[str, Any]) -> None:
    asks = service["definition"]["attributes"]
    assert [ask["order"] for ask in asks] == list(range(1, len(asks) + 1))
    assert len({ask["code"] for ask in asks}) == len(asks)
    for ask in asks:
        keys = [value["key"] for value in ask["values"]]
        assert set(ask) == {"variable", "code", "datatype", "required", "datatype_description", "order", "description", "values"}
        assert len(set(keys)) == len(keys)
        assert bool(keys) == ask["datatype"].endswith("valuelist")
        assert ask["variable"] or not ask["required"]


def test_stop_questions_name_a_number_to_call(service: dict[str, Any]) -> None:
    for stop in service["stop_questions"]:
        assert set(stop) == {"code", "question", "stop_answer", "message", "call"}
        assert stop["stop_answer"] == "yes"
        assert stop["question"].endswith("?")
        assert re.fullmatch(r"911|555-01\d\d", stop["call"])  # 555-01xx is kept for fiction
        assert stop["call"] != "911" or "911" in stop["message"]


def test_a_power_outage_asks_for_wires_and_medical_devices_and_is_private() -> None:
    (outage,) = [service for service in SERVICES if service["service_code"] == "POWER_OUTAGE"]
    assert outage["private"] is True
    assert [(stop["code"], stop["call"]) for stop in outage["stop_questions"]] == [("WIRES_DOWN", "911"), ("MEDICAL_DEVICE", "911")]


def test_the_spanish_words_cover_everything(service: dict[str, Any]) -> None:
    spanish = service["translations"]["es"]
    for member in ("service_name", "description", "group", "notice"):
        assert bool(spanish[member]) == bool(service[member]), member
    assert set(spanish["attributes"]) == {ask["code"] for ask in service["definition"]["attributes"]}
    for ask in service["definition"]["attributes"]:
        words = spanish["attributes"][ask["code"]]
        assert words["description"]
        assert bool(words["datatype_description"]) == bool(ask["datatype_description"])
        assert set(words["values"]) == {value["key"] for value in ask["values"]}
        assert all(words["values"].values())
    assert set(spanish["stop_questions"]) == {stop["code"] for stop in service["stop_questions"]}
    assert all(stop["question"].startswith("¿") and stop["message"] for stop in spanish["stop_questions"].values())


def test_spanish_is_not_the_english_again(service: dict[str, Any]) -> None:
    spanish = service["translations"]["es"]
    assert spanish["service_name"] != service["service_name"]
    assert spanish["description"] != service["description"]


def test_one_group_has_one_spanish_name() -> None:
    pairs = {(service["group"], service["translations"]["es"]["group"]) for service in SERVICES}
    assert len(pairs) == len({english for english, _ in pairs})


def test_docks_are_offered_at_the_harbor_alone() -> None:
    assert {service["service_code"]: service["areas"] for service in SERVICES if "areas" in service} == {"DOCKS": ["990010005001"]}
