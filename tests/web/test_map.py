"""The map's answers: their shape, that counts are true at every level and filter, that points are the newest, and what garbage is told."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import forget_places
from evenhand.web.service_requests import actions, cells, map_layers
from evenhand.web.service_requests.browsing import Filters
from evenhand.web.service_requests.grid_index import cells_of_box
from evenhand.web.service_requests.models import RequestCell, Service, ServiceRequest
from evenhand.web.service_requests.month_spans import split_by_month
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence, State
from tests.cast import EAST, IN_DOCKSIDE, IN_HILLTOP, NOON, NORTH, SOUTH, WEST, make_city, make_request, make_requests, make_service

pytestmark = pytest.mark.django_db
CITY = f"{WEST},{SOUTH},{EAST},{NORTH}"
NEW_YORK = ZoneInfo("America/New_York")


def asked(client: Client, zoom: int, bbox: str = CITY, **filters: str) -> dict[str, Any]:
    answer = client.get("/map/requests.json", {"bbox": bbox, "zoom": str(zoom), **filters})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def sums(layer: dict[str, Any]) -> tuple[int, int]:
    assert layer["kind"] == "cells"
    return sum(cell[2] for cell in layer["cells"]), sum(cell[3] for cell in layer["cells"])


def scattered(city: Jurisdiction, services: Sequence[Service], rows: Sequence[tuple[float, float, int, int, bool, str, str]]) -> None:
    """Requests by bulk: (latitude, longitude, service's place, hour, open, visibility, place quality); cells counted anew."""
    areas = list(city.areas.order_by("code"))
    ServiceRequest.objects.bulk_create(
        ServiceRequest(
            jurisdiction=city, service=services[service], reference=f"r{number}", requested_at=NOON - timedelta(hours=hour), updated_at=NOON,
            lat=lat, long=long, visibility=visibility, place_quality=quality, status="open" if is_open else "closed",
            state="received" if is_open else "closed", area=areas[0] if long < -71.04 else areas[1],
        )
        for number, (lat, long, service, hour, is_open, visibility, quality) in enumerate(rows)
    )  # fmt: skip
    cells.rebuild(city)


requests_anywhere = st.lists(
    st.tuples(
        st.floats(SOUTH + 0.001, NORTH - 0.001),
        st.floats(WEST + 0.001, EAST - 0.001),
        st.integers(0, 1),
        st.integers(0, 24 * 120),
        st.booleans(),
        st.sampled_from(["public", "public", "public", "held", "private"]),
        st.sampled_from(["exact", "exact", "address", "fallback", "missing"]),
    ),
    max_size=40,
)


@given(
    rows=requests_anywhere,
    zoom=st.integers(8, 14),
    service=st.sampled_from(["", "pothole", "streetlight", "group:streets"]),
    state=st.sampled_from(["", "open", "closed", "received"]),
    area=st.sampled_from(["", "dockside"]),
    days=st.sampled_from([("", ""), ("2026-01-01", "2026-01-31"), ("2026-01-10", "2026-02-14"), ("2025-12-20", ""), ("", "2026-02-10")]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sums_over_cells_equal_a_direct_count(
    *, client: Client, harbor: Jurisdiction, pothole: Service, streetlight: Service,
    rows: list[tuple[float, float, int, int, bool, str, str]], zoom: int, service: str, state: str, area: str, days: tuple[str, str],
) -> None:  # fmt: skip
    forget_places()
    RequestCell.objects.all().delete()
    ServiceRequest.objects.all().delete()
    services = [pothole, streetlight]
    scattered(harbor, services, rows)
    opened = closed = 0
    for _lat, long, which, hour, is_open, visibility, quality in rows:
        day = (NOON - timedelta(hours=hour)).astimezone(NEW_YORK).date().isoformat()
        fits = (
            visibility == "public"
            and quality in {"exact", "address"}
            and service in {"", "group:streets", services[which].code}
            and (state in {"", "open" if is_open else "closed"} or (state == "received" and is_open))
            and (not area or long < -71.04)
            and (days[0] or "0") <= day <= (days[1] or "9")
        )
        opened, closed = opened + (fits and is_open), closed + (fits and not is_open)
    given_filters = {"service": service, "state": state, "area": area, "from": days[0], "to": days[1]}
    layer = asked(client, zoom, bbox="-71.2,42.2,-70.9,42.5", **{name: value for name, value in given_filters.items() if value})
    assert sums(layer) == (opened, closed)
    assert "approximate" not in layer


def test_the_shape_of_cells_is_what_the_map_reads(client: Client, pothole: Service) -> None:
    make_request(pothole, point=IN_DOCKSIDE)
    layer = asked(client, 12)
    assert set(layer) == {"kind", "level", "size", "cells"}
    assert (layer["kind"], layer["level"]) == ("cells", 15)
    (lat, long, opened, closed), (high, wide) = layer["cells"][0], layer["size"]
    assert (opened, closed) == (1, 0)
    assert abs(lat - IN_DOCKSIDE[0]) <= high / 2
    assert abs(long - IN_DOCKSIDE[1]) <= wide / 2
    # A tile at zoom 15 is 360/2^15 degrees wide and, at this latitude, less high by the cosine.
    assert wide == pytest.approx(360 / 2**15, abs=1e-6)
    assert high == pytest.approx(360 / 2**15 * math.cos(math.radians(42.36)), rel=1e-3)


@pytest.mark.parametrize(("zoom", "level"), [(0, 12), (9, 12), (10, 14), (11, 14), (12, 15), (13, 16), (14, 16)])
def test_the_level_of_cells_goes_by_the_zoom(client: Client, pothole_request: ServiceRequest, zoom: int, level: int) -> None:
    assert asked(client, zoom)["level"] == level


def test_the_shape_of_points_is_what_the_map_reads(client: Client, pothole: Service, streetlight: Service) -> None:
    older = make_request(streetlight, point=(42.3602, -71.0502), at=NOON - timedelta(days=1))
    newer = make_request(pothole, point=IN_DOCKSIDE)
    layer = asked(client, 16, "-71.06,42.355,-71.045,42.365")
    assert set(layer) == {"kind", "points", "services", "more"}
    assert layer["points"] == [[42.3601, -71.0501, newer.reference, "received", 0], [42.3602, -71.0502, older.reference, "received", 1]]
    assert (layer["services"], layer["more"]) == (["Pothole", "Street light out"], False)


def test_a_published_number_with_quotes_is_still_json(client: Client, pothole: Service) -> None:
    request = make_request(pothole)
    ServiceRequest.objects.filter(pk=request.pk).update(reference='a"\\b')
    assert asked(client, 17, "-71.06,42.355,-71.045,42.365")["points"][0][2] == 'a"\\b'


def grid_of(harbor: Jurisdiction, service: Service, count: int) -> None:
    """`count` requests in Dockside, an hour apart, every third one closed."""
    rows = [(42.350 + n % 37 * 0.0005, -71.058 + n % 41 * 0.0004, 0, n, n % 3 > 0, "public", "exact") for n in range(count)]
    scattered(harbor, [service], rows)


@pytest.mark.parametrize("way", ["box index", "sorted", "merged"])
@pytest.mark.parametrize("query", [{}, {"state": "open"}, {"service": "pothole"}, {"area": "dockside", "from": "2026-02-20"}])
def test_points_are_the_newest_500_whichever_way_they_are_found(
    *, client: Client, harbor: Jurisdiction, pothole: Service, monkeypatch: pytest.MonkeyPatch, way: str, query: dict[str, str]
) -> None:
    grid_of(harbor, pothole, 1300)
    monkeypatch.setattr(map_layers, "FEW_IN_BOX", 10**9 if way == "box index" else -1)
    monkeypatch.setattr(map_layers, "MOST_PASSED_OVER", -1)
    for name in ("MOST_SORTED", "MOST_SORTED_UNFILTERED"):
        monkeypatch.setattr(map_layers, name, 10**9 if way == "sorted" else -1)
    west, south, east, north = -71.057, 42.352, -71.045, 42.366
    layer = asked(client, 16, f"{west},{south},{east},{north}", **query)
    inside = ServiceRequest.objects.filter(lat__gte=south, lat__lte=north, long__gte=west, long__lte=east)
    if query.get("state") == "open":
        inside = inside.filter(status="open")
    if "from" in query:
        inside = inside.filter(requested_at__gte=datetime(2026, 2, 20, 5, tzinfo=UTC))
    expected = list(inside.order_by("-requested_at", "-pk").values_list("reference", flat=True))
    assert [point[2] for point in layer["points"]] == expected[:500]
    assert layer["more"] == (len(expected) > 500)


def test_the_map_of_a_dense_box_reads_the_grid_index_alone(harbor: Jurisdiction, pothole: Service) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL's plan depends on the visibility map and on statistics, which a test of a moment's rows has not
    grid_of(harbor, pothole, 50)
    seen: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "printf(" in sql:
            plan = connection.connection.execute("EXPLAIN QUERY PLAN " + sql.replace("%s", "?").replace("%%", "%"), params).fetchall()
            seen.extend(row[3] for row in plan)
        return execute(sql, params, many, context)

    bounds = (-71.057, 42.352, -71.045, 42.366)
    grid = cells_of_box(bounds, at_most=48)
    assert grid is not None
    with connection.execute_wrapper(explained):
        map_layers._merged_from_grid(harbor, bounds, grid, Filters())
    searches = [line for line in seen if line.startswith("SEARCH")]
    assert searches
    assert all("COVERING INDEX requests_grid" in line for line in searches)


def test_what_draws_a_point_is_read_from_the_grid_index_and_not_worked_out_anew(harbor: Jurisdiction, pothole: Service) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL keeps no expression beside an index's key
    grid_of(harbor, pothole, 50)
    called: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        program = connection.connection.execute("EXPLAIN " + sql.replace("%s", "?").replace("%%", "%"), params).fetchall()
        called.extend(step[5] for step in program if step[1] == "Function")
        return execute(sql, params, many, context)

    bounds = (-71.057, 42.352, -71.045, 42.366)
    grid = cells_of_box(bounds, at_most=48)
    assert grid is not None
    with connection.execute_wrapper(explained):
        assert map_layers._merged_from_grid(harbor, bounds, grid, Filters())
        assert map_layers._sorted_in_grid(harbor, bounds, grid, Filters())
    assert not [name for name in called if name.startswith(("printf", "json_quote"))]


def test_the_cells_of_one_request_are_raised_by_one_statement(harbor: Jurisdiction, pothole: Service) -> None:
    run: list[bool] = []

    def seen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        run.append(many)
        return execute(sql, params, many, context)

    counted = cells.Counted(harbor.pk, pothole.pk, 202602, 19830, 24210, True)
    with connection.execute_wrapper(seen):
        cells.move(None, counted)
    assert run == [False]
    assert RequestCell.objects.count() == 16


def test_what_was_not_looked_through_is_said(client: Client, harbor: Jurisdiction, pothole: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    grid_of(harbor, pothole, 60)
    monkeypatch.setattr("evenhand.web.service_requests.recent_counts.LOOKED_THROUGH", 50)
    layer = asked(client, 12, area="dockside")
    assert sum(sums(layer)) == 50
    assert layer["approximate"] == "Only the newest 50 requests that pass the filters are counted."


def test_a_box_too_large_for_points_gets_cells_at_any_zoom(client: Client, pothole_request: ServiceRequest) -> None:
    assert asked(client, 18, "-71.5,42.0,-70.5,42.9")["kind"] == "cells"


def test_a_request_with_a_fallback_point_or_none_is_not_drawn(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    scattered(harbor, [pothole], [(42.36, -71.05, 0, 1, True, "public", quality) for quality in ("fallback", "missing")])
    assert asked(client, 17, "-71.06,42.355,-71.045,42.365")["points"] == []


def test_another_citys_requests_are_not_drawn(client: Client, harbor: Jurisdiction) -> None:
    twin = make_city("twin", "Twin")  # on the same ground
    make_request(make_service(twin, "pothole", "Pothole"))
    assert asked(client, 12)["cells"] == []
    assert asked(client, 17, "-71.06,42.355,-71.045,42.365")["points"] == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "bbox must be four numbers"),
        ({"bbox": "1,2,3", "zoom": "12"}, "bbox must be four numbers"),
        ({"bbox": "a,b,c,d", "zoom": "12"}, "bbox must be four numbers"),
        ({"bbox": "nan,nan,nan,nan", "zoom": "12"}, "bbox must be in degrees"),
        ({"bbox": "-71,42,-72,43", "zoom": "12"}, "west less than east"),
        ({"bbox": "-71,42,-70,43"}, "zoom must be a number from 0 to 22."),
        ({"bbox": "-71,42,-70,43", "zoom": "99"}, "zoom must be a number from 0 to 22."),
        ({"bbox": "-71,42,-70,43", "zoom": "12", "state": "asleep"}, "There is no such state."),
        ({"bbox": "-71,42,-70,43", "zoom": "12", "from": "soon"}, "This is not a date."),
        ({"bbox": "9" * 100_000, "zoom": "1" * 100_000}, "bbox must be four numbers"),
    ],
)
def test_garbage_is_a_400_in_words_and_one_shape(client: Client, harbor: Jurisdiction, query: dict[str, str], words: str) -> None:
    answer = client.get("/map/requests.json", query)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"], body["code"]) == ("about:blank", 400, "map_box_invalid")
    assert words in body["detail"]


def test_a_map_costs_three_queries_at_most(
    client: Client, harbor: Jurisdiction, pothole: Service, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_requests(pothole, 3)
    asked(client, 17, "-71.06,42.355,-71.045,42.365")  # names of services are kept from here on
    with django_assert_num_queries(2):  # cities, cells
        asked(client, 12)
    with django_assert_num_queries(3):  # cities, about how many, points
        asked(client, 17, "-71.06,42.355,-71.045,42.365")


def test_answers_may_be_kept_half_a_minute_and_come_compressed(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    grid_of(harbor, pothole, 100)
    answer = client.get("/map/requests.json", {"bbox": "-71.06,42.345,-71.04,42.37", "zoom": "16"}, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Set-Cookie" not in answer.headers


def test_of_several_cities_a_map_without_the_citys_name_is_kept_by_one_browser_only(client: Client, harbor: Jurisdiction) -> None:
    make_city("bay", "Bay", shift=1.0)
    query = {"bbox": CITY, "zoom": "12"}
    assert client.get("/map/requests.json", query).headers["Cache-Control"] == "private, max-age=30"
    named = client.get("/map/requests.json", {**query, "city": "bay"})
    assert named.headers["Cache-Control"] == "public, max-age=30"
    assert not named.cookies
    assert "?city=harbor" in client.get("/map/").content.decode()


def test_every_sign_in_sql_is_the_sign_in_words(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    combinations = list(itertools.product(State, ["", *ClosingReason], Evidence))
    scattered(harbor, [pothole], [(42.36, -71.05, 0, n, True, "public", "exact") for n in range(len(combinations))])
    for number, (state, reason, evidence) in enumerate(combinations):
        ServiceRequest.objects.filter(reference=f"r{number}").update(state=state, closing_reason=reason, evidence=evidence)
    layer = asked(client, 17, "-71.06,42.355,-71.045,42.365")
    signs = {point[2]: point[3] for point in layer["points"]}
    for number, (state, reason, evidence) in enumerate(combinations):
        assert signs[f"r{number}"] == map_layers.sign_of(state, reason, evidence)


def test_fixed_is_for_what_was_shown(client: Client, pothole: Service) -> None:
    proven = make_request(pothole)
    actions.close(proven, actor=Actor.STAFF, at=NOON, reason=ClosingReason.FIXED, words="", evidence=Evidence.CREW_RECORD)
    stated = make_request(pothole)
    actions.close(stated, actor=Actor.SOURCE, at=NOON, reason=ClosingReason.FIXED, words="", evidence=Evidence.STATED)
    signs = {point[2]: point[3] for point in asked(client, 17, "-71.06,42.355,-71.045,42.365")["points"]}
    assert signs == {proven.reference: "fixed", stated.reference: "fixed_as_stated"}


def test_the_legend_has_a_word_for_every_sign(client: Client, harbor: Jurisdiction) -> None:
    page = client.get("/map/").content.decode()
    signs = {map_layers.sign_of(*one) for one in itertools.product(State, ClosingReason, Evidence)}
    assert all(f'data-state="{sign}"' in page for sign in signs)


def test_the_map_page_keeps_its_filters_and_leads_to_the_list(client: Client, pothole_request: ServiceRequest) -> None:
    page = client.get("/map/?service=pothole&state=open").content.decode()
    assert 'href="/requests/?service=pothole&amp;state=open"' in page
    assert "/map/streets/14/{x}/{y}.json" in page


def test_a_move_of_state_moves_the_count(client: Client, pothole: Service) -> None:
    request = make_request(pothole, point=IN_HILLTOP)
    assert sums(asked(client, 12)) == (1, 0)
    actions.close(request, actor=Actor.STAFF, at=NOON, reason=ClosingReason.UNABLE, words="No.")
    assert sums(asked(client, 12)) == (0, 1)
    assert sums(asked(client, 12, state="open")) == (0, 0)


moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minute: (datetime(2024, 1, 1, 5, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(NEW_YORK))


@given(start=moments, end=moments)
def test_whole_months_and_odd_days_cover_a_span_once(start: datetime, end: datetime) -> None:
    span = split_by_month(start, end, NEW_YORK, first=202401, last=202612)
    assert span.months is not None
    covered = sum((until.astimezone(UTC) - since.astimezone(UTC) for since, until in span.odd_days), timedelta())
    for month in span.months:
        first = datetime(month // 100, month % 100, 1, tzinfo=NEW_YORK)
        after = datetime(month // 100 + month % 100 // 12, month % 100 % 12 + 1, 1, tzinfo=NEW_YORK)
        assert start <= first
        assert after <= end
        covered += after.astimezone(UTC) - first.astimezone(UTC)
    assert covered == max(end.astimezone(UTC) - start.astimezone(UTC), timedelta())
    assert len(span.odd_days) <= 2


def test_answers_are_json_that_a_strict_reader_takes(client: Client, pothole_request: ServiceRequest) -> None:
    for zoom in (9, 14, 17):
        body = client.get("/map/requests.json", {"bbox": "-71.06,42.35,-71.045,42.37", "zoom": str(zoom)}).content
        json.loads(body, parse_constant=pytest.fail)
