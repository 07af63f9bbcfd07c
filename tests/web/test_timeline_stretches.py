"""A long history is told a stretch at a time: each page is small, each has an address that stays, and together they leave nothing out."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests import actions, moderation
from evenhand.web.service_requests.history import NewEvent, append
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.moderation import HidingReason, Part, What
from evenhand.web.service_requests.private_links import private_token
from evenhand.web.service_requests.timeline import MOST_TOLD, Stretch, timeline
from evenhand.web.service_requests.workflow import Actor
from tests import cast

LATER = cast.NOON + timedelta(days=2)
REPORTED = "A deep hole beside the bus stop"


@transaction.atomic
def comment(request: ServiceRequest, count: int, *, words: str = "Remark", start: int = 1) -> None:
    """So many comments at once, numbered: “Remark 17.”"""
    now = ServiceRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    news = [
        NewEvent(
            kind="commented", at=LATER + timedelta(minutes=number), actor_kind=Actor.RESIDENT, channel="web", content={"words": f"{words} {number}."}
        )
        for number in range(start, start + count)
    ]
    append(now, *news, recorded_at=LATER)
    now.comment_count += count
    now.save()


def public(request: ServiceRequest, query: str = "") -> str:
    return f"/requests/{request.reference}/{query}"


def remarks(body: str) -> list[int]:
    return [int(number) for number in re.findall(r"Remark (\d+)\.", body)]


def address(body: str, rel: str) -> str:
    """Where the page's link of this kind leads; empty without one."""
    found = re.search(rf'<a [^>]*rel="{rel}" href="([^"]+)"', body)
    return unescape(found.group(1)).removesuffix("#what-happened") if found else ""


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_request_with_two_thousand_comments_has_a_small_page_at_no_more_statements(client: Client, pothole_request: ServiceRequest) -> None:
    comment(pothole_request, 3)
    page(client, public(pothole_request))  # from now on the reader has a device
    with CaptureQueriesContext(connection) as few:
        short = page(client, public(pothole_request))
    comment(pothole_request, 1997, start=4)
    with CaptureQueriesContext(connection) as many:
        long = page(client, public(pothole_request))
    assert len(many) == len(few)
    assert remarks(long) == list(range(2001 - MOST_TOLD, 2001)), "the newest"
    assert REPORTED in long
    assert "1,970 entries in between" in long
    assert "1,972–2,001 of 2,001" in long
    assert len(long) < len(short) + MOST_TOLD * 900, "bytes of an entry"


@pytest.mark.parametrize("is_reporter", [False, True])
def test_going_back_page_by_page_and_forth_again_meets_every_comment_once(client: Client, pothole_request: ServiceRequest, is_reporter: bool) -> None:
    count = 3 * MOST_TOLD + 7
    comment(pothole_request, count)
    start = public(pothole_request, f"private/{private_token(pothole_request)}/" if is_reporter else "")
    back, url = list[int](), start
    while url:
        body = page(client, url)
        assert body.count(REPORTED) == 1, "how it began stands on each"
        back, last, url = remarks(body) + back, url, address(body, "prev")
        assert url.startswith(f"{start}?before=") or not url
    assert back == list(range(1, count + 1))
    forth, url = list[int](), last
    while url:
        body = page(client, url)
        forth += remarks(body)
        url = address(body, "next")
    assert forth == back


def test_an_address_leads_to_the_same_entries_after_more_has_happened(client: Client, pothole_request: ServiceRequest) -> None:
    comment(pothole_request, 2 * MOST_TOLD)
    url = address(page(client, public(pothole_request)), "prev")
    before = remarks(page(client, url))
    comment(pothole_request, MOST_TOLD, start=1000)
    assert remarks(page(client, url)) == before != []


def test_a_history_that_fits_has_no_pages(client: Client, pothole_request: ServiceRequest) -> None:
    comment(pothole_request, MOST_TOLD - 1)
    body = page(client, public(pothole_request))
    assert len(remarks(body)) == MOST_TOLD - 1
    assert 'class="pagination"' not in body
    comment(pothole_request, 1, start=MOST_TOLD)
    body = page(client, public(pothole_request))
    assert remarks(body) == list(range(1, MOST_TOLD + 1))
    assert 'class="pagination"' not in body, "how it began, and a whole stretch"


def test_me_too_is_told_once_and_in_the_newest_stretch(client: Client, pothole_request: ServiceRequest) -> None:
    for device in ("a", "b"):
        with transaction.atomic():
            actions.support(pothole_request, device=device, at=LATER, channel="web")
    comment(pothole_request, 2 * MOST_TOLD)
    newest = page(client, public(pothole_request))
    earlier = page(client, address(newest, "prev"))
    assert ("people said “me too” since" in newest, "people said “me too” since" in earlier) == (True, False)
    assert f"of {2 * MOST_TOLD + 2}" in newest
    assert f"of {2 * MOST_TOLD + 2}" in earlier


def test_many_me_toos_alone_make_no_pages(pothole_request: ServiceRequest) -> None:
    for device in range(MOST_TOLD + 5):
        with transaction.atomic():
            actions.support(pothole_request, device=str(device), at=LATER, channel="web")
    told = timeline(ServiceRequest.objects.get(pk=pothole_request.pk))
    assert [(one.kind, one.count) for one in told.happenings] == [("received", 1), ("supported", MOST_TOLD + 5)]
    assert (told.earlier, told.later) == (0, 0)


def test_what_was_hidden_stays_hidden_on_an_earlier_page_and_a_photo_stands_on_its_own(
    client: Client, pothole_request: ServiceRequest, agent_ben: Account
) -> None:
    comment(pothole_request, 1, words="Rude remark about", start=5)
    with transaction.atomic():
        photo = Photo.objects.create(key="a" * 32, width=4, height=3, added_at=LATER)
        actions.comment(pothole_request, words="With a photo", actor=Actor.RESIDENT, at=LATER, channel="web", photos=[photo])
    comment(pothole_request, 2 * MOST_TOLD)
    with transaction.atomic():
        part = Part(What.WORDS, 2)
        moderation.hide(pothole_request, part, reason=HidingReason.ABUSE, words="", actor_id=agent_ben.pk, at=LATER)
    bodies, url = list[str](), public(pothole_request)
    while url:
        bodies.append(page(client, url))
        url = address(bodies[-1], "prev")
    assert not any("Rude remark" in body for body in bodies)
    assert ["[Hidden by the city:" in body for body in bodies] == [False, False, True]
    assert [photo.key in body for body in bodies] == [False, False, True]


@pytest.mark.parametrize("query", ["?before=", "?before=x", "?before=-4", "?after=٣", "?before=99999999999999999999", "?before=%00", "?after=0x1"])
def test_what_names_no_event_leads_to_the_newest(client: Client, pothole_request: ServiceRequest, query: str) -> None:
    comment(pothole_request, 2 * MOST_TOLD)
    assert remarks(page(client, public(pothole_request, query))) == list(range(MOST_TOLD + 1, 2 * MOST_TOLD + 1))


def test_addresses_beyond_either_end_lead_back(pothole_request: ServiceRequest) -> None:
    comment(pothole_request, 2 * MOST_TOLD)
    now = ServiceRequest.objects.get(pk=pothole_request.pk)
    first = timeline(now, wanted=Stretch(before=1))
    assert ([one.kind for one in first.stretch], first.earlier, first.later) == (["received"], 0, 2 * MOST_TOLD)
    beyond = timeline(now, wanted=Stretch(after=10**6))
    assert (len(beyond.beginning), len(beyond.stretch), beyond.earlier, beyond.later) == (1, 0, 2 * MOST_TOLD, 0)
    assert timeline(now, wanted=Stretch(before=beyond.first_seq)) == timeline(now)
