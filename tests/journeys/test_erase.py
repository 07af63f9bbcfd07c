"""The reporter has everything erased that they gave; the history still verifies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from evenhand.web.accounts.roles import Role
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.journeys.erase_reporter import erase_reporter
from evenhand.web.journeys.split_request import split_request
from evenhand.web.journeys.tidy_up import merge_away_erased_words
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.corrections import correct
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import EventContent, Photo, Reporter, Service, ServiceRequest
from evenhand.web.service_requests.photo_store import PhotoStore
from evenhand.web.service_requests.splitting import place_of
from evenhand.web.service_requests.text_index import matching
from tests import cast
from tests.journeys.request_pages import Reader, picture, private, public

SECRETS = ("Okafor", "ana@home.test", "5550123", "blue door")


@pytest.fixture
def anas_report(pothole: Service, resident_ana: cast.Resident) -> ServiceRequest:
    contact = resident_ana.contact(is_name_shown=True)
    request = cast.make_request(pothole, contact=contact, words="Before the blue door", answers={"lane": "beside the blue door"})
    follower = conversations.follow(request, recipient=resident_ana.email, language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    conversations.enqueue("request_received", to=resident_ana.email, language="en", request=request, at=cast.NOON, follower=follower)
    reader = Reader()
    reader.send(private(request, "comment/"), {"words": "The blue door again", "photos": [picture()]})
    reader.send(public(request, "comment/"), {"words": "I see it too", "name": "Ben", "photos": [picture()]})
    return ServiceRequest.objects.get(pk=request.pk)


def everything_kept(request: ServiceRequest) -> str:
    """All columns of all rows about a request, as text."""
    rows: list[object] = [ServiceRequest.objects.filter(pk=request.pk).values().get(), Reporter.objects.filter(request=request).values().get()]
    rows += [list(request.events.values()), list(EventContent.objects.filter(event__request=request).values())]
    rows += [list(OutboxMessage.objects.values()), list(request.followers.values())]
    return str(rows)


@pytest.mark.django_db(transaction=True)
def test_what_the_reporter_gave_is_gone_from_pages_rows_and_disk(anas_report: ServiceRequest) -> None:
    own, other = Photo.objects.filter(request=anas_report).order_by("event_seq")
    store = PhotoStore(settings.PHOTO_ROOT)
    reader = Reader()
    assert "comments that you sent from the public page" in reader.page(private(anas_report, "erase/"))
    page = reader.send(private(anas_report, "erase/"), {})
    assert "Erased: your words, your name and how to reach you, and your photos." in page
    kept = everything_kept(anas_report) + reader.page(public(anas_report)) + page
    assert [secret for secret in SECRETS if secret in kept] == []
    assert "[Erased by the person who wrote it.]" in kept
    assert "I see it too" in kept
    assert not store.path(own.key, "full").exists()
    assert store.path(other.key, "full").exists()
    assert reader.client.get(f"/photos/{own.key}.jpg").status_code == 410
    verify(ServiceRequest.objects.get(pk=anas_report.pk))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL drops removed entries by itself")
def test_erased_words_leave_the_files_of_the_search_index_and_the_others_stay(pothole: Service) -> None:
    mine, other = (cast.make_request(pothole, words=f"Beside the {thing}") for thing in ("quetzalcage", "lamppost"))

    def is_in_the_index(word: bytes) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT block FROM requests_text_data")
            return any(word in block for (block,) in cursor.fetchall())

    erase_reporter(mine, at=cast.NOON)
    assert is_in_the_index(b"uetzalcage")
    assert merge_away_erased_words(at=cast.NOON + timedelta(days=3)) == 0
    assert merge_away_erased_words(at=cast.NOON + timedelta(hours=1)) > 0
    assert not is_in_the_index(b"uetzalcage")
    assert is_in_the_index(b"amppost")
    assert list(matching(ServiceRequest.objects.all(), "lamppost")) == [other]


@pytest.mark.django_db(transaction=True)
def test_photo_files_stay_when_the_erasure_is_rolled_back(anas_report: ServiceRequest) -> None:
    own = Photo.objects.filter(request=anas_report).earliest("event_seq")

    class PowerCut(Exception):
        pass

    def erase_until_the_power_goes() -> None:
        with transaction.atomic():
            erase_reporter(anas_report, at=cast.NOON)
            raise PowerCut

    with pytest.raises(PowerCut):
        erase_until_the_power_goes()
    assert PhotoStore(settings.PHOTO_ROOT).path(own.key, "full").exists()
    assert Reporter.objects.get(request=anas_report).email == "ana@home.test"


def test_erasing_twice_erases_once(anas_report: ServiceRequest) -> None:
    reader = Reader()
    reader.send(private(anas_report, "erase/"), {})
    reader.send(private(anas_report, "erase/"), {})
    assert anas_report.events.filter(kind="erased").count() == 1
    assert reader.client.get(private(anas_report, "erase/")).status_code == 303


def test_mails_that_still_wait_for_the_reporter_are_not_sent(anas_report: ServiceRequest) -> None:
    Reader().send(private(anas_report, "erase/"), {})
    message = OutboxMessage.objects.get(kind="request_received")
    assert message.failed_at is not None
    assert (message.recipient, message.text) == ("", "")


def test_what_the_city_split_off_goes_too_and_what_was_split_off_that(
    anas_report: ServiceRequest, streetlight: Service, resident_ana: cast.Resident
) -> None:
    agent = cast.make_staff(anas_report.jurisdiction, Role.AGENT)
    photo = Photo.objects.filter(request=anas_report).earliest("event_seq")
    lamp = split_request(anas_report, service=streetlight, place=place_of(anas_report), words="Okafor", person=agent, at=cast.NOON, photos=[photo.pk])
    second = split_request(lamp.new, service=streetlight, place=place_of(lamp.new), words="By the blue door", person=agent, at=cast.NOON)
    reader = Reader()
    assert "what the city took out of this report" in reader.page(private(anas_report, "erase/"))
    reader.send(private(anas_report, "erase/"), {})
    for request in (anas_report, lamp.new, second.new):
        kept = everything_kept(request)
        assert [secret for secret in SECRETS if secret in kept] == []
        verify(ServiceRequest.objects.get(pk=request.pk))
    photo.refresh_from_db()
    assert photo.erased_at is not None


def test_the_reporters_words_for_a_place_go_also_where_staff_had_set_a_pin(pothole: Service, harbor: Jurisdiction) -> None:
    request = cast.make_request(pothole, by=cast.ANA, point=None, address="behind Ana Okafor's, call 5550123")
    pin = Place(lat=cast.IN_DOCKSIDE[0], long=cast.IN_DOCKSIDE[1], address="12 Wharf Street")
    with transaction.atomic():
        correct(request, place=pin, person=cast.make_staff(harbor, Role.AGENT), at=cast.NOON)
    assert "5550123" in everything_kept(request)
    erase_reporter(request, at=cast.NOON)
    assert [secret for secret in SECRETS if secret in everything_kept(request)] == []
    assert ServiceRequest.objects.get(pk=request.pk).address == "12 Wharf Street"


def test_erasing_an_outage_report_takes_its_place_with_it(power_out: Service, resident_ana: cast.Resident) -> None:
    dark = cast.make_request(power_out, by=resident_ana)
    Reader().send(private(dark, "erase/"), {})
    kept = ServiceRequest.objects.get(pk=dark.pk)
    assert (kept.lat, kept.long, kept.address) == (None, None, "")


def test_a_place_in_the_reporters_own_words_goes_with_them(pothole: Service, resident_ana: cast.Resident) -> None:
    request = cast.make_request(pothole, by=resident_ana, point=None, address="behind Ana Okafor's, call 555 0123")
    erase_reporter(request, at=cast.NOON)
    assert ServiceRequest.objects.get(pk=request.pk).address == ""
