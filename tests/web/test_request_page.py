"""What a request's pages show, to whom, and at what cost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.wording import badge_of
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from evenhand.web.service_requests.photo_links import photo_signature
from evenhand.web.service_requests.photo_store import PhotoStore
from evenhand.web.service_requests.private_links import private_token
from evenhand.web.service_requests.reference_numbers import check_digit
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence
from tests import cast

LATER = cast.NOON + timedelta(days=2)


def public(request: ServiceRequest) -> str:
    return f"/requests/{request.reference}/"


def private(request: ServiceRequest) -> str:
    return f"/requests/{request.reference}/private/{private_token(request)}/"


def text_of(client: Client, url: str, status: int = 200) -> str:
    """The words of a page, without tags."""
    response = client.get(url)
    assert response.status_code == status, response.content.decode()[:2000]
    body = response.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def comment(request: ServiceRequest, words: str, **columns: object) -> None:
    with transaction.atomic():
        actions.comment(request, **({"words": words, "actor": Actor.RESIDENT, "at": LATER, "channel": "web"} | columns))  # type: ignore[arg-type]


def close(request: ServiceRequest, reason: ClosingReason = ClosingReason.FIXED, evidence: Evidence = Evidence.CREW_RECORD) -> ServiceRequest:
    with transaction.atomic():
        return actions.close(request, actor=Actor.STAFF, at=LATER, reason=reason, words="Filled with asphalt.", evidence=evidence)


def test_a_public_page_says_what_where_when_and_what_happened(client: Client, pothole_request: ServiceRequest) -> None:
    page = text_of(client, public(pothole_request))
    for words in ("Pothole", "12 Wharf Street", "Dockside", "Received", "A deep hole beside the bus stop", "March 2, 2026, noon"):
        assert words in page
    assert "Ana" not in page
    assert "ana@home.test" not in page


def test_a_request_without_any_place_has_a_page(client: Client, pothole: Service) -> None:
    page = text_of(client, public(cast.make_request(pothole, point=None, address="")))
    assert "Pothole" in page
    assert "Area" not in page


def test_a_request_of_another_city_keeps_to_its_own_city(client: Client, pothole_request: ServiceRequest) -> None:
    cast.make_city("riverton", "Riverton", shift=1.0, is_default=True)
    body = client.get(public(pothole_request)).content.decode()
    assert 'href="/areas/dockside/?city=harbor"' in body
    assert 'data-areas-url="/map/areas.json?city=harbor"' in body
    assert '<span class="brand__city">Harbor</span>' in body


def test_a_number_typed_with_hyphens_or_spaces_leads_to_the_page(client: Client, pothole_request: ServiceRequest) -> None:
    number = pothole_request.reference
    for typed in (f"{number[:3]}-{number[3:6]}-{number[6:]}", f"{number[:3]}%20{number[3:]}", f"%23{number}"):
        response = client.get(f"/requests/{typed}/")
        assert (response.status_code, response.headers["Location"]) == (302, public(pothole_request))


def test_a_slip_in_one_of_our_numbers_is_said(client: Client, harbor: Jurisdiction) -> None:
    wrong = "12345678" + str((check_digit("12345678") + 1) % 10)
    assert "There is a slip in this number" in text_of(client, f"/requests/{wrong}/", 404)


def test_missing_held_and_private_requests_and_wrong_tokens_meet_the_same_page(client: Client, pothole: Service, power_out: Service) -> None:
    held = cast.make_request(pothole, held_until=LATER)
    dark = cast.make_request(power_out)
    missing = "12345678" + str(check_digit("12345678"))
    pages = [client.get(url) for url in (public(held), public(dark), f"/requests/{missing}/", f"/requests/{held.reference}/private/{'0' * 32}/")]
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    bodies = {csrf.sub("", page.content.decode()).replace(r.reference, "N") for page, r in zip(pages, (held, dark, held, held), strict=True)}
    bodies = {re.sub(r'value="/requests/[^"]*"', "", body) for body in bodies}
    assert [page.status_code for page in pages] == [404] * 4
    assert len(bodies) == 1


@pytest.mark.parametrize("action", ["comment", "me-too", "follow", "not-fixed"])
def test_nothing_can_be_sent_to_a_request_that_may_not_be_seen(client: Client, power_out: Service, action: str) -> None:
    dark = cast.make_request(power_out)
    before = dark.events.count()
    assert client.post(f"{public(dark)}{action}/", {"words": "Still dark", "email": "x@y.test"}).status_code == 404
    assert dark.events.count() == before


def test_a_held_request_is_seen_by_its_private_link_with_when_it_appears(client: Client, pothole: Service) -> None:
    held = cast.make_request(pothole, held_until=cast.NOON + timedelta(hours=1))
    page = text_of(client, private(held))
    assert "Not public yet" in page
    assert "March 2, 2026, 1 p.m." in page


def test_the_private_page_is_kept_from_caches_referrers_and_search_engines(client: Client, pothole_request: ServiceRequest) -> None:
    response = client.get(private(pothole_request))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex, nofollow">' in response.content.decode()


def test_after_sending_the_private_page_thanks_and_says_the_number(client: Client, pothole_request: ServiceRequest) -> None:
    page = text_of(client, private(pothole_request) + "?sent=1")
    number = pothole_request.reference
    assert "Thank you. The city has your report." in page
    assert f"{number[:3]}-{number[3:6]}-{number[6:]}" in page
    assert "What happens next" in page


def test_the_private_page_shows_contact_and_answers_in_words(client: Client, pothole_request: ServiceRequest) -> None:
    page = text_of(client, private(pothole_request))
    assert "ana@home.test" in page
    assert "How large is it? Larger than a plate" in page


def test_markup_is_shown_as_it_was_typed(client: Client, pothole: Service) -> None:
    words = "<script>alert(1)</script> & <b>bold</b>"
    request = cast.make_request(pothole, words=words)
    comment(request, words, name="<i>Eve</i>")
    body = client.get(public(request)).content.decode()
    assert words not in body
    assert body.count(escape(words)) == 2


def test_fixed_is_said_with_its_evidence(client: Client, pothole_request: ServiceRequest) -> None:
    closed = close(pothole_request)
    page = text_of(client, public(closed))
    assert badge_of(closed).code == "fixed"
    assert "the crew’s own record says so too" in page
    assert "Filled with asphalt." in page
    assert "From report to closing this took 2 days" in page


def test_a_closing_stated_by_a_source_says_so_and_claims_nothing(client: Client, pothole_request: ServiceRequest) -> None:
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(
        status="closed", state="closed", closing_reason="fixed", evidence="stated", stated_by="boston", closed_at=LATER
    )
    request = ServiceRequest.objects.get(pk=pothole_request.pk)
    assert badge_of(request).code == "fixed_as_stated"
    assert "Closed as fixed, as stated by Boston’s published data. Nothing shows it" in text_of(client, public(request))


def test_faults_of_published_data_are_told_in_plain_words(client: Client, pothole_request: ServiceRequest) -> None:
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(
        faults=["closed_before_opened"], status="closed", state="closed", closing_reason="not_stated", closed_at=cast.NOON - timedelta(days=1)
    )
    page = text_of(client, public(pothole_request))
    assert "As published, this was closed before it was opened." in page
    assert "From report to closing" not in page


def test_a_duplicate_leads_to_the_request_that_goes_on_and_back(client: Client, pothole: Service, pothole_request: ServiceRequest) -> None:
    twin = close(cast.make_request(pothole), ClosingReason.DUPLICATE, Evidence.NONE)
    ServiceRequest.objects.filter(pk=twin.pk).update(duplicate_of=pothole_request)
    assert f'href="{public(pothole_request)}"' in client.get(public(twin)).content.decode()
    assert f'href="{public(twin)}"' in client.get(public(pothole_request)).content.decode()
    assert "It is not fixed" not in text_of(client, public(twin))


def test_without_enough_history_the_page_says_that_it_cannot_say(client: Client, pothole_request: ServiceRequest) -> None:
    assert "We can’t say yet when this will be done. Too few requests of this kind have been closed so far" in text_of(
        client, public(pothole_request)
    )


def test_a_date_that_the_city_gave_comes_before_any_estimate(client: Client, pothole_request: ServiceRequest) -> None:
    from evenhand.web.core import clock

    day = clock.real_now() + timedelta(days=9)
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(expected_at=day)
    assert "The city says that this will be done by" in text_of(client, public(pothole_request))


def test_many_me_toos_are_one_line_of_the_timeline(client: Client, pothole_request: ServiceRequest) -> None:
    for device in ("a", "b", "c"):
        with transaction.atomic():
            actions.support(pothole_request, device=device, at=LATER, channel="web")
    page = text_of(client, public(pothole_request))
    assert page.count("3 people said “me too” since March 4, 2026") == 1


def test_the_page_costs_at_most_twelve_queries_however_many_comments(client: Client, pothole_request: ServiceRequest) -> None:
    comment(pothole_request, "One")
    client.get(public(pothole_request))  # from now on the reader has a device
    counts = []
    for _ in range(2):
        for url in (public(pothole_request), private(pothole_request)):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
        for number in range(20):
            comment(pothole_request, f"Comment {number}")
    assert counts[0] <= 12
    assert counts[1] <= 12
    assert counts[:2] == counts[2:]


def test_the_page_speaks_spanish_where_the_reader_does(client: Client, pothole_request: ServiceRequest) -> None:
    comment(pothole_request, "Sigue ahí")
    closed = close(pothole_request)
    for url in (public(closed), private(closed), public(closed) + "not-fixed/", private(closed) + "erase/"):
        response = client.get(url, headers={"accept-language": "es"})
        assert response.status_code == 200
        assert "Bache" in response.content.decode()


@pytest.mark.parametrize("typed", ["%00", "123%00456", "%F0%28", "..%2F..%2Fetc", "x" * 3000, "%20", "１２３４５６７８９", "<script>"])
def test_an_address_that_is_no_number_is_not_found(client: Client, harbor: Jurisdiction, typed: str) -> None:
    response = client.get(f"/requests/{typed}/", follow=True)
    assert response.status_code in {200, 404}  # 200: nothing but a space is the list of requests
    assert "<script>" not in response.content.decode()


@pytest.mark.parametrize("path", [f"/follow/stop/{10**30}/{'0' * 32}/", "/follow/confirm/1/ñ/", "/follow/stop/0/%00/"])
def test_a_follow_link_that_never_was_is_not_found(client: Client, harbor: Jurisdiction, path: str) -> None:
    assert client.get(path).status_code == 404


# Photos ---------------------------------------------------------------------------------------------------------------------------------------------


def stored_photo() -> Photo:
    key = PhotoStore(settings.PHOTO_ROOT).write(b"\xff\xd8large", b"\xff\xd8small")
    return Photo.objects.create(key=key, width=1600, height=1200, added_at=cast.NOON)


def test_a_public_photo_is_served_to_everybody_and_kept_for_a_day(client: Client, pothole: Service) -> None:
    photo = stored_photo()
    cast.make_request(pothole, photos=[photo])
    full, small = client.get(f"/photos/{photo.key}.jpg"), client.get(f"/photos/{photo.key}-small.jpg")
    assert (b"".join(full.streaming_content), b"".join(small.streaming_content)) == (b"\xff\xd8large", b"\xff\xd8small")  # type: ignore[attr-defined]
    assert full.headers["Content-Type"] == "image/jpeg"
    assert full.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in full.headers["Cache-Control"]


def test_a_photo_of_a_private_or_held_request_or_a_draft_opens_only_with_its_signature(client: Client, pothole: Service, power_out: Service) -> None:
    photos = [stored_photo(), stored_photo(), stored_photo()]
    cast.make_request(power_out, photos=photos[:1])
    cast.make_request(pothole, photos=photos[1:2], held_until=LATER)
    for photo in photos:
        assert client.get(f"/photos/{photo.key}.jpg").status_code == 404
        assert client.get(f"/photos/{photo.key}.jpg?k={'0' * 32}").status_code == 404
        opened = client.get(f"/photos/{photo.key}.jpg?k={photo_signature(photo.key)}")
        assert (opened.status_code, opened.headers["Cache-Control"]) == (200, "private, no-store")
        assert b"".join(opened.streaming_content) == b"\xff\xd8large"  # type: ignore[attr-defined]


def test_the_private_page_shows_private_photos(client: Client, power_out: Service) -> None:
    photo = stored_photo()
    dark = cast.make_request(power_out, photos=[photo])
    assert f"/photos/{photo.key}-small.jpg?k={photo_signature(photo.key)}" in client.get(private(dark)).content.decode()


@pytest.mark.parametrize("name", ["nothing.jpg", "../../secret.key", f"{'0' * 32}.jpg"])
def test_a_photo_that_never_was_is_not_found(client: Client, harbor: Jurisdiction, name: str) -> None:
    assert client.get(f"/photos/{name}").status_code == 404
