"""A service's entry: read, changed by parts, written; what is in use stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.web.accounts.models import AdministrativeChange
from evenhand.web.core.differences import differences, flat, stamp
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import service_editing as editing
from evenhand.web.service_requests.errors import ServiceChangedMeanwhile, ServiceInUse, ServiceRefused
from evenhand.web.service_requests.models import Service
from evenhand.web.service_requests.service_entries import entry_of, write_entry
from evenhand.web.service_requests.service_parts import basics_of, moved, question_of, with_basics, with_question
from tests import cast

NAMES = st.sampled_from(["code", "key", "name", "values", "order", "", "a/b"])
LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2)
LISTS = st.lists(LEAVES | st.dictionaries(NAMES, LEAVES, max_size=2), max_size=3)
DOCUMENTS = st.dictionaries(NAMES, LEAVES | LISTS | st.dictionaries(NAMES, LEAVES | LISTS, max_size=3), max_size=3)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # two busy processors are no fault
@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert differences(document, document) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # two busy processors are no fault
@given(DOCUMENTS, DOCUMENTS)
def test_differences_the_other_way_round_are_the_same_fields(one: dict[str, Any], other: dict[str, Any]) -> None:
    there = {(change.path, repr(change.before), repr(change.after)) for change in differences(one, other)}
    back = {(change.path, repr(change.after), repr(change.before)) for change in differences(other, one)}
    assert there == back


def test_a_new_member_in_the_middle_changes_nothing_behind_it() -> None:
    before = {"values": [{"key": "a", "name": "A"}, {"key": "c", "name": "C"}]}
    after = {"values": [{"key": "a", "name": "A"}, {"key": "b", "name": "B"}, {"key": "c", "name": "C"}]}
    assert [(one.path, one.before, one.after) for one in differences(before, after)] == [
        ("values/order", ["a", "c"], ["a", "b", "c"]),
        ("values/b/name", None, "B"),
    ]


def test_false_is_a_value_and_nothing_is_none() -> None:
    assert flat({"private": False, "notice": "", "areas": [], "hours": 0}) == {"private": False, "hours": 0}


def test_an_entry_that_is_written_back_changes_nothing(pothole: Service) -> None:
    before = entry_of(pothole)
    rows = list(pothole.attributes.values())
    service = write_entry(pothole.jurisdiction, before, group=pothole.group, order=pothole.order)
    assert entry_of(Service.objects.get(pk=service.pk)) == before
    assert list(pothole.attributes.values("id", "code")) == [{"id": row["id"], "code": row["code"]} for row in rows]


def test_putting_a_part_back_changes_nothing(pothole: Service) -> None:
    entry = entry_of(pothole)
    assert with_basics(entry, basics_of(entry)) == entry
    assert with_question(entry, "attributes", "size", question_of(entry, "attributes", "size")) == entry
    assert moved(moved(entry, "attributes", "size", 1), "attributes", "size", -1) == entry


def test_a_question_goes_with_its_translations(pothole: Service) -> None:
    entry = with_question(entry_of(pothole), "attributes", "size", None)
    assert [one["code"] for one in entry["definition"]["attributes"]] == ["lane"]
    assert entry["translations"] == {"es": {"service_name": "Bache", "description": "Un hoyo en la calle"}}


def rename(to: str) -> editing.Change:
    return lambda entry: entry | {"service_name": to}


def test_a_stale_part_is_not_written(harbor: Jurisdiction, pothole: Service) -> None:
    seen = stamp(basics_of(entry_of(pothole)))
    editing.change_service(harbor, "pothole", rename("Hole"), part=basics_of, seen=seen, person=None, at=cast.NOON)
    with pytest.raises(ServiceChangedMeanwhile):
        editing.change_service(harbor, "pothole", rename("Pit"), part=basics_of, seen=seen, person=None, at=cast.NOON)
    assert Service.objects.get().name == "Hole"


def test_the_history_keeps_only_what_changed_and_a_change_of_nothing_leaves_no_row(harbor: Jurisdiction, pothole: Service) -> None:
    editing.change_service(harbor, "pothole", rename("Hole"), person=None, at=cast.NOON)
    editing.change_service(harbor, "pothole", rename("Hole"), person=None, at=cast.NOON)
    (row,) = AdministrativeChange.objects.all()
    assert (row.before, row.after) == (
        {"service_code": "pothole", "service_name": "Pothole"},
        {"service_code": "pothole", "service_name": "Hole"},
    )


@pytest.mark.parametrize(
    "change",
    [
        {"service_name": " "},
        {"service_name": "x" * 161},
        {"areas": ["atlantis"]},
        {"type": "later"},
        {"group": "No such group"},
    ],
)
def test_an_entry_with_a_fault_is_refused_and_nothing_of_it_written(harbor: Jurisdiction, pothole: Service, change: dict[str, Any]) -> None:
    before = entry_of(pothole)
    with pytest.raises(ServiceRefused):
        editing.change_service(harbor, "pothole", lambda entry: entry | change, person=None, at=cast.NOON)
    assert entry_of(Service.objects.get()) == before


def test_a_service_with_requests_says_how_many_when_it_is_to_be_deleted(harbor: Jurisdiction, pothole: Service) -> None:
    cast.make_requests(pothole, 3)
    with pytest.raises(ServiceInUse, match="3 requests, 3 of them open") as raised:
        editing.delete_service(harbor, "pothole", person=None, at=cast.NOON)
    assert raised.value.facts == {"open_count": 3, "request_count": 3}


def test_a_service_that_an_article_names_is_not_deleted(harbor: Jurisdiction, pothole: Service) -> None:
    harbor.articles.create(service=pothole, code="a", title="A", text="T")
    with pytest.raises(ServiceInUse, match="knowledgearticle"):
        editing.delete_service(harbor, "pothole", person=None, at=cast.NOON)


def test_an_answer_that_was_given_keeps_its_words(harbor: Jurisdiction, pothole: Service) -> None:
    cast.make_request(pothole, answers={"size": "large"})

    def without(key: str) -> editing.Change:
        question = question_of(entry_of(pothole), "attributes", "size")
        return lambda entry: with_question(entry, "attributes", "size", question | {"values": [v for v in question["values"] if v["key"] != key]})

    with pytest.raises(ServiceRefused) as raised:
        editing.change_service(harbor, "pothole", without("large"), person=None, at=cast.NOON)
    assert raised.value.facts["faults"] == ["answered:size:large"]
    editing.change_service(harbor, "pothole", without("small"), person=None, at=cast.NOON)
    assert [value["key"] for value in pothole.attributes.get(code="size").values] == ["large"]


def test_codes_are_made_of_words_and_never_twice() -> None:
    assert editing.free_code("Is it  dangerous?", []) == "IS_IT_DANGEROUS"
    assert editing.free_code("Is it dangerous?", ["IS_IT_DANGEROUS"]) == "IS_IT_DANGEROUS_2"
    assert editing.free_code("路", ["QUESTION"]) == "QUESTION_2"
    assert len(editing.free_code("x" * 500, [])) <= 64
