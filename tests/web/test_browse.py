"""The list of requests: filters, pages, numbers, bad input, and what must never appear in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.reference_numbers import check_digit, spoken
from evenhand.web.service_requests.workflow import Actor, ClosingReason
from tests.cast import IN_DOCKSIDE, IN_HILLTOP, NOON, make_request, make_requests, make_service

pytestmark = pytest.mark.django_db


def shown(client: Client, query: str = "") -> list[str]:
    """References of the cards on a page, in order."""
    page = client.get(f"/requests/{query}")
    assert page.status_code == 200
    return re.findall(r'<a href="/requests/([^/"?]+)/">', page.content.decode())


def test_the_list_shows_public_requests_newest_first(client: Client, pothole: Service) -> None:
    older = make_request(pothole, at=NOON - timedelta(days=1))
    newer = make_request(pothole, at=NOON)
    assert shown(client) == [newer.reference, older.reference]


def test_held_and_private_requests_are_on_no_page_map_or_search(client: Client, pothole: Service, power_out: Service) -> None:
    held = make_request(pothole, words="Xylophone in the harbor", held_until=NOON + timedelta(hours=1))
    private = make_request(power_out, words="Xylophone at home", address="9 Secret Lane")
    assert (held.visibility, private.visibility) == ("held", "private")
    everywhere = [
        *(
            "/",
            "/requests/",
            "/requests/?q=xylophone",
            "/requests/?q=secret",
            "/areas/",
            "/areas/dockside/",
            "/services/",
            "/services/pothole/",
            "/map/",
        ),
        *(
            f"/map/requests.json?bbox=-71.06,42.34,-71.02,42.38&zoom={zoom}{more}"
            for zoom in (9, 12, 14, 17)
            for more in ("", "&state=open", "&area=dockside")
        ),
    ]
    for address in everywhere:
        page = client.get(address)
        assert page.status_code == 200, address
        text = page.content.decode()
        for secret in (
            held.reference,
            private.reference,
            spoken(held.reference),
            spoken(private.reference),
            "Secret Lane",
            "harbor</p>",
            "power-out",
        ):
            assert secret not in text, (address, secret)
        assert '"cells":[[' not in text
    for request in (held, private):
        assert client.get("/requests/", {"q": request.reference}).status_code == 200  # no redirect: it looks as if it did not exist


def test_a_private_service_has_no_page(client: Client, power_out: Service) -> None:
    assert client.get("/services/power-out/").status_code == 404


def test_filters_by_kind_state_and_area_hold_together(client: Client, pothole: Service, streetlight: Service) -> None:
    wanted = make_request(pothole, point=IN_HILLTOP)
    make_request(pothole, point=IN_DOCKSIDE)
    make_request(streetlight, point=IN_HILLTOP)
    closed = make_request(pothole, point=IN_HILLTOP)
    actions.close(closed, actor=Actor.STAFF, at=NOON, reason=ClosingReason.NOT_OURS, words="The state's road.")
    assert shown(client, "?service=pothole&state=open&area=hilltop") == [wanted.reference]
    assert shown(client, "?state=closed") == [closed.reference]


def test_a_group_stands_for_all_its_services(client: Client, harbor: Jurisdiction, pothole: Service, streetlight: Service) -> None:
    tree = make_service(harbor, "tree", "Fallen tree", group="parks")
    make_request(tree)
    both = {make_request(pothole).reference, make_request(streetlight).reference}
    assert set(shown(client, "?service=group:streets")) == both


def test_a_request_said_to_be_not_fixed_is_found_by_its_state(client: Client, pothole: Service) -> None:
    request = make_request(pothole)
    actions.close(request, actor=Actor.STAFF, at=NOON, reason=ClosingReason.UNABLE, words="No.")
    actions.request_reopen(request, actor=Actor.REPORTER, at=NOON, words="It is still there.")
    make_request(pothole)
    assert shown(client, "?state=reopen_requested") == [request.reference]


def test_days_are_the_citys_own_and_both_are_included(client: Client, pothole: Service) -> None:
    # 1 March 2026 in New York runs from 05:00 UTC on 1 March to 05:00 UTC on 2 March.
    before = make_request(pothole, at=datetime(2026, 3, 1, 4, 59, 59, tzinfo=UTC))
    first = make_request(pothole, at=datetime(2026, 3, 1, 5, 0, tzinfo=UTC))
    last = make_request(pothole, at=datetime(2026, 3, 2, 4, 59, 59, tzinfo=UTC))
    after = make_request(pothole, at=datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
    assert shown(client, "?from=2026-03-01&to=2026-03-01") == [last.reference, first.reference]
    assert shown(client, "?to=2026-02-28") == [before.reference]
    assert shown(client, "?from=2026-03-02") == [after.reference]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?from=yesterday", "This is not a date. Write it like 2026-03-31."),
        ("?from=2026-02-30", "This is not a date."),
        ("?to=0001-01-01", "The year must lie between 1970 and 2199."),
        ("?to=9999-12-31", "The year must lie between 1970 and 2199."),
        ("?from=2026-03-02&to=2026-03-01", "The last day lies before the first one."),
        ("?service=unheard-of", "This city has no such kind of request."),
        ("?state=asleep", "There is no such state."),
        ("?area=atlantis", "No such area."),
        ("?q=" + "x" * 201, "Search for fewer words"),
        ("?q=%00", "Null characters are not allowed."),
    ],
)
def test_a_wrong_filter_is_said_and_does_not_limit(client: Client, pothole_request: ServiceRequest, query: str, words: str) -> None:
    page = client.get(f"/requests/{query}")
    assert page.status_code == 200
    assert words in page.content.decode()
    assert shown(client, query) == [pothole_request.reference]


def test_a_field_of_a_million_characters_is_answered(client: Client, pothole_request: ServiceRequest) -> None:
    assert client.get("/requests/", {"q": "x" * 1_000_000, "service": "y" * 1000}).status_code == 200


def test_markup_in_filters_and_words_is_shown_as_text(client: Client, pothole: Service) -> None:
    make_request(pothole, words="<b>alert</b> hole")
    page = client.get("/requests/", {"q": 'alert"><'}).content.decode()
    assert "<b>alert" not in page
    assert "&lt;b&gt;alert" in page


def test_pages_lead_through_every_request_once_and_back(client: Client, pothole: Service) -> None:
    made = make_requests(pothole, 60, every=timedelta(0))  # all at one moment: the key alone tells them apart
    expected = [request.reference for request in sorted(made, key=lambda request: -request.pk)]
    seen: list[str] = []
    query, links = "", []
    for _ in range(3):
        seen += shown(client, query)
        older = re.search(r'rel="next" href="(\?[^"]+)"', client.get(f"/requests/{query}").content.decode())
        links.append(query)
        if older is None:
            break
        query = older[1].replace("&amp;", "&")
    assert seen == expected
    newer = re.search(r'rel="prev" href="([^"]+)"', client.get(f"/requests/{links[-1]}").content.decode())
    assert newer is not None
    assert shown(client, newer[1].replace("&amp;", "&")) == expected[25:50]


def test_the_page_before_the_second_is_the_whole_first_page(client: Client, pothole: Service) -> None:
    made = make_requests(pothole, 30)
    second = re.search(r'rel="next" href="(\?[^"]+)"', client.get("/requests/").content.decode())
    assert second is not None
    first = re.search(r'rel="prev" href="([^"]+)"', client.get(f"/requests/{second[1]}").content.decode())
    assert first is not None
    assert shown(client, first[1]) == [request.reference for request in made[:25]]


@pytest.mark.parametrize("mark", ["x", "99999999999999999-1", "1-999999999999999999", "-1", "0-0"])
def test_a_mark_that_is_none_never_breaks_a_page(client: Client, pothole_request: ServiceRequest, mark: str) -> None:
    assert client.get("/requests/", {"before": mark}).status_code == 200
    assert client.get("/requests/", {"after": mark}).status_code == 200


def test_filters_stay_in_the_addresses_of_pages_and_of_the_map(client: Client, pothole: Service) -> None:
    make_requests(pothole, 30)
    page = client.get("/requests/?service=pothole&from=2026-01-01&q=report").content.decode()
    older = re.search(r'rel="next" href="(\?[^"]+)"', page)
    assert older is not None
    assert {"service=pothole", "from=2026-01-01", "q=report"} <= set(older[1].replace("&amp;", "&").lstrip("?").split("&"))
    assert "/map/?service=pothole&amp;from=2026-01-01" in page


def test_counting_stops_at_a_thousand(client: Client, harbor: Jurisdiction, pothole: Service) -> None:
    ServiceRequest.objects.bulk_create(
        ServiceRequest(jurisdiction=harbor, service=pothole, reference=f"r{n}", requested_at=NOON, updated_at=NOON) for n in range(1000)
    )
    assert "1,000 requests" in client.get("/requests/").content.decode()
    assert "More than" not in client.get("/requests/").content.decode()
    make_request(pothole)
    assert "More than 1,000 requests" in client.get("/requests/").content.decode()


def test_a_number_leads_to_its_request_however_it_is_typed(client: Client, pothole_request: ServiceRequest) -> None:
    number = pothole_request.reference
    for typed in (number, spoken(number), f" #{number[:4]} {number[4:]} "):
        answer = client.get("/requests/", {"q": typed})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/requests/{number}/")


def test_a_mistyped_number_is_told_from_an_unknown_one(client: Client, pothole_request: ServiceRequest) -> None:
    number = pothole_request.reference
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert "has a typing error" in client.get("/requests/", {"q": mistyped}).content.decode()
    unknown = "87654321"
    unknown += str(check_digit(unknown))
    assert "There is no public request with the number" in client.get("/requests/", {"q": unknown}).content.decode()


def test_a_list_costs_the_same_queries_for_one_request_and_for_twenty_five(
    client: Client, pothole: Service, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_request(pothole)
    with django_assert_num_queries(5):  # cities, services, areas, the page, the count
        client.get("/requests/")
    make_requests(pothole, 25)
    with django_assert_num_queries(5):
        client.get("/requests/")


def test_a_search_finds_all_typed_words_by_their_beginnings(client: Client, pothole: Service) -> None:
    found = make_request(pothole, words="Deep hole near the fountain")
    make_request(pothole, words="Hole near the bridge")
    assert shown(client, "?q=hole+fount") == [found.reference]


def test_pages_work_in_a_city_without_areas_services_or_requests(client: Client, harbor: Jurisdiction) -> None:
    Area.objects.all().delete()
    for address in ("/", "/requests/", "/map/", "/areas/", "/services/", "/about/", "/cities/", "/accessibility/", "/privacy/"):
        assert client.get(address).status_code == 200, address
