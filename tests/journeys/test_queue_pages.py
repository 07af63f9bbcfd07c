"""The queue through HTTP: what somebody at the desk sees, filters, assigns and takes back, with scripts and without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evenhand.web.accounts.models import Account, PersonalDataRead, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.core import clock
from evenhand.web.journeys.assign_requests import AT_ONCE, Target, assign_requests
from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import forget_places
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import SavedView, Service, ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken
from evenhand.web.service_requests.workflow import Actor, ClosingReason, State
from tests.cast import ANA, IN_HILLTOP, LUZ, NOON, make_address, make_city, make_request, make_requests, make_service, make_staff, make_team

QUEUE = "/console/"


@pytest.fixture
def chi(harbor: Jurisdiction) -> Account:
    return make_staff(harbor, Role.DISPATCHER, "chi", first_name="Chi")


@pytest.fixture
def desk(client: Client, chi: Account) -> Client:
    client.force_login(chi)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def rows(answer: Any) -> list[str]:
    return [part.split('"', 1)[0] for part in text(answer).split('data-row="')[1:]]


def mark(request: ServiceRequest) -> str:
    request.refresh_from_db()
    return f"{request.event_count}:{request.reference}"


def assign(desk: Client, requests: list[ServiceRequest], **to: str) -> Any:
    return desk.post("/console/queue/assign/", {"chosen": [mark(request) for request in requests], **to}, follow=True)


def test_a_row_says_all_that_one_needs_to_choose_what_to_do_next(desk: Client, chi: Account, pothole: Service, harbor: Jurisdiction) -> None:
    request = make_request(pothole, at=clock.now() - timedelta(days=5))
    team = make_team(harbor, members=[chi])
    columns = {
        "team": team,
        "assignee": chi,
        "due_at": clock.now() - timedelta(days=3, hours=1),
        "priority": 3,
        "supporter_count": 4,
        "veto_count": 1,
    }
    ServiceRequest.objects.filter(pk=request.pk).update(**columns, photo_count=2)
    page = text(desk.get(QUEUE))
    for words in ("Pothole", "12 Wharf Street", "Dockside", "3 days overdue", "5 days old", "Urgent", "Roads", "Chi", "Received", "2 photos"):
        assert words in page
    assert "me too: 4" in page
    assert "said not fixed: 1" in page


def test_what_people_wrote_is_shown_as_they_wrote_it_and_never_as_markup(desk: Client, pothole: Service, harbor: Jurisdiction) -> None:
    make_request(pothole, address="<script>alert(1)</script> & 5%")
    make_team(harbor, "x", '<b>"Team"</b>')
    page = text(desk.get(QUEUE))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 5%" in page
    assert "<script>alert" not in page
    assert "<b>" not in page


def test_a_page_of_a_hundred_rows_takes_at_most_ten_queries(desk: Client, chi: Account, pothole: Service, harbor: Jurisdiction) -> None:
    make_team(harbor, members=[chi])
    SavedView.objects.create(jurisdiction=harbor, account=chi, name="Night", query="order=newest&area=dockside", created_at=NOON)
    make_requests(pothole, 101, every=timedelta(minutes=1))
    desk.get(QUEUE)  # once in a while a session notes that it is used, as on its first page
    forget_places()
    with CaptureQueriesContext(connection) as queries:
        answer = desk.get(QUEUE)
    assert len(rows(answer)) == 100
    assert len(queries) <= 10, "\n".join(query["sql"][:90] for query in queries)


def test_pages_lead_on_and_back(desk: Client, pothole: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.web.service_requests.queue.page_of_queue.__kwdefaults__", {"after": "", "before": "", "size": 2})
    expected = [request.reference for request in make_requests(pothole, 5)]
    first = desk.get(QUEUE)
    second = desk.get(_link(first, "next"))
    third = desk.get(_link(second, "next"))
    assert rows(first) + rows(second) + rows(third) == expected
    assert rows(desk.get(_link(second, "prev"))) == rows(first)
    assert 'rel="next"' not in text(third)


def test_everybody_sees_only_what_they_may(client: Client, harbor: Jurisdiction, pothole: Service, power_out: Service) -> None:
    open_one, private = make_request(pothole), make_request(power_out)
    make_request(make_service(make_city("bay", "Bay", shift=1.0), "sign", "Sign"), point=None)
    confined = make_staff(harbor, Role.AGENT, "dee")
    make_team(harbor, "shelter", "Shelter", members=[confined], is_confined=True)
    cases: tuple[tuple[Account, set[ServiceRequest]], ...] = (
        (make_staff(harbor, Role.AGENT), {open_one, private}),
        (make_staff(harbor, Role.ANALYST), {open_one}),
        (confined, set()),
    )
    for person, expected in cases:
        client.force_login(person)
        references = {request.reference for request in expected}
        assert set(rows(client.get(QUEUE))) == references
        drawn = client.get("/console/queue/map.json?bbox=-71.2,42.2,-70.9,42.5&zoom=13").json()
        assert {point[2] for point in drawn["points"]} == references
        assert client.get("/console/queue/news.json?since=0").json()["new"] == 0


def test_who_may_not_assign_finds_nothing_to_select(client: Client, harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    client.force_login(make_staff(harbor, Role.CALL_TAKER))
    page = client.get(QUEUE)
    assert rows(page) == [pothole_request.reference]
    assert 'name="chosen"' not in text(page)
    assert client.post("/console/queue/assign/", {"chosen": mark(pothole_request), "to_team": "roads"}).status_code == 403


def test_filters_stand_in_the_address_and_can_be_taken_away_one_by_one(desk: Client, pothole: Service, streetlight: Service) -> None:
    make_request(pothole)
    light = make_request(streetlight, point=IN_HILLTOP)
    page = desk.get(f"{QUEUE}?service=streetlight&area=hilltop")
    assert rows(page) == [light.reference]
    assert 'href="/console/?area=hilltop"' in text(page)
    assert '<option value="hilltop" selected>' in text(page)


@pytest.mark.parametrize(
    "query",
    [
        "service=gone", "state=nonsense", "team=gone", "assignee=gone", "area=gone", "due=never", "priority=9",
        "channel=pigeon", "mark=x", "from=32-1",
        "reporter=123456782", "reporter=%F0%9F%95%B3",
        "to=2026-02-31", "from=2026-03-02&to=2026-03-01", "near=here", "near=1e999,1", "order=random", "q=" + "x" * 201, "from=0001-01-01", "%00=%00",
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_said_and_does_not_limit(query: str, desk: Client, pothole_request: ServiceRequest) -> None:
    page = desk.get(f"{QUEUE}?{query}")
    assert page.status_code == 200
    assert ("Part of what was asked for is not applied" in text(page)) is (query != "%00=%00")
    if "&" not in query:
        assert rows(page) == [pothole_request.reference]


def test_a_number_leads_to_its_request_however_it_is_typed(desk: Client, pothole_request: ServiceRequest) -> None:
    number = pothole_request.reference
    for typed in (number, f"{number[:3]}-{number[3:6]}-{number[6:]}", f" {number[:3]} {number[3:]} ", f"#{number}"):
        assert desk.get(QUEUE, {"q": typed})["Location"] == f"/console/requests/{number}/"


def test_a_number_that_leads_nowhere_says_why(client: Client, harbor: Jurisdiction, power_out: Service) -> None:
    hidden = make_request(power_out).reference
    client.force_login(make_staff(harbor, Role.ANALYST))
    assert "that you may see" in text(client.get(QUEUE, {"q": hidden}))
    wrong = hidden[:-1] + str((int(hidden[-1]) + 1) % 10)
    assert "typing error" in text(client.get(QUEUE, {"q": wrong}))


def test_an_address_leads_to_the_requests_around_it(desk: Client, harbor: Jurisdiction, pothole: Service) -> None:
    make_address(harbor, "12 Wharf Street", lat=42.3601, long=-71.0501)
    near = make_request(pothole, address="corner of Wharf and Pier")
    make_request(pothole, point=IN_HILLTOP, address="12 Wharfside")
    answer = desk.get(QUEUE, {"q": "12 wharf st", "order": "newest"}, follow=True)
    assert answer.redirect_chain[0][0].startswith("/console/?order=newest&near=42.36010%2C-71.05010")
    assert rows(answer) == [near.reference]
    assert "Around 12 Wharf Street" in text(answer)


def test_the_other_requests_of_a_reporter_are_found_and_that_is_noted(client: Client, desk: Client, pothole: Service) -> None:
    asked = make_request(pothole, by=ANA)
    by_mail, by_phone = make_request(pothole, by=replace(ANA, phone="")), make_request(pothole, by=replace(ANA, email="ana@work.test"))
    actions.close(by_mail, actor=Actor.STAFF, at=NOON, reason=ClosingReason.INVALID, words="Nothing there.")
    make_request(pothole, by=LUZ)
    make_request(pothole)
    page = text(desk.get(f"{QUEUE}requests/{asked.reference}/"))
    link = page.split('">2 other requests of this person')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    PersonalDataRead.objects.all().delete()
    found = desk.get(link)
    assert set(rows(found)) == {by_mail.reference, by_phone.reference}
    assert f"Same reporter as {spoken(asked.reference)}" in text(found)
    assert set(PersonalDataRead.objects.values_list("reference", "purpose")) == {(one, "caller_history") for one in rows(found)}


def test_who_may_not_see_reporters_cannot_ask_what_else_they_reported(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    asked, other = make_request(pothole, by=ANA), make_request(pothole, by=LUZ)
    client.force_login(make_staff(harbor, Role.ANALYST))
    page = client.get(QUEUE, {"reporter": asked.reference})
    assert "whose reporter you may see" in text(page)
    assert set(rows(page)) == {asked.reference, other.reference}


@pytest.mark.parametrize("typed", ["*", "-", "🕳️"])
def test_signs_alone_are_no_search_and_that_is_said(desk: Client, pothole_request: ServiceRequest, typed: str) -> None:
    page = desk.get(QUEUE, {"q": typed}).content.decode()
    assert f"“{typed}” has no letter and no digit" in page
    assert pothole_request.reference in page, "the search is not applied"


@pytest.mark.parametrize("typed", ['"', "(", "hole AND", "*", "🕳️", "a:b", "'; DROP TABLE", "%s %(name)s", "\\", "x" * 200, "١٢٣ ١"])
def test_a_search_never_fails(typed: str, desk: Client, pothole_request: ServiceRequest) -> None:
    assert desk.get(f"{QUEUE}?q={quote(typed)}").status_code == 200


def test_a_view_is_saved_shown_with_its_count_and_deleted(desk: Client, chi: Account, pothole: Service) -> None:
    make_requests(pothole, 2)
    desk.post("/console/queue/views/save/", {"name": "By the water", "back": "area=dockside&after=1_2_3&junk=x", "shared": "yes"})
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("area=dockside", True)
    page = desk.get(f"{QUEUE}?area=dockside")
    assert "By the water" in text(page)
    assert 'data-queue-view="7" aria-current="page">By the water <span class="queue-views__count">2</span>' in text(page)
    for _ in range(2):
        assert desk.post(f"/console/queue/views/{view.pk}/delete/").status_code == 303
    assert not SavedView.objects.exists()


def test_a_saved_view_whose_service_is_retired_or_gone_still_opens(desk: Client, chi: Account, harbor: Jurisdiction, pothole: Service) -> None:
    request = make_request(pothole)
    for name, query in (("Retired", "service=pothole"), ("Gone", "service=gone")):
        SavedView.objects.create(jurisdiction=harbor, account=chi, name=name, query=query, created_at=NOON)
    Service.objects.filter(pk=pothole.pk).update(is_offered=False)
    assert rows(desk.get(f"{QUEUE}?service=pothole")) == [request.reference]
    assert "This city has no such service." in text(desk.get(f"{QUEUE}?service=gone"))


def test_many_requests_are_given_to_a_team_and_taken_back(desk: Client, chi: Account, harbor: Jurisdiction, pothole: Service) -> None:
    requests = make_requests(pothole, AT_ONCE + 3)
    team = make_team(harbor, members=[chi])
    page = assign(desk, requests, to_team="roads")
    assert f"{AT_ONCE + 3} requests were given to Roads." in text(page)
    assert set(ServiceRequest.objects.values_list("team", "state")) == {(team.pk, State.ASSIGNED)}
    noted = requests[0]
    ServiceRequest.objects.filter(pk=noted.pk).update(event_count=99)
    page = desk.post("/console/queue/take-back/", {}, follow=True)
    assert f"{AT_ONCE + 2} requests were given back" in text(page)
    assert "changed by somebody else meanwhile" in text(page)
    assert ServiceRequest.objects.filter(team=None).count() == AT_ONCE + 2
    assert "nothing to take back" in text(desk.post("/console/queue/take-back/", {}, follow=True))


def test_what_went_out_of_ones_sight_by_being_given_away_can_be_taken_back(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    dee = make_staff(harbor, Role.DISPATCHER, "dee")
    shelter, roads = make_team(harbor, "shelter", "Shelter", members=[dee], is_confined=True), make_team(harbor)
    request = make_request(pothole)
    ServiceRequest.objects.filter(pk=request.pk).update(team=shelter)
    client.force_login(dee)
    assign(client, [request], to_team="roads")
    assert ServiceRequest.objects.get().team == roads
    page = client.post("/console/queue/take-back/", {}, follow=True)
    assert "1 request was given back" in text(page)
    assert ServiceRequest.objects.get().team == shelter


def test_a_double_click_assigns_once(desk: Client, chi: Account, harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    make_team(harbor, members=[chi])
    seen = mark(pothole_request)
    for _ in range(2):
        page = desk.post("/console/queue/assign/", {"chosen": seen, "to_team": "roads"}, follow=True)
    assert "1 was left as it is: with them already" in text(page)
    assert pothole_request.events.filter(kind="assigned").count() == 1


def test_what_somebody_else_assigned_meanwhile_is_left_to_them(
    desk: Client, chi: Account, harbor: Jurisdiction, pothole_request: ServiceRequest
) -> None:
    parks = make_team(harbor, "parks", "Parks")
    make_team(harbor, members=[chi])
    seen = mark(pothole_request)
    ben = make_staff(harbor, Role.AGENT, "ben")
    assign_requests([(pothole_request.reference, 1)], Target(team=parks), person=ben, city=harbor, at=NOON)
    page = desk.post("/console/queue/assign/", {"chosen": seen, "to_team": "roads"}, follow=True)
    assert "changed by somebody else meanwhile" in text(page)
    pothole_request.refresh_from_db()
    assert pothole_request.team == parks


def test_closed_hidden_and_invented_requests_are_left_out_and_told(desk: Client, chi: Account, harbor: Jurisdiction, pothole: Service) -> None:
    done, still_open = make_request(pothole), make_request(pothole)
    make_team(harbor, members=[chi])
    actions.close(done, actor=Actor.STAFF, at=NOON, reason=ClosingReason.INVALID, words="Nothing there.")
    chosen = [mark(done), mark(still_open), "1:123456789", "nonsense", "x:y", ":", "1:\0"]
    page = text(desk.post("/console/queue/assign/", {"chosen": chosen, "to_team": "roads"}, follow=True))
    assert "1 request was given to Roads." in page
    assert "closed meanwhile" in page
    assert "not there (any more)" in page


def test_somebody_who_lost_the_role_meanwhile_is_given_nothing(desk: Client, harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    ben = make_staff(harbor, Role.AGENT, "ben")
    for change in ({"role": ""}, {"role": Role.ANALYST}, {"role": Role.AGENT, "is_active": False}):
        Account.objects.filter(pk=ben.pk).update(**change)
        page = assign(desk, [pothole_request], to_person="ben")
        assert "that person no longer works on requests" in text(page)
    pothole_request.refresh_from_db()
    assert pothole_request.assignee is None


def test_somebody_confined_to_a_team_is_not_given_what_they_could_not_open(desk: Client, harbor: Jurisdiction, pothole: Service) -> None:
    dee = make_staff(harbor, Role.AGENT, "dee")
    shelter = make_team(harbor, "shelter", "Shelter", members=[dee], is_confined=True)
    theirs, others = make_request(pothole), make_request(pothole)
    ServiceRequest.objects.filter(pk=theirs.pk).update(team=shelter)
    page = text(assign(desk, [theirs, others], to_person="dee"))
    assert "1 request was given to dee." in page
    assert "may not see" in page
    assert list(ServiceRequest.objects.filter(assignee=dee)) == [theirs]


def test_a_team_without_members_is_assigned_with_a_warning(desk: Client, harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    make_team(harbor)
    assert "Roads has no members" in text(assign(desk, [pothole_request], to_team="roads"))


@pytest.mark.parametrize("to", [{}, {"to_team": "gone"}, {"to_person": "\0"}, {"to_team": "retired"}])
def test_without_somebody_to_give_it_to_nothing_is_assigned(
    to: dict[str, str], desk: Client, harbor: Jurisdiction, pothole_request: ServiceRequest
) -> None:
    make_team(harbor, "retired", "Retired", is_retired=True)
    assert "Nothing was assigned" in text(assign(desk, [pothole_request], **to))
    assert not ServiceRequest.objects.exclude(team=None).exists()


def test_a_person_of_the_old_team_does_not_keep_what_goes_to_another(harbor: Jurisdiction, chi: Account, pothole_request: ServiceRequest) -> None:
    roads, parks = make_team(harbor, members=[chi]), make_team(harbor, "parks", "Parks", members=[chi])

    def give(target: Target) -> tuple[Team | None, Account | None]:
        pothole_request.refresh_from_db()
        assign_requests([(pothole_request.reference, pothole_request.event_count)], target, person=chi, city=harbor, at=NOON)
        pothole_request.refresh_from_db()
        return pothole_request.team, pothole_request.assignee

    assert give(Target(team=roads, assignee=chi)) == (roads, chi)
    assert give(Target(team=parks)) == (parks, None)
    assert give(Target(assignee=chi)) == (parks, chi)


def test_new_arrivals_are_counted_since_the_page_was_shown(desk: Client, pothole: Service) -> None:
    since = clock.now()
    make_request(pothole, at=since - timedelta(minutes=1))
    address = f"/console/queue/news.json?since={since.timestamp():.3f}"
    assert desk.get(address).json()["new"] == 0
    make_request(pothole, at=since + timedelta(milliseconds=5))
    assert desk.get(address).json() == {"new": 1, "words": "1 new since you looked"}
    assert desk.get("/console/queue/news.json?since=nonsense").json()["new"] == 0


@pytest.mark.parametrize("query", ["", "bbox=1,2,3&zoom=3", "bbox=a,b,c,d&zoom=3", "bbox=-71,42,-70,43&zoom=99", "bbox=nan,42,-70,43&zoom=3"])
def test_a_map_without_a_box_is_refused_with_a_problem(query: str, desk: Client) -> None:
    answer = desk.get(f"/console/queue/map.json?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "map_box_invalid")


def _link(answer: Any, rel: str) -> str:
    return text(answer).split(f'rel="{rel}" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
