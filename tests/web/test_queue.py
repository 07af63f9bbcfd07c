"""The queue's rows: which ones, in which order, in pages, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import actions, queue
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.queue import QueueFilters, QueuePage, Row, Show, counted_all, page_of_queue, requests_in_queue
from evenhand.web.service_requests.queue_map import queue_map
from evenhand.web.service_requests.queue_order import Order, in_order, read_mark
from evenhand.web.service_requests.saved_views import ViewRefused, delete_view, save_view, views_of
from evenhand.web.service_requests.workflow import Actor, ClosingReason, State
from tests.cast import IN_HILLTOP, NOON, make_request, make_requests, make_staff, make_team

DAY = timedelta(days=1)


@pytest.fixture
def chi(harbor: Jurisdiction) -> Account:
    return make_staff(harbor, Role.DISPATCHER, "chi")


def put(request: ServiceRequest, **columns: Any) -> ServiceRequest:
    """Set columns that other actions of staff would set."""
    ServiceRequest.objects.filter(pk=request.pk).update(**columns)
    request.refresh_from_db()
    return request


def page(person: Account, filters: QueueFilters | None = None, *, at: datetime = NOON, **marks: Any) -> QueuePage:
    city = person.cities.get()
    wanted = filters or QueueFilters()
    found = requests_in_queue(ServiceRequest.objects.visible_to(person, city), wanted, person=person, at=at)
    return page_of_queue(found, wanted, city=city, **marks)


def keys(rows: Sequence[Row]) -> list[int]:
    return [row.pk for row in rows]


def shown(person: Account, filters: QueueFilters | None = None, **more: Any) -> list[int]:
    return keys(page(person, filters, **more).rows)


def closed(request: ServiceRequest) -> ServiceRequest:
    return actions.close(request, actor=Actor.STAFF, at=NOON, reason=ClosingReason.INVALID, words="Nothing found there.")


def disputed(request: ServiceRequest) -> ServiceRequest:
    return actions.request_reopen(closed(request), actor=Actor.REPORTER, at=NOON, words="It is still there.")


def test_the_longest_overdue_comes_first_and_without_a_deadline_the_newest_last(pothole: Service, chi: Account) -> None:
    undated_old, undated_new = (make_request(pothole, at=NOON - n * DAY) for n in (9, 1))
    in_a_week, overdue, long_overdue = (put(make_request(pothole), due_at=NOON + n * DAY) for n in (7, -1, -30))
    assert shown(chi) == [long_overdue.pk, overdue.pk, in_a_week.pk, undated_new.pk, undated_old.pk]


def test_equal_deadlines_are_ordered_by_the_newest_report(pothole: Service, chi: Account) -> None:
    older, newer = (put(make_request(pothole, at=NOON - n * DAY), due_at=NOON) for n in (2, 1))
    assert shown(chi) == [newer.pk, older.pk]


def test_newest_and_oldest_first_do_not_look_at_deadlines(pothole: Service, chi: Account) -> None:
    first, second, third = (make_request(pothole, at=NOON - n * DAY) for n in (3, 2, 1))
    put(second, due_at=NOON - DAY)
    assert shown(chi, QueueFilters(order=Order.NEWEST)) == [third.pk, second.pk, first.pk]
    assert shown(chi, QueueFilters(order=Order.OLDEST)) == [first.pk, second.pk, third.pk]


def test_what_waits_is_open_or_disputed(pothole: Service, chi: Account) -> None:
    waiting, done, vetoed = (make_request(pothole, at=NOON - n * DAY) for n in (1, 2, 3))
    closed(done)
    disputed(vetoed)
    assert shown(chi) == [waiting.pk, vetoed.pk]
    assert shown(chi, QueueFilters(show=Show.OPEN)) == [waiting.pk]
    assert shown(chi, QueueFilters(show=Show.CLOSED)) == [done.pk]
    assert shown(chi, QueueFilters(show=Show.ANY)) == [waiting.pk, done.pk, vetoed.pk]
    assert shown(chi, QueueFilters(state=State.REOPEN_REQUESTED)) == [vetoed.pk]


def test_each_filter_shows_what_it_names(pothole: Service, streetlight: Service, hilltop: Area, chi: Account, harbor: Jurisdiction) -> None:
    team, other = make_team(harbor, members=[chi]), make_team(harbor, "parks", "Parks")
    mine = put(make_request(pothole), assignee=chi, team=team, priority=3, due_at=NOON - DAY)
    theirs = put(make_request(streetlight, point=IN_HILLTOP, channel="phone", at=NOON - 5 * DAY), team=other, due_at=NOON + DAY / 2)
    nobodys = make_request(pothole, at=NOON - 2 * DAY, held_until=NOON + DAY)
    cases: dict[int, list[dict[str, Any]]] = {
        mine.pk: [
            {"assignee_id": chi.pk}, {"is_my_teams": True}, {"team_ids": (team.pk,)}, {"priorities": (2, 3)}, {"is_overdue": True},
            {"start": NOON - DAY}, {"service_ids": (pothole.pk,), "team_ids": (team.pk,)},
        ],
        theirs.pk: [{"service_ids": (streetlight.pk,)}, {"area_id": hilltop.pk}, {"channel": "phone"}, {"end": NOON - 4 * DAY}],
        nobodys.pk: [{"is_without_team": True}, {"is_held": True}],
    }  # fmt: skip
    for key, filters in cases.items():
        for asked in filters:
            assert shown(chi, QueueFilters(**asked)) == [key], asked
    assert shown(chi, QueueFilters(is_without_assignee=True)) == [theirs.pk, nobodys.pk]
    assert shown(chi, QueueFilters(due_before=NOON + DAY)) == [mine.pk, theirs.pk]


def test_words_are_found_and_operators_and_emoji_mean_nothing(pothole: Service, chi: Account) -> None:
    deep = make_request(pothole, words="A deep hole — really deep", address="7 Mill Lane")
    make_request(pothole, words="A bent sign", address="9 Hill Road")
    for typed in ("deep hole", '"deep (hole', "hole 🕳️", "deep* -hole", "mill lane", "{deep} ^hole", "7 mill'"):
        assert shown(chi, QueueFilters(words=typed)) == [deep.pk], typed
    for operator in ("deep OR sign", "deep NOT sign", "NEAR(deep hole)"):
        assert shown(chi, QueueFilters(words=operator)) == [], operator
    assert shown(chi, QueueFilters(words="🕳️")) == []


def test_requests_around_a_place_are_found_and_those_further_off_are_not(pothole: Service, chi: Account) -> None:
    here = make_request(pothole, point=(42.3601, -71.0501))
    make_request(pothole, point=(42.3651, -71.0501))
    assert shown(chi, QueueFilters(near=(42.3602, -71.0502))) == [here.pk]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("show", [Show.WAITING, Show.ANY])
def test_pages_together_hold_every_request_once_there_and_back(pothole: Service, chi: Account, order: Order, show: Show) -> None:
    for n, request in enumerate(make_requests(pothole, 9, every=timedelta(hours=5))):
        if n % 3 == 0:
            put(request, due_at=NOON + (n % 2) * DAY)
        if n % 4 == 3:
            closed(request)
    filters = QueueFilters(order=order, show=show)
    whole = shown(chi, filters)
    assert len(whole) == (9 if show is Show.ANY else 7)
    pages = [page(chi, filters, size=2)]
    while pages[-1].next is not None:
        pages.append(page(chi, filters, size=2, after=pages[-1].next))
    assert [key for one in pages for key in keys(one.rows)] == whole
    back = page(chi, filters, size=2, before=pages[-1].previous)
    assert keys(back.rows) == keys(pages[-2].rows)
    assert pages[0].previous is None
    assert keys(page(chi, filters, size=2, before=pages[1].previous).rows) == keys(pages[0].rows)


@pytest.mark.parametrize("mark", ["nonsense", "x", "1_2", "9" * 40 + "_1_1", "_-1_2", "\0"])
def test_a_mark_that_is_none_shows_the_first_page(mark: str, pothole: Service, chi: Account) -> None:
    requests = make_requests(pothole, 3)
    assert read_mark(mark) is None
    assert shown(chi, size=2, after=mark) == shown(chi, size=2, before=mark) == [request.pk for request in requests[:2]]


def test_a_mark_of_another_order_is_not_taken_for_one_of_this(pothole: Service, chi: Account) -> None:
    requests = make_requests(pothole, 3)
    mark = page(chi, QueueFilters(order=Order.NEWEST), size=2).next
    assert mark is not None
    assert shown(chi, size=2, after=mark) == [request.pk for request in requests[:2]]


def test_only_the_reach_of_the_past_is_looked_through_and_the_page_says_so(
    pothole: Service, streetlight: Service, chi: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LOOKED_THROUGH", 2)
    old = closed(make_request(streetlight, at=NOON - 9 * DAY))
    for n in range(3):
        closed(make_request(pothole, at=NOON - n * DAY))
    asked = QueueFilters(show=Show.CLOSED, service_ids=(streetlight.pk,))
    assert (shown(chi, asked), page(chi, asked).newest_only) == ([], 2)
    further = QueueFilters(show=Show.CLOSED, service_ids=(streetlight.pk,), end=NOON - 8 * DAY)
    assert (shown(chi, further), page(chi, further).newest_only) == ([old.pk], None)


def test_counting_stops_and_takes_one_query_for_all(pothole: Service, chi: Account, harbor: Jurisdiction) -> None:
    make_requests(pothole, 5)
    visible = ServiceRequest.objects.visible_to(chi, harbor)
    found = [requests_in_queue(visible, one, person=chi, at=NOON) for one in (QueueFilters(), QueueFilters(words="🕳️"), QueueFilters(is_overdue=True))]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        every, none, overdue = counted_all([*found], at_most=3)
    assert len(queries) == 1
    assert (every.number, every.is_more, none.number, none.is_more, overdue.number) == (3, True, 0, False, 0)


def test_a_page_costs_the_same_queries_for_one_row_and_for_many(pothole: Service, chi: Account) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(chi)
        return len(queries)

    make_request(pothole)
    one = cost()
    make_requests(pothole, 12)
    assert cost() == one


def test_what_waits_is_walked_through_its_own_index(pothole: Service, chi: Account, harbor: Jurisdiction) -> None:
    """No row of the table is looked up for a key: the rarest combination of filters costs one walk along the index."""
    if connection.vendor != "sqlite":
        return  # PostgreSQL reads a table of a few rows as a whole; benchmarks/staff_queue.py looks at a large one
    asked = QueueFilters(service_ids=(pothole.pk,), priorities=(3,), is_without_assignee=True, is_overdue=True)
    found = requests_in_queue(ServiceRequest.objects.visible_to(chi, harbor), asked, person=chi, at=NOON)
    plan = in_order(found, Order.DUE, None).values("pk")[:101].explain()
    assert "COVERING INDEX requests_waiting_due" in plan
    assert "TEMP B-TREE" not in plan


def test_postgresql_looks_the_keys_of_a_page_up_and_joins_nothing(pothole: Service, chi: Account) -> None:
    """Joined, a city of ten thousand requests is read as a whole for the hundred of a page."""
    if connection.vendor != "postgresql":
        return
    make_requests(pothole, 3)
    with CaptureQueriesContext(connection) as queries:
        page(chi)
    rows = next(query["sql"] for query in queries if "supporter_count" in (query["sql"] or ""))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {rows}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "InitPlan" in plan
    assert "Join" not in plan
    assert "Nested Loop" not in plan


def test_the_map_draws_the_same_requests_as_the_rows(pothole: Service, power_out: Service, chi: Account, harbor: Jurisdiction) -> None:
    here, private = make_request(pothole), make_request(power_out)
    make_request(pothole, point=None)
    analyst = make_staff(harbor, Role.ANALYST)
    for person, expected in ((chi, {here.reference, private.reference}), (analyst, {here.reference})):
        found = requests_in_queue(ServiceRequest.objects.visible_to(person, harbor), QueueFilters(), person=person, at=NOON)
        drawn = queue_map(found, QueueFilters(), city=harbor, bounds=harbor.bounds, zoom=13)
        assert {point.reference for point in drawn.points} == expected


def test_many_requests_are_drawn_as_cells_that_add_up(pothole: Service, chi: Account, harbor: Jurisdiction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.web.service_requests.queue_map.MOST_POINTS", 3)
    make_requests(pothole, 4)
    make_requests(pothole, 2, point=IN_HILLTOP)
    found = requests_in_queue(ServiceRequest.objects.visible_to(chi, harbor), QueueFilters(), person=chi, at=NOON)
    drawn = queue_map(found, QueueFilters(), city=harbor, bounds=harbor.bounds, zoom=13)
    assert sorted((cell[2], cell[3]) for cell in drawn.cells) == [(2, 0), (4, 0)]
    assert {(round(cell[0], 4), round(cell[1], 4)) for cell in drawn.cells} == {(42.3601, -71.0501), IN_HILLTOP}


def test_one_sees_ones_own_views_and_those_that_others_share(harbor: Jurisdiction, chi: Account) -> None:
    ben = make_staff(harbor, Role.AGENT, "ben")
    save_view(ben, harbor, name="Private", query="team=mine", is_shared=False, at=NOON)
    shared = save_view(ben, harbor, name="Bridges", query="q=bridge", is_shared=True, at=NOON)
    own = save_view(chi, harbor, name=" Night  shift ", query="order=newest", is_shared=False, at=NOON)
    assert [view.pk for view in views_of(chi, harbor)] == [own.pk, shared.pk]
    assert own.name == "Night shift"
    assert not delete_view(chi, harbor, shared.pk)
    assert delete_view(chi, harbor, own.pk)
    assert not delete_view(chi, harbor, own.pk)


def test_saving_under_the_same_name_replaces_ones_own_view(harbor: Jurisdiction, chi: Account) -> None:
    first = save_view(chi, harbor, name="Night", query="order=newest", is_shared=False, at=NOON)
    again = save_view(chi, harbor, name="Night", query="order=oldest", is_shared=True, at=NOON)
    assert (again.pk, views_of(chi, harbor)[0].query) == (first.pk, "order=oldest")


@pytest.mark.parametrize(
    ("name", "query", "code"), [("", "q=a", "view_name"), ("x" * 81, "", "view_name"), ("\0", "", "view_name"), ("a", "q" * 1001, "view_query")]
)
def test_a_view_that_cannot_be_kept_is_refused(name: str, query: str, code: str, harbor: Jurisdiction, chi: Account) -> None:
    with pytest.raises(ViewRefused) as refused:
        save_view(chi, harbor, name=name, query=query, is_shared=False, at=NOON)
    assert refused.value.code == code
