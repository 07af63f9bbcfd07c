"""Reports that were held for their pace appear when their hour is over; what has had its time goes."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from evenhand.web.conversations.models import Follower, SentForm
from evenhand.web.core import clock
from evenhand.web.journeys.erase_reporter import erase_reporter
from evenhand.web.journeys.release_held_requests import release_held_requests
from evenhand.web.journeys.tidy_up import erase_files_without_a_row, tidy_up
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.intake_pace import Sender, leave_trace
from evenhand.web.service_requests.models import IntakeTrace, Photo, ReportDraft, Service, ServiceRequest
from evenhand.web.service_requests.photo_store import PhotoStore
from tests import cast
from tests.journeys.request_pages import Reader, public

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_held_report_appears_when_its_hour_is_over_and_not_before(pothole: Service) -> None:
    held = cast.make_request(pothole, held_until=cast.NOON + HOUR)
    assert release_held_requests(at=cast.NOON, real_at=cast.NOON + HOUR / 2) == 0
    Reader().page(public(held), status=404)
    assert release_held_requests(at=cast.NOON + HOUR, real_at=cast.NOON + HOUR) == 1
    assert "Pothole" in Reader().page(public(held))
    assert "Shown to the public" not in Reader().page(public(held))
    verify(ServiceRequest.objects.get(pk=held.pk))


def test_releasing_twice_shows_once(pothole: Service) -> None:
    held = cast.make_request(pothole, held_until=cast.NOON)
    assert release_held_requests(at=cast.NOON, real_at=cast.NOON) == 1
    assert release_held_requests(at=cast.NOON, real_at=cast.NOON) == 0
    assert held.events.filter(kind="released").count() == 1


def photo_in_store(request: ServiceRequest | None = None, draft: ReportDraft | None = None) -> Photo:
    key = PhotoStore(settings.PHOTO_ROOT).write(b"large", b"small")
    return Photo.objects.create(key=key, width=16, height=12, added_at=cast.NOON, request=request, draft=draft)


def test_drafts_of_a_week_ago_go_with_their_photos_and_younger_ones_stay(pothole: Service) -> None:
    store = PhotoStore(settings.PHOTO_ROOT)
    city = pothole.jurisdiction
    old = ReportDraft.objects.create(token="old", jurisdiction=city, started_at=cast.NOON, touched_at=cast.NOON)
    ReportDraft.objects.create(token="new", jurisdiction=city, started_at=cast.NOON, touched_at=cast.NOON + 2 * DAY)
    photo = photo_in_store(draft=old)
    tidy_up(at=cast.NOON + 8 * DAY, real_at=cast.NOON + 8 * DAY)
    assert list(ReportDraft.objects.values_list("token", flat=True)) == ["new"]
    assert not Photo.objects.exists()
    assert not store.path(photo.key, "full").exists()


def test_traces_go_after_a_day_and_form_keys_and_unconfirmed_addresses_after_a_week(pothole_request: ServiceRequest) -> None:
    leave_trace(Sender("d", "n", is_new_device=True), real_at=cast.NOON)
    SentForm.objects.create(key="k", at=cast.NOON)
    Follower.objects.create(request=pothole_request, recipient="ben@next.test", link_salt="s", created_at=cast.NOON)
    Follower.objects.create(request=pothole_request, recipient="eve@next.test", link_salt="s", created_at=cast.NOON, confirmed_at=cast.NOON)
    tidy_up(at=cast.NOON + 2 * DAY, real_at=cast.NOON + 2 * DAY)
    assert (IntakeTrace.objects.count(), SentForm.objects.count(), Follower.objects.count()) == (0, 1, 2)
    tidy_up(at=cast.NOON + 8 * DAY, real_at=cast.NOON + 8 * DAY)
    assert SentForm.objects.count() == 0
    assert list(Follower.objects.values_list("recipient", flat=True)) == ["eve@next.test"]


@pytest.mark.django_db(transaction=True)
def test_files_that_a_crash_left_without_a_living_row_go_when_they_are_a_day_old(pothole: Service) -> None:
    store = PhotoStore(settings.PHOTO_ROOT)
    request = cast.make_request(pothole, photos=[photo_in_store()])
    living = Photo.objects.get(request=request)
    without_row, fresh = store.write(b"a", b"b"), store.write(b"c", b"d")
    yesterday = clock.real_now().timestamp() - 90_000
    for key in (without_row, living.key):
        os.utime(store.path(key, "full"), (yesterday, yesterday))
    assert erase_files_without_a_row() == 1
    assert sorted(store.keys()) == sorted([living.key, fresh])
    with transaction.atomic():
        Photo.objects.filter(pk=living.pk).update(erased_at=cast.NOON)
    assert erase_files_without_a_row() == 1
    assert erase_reporter(request, at=cast.NOON) is True  # the file is gone already, which is no fault


def test_one_report_that_cannot_be_shown_holds_up_no_other(pothole: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (cast.make_request(pothole, held_until=cast.NOON + HOUR * number) for number in (0, 1))
    release = actions.release_held

    def fails_for_the_first(request: ServiceRequest, **named: datetime) -> ServiceRequest:
        if request.pk == first.pk:
            raise RuntimeError("its row is broken")
        return release(request, **named)

    monkeypatch.setattr(actions, "release_held", fails_for_the_first)
    with pytest.raises(RuntimeError, match="its row is broken"):
        release_held_requests(at=cast.NOON + DAY, real_at=cast.NOON + DAY)
    assert ServiceRequest.objects.get(pk=second.pk).visibility == "public"
    assert ServiceRequest.objects.get(pk=first.pk).visibility == "held"


def test_a_held_report_of_a_service_that_became_private_stays_off_the_public_pages(pothole: Service) -> None:
    held = cast.make_request(pothole, held_until=cast.NOON)
    Service.objects.filter(pk=pothole.pk).update(is_private=True)
    release_held_requests(at=cast.NOON, real_at=cast.NOON)
    assert ServiceRequest.objects.get(pk=held.pk).visibility == "private"


def test_an_address_whose_owner_stopped_the_mails_goes_after_a_week(pothole_request: ServiceRequest) -> None:
    row = {"request": pothole_request, "link_salt": "x", "created_at": cast.NOON - 9 * DAY, "confirmed_at": cast.NOON - 9 * DAY}
    Follower.objects.create(recipient="gone@next.test", stopped_at=cast.NOON - 8 * DAY, **row)
    Follower.objects.create(recipient="lately@next.test", stopped_at=cast.NOON - 6 * DAY, **row)
    Follower.objects.create(recipient="still@next.test", **row)
    tidy_up(at=cast.NOON, real_at=cast.NOON)
    assert set(Follower.objects.values_list("recipient", flat=True)) == {"lately@next.test", "still@next.test"}
