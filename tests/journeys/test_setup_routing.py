"""The set-up's routing, hours, teams and areas through HTTP, as an administrator uses them; and what they do with bad input."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from evenhand.web.accounts.models import Account, AdministrativeChange, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.models import Holiday, Service, ServiceRequest
from evenhand.web.service_requests.routing_versions import RuleGiven, current_version, rules_given, save_routing
from tests.cast import NOON, make_city, make_request, make_staff, make_team

ROUTING = "/console/set-up/routing/"
HOURS = "/console/set-up/hours/"


@pytest.fixture
def chief(harbor: Jurisdiction, client: Client) -> Account:
    person = make_staff(harbor, Role.ADMINISTRATOR, "ada", first_name="Ada", last_name="Quist")
    client.force_login(person)
    return person


@pytest.fixture
def roads(harbor: Jurisdiction) -> Team:
    return make_team(harbor)


@pytest.fixture
def lights(harbor: Jurisdiction) -> Team:
    return make_team(harbor, "lights", "Lights")


def new_row(number: int, service: object, area: object, team: object, hours: object = "") -> dict[str, str]:
    name = f"new-{number}"
    values = {"service": service, "area": area, "team": team, "hours": hours, "priority": 1}
    return {f"{name}-{field}": str(value) for field, value in values.items()}


def row(service: object, area: object, team: object, hours: object = "", *, priority: int = 1, **more: str) -> dict[str, str]:
    name = f"{service}-{area}"
    return {f"{name}-team": str(team), f"{name}-hours": str(hours), f"{name}-priority": str(priority)} | {f"{name}-{k}": v for k, v in more.items()}


def form(action: str, seen: int, *rows: dict[str, str], **more: str) -> dict[str, Any]:
    names = ["-".join(next(iter(values)).split("-")[:2]) for values in rows]
    sent: dict[str, Any] = {"action": action, "seen": str(seen), "row": names, **more}
    for values in rows:
        sent |= values
    return sent


# --- the table ----------------------------------------------------------------------------------------------------------------------------------


def test_a_rule_is_added_looked_at_saved_and_routes_the_next_request(client: Client, chief: Account, pothole: Service, roads: Team) -> None:
    make_request(pothole)
    rule = new_row(0, pothole.pk, "*", roads.pk, 16)
    looked_at = client.post(ROUTING, form("preview", 0, rule)).content.decode()
    assert "What would change" in looked_at
    assert "1 would go to another team" in looked_at
    assert current_version(pothole.jurisdiction) is None
    saved = client.post(ROUTING, form("save", 0, rule, note="First rule"), follow=True).content.decode()
    assert "Version 1 counts from now on." in saved
    assert make_request(pothole).team == roads
    change = AdministrativeChange.objects.get(kind="routing")
    assert (change.account, change.after["note"]) == (chief, "First rule")


def test_a_rule_is_changed_and_another_removed(client: Client, chief: Account, pothole: Service, streetlight: Service, roads: Team) -> None:
    harbor, lights = pothole.jurisdiction, make_team(pothole.jurisdiction, "lights", "Lights")
    save_routing(harbor, by=chief, seen=0, real_at=NOON, rules=[RuleGiven(pothole.pk, None, roads.pk, 8), RuleGiven(streetlight.pk, None, roads.pk)])
    client.post(ROUTING, form("save", 1, row(pothole.pk, "*", lights.pk, 4, priority=2), row(streetlight.pk, "*", roads.pk, remove="1")))
    assert rules_given(current_version(harbor)) == [RuleGiven(pothole.pk, None, lights.pk, 4, 2)]
    compared = client.get(f"{ROUTING}versions/2/?with=1").content.decode()
    assert "Street light out" in compared
    assert "removed" in compared
    assert client.get(f"{ROUTING}versions/").status_code == 200


def test_trying_says_which_rule_why_and_when_without_saving(client: Client, chief: Account, pothole: Service, dockside: Area, roads: Team) -> None:
    sent = form("try", 0, new_row(0, pothole.pk, dockside.pk, roads.pk, 16), try_service=str(pothole.pk), try_area=str(dockside.pk))
    tried = client.post(ROUTING, sent).content.decode()
    assert "Pothole in Dockside → Roads, due in 16 working hours:" in tried
    assert "Nobody is in this team." in tried
    sent["try_area"] = ""
    assert "No rule fits, so it has no team." in client.post(ROUTING, sent).content.decode()
    assert current_version(pothole.jurisdiction) is None


def test_a_second_click_saves_nothing_twice(client: Client, chief: Account, pothole: Service, roads: Team) -> None:
    sent = form("save", 0, new_row(0, pothole.pk, "*", roads.pk, 16))
    client.post(ROUTING, sent)
    again = client.post(ROUTING, sent, follow=True).content.decode()
    assert "Nothing was changed" in again
    assert pothole.jurisdiction.routing_versions.count() == 1


def test_two_administrators_at_once_lose_nothing(client: Client, chief: Account, pothole: Service, streetlight: Service, roads: Team) -> None:
    harbor, lights = pothole.jurisdiction, make_team(pothole.jurisdiction, "lights", "Lights")
    bea = make_staff(harbor, Role.ADMINISTRATOR, "bea", first_name="Bea", last_name="Lund")
    save_routing(harbor, by=chief, seen=0, real_at=NOON, rules=[RuleGiven(pothole.pk, None, roads.pk, 8)])
    save_routing(harbor, by=bea, seen=1, real_at=NOON, rules=[RuleGiven(pothole.pk, None, roads.pk, 8), RuleGiven(streetlight.pk, None, lights.pk)])
    answer = client.post(ROUTING, form("save", 1, row(pothole.pk, "*", lights.pk, 8), note="Lights do potholes"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Bea Lund saved version 2 while you were typing" in page
    assert 'value="Lights do potholes"' in page
    assert harbor.routing_versions.count() == 2
    client.post(ROUTING, form("save", 2, row(pothole.pk, "*", lights.pk, 8), row(streetlight.pk, "*", lights.pk)))
    assert rules_given(current_version(harbor)) == [RuleGiven(pothole.pk, None, lights.pk, 8), RuleGiven(streetlight.pk, None, lights.pk)]


def test_a_rule_that_both_changed_is_marked(client: Client, chief: Account, pothole: Service, roads: Team, lights: Team) -> None:
    harbor = pothole.jurisdiction
    save_routing(harbor, by=chief, seen=0, real_at=NOON, rules=[RuleGiven(pothole.pk, None, roads.pk, 8)])
    save_routing(harbor, by=chief, seen=1, real_at=NOON, rules=[RuleGiven(pothole.pk, None, roads.pk, 16)])
    page = client.post(ROUTING, form("save", 1, row(pothole.pk, "*", lights.pk, 8))).content.decode()
    assert "One rule was changed by both of you" in page
    assert "Changed by both of you; this is what you typed." in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"team": ""}, "Choose a team."),
        ({"team": "999999"}, "Choose a team."),
        ({"team": "<b>"}, "Choose a team."),
        ({"hours": "-1"}, "Hours are a whole number"),
        ({"hours": "1.5"}, "Hours are a whole number"),
        ({"hours": "99999"}, "Hours are a whole number"),
        ({"hours": "١٦"}, "Hours are a whole number"),
        ({"priority": "9"}, "Choose a priority."),
        ({"service": "999999"}, "Choose a service"),
        ({"service": ""}, "Choose a service"),
        ({"area": "nowhere"}, "Choose an area"),
    ],
)
@pytest.mark.usefixtures("chief")
def test_what_cannot_be_used_is_said_and_kept(client: Client, pothole: Service, roads: Team, values: dict[str, str], words: str) -> None:
    rule = new_row(0, pothole.pk, "*", roads.pk, 16) | {f"new-0-{field}": value for field, value in values.items()}
    answer = client.post(ROUTING, form("save", 0, rule))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "<b>" not in answer.content.decode()
    assert current_version(pothole.jurisdiction) is None


def test_keys_of_another_city_and_made_up_rows_change_nothing(client: Client, chief: Account, pothole: Service, roads: Team) -> None:
    elsewhere = make_team(make_city("tarn", "Tarn", shift=1.0), "roads", "Tarn roads")
    refused = client.post(ROUTING, form("save", 0, new_row(0, pothole.pk, "*", elsewhere.pk)))
    assert refused.status_code == 422
    assert "Tarn roads" not in refused.content.decode()
    sent = {"action": "save", "seen": "zero", "row": ["x", "1-2-3", "new-*", "-", "999-999", "'; drop"], "999-999-team": str(roads.pk)}
    assert client.post(ROUTING, sent).status_code == 422
    assert client.post(ROUTING, {"action": "explode"}).status_code == 200
    assert current_version(pothole.jurisdiction) is None


def test_the_same_place_twice_is_refused(client: Client, chief: Account, pothole: Service, roads: Team) -> None:
    sent = form("save", 0, new_row(0, pothole.pk, "*", roads.pk, 8), new_row(1, pothole.pk, "*", roads.pk, 16))
    assert "another rule for this service and area" in client.post(ROUTING, sent).content.decode()


def test_more_rows_keep_what_was_typed(client: Client, chief: Account, pothole: Service, roads: Team) -> None:
    page = client.post(ROUTING, form("more", 0, new_row(0, pothole.pk, "*", roads.pk, 77))).content.decode()
    assert 'value="77"' in page
    assert page.count('name="row"') == 4


def test_a_table_of_a_thousand_rules_is_one_form(client: Client, chief: Account, harbor: Jurisdiction, roads: Team, pothole: Service) -> None:
    areas = [Area(jurisdiction=harbor, code=f"a{n}", name=f"Area {n}", shape={}, west=0, south=0, east=0, north=0) for n in range(1000)]
    keys = [area.pk for area in Area.objects.bulk_create(areas)]
    client.post(ROUTING, form("save", 0, *[row(pothole.pk, key, roads.pk, 8) for key in keys]))
    assert len(rules_given(current_version(harbor))) == 1000
    assert client.get(ROUTING).status_code == 200


def test_a_city_without_teams_is_sent_to_make_one(client: Client, chief: Account) -> None:
    assert "There is no team yet" in client.get(ROUTING).content.decode()
    assert client.get(f"{ROUTING}versions/9/").status_code == 404
    assert client.get(f"{ROUTING}versions/").status_code == 200


# --- hours and holidays -------------------------------------------------------------------------------------------------------------------------


def test_hours_are_read_as_people_write_them(client: Client, chief: Account, harbor: Jurisdiction) -> None:
    sent = {"seen": "0", "day1": "8-12, 13:00–16:30", "day2": "7.30 to 24", "day3": "closed", "note": "Winter"}
    assert client.post(HOURS, sent).status_code == 302
    version = current_version(harbor)
    assert version is not None
    assert version.working_hours == {"1": [["08:00", "12:00"], ["13:00", "16:30"]], "2": [["07:30", "24:00"]]}
    assert "08:00–12:00, 13:00–16:30" in client.get(HOURS).content.decode()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "at least one day"),
        ({"day1": "in the morning"}, "is no span of hours"),
        ({"day1": "16-8"}, "later end"),
        ({"day1": "8-12, 11-13"}, "begins before"),
        ({"day1": "8-8:30"}, "less than one hour"),
        ({"day1": "8-12", "around_the_clock": "on"}, "Either hours or around the clock"),
    ],
)
def test_hours_that_leave_no_working_time_or_cannot_be_read_are_refused(
    client: Client, chief: Account, harbor: Jurisdiction, sent: dict[str, str], words: str
) -> None:
    answer = client.post(HOURS, {"seen": "0", **sent})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert current_version(harbor) is None


def test_hours_saved_from_an_old_page_are_not_saved(client: Client, chief: Account, harbor: Jurisdiction) -> None:
    save_routing(harbor, by=chief, seen=0, real_at=NOON, working_hours={"1": [["08:00", "12:00"]]})
    answer = client.post(HOURS, {"seen": "0", "day2": "8-12"})
    assert answer.status_code == 409
    assert "version 1" in answer.content.decode()


def test_holidays_are_added_listed_and_removed(client: Client, chief: Account, harbor: Jurisdiction) -> None:
    client.post(f"{HOURS}holidays/add/", {"date": "2099-12-25", "name": "<b>Christmas</b>"})
    page = client.get(HOURS).content.decode()
    assert "&lt;b&gt;Christmas&lt;/b&gt;" in page
    warned = client.post(f"{HOURS}holidays/import/", {"days": "2099-12-25 Again\n2001-01-01 Long ago"}, follow=True).content.decode()
    assert "1 day was a holiday already." in warned
    assert "lies in the past" in warned
    key = Holiday.objects.get(date=date(2099, 12, 25)).pk
    for _click in range(2):
        assert client.post(f"{HOURS}holidays/{key}/remove/").status_code == 302
    assert Holiday.objects.count() == 1
    assert AdministrativeChange.objects.filter(kind="holiday").count() == 3


def test_days_that_are_none_are_said(client: Client, chief: Account, harbor: Jurisdiction) -> None:
    assert client.post(f"{HOURS}holidays/add/", {"date": "2026-02-30"}).status_code == 422
    assert client.post(f"{HOURS}holidays/add/", {"date": "0900-01-01"}).status_code == 422
    answer = client.post(f"{HOURS}holidays/import/", {"days": "2099-12-25 Christmas\nsoon"})
    assert answer.status_code == 422
    assert "line 2" in answer.content.decode()
    assert Holiday.objects.count() == 0


def test_a_holiday_of_another_city_cannot_be_removed(client: Client, chief: Account) -> None:
    tarn = make_city("tarn", "Tarn", shift=1.0)
    day = Holiday.objects.create(jurisdiction=tarn, date=date(2099, 1, 1), name="")
    client.post(f"{HOURS}holidays/{day.pk}/remove/")
    assert Holiday.objects.filter(pk=day.pk).exists()


# --- teams ---------------------------------------------------------------------------------------------------------------------------------------


def stamp_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def test_a_team_is_made_filled_renamed_and_retired(client: Client, chief: Account, pothole: Service, lights: Team) -> None:
    harbor = pothole.jurisdiction
    warned = client.post("/console/set-up/new-team/", {"name": "Road crew"}, follow=True).content.decode()
    assert "Nobody is in it yet." in warned
    team = Team.objects.get(code="road-crew")
    page = client.get("/console/set-up/teams/road-crew/").content.decode()
    client.post("/console/set-up/teams/road-crew/", {"seen": stamp_in(page), "name": "Roads", "members": [str(chief.pk)], "is_confined": "on"})
    team.refresh_from_db()
    assert (team.name, team.code, team.is_confined, list(team.members.all())) == ("Roads", "road-crew", True, [chief])
    save_routing(harbor, by=chief, seen=0, real_at=NOON, rules=[RuleGiven(None, None, team.pk, 8)])
    request = make_request(pothole)
    asked = client.get("/console/set-up/teams/road-crew/retire/").content.decode()
    assert "One open request is with this team." in asked
    assert client.post("/console/set-up/teams/road-crew/retire/", {}).status_code == 422
    assert client.post("/console/set-up/teams/road-crew/retire/", {"to": "999999"}).status_code == 422
    for _click in range(2):
        client.post("/console/set-up/teams/road-crew/retire/", {"to": str(lights.pk)})
    assert ServiceRequest.objects.get(pk=request.pk).team == lights
    assert [rule.team_id for rule in rules_given(current_version(harbor))] == [lights.pk]
    client.post("/console/set-up/teams/road-crew/bring-back/")
    assert not Team.objects.get(pk=team.pk).is_retired


def test_a_team_changed_meanwhile_is_not_overwritten(client: Client, chief: Account, roads: Team) -> None:
    page = client.get("/console/set-up/teams/roads/").content.decode()
    Team.objects.filter(pk=roads.pk).update(email="new@harbor.test")
    answer = client.post("/console/set-up/teams/roads/", {"seen": stamp_in(page), "name": "Other"})
    assert answer.status_code == 409
    assert "new@harbor.test" in answer.content.decode()
    assert 'value="Other"' in answer.content.decode()
    roads.refresh_from_db()
    assert (roads.name, roads.email) == ("Roads", "new@harbor.test")


@pytest.mark.parametrize(
    "sent",
    [{"name": ""}, {"name": "x" * 121}, {"name": "Roads"}, {"name": "New", "code": "roads"}, {"name": "New", "code": "no code"}, {"name": "!!!"}],
)
def test_a_team_that_cannot_be_is_refused_with_what_was_typed(client: Client, chief: Account, roads: Team, sent: dict[str, str]) -> None:
    assert client.post("/console/set-up/new-team/", sent).status_code == 422
    assert Team.objects.count() == 1


def test_a_team_of_another_city_is_not_there(client: Client, chief: Account) -> None:
    make_team(make_city("tarn", "Tarn", shift=1.0), "tarn-roads", "Tarn roads")
    for address in ("", "retire/"):
        assert client.get(f"/console/set-up/teams/tarn-roads/{address}").status_code == 404
    assert "Tarn" not in client.get("/console/set-up/teams/").content.decode()


# --- areas and history ----------------------------------------------------------------------------------------------------------------------------


def test_an_area_is_renamed_and_its_history_reads_so(client: Client, chief: Account, dockside: Area) -> None:
    address = "/console/set-up/areas/dockside/"
    client.post(address, {"name": "The Docks <i>", "seen": "Dockside"})
    assert Area.objects.get(pk=dockside.pk).name == "The Docks <i>"
    stale = client.post(address, {"name": "Docklands", "seen": "Dockside"})
    assert stale.status_code == 422
    assert "renamed this area meanwhile" in stale.content.decode()
    page = client.get("/console/set-up/history/?kind=area").content.decode()
    assert "The Docks &lt;i&gt;" in page
    assert "Dockside" in page
    assert client.get("/console/set-up/areas/nowhere/").status_code == 404


def test_the_history_is_filtered_and_paged_and_shows_one_city_only(client: Client, chief: Account, harbor: Jurisdiction) -> None:
    tarn = make_city("tarn", "Tarn", shift=1.0)
    rows = [AdministrativeChange(jurisdiction=harbor, account=chief, kind="team", subject=f"team {n}", after={"name": n}, at=NOON) for n in range(60)]
    AdministrativeChange.objects.bulk_create([*rows, AdministrativeChange(jurisdiction=tarn, kind="team", subject="of Tarn", at=NOON)])
    first = client.get("/console/set-up/history/").content.decode()
    assert "team 59" in first
    assert "team 5<" not in first
    assert "of Tarn" not in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "team 5<" in client.get(f"/console/set-up/history/{older}").content.decode()
    for wrong in ("?before=x", "?who=abc", "?kind=%00", "?q=%00%27", f"?before={'9' * 30}"):
        assert client.get(f"/console/set-up/history/{wrong}").status_code == 200


def test_the_front_page_shows_the_parts(client: Client, chief: Account) -> None:
    page = client.get("/console/set-up/").content.decode()
    for words in ("Routing", "Working hours and holidays", "Teams", "People", "Areas", "History"):
        assert f'setup-card__title">{words}<' in page
