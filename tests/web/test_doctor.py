"""The doctor finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.core import clock, examination
from evenhand.web.core.examination import Finding, Outcome
from evenhand.web.journeys import examine as examine_journey
from evenhand.web.journeys.examine import examine
from evenhand.web.service_requests.history_guard import EVENTS, history_bypass
from evenhand.web.service_requests.models import Event, Photo, Service, ServiceRequest
from evenhand.web.service_requests.photo_store import PhotoStore
from tests import cast
from tests.cast import NOON


@pytest.fixture
def photos(settings: Any) -> PhotoStore:
    return PhotoStore(Path(settings.PHOTO_ROOT))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "secret.key").touch(mode=0o600)
    return tmp_path


def faults(home: Path, photos: PhotoStore, **options: Any) -> dict[str, str]:
    """Subject and words of all that is not good, the settings and the disk of the machine aside, and the worker, which no test keeps running."""
    found = examine(home, photos.root, **options)
    return {one.subject: one.words for one in found if one.outcome is not Outcome.GOOD and one.subject not in {"settings", "disk", "worker"}}


def with_files(photos: PhotoStore, *, age_hours: float = 2) -> str:
    key = photos.write(b"\xff\xd8 whole", b"\xff\xd8 small")
    written = clock.real_now().timestamp() - age_hours * 3600
    os.utime(photos.path(key, "full"), (written, written))
    return key


def test_a_healthy_city_has_no_faults(home: Path, photos: PhotoStore, pothole_request: ServiceRequest) -> None:
    Photo.objects.create(request=pothole_request, key=with_files(photos), width=4, height=3, added_at=NOON)
    assert faults(home, photos) == {}


def test_a_changed_history_is_named_by_its_request(home: Path, photos: PhotoStore, pothole_request: ServiceRequest) -> None:
    with history_bypass("a test", opens="everything"):
        Event.objects.filter(request=pothole_request).update(channel="phone")
    found = faults(home, photos)
    assert list(found) == ["history"]
    assert f"history of request {pothole_request.reference} does not verify at event 1" in found["history"]


def test_a_sample_verifies_only_so_many(home: Path, photos: PhotoStore, pothole: Service) -> None:
    cast.make_requests(pothole, 5)
    words = {one.subject: one.words for one in examine(home, photos.root, sample=2)}
    assert words["history"] == "2 of 5 requests verify."


def test_many_histories_are_verified_a_batch_at_a_time(home: Path, photos: PhotoStore, pothole: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine_journey, "BATCH", 2)
    cast.make_requests(pothole, 5)
    steps: list[tuple[int, int]] = []
    findings = list(examine(home, photos.root, progress=lambda done, total: steps.append((done, total))))
    assert steps == [(2, 5), (4, 5), (5, 5)]
    assert Finding("history", Outcome.GOOD, "5 of 5 requests verify.") in findings


def test_a_photo_without_its_file_is_a_fault(home: Path, photos: PhotoStore, pothole_request: ServiceRequest) -> None:
    Photo.objects.create(request=pothole_request, key="0" * 32, width=4, height=3, added_at=NOON)
    assert faults(home, photos) == {"photos": f"1 photos have no files: {'0' * 32}. Bring them back from a backup."}


def test_an_erased_photo_whose_file_is_still_there_is_a_fault(home: Path, photos: PhotoStore, pothole_request: ServiceRequest) -> None:
    key = with_files(photos)
    Photo.objects.create(request=pothole_request, key=key, width=4, height=3, added_at=NOON, erased_at=NOON)
    assert key in faults(home, photos)["photo files"]
    assert "Delete them" in faults(home, photos)["photo files"]


def test_a_file_that_no_row_names_is_told_once_it_is_old(home: Path, photos: PhotoStore, harbor: object) -> None:
    young, old = with_files(photos, age_hours=0), with_files(photos, age_hours=2)
    words = faults(home, photos)["photo files"]
    assert old in words
    assert young not in words


def test_messages_that_wait_too_long_are_a_fault(home: Path, photos: PhotoStore, pothole_request: ServiceRequest) -> None:
    now = clock.real_now()
    due = {"created_at": now, "recipient": "ana@home.test", "text": "Thank you", "kind": "request_received"}
    OutboxMessage.objects.create(message_id="<1@x>", next_attempt_at=now - timedelta(hours=1), **due)
    OutboxMessage.objects.create(message_id="<2@x>", next_attempt_at=now, **due)
    assert faults(home, photos)["outbox"].startswith("1 messages have waited for more than 30 minutes.")


def test_messages_given_up_are_told(home: Path, photos: PhotoStore, pothole_request: ServiceRequest) -> None:
    now = clock.real_now()
    row = {"created_at": now, "recipient": "ana@home.test", "text": "Thank you", "kind": "request_received", "next_attempt_at": now}
    OutboxMessage.objects.create(message_id="<1@x>", failed_at=now, attempts=5, **row)
    assert faults(home, photos)["outbox"].startswith("1 messages were given up")


def test_a_key_that_others_can_read_is_a_fault(home: Path, photos: PhotoStore, harbor: object) -> None:
    (home / "secret.key").chmod(0o644)
    assert faults(home, photos)["secret key"] == f"Others on this machine can read it (mode 644). Run: chmod 600 {home / 'secret.key'}"


def test_a_city_in_a_storm_of_its_own_is_told(home: Path, photos: PhotoStore, harbor: object) -> None:
    clock.jump_to(clock.real_now() + timedelta(days=3))
    assert "away from real time" in faults(home, photos)["clock"]


def test_a_machine_whose_clock_is_behind_its_own_records_is_a_fault(home: Path, photos: PhotoStore, pothole: Service) -> None:
    cast.make_request(pothole, at=clock.real_now() + timedelta(days=1))
    assert "this machine's clock is wrong" in faults(home, photos)["time"]


def test_a_full_disk_is_a_fault_before_reports_are_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=400_000_000))
    found = examination.disk_finding(tmp_path)
    assert (found.outcome, found.words) == (Outcome.FAULT, "0.4 GB are free. Reports will soon be refused: make room.")


@pytest.fixture
def without_a_trigger(db: None) -> None:
    """Until the test's transaction is rolled back, and the drop with it."""
    name = f"{EVENTS}_no_update" if connection.vendor == "sqlite" else f"{EVENTS}_no_change ON {EVENTS}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}")


@pytest.mark.usefixtures("without_a_trigger")
def test_a_lost_trigger_is_a_fault(home: Path, photos: PhotoStore) -> None:
    assert "Run: evenhand migrate" in faults(home, photos)["triggers and indexes"]
