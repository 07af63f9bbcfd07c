"""A city's set-up goes out into a file and comes in again, into this city or another, and nothing else changes."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from evenhand.web.accounts.models import Account, AdministrativeChange, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations.models import ResponseTemplate
from evenhand.web.journeys.export_configuration import as_text, configuration_of
from evenhand.web.journeys.import_configuration import (
    ConfigurationChangedMeanwhile,
    ConfigurationInvalid,
    import_configuration,
    plan_import,
)
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Holiday, KnowledgeArticle, RoutingRule, RoutingVersion, Service, ServiceRequest
from tests import cast

AT = cast.NOON


@pytest.fixture
def city(harbor: Jurisdiction, pothole: Service, fallen_wire: Service, power_out: Service) -> Jurisdiction:
    """A city with something in every section."""
    person = cast.make_staff(harbor, Role.AGENT, "ben", first_name="Ben", last_name="Hidden")
    roads = cast.make_team(harbor, members=[person], email="ben@harbor.test")
    version = RoutingVersion.objects.create(jurisdiction=harbor, number=1, working_hours={"1": [["08:00", "16:30"]]}, made_at=AT)
    RoutingRule.objects.create(version=version, service=pothole, area=harbor.areas.get(code="dockside"), team=roads, work_hours=16, priority=2)
    RoutingRule.objects.create(version=version, team=roads)
    Holiday.objects.create(jurisdiction=harbor, date=date(2026, 12, 25), name="Christmas Day")
    told = {"es": {"title": "Árboles", "whose": "El condado"}}
    KnowledgeArticle.objects.create(
        jurisdiction=harbor, code="trees", title="Trees", text="Ask the county.", is_ours=False, whose="County", translations=told
    )
    ResponseTemplate.objects.create(jurisdiction=harbor, service=pothole, use="close:fixed", name="Filled", text="Filled: {reference}.")
    pothole.areas.set(harbor.areas.filter(code="dockside"))
    Service.objects.filter(pk=power_out.pk).update(is_offered=False)
    return harbor


def planned(city: Jurisdiction, document: Any) -> list[tuple[str, str, str]]:
    plan = plan_import(city, document)
    assert not plan.faults, plan.faults
    return [(one.section, one.kind, one.subject) for one in plan.differences]


def test_a_set_up_goes_into_an_empty_city_of_another_name_and_comes_out_the_same(city: Jurisdiction) -> None:
    document = configuration_of(city)
    second = cast.make_city("lakeside", "Lakeside", shift=1.0)
    import_configuration(second, json.loads(as_text(document)), person=None, at=AT)
    assert configuration_of(second) == document | {"city": "Lakeside"}


def test_the_same_file_changes_nothing_and_leaves_no_row(city: Jurisdiction) -> None:
    document = json.loads(as_text(configuration_of(city)))
    assert planned(city, document) == []
    import_configuration(city, document, person=None, at=AT)
    assert RoutingVersion.objects.count() == 1
    assert not AdministrativeChange.objects.exists()


def test_nobodys_name_or_address_is_in_the_file(city: Jurisdiction) -> None:
    text = as_text(configuration_of(city))
    assert not [secret for secret in ("Ben", "Hidden", "ben", "harbor.test") if secret in text]


def test_importing_keeps_the_people_of_a_team(city: Jurisdiction) -> None:
    document = configuration_of(city)
    document["teams"][0]["name"] = "Roads and bridges"
    import_configuration(city, document, person=None, at=AT)
    team = Team.objects.get(code="roads")
    assert (team.name, team.email, [one.username for one in team.members.all()]) == ("Roads and bridges", "ben@harbor.test", ["ben"])


def test_what_would_change_is_said_field_by_field_before_anything_does(city: Jurisdiction) -> None:
    document = configuration_of(city)
    before = deepcopy(document)
    (pothole,) = (one for one in document["services"] if one["service_code"] == "pothole")
    pothole["service_name"] = "Hole in the road"
    pothole["definition"]["attributes"][1]["description"] = "Which lane?"
    next(rule for rule in document["routing"] if rule["service"] is None)["work_hours"] = 24
    document["holidays"] = [{"date": "2026-07-04", "name": "Independence Day"}]
    document["articles"] = []
    plan = plan_import(city, document)
    told = {(one.section, one.kind, one.subject): [(field.path, field.before, field.after) for field in one.fields] for one in plan.differences}
    assert told == {
        ("services", "changed", "Hole in the road"): [
            ("service_name", "Pothole", "Hole in the road"),
            ("definition/attributes/lane/description", "In which lane?", "Which lane?"),
        ],
        ("routing", "changed", "* · *"): [("work_hours", None, 24)],
        ("holidays", "added", "2026-07-04 Independence Day"): [],
        ("holidays", "removed", "2026-12-25 Christmas Day"): [],
        ("articles", "retired", "Trees"): [],
    }
    assert configuration_of(city) == before
    import_configuration(city, document, person=None, at=AT)
    assert planned(city, document) == []
    assert KnowledgeArticle.objects.get().is_retired
    assert RoutingVersion.objects.count() == 2


def test_a_part_that_the_file_does_not_have_stays(city: Jurisdiction) -> None:
    document = {"services": [one for one in configuration_of(city)["services"] if one["service_code"] == "pothole"]}
    assert planned(city, document) == [("services", "retired", "Fallen wire")]
    import_configuration(city, document, person=None, at=AT)
    assert list(Service.objects.filter(is_offered=True).values_list("code", flat=True)) == ["pothole"]
    assert Holiday.objects.count() == 1


def test_a_services_file_of_before_is_a_configuration(harbor: Jurisdiction) -> None:
    import_configuration(harbor, {"services": [{"service_code": "BENCH", "service_name": "Bench", "group": "Parks"}]}, person=None, at=AT)
    assert Service.objects.get().group.name == "Parks"


def test_every_fault_is_named_with_its_path_and_nothing_is_taken(city: Jurisdiction) -> None:
    document = configuration_of(city)
    before = deepcopy(document)
    document["services"][0] |= {"type": "later", "areas": ["atlantis"]}
    document["teams"].append({"code": "a b", "name": "", "confined": "no"})
    document["routing"].append({"service": "unicorns", "team": "nobody", "work_hours": -1, "priority": 9})
    document["holidays"] += [{"date": "2026-02-30"}, {"date": "2026-12-25"}, "Sunday"]
    document["templates"][0] |= {"text": "Dear {reporter}", "use": "sing"}
    document["articles"][0]["translations"] = {"es": "Árboles"}
    document["working_hours"] = {"8": [], "1": [["16:00", "08:00"]]}
    plan = plan_import(city, document)
    told = "\n".join(plan.faults)
    for part in (
        "type 'later' is none of",
        "area 'atlantis' is not an area",
        "teams/2/code: 'a b' must be",
        "teams/2/name: must be text of 1 to 120",
        "teams/2/confined: must be true or false",
        "routing/3/service: 'unicorns' is no service",
        "routing/3/team: 'nobody' is no team",
        "routing/3/work_hours: must be a whole number",
        "routing/3/priority: must be 0, 1, 2 or 3",
        "holidays/2/date: '2026-02-30' is no day",
        "holidays/3: the same as holidays/1",
        "holidays/4: not an object",
        "templates/1/use: 'sing' is none of",
        "templates/1/text: {reporter} is no placeholder. These are: {reference}",
        "articles/1/translations: must be an object",
        "working_hours: '8' is no day",
    ):
        assert part in told
    with pytest.raises(ConfigurationInvalid, match="Nothing was changed"):
        import_configuration(city, document, person=None, at=AT)
    assert configuration_of(city) == before


@pytest.mark.parametrize(
    "document", [[], 7, "text", None, {}, {"format": "other"}, {"version": 2, "teams": []}, {"services": {}}, {"working_hours": []}]
)
def test_what_is_no_configuration_is_a_fault(harbor: Jurisdiction, document: Any) -> None:
    assert len(plan_import(harbor, document).faults) == 1


@pytest.mark.parametrize("section", ["groups", "services", "teams", "working_hours", "routing", "holidays", "templates", "articles"])
@pytest.mark.parametrize(
    "value", [7, [7], [{}], {"a": 1}, [{"code": {}, "name": [], "date": 5, "translations": 3, "service": 4, "text": None}], [[]], True]
)
def test_a_member_of_another_kind_is_a_fault_never_an_accident(harbor: Jurisdiction, section: str, value: Any) -> None:
    assert plan_import(harbor, {section: value}).faults


def test_members_that_nobody_knows_are_named(city: Jurisdiction) -> None:
    document = configuration_of(city)
    document["people"] = []
    document["services"][0]["colour"] = "red"
    document["services"][0]["definition"]["attributes"][0]["requird"] = True
    document["teams"][0]["members"] = ["ben"]
    assert plan_import(city, document).unknown == ["people", "teams/1/members", "services/1/colour", "services/1/definition/attributes/1/requird"]


def test_an_answered_question_that_the_file_drops_is_retired_and_its_kind_stays(city: Jurisdiction, pothole: Service) -> None:
    cast.make_request(pothole, answers={"size": "large", "lane": "left"})
    document = configuration_of(city)
    (entry,) = (one for one in document["services"] if one["service_code"] == "pothole")
    attributes = entry["definition"]["attributes"]
    del attributes[1]
    import_configuration(city, document, person=None, at=AT)
    assert pothole.attributes.get(code="lane").is_retired
    assert planned(city, document) == []
    attributes[0] |= {"datatype": "number", "values": []}
    assert plan_import(city, document).faults == [
        "services: Pothole: question size: it was answered, so its datatype must stay; give the new question a code of its own"
    ]


def test_a_set_up_that_was_changed_meanwhile_is_looked_at_again(city: Jurisdiction) -> None:
    document = configuration_of(city) | {"holidays": []}
    seen = plan_import(city, document).seen
    Service.objects.filter(code="pothole").update(name="Hole")
    with pytest.raises(ConfigurationChangedMeanwhile):
        import_configuration(city, document, person=None, at=AT, seen=seen)
    assert Holiday.objects.count() == 1


def test_order_is_part_of_the_set_up(city: Jurisdiction) -> None:
    document = configuration_of(city)
    document["groups"].reverse()
    assert planned(city, document) == [("groups", "changed", ""), ("services", "changed", "")]
    import_configuration(city, document, person=None, at=AT)
    assert [one["name"] for one in configuration_of(city)["groups"]] == [one["name"] for one in document["groups"]]
    assert planned(city, document) == []


def test_a_service_that_becomes_private_by_a_file_hides_its_requests(city: Jurisdiction, pothole: Service) -> None:
    request = cast.make_request(pothole)
    document = configuration_of(city)
    next(one for one in document["services"] if one["service_code"] == "pothole")["private"] = True
    import_configuration(city, document, person=None, at=AT)
    assert ServiceRequest.objects.get(pk=request.pk).visibility == "private"


def test_each_change_stands_in_the_history_with_who_made_it(city: Jurisdiction) -> None:
    agent_ben = Account.objects.get(username="ben")
    document = configuration_of(city) | {"holidays": [], "articles": []}
    import_configuration(city, document, person=agent_ben, at=AT)
    assert sorted(AdministrativeChange.objects.values_list("kind", "account__username")) == [
        ("article", agent_ben.username),
        ("configuration", agent_ben.username),
        ("holiday", agent_ben.username),
    ]
