"""What a city and its residents did here stays, whatever the next export says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions, corrections, work_actions
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence, State
from tests import cast
from tests.cast import NOON, make_service, make_staff
from tests.journeys.published_files import IN_HILLTOP, assert_whole, closed, everything, only, row, take, write_export

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=30)


# What was done here


def test_a_resident_s_not_fixed_survives_the_same_file_and_a_correction(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = write_export(tmp_path / "one.csv", [closed("101")])
    take(harbor, file)
    with transaction.atomic():
        actions.request_reopen(only(), actor=Actor.RESIDENT, at=NOON, words="It is still there.")
    before = everything(harbor)
    take(harbor, file, at=LATER)
    assert everything(harbor) == before
    take(harbor, write_export(tmp_path / "two.csv", [closed("101", CLOSED_DT="02/22/2026 08:00:00 AM")]), at=LATER)
    assert (only().state, only().veto_count) == (State.REOPEN_REQUESTED, 1)
    assert_whole(harbor)


def test_a_closing_made_here_is_not_undone_by_a_source_that_still_says_open(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = write_export(tmp_path / "one.csv", [row("101")])
    take(harbor, file)
    with transaction.atomic():
        actions.close(only(), actor=Actor.STAFF, at=NOON, reason=ClosingReason.FIXED, words="Filled.", evidence=Evidence.CREW_RECORD)
    before = everything(harbor)
    take(harbor, file, at=LATER)
    assert everything(harbor) == before
    take(harbor, write_export(tmp_path / "two.csv", [closed("101")]), at=LATER)
    assert (only().closing_reason, only().evidence, only().stated_by, only().closed_at) == ("fixed", "crew_record", "", NOON)
    assert_whole(harbor)


def test_a_place_or_service_corrected_here_is_not_undone_by_the_same_file(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = write_export(tmp_path / "one.csv", [row("101")])
    take(harbor, file)
    other = make_service(harbor, "sinkhole", "Sinkhole")
    ServiceRequest.objects.update(lat=42.361, service=other, state=State.ACKNOWLEDGED)
    _, counts = take(harbor, file, at=LATER)
    assert (counts.unchanged, only().lat, only().service, only().state) == (1, 42.361, other, State.ACKNOWLEDGED)


def test_what_staff_set_here_is_not_undone_by_a_newer_export(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("101"), row("102")]))
    person, other, until = make_staff(harbor, Role.AGENT), make_service(harbor, "sinkhole", "Sinkhole"), NOON + timedelta(days=9)
    place = actions.Place(lat=cast.IN_HILLTOP[0], long=cast.IN_HILLTOP[1], area=harbor.areas.get(code="hilltop"))
    with transaction.atomic():
        corrections.correct(only(), person=person, at=NOON, service=other, place=place)
        work_actions.schedule(only(), person=person, at=NOON, until=until)
    told = {"TYPE": "Streetlight", "LATITUDE": "42.3650", "TARGET_DT": "02/25/2026 10:15:00 AM"}
    take(harbor, write_export(tmp_path / "two.csv", [closed("101", **told), closed("102", **told)]), at=LATER)
    ours, theirs = only("101"), only("102")
    assert (ours.service.name, (ours.lat, ours.long), ours.area.name, ours.expected_at) == ("Sinkhole", cast.IN_HILLTOP, "Hilltop", until)  # type: ignore[union-attr]
    assert (theirs.service.name, theirs.lat, theirs.expected_at) == ("Streetlight", 42.365, datetime(2026, 2, 25, 15, 15, tzinfo=UTC))
    assert (ours.state, theirs.state) == (State.CLOSED, State.CLOSED)
    assert_whole(harbor)


def test_changed_requests_are_locked_in_the_order_of_their_keys(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("102"), row("101")]))
    with CaptureQueriesContext(connection) as queries:
        take(harbor, write_export(tmp_path / "two.csv", [closed("101"), closed("102")]), at=LATER)
    asked = [query["sql"] or "" for query in queries]  # a prepared statement leaves no text here
    locking = [sql for sql in asked if sql.startswith("SELECT") and '"head_hash"' in sql and "source_id" in sql]
    assert locking
    assert all('ORDER BY "requests_request"."id" ASC' in sql for sql in locking)


def test_what_staff_acknowledged_stays_acknowledged_when_only_the_place_is_corrected(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("101")]))
    with transaction.atomic():
        actions.acknowledge(only(), actor=Actor.STAFF, at=NOON)
    take(harbor, write_export(tmp_path / "two.csv", [row("101", **IN_HILLTOP)]), at=LATER)
    assert (only().state, only().area) == (State.ACKNOWLEDGED, harbor.areas.get(code="hilltop"))
