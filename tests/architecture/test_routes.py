"""Every address of the portal has its audience, and a forged link opens none of those that are not for everybody.

Those of the console are tried in `test_console_policy`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import actions as conversations
from evenhand.web.journeys.ask_reporter import ask_reporter
from evenhand.web.journeys.invite_contractor import invite_contractor
from evenhand.web.portal.policy import AUDIENCES, Audience
from evenhand.web.service_requests.models import Photo, ServiceRequest
from tests.cast import NOON

FORGED = "0" * 32
LINKED = [name for name, audience in AUDIENCES.items() if audience in {Audience.REPORTER, Audience.FOLLOWER}]


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, f"{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name"
            yield f"{namespace}{entry.name}"


def test_every_address_has_an_audience_and_every_audience_an_address() -> None:
    assert sorted(name for name in addresses(get_resolver()) if not name.startswith("console:")) == sorted(AUDIENCES)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", LINKED)
def test_a_forged_link_opens_nothing_and_says_nothing(client: Client, pothole_request: ServiceRequest, name: str, method: str) -> None:
    follower = conversations.follow(pothole_request, recipient="ana@home.test", language="en", at=NOON, confirmed=True)
    subject = [follower.pk] if AUDIENCES[name] is Audience.FOLLOWER else [pothole_request.reference]
    events = pothole_request.event_count
    answer = getattr(client, method)(reverse(name, args=[*subject, FORGED]))
    assert answer.status_code in {404, 405}
    assert b"Okafor" not in answer.content
    follower.refresh_from_db()
    assert follower.stopped_at is None
    pothole_request.refresh_from_db()
    assert pothole_request.event_count == events


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", [name for name, audience in AUDIENCES.items() if audience in {Audience.ASKED, Audience.CONTRACTOR}])
def test_a_forged_link_of_a_question_or_a_contractor_opens_nothing(
    client: Client, agent_ben: Account, pothole_request: ServiceRequest, name: str, method: str
) -> None:
    keys = {
        "portal:answer": ask_reporter(pothole_request, words="Which lane?", person=agent_ben, at=NOON).question.pk,
        "portal:work": invite_contractor(
            pothole_request, name="Bay Paving", recipient="", language="en", words="Fill it.", person=agent_ben, at=NOON
        ).pk,
    }
    events = ServiceRequest.objects.get(pk=pothole_request.pk).event_count
    answer = getattr(client, method)(reverse(name, args=[keys[name], FORGED]), {"words": "Me.", "said": "answer"})
    assert answer.status_code == 404
    assert not any(secret in answer.content for secret in (b"Okafor", b"Which lane", b"Fill it"))
    assert ServiceRequest.objects.get(pk=pothole_request.pk).event_count == events


@pytest.mark.parametrize("name", [name for name, audience in AUDIENCES.items() if audience is Audience.DRAFT_WRITER])
def test_a_forged_draft_key_starts_anew_instead_of_opening_one(client: Client, pothole_request: ServiceRequest, name: str) -> None:
    answer = client.get(reverse(name, args=[FORGED]))
    assert answer.status_code in {302, 404, 410}
    assert b"Okafor" not in answer.content


@pytest.mark.parametrize("name", ["portal:photo", "portal:photo_small"])
def test_a_photo_of_a_private_request_is_not_there_without_its_signature(client: Client, pothole_request: ServiceRequest, name: str) -> None:
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(visibility="private")
    Photo.objects.create(request=pothole_request, key=FORGED, width=4, height=3, added_at=NOON)
    assert client.get(reverse(name, args=[FORGED])).status_code == 404
    assert client.get(reverse(name, args=[FORGED]), {"k": FORGED}).status_code == 404
