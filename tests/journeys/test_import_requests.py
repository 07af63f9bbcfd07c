"""A published export becomes requests; the next one changes them by events; what a city and its residents did here meanwhile stays."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evenhand.web.connectors.published_exports import ExportError
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.insights.models import ClosingEstimate
from evenhand.web.journeys import import_requests as journey
from evenhand.web.journeys.import_places import place_requests_in_areas
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Event, ImportRun, QuarantinedRow, RequestCell, Service, ServiceGroup, ServiceRequest
from evenhand.web.service_requests.reference_numbers import is_valid
from tests.cast import NOON, make_city, make_request, make_service
from tests.journeys.published_files import IN_HILLTOP, assert_whole, cells_of, closed, everything, kinds, only, row, take, tally, write_export

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=30)


# What a row becomes


def test_a_row_becomes_a_request_with_the_city_s_own_words_and_times(harbor: Jurisdiction, tmp_path: Path) -> None:
    target = {"TARGET_DT": "02/25/2026 10:15:00 AM"}
    run, counts = take(harbor, write_export(tmp_path / "one.csv", [closed("101", **target)]))
    request = only()
    assert tally(counts) == {"new": 1, "events": 2, "rows": 1}
    assert (request.reference, request.source, request.client) == ("101", "boston", "boston")
    assert request.requested_at == datetime(2026, 2, 20, 15, 15, tzinfo=UTC)  # New York is five hours behind in winter
    assert request.closed_at == request.updated_at == datetime(2026, 2, 21, 21, 30, tzinfo=UTC)
    assert request.expected_at == datetime(2026, 2, 25, 15, 15, tzinfo=UTC)
    assert (request.state, request.status, request.closing_reason) == ("closed", "closed", "not_stated")
    assert (request.evidence, request.stated_by, request.source_status) == ("stated", "boston", "Closed")
    assert (request.channel, request.made_by, request.zipcode, request.agency_responsible) == ("app", "resident", "02128", "Public Works")
    assert (request.lat, request.long, request.place_quality, request.area) == (42.3601, -71.0501, "exact", harbor.areas.get(code="dockside"))
    assert (request.service.name, request.service.group.name, request.service.is_offered) == ("Pothole", "Street Repair", True)
    assert (run.counts["new"], run.data_until, run.finished_at is not None) == (1, request.closed_at, True)
    assert_whole(harbor)


def test_a_closing_is_told_as_stated_by_the_source_with_its_words(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [closed("101")]))
    event = only().events.get(kind="close")
    assert (event.actor_kind, event.facts["evidence"], event.facts["source"]) == ("source", "stated", "boston")
    assert event.content.body == {"words": "Filled with asphalt."}


def test_gzip_and_auto_are_told_by_content(harbor: Jurisdiction, tmp_path: Path) -> None:
    plain = write_export(tmp_path / "plain.csv", [row("101")])
    packed = tmp_path / "packed.download"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    run, counts = take(harbor, packed, "auto")
    assert (run.format, counts.new) == ("boston", 1)


def test_faults_are_kept_flagged_and_counted(harbor: Jurisdiction, tmp_path: Path) -> None:
    rows = [
        closed("1", CLOSED_DT="02/20/2026 09:00:00 AM"),
        row("2", LATITUDE="", LONGITUDE=""),
        row("3", Source="Employee Generated"),
        row("4", Source="Pigeon"),
        row("5", LATITUDE="42.5"),
    ]
    run, counts = take(harbor, write_export(tmp_path / "faulty.csv", rows))
    assert run.fault_counts == {"closed_before_opened": 1, "missing_coordinates": 1, "staff_made": 1, "unknown_channel": 1, "outside_city": 1}
    assert ServiceRequest.objects.get(source_id="1").faults == ["closed_before_opened"]
    assert (only("2").place_quality, only("2").area) == ("missing", None)
    assert (only("3").made_by, only("3").channel) == ("staff", "staff_system")
    assert (only("4").made_by, only("4").channel) == ("unknown", "unknown")
    assert (only("5").area, only("5").faults) == (None, ["outside_city"])
    assert counts.new == 5


def test_one_point_that_many_zips_share_is_no_place(harbor: Jurisdiction, tmp_path: Path) -> None:
    rows = [row(str(n), LOCATION_ZIPCODE=f"021{n % 6:02}", neighborhood=f"Part {n % 6}", ward=str(n % 6 + 1)) for n in range(36)]
    run, _ = take(harbor, write_export(tmp_path / "fallback.csv", rows))
    assert run.fault_counts == {"fallback_coordinates": 36}
    assert set(ServiceRequest.objects.values_list("place_quality", flat=True)) == {"fallback"}
    assert not ServiceRequest.objects.filter(area__isnull=False).exists()
    assert RequestCell.objects.count() == 0


def test_text_that_no_database_can_hold_is_cleaned_and_flagged(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = write_export(tmp_path / "nul.csv", [row(str(n)) for n in range(2000)] + [row("nul", Location="1 Wharf St")])
    file.write_bytes(file.read_bytes().replace(b"1 Wharf", b"1\0Wharf"))
    _, counts = take(harbor, file)
    assert counts.new == 2001
    assert (only("nul").address, only("nul").faults) == ("1\ufffdWharf St", ["not_utf8"])


def test_json_escapes_that_no_database_can_hold_are_cleaned(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = tmp_path / "requests.json"
    file.write_text(
        r'[{"service_request_id": "7", "service_code": "p", "service_name": "Po\u0000t", "description": "half \ud800 a pair", "status": "open",'
        r'"requested_datetime": "2026-02-20T10:15:00-05:00", "lat": 42.3601, "long": -71.0501}]'
    )
    take(harbor, file, "open311")
    assert (only("7").service.name, only("7").description, only("7").source) == ("Po\ufffdt", "half \ufffd a pair", "open311:harbor")


@pytest.mark.parametrize("date", ["12/31/9999 11:59:59 PM", "01/01/0001 12:00:00 AM"])
def test_a_date_that_stands_for_none_is_left_out_or_puts_the_row_aside(harbor: Jurisdiction, tmp_path: Path, date: str) -> None:
    _, counts = take(harbor, write_export(tmp_path / "dates.csv", [closed("1", CLOSED_DT=date), row("2", OPEN_DT=date)]))
    assert tally(counts) == {"new": 1, "quarantined": 1, "events": 2, "rows": 2}
    assert (only("1").closed_at, only("1").faults) == (None, ["unreadable_date", "closed_without_date"])


def test_a_date_in_the_future_moves_neither_the_export_s_end_nor_the_request_s_last_change(harbor: Jurisdiction, tmp_path: Path) -> None:
    run, _ = take(harbor, write_export(tmp_path / "future.csv", [closed("1", CLOSED_DT="02/21/2062 04:30:00 PM")]))
    assert run.data_until == only("1").updated_at == only("1").requested_at


def test_unusable_rows_are_put_aside_and_kept_as_they_came(harbor: Jurisdiction, tmp_path: Path) -> None:
    rows = [row(""), row("2", OPEN_DT="yesterday"), row("3", TYPE="", REASON=""), row("x" * 65), row("5")]
    run, counts = take(harbor, write_export(tmp_path / "aside.csv", rows))
    codes = dict(QuarantinedRow.objects.filter(run=run).values_list("line", "code"))
    assert codes == {2: "no_id", 3: "unreadable_opening_date", 4: "no_service", 5: "id_too_long"}
    assert tally(counts) == {"new": 1, "quarantined": 4, "events": 1, "rows": 5}
    assert QuarantinedRow.objects.get(line=3).raw["OPEN_DT"] == "yesterday"
    assert run.counts["quarantine"] == {"no_id": 1, "unreadable_opening_date": 1, "no_service": 1, "id_too_long": 1}


# The same, and newer


def test_the_same_file_again_changes_nothing_but_records_a_run(harbor: Jurisdiction, tmp_path: Path) -> None:
    rows = [closed("101"), row("102"), row("102"), row("103", Source="Employee Generated"), row("bad", OPEN_DT="")]
    file = write_export(tmp_path / "same.csv", rows)
    take(harbor, file)
    before, estimates = everything(harbor), list(ClosingEstimate.objects.order_by("pk").values_list("pk", "computed_at"))
    _, counts = take(harbor, file, at=LATER)
    assert everything(harbor) == before
    assert list(ClosingEstimate.objects.order_by("pk").values_list("pk", "computed_at")) == estimates
    assert tally(counts) == {"unchanged": 3, "repeated": 1, "quarantined": 1, "rows": 5}
    assert ImportRun.objects.count() == 2


def test_a_newer_export_appends_events_and_moves_the_map(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "old.csv", [row("1"), row("2"), closed("3"), closed("4"), row("5")]))
    newer = [
        closed("1"),
        row("2", **IN_HILLTOP),
        row("3"),
        closed("4", CLOSED_DT="02/22/2026 08:00:00 AM"),
        row("5", TYPE="Sinkhole"),
        row("6", OPEN_DT="02/28/2026 08:00:00 AM"),
    ]
    _, counts = take(harbor, write_export(tmp_path / "new.csv", newer), at=LATER)
    assert tally(counts) == {"new": 1, "changed": 5, "events": 6, "rows": 6}
    assert kinds(only("1")) == ["received", "close"]
    assert (kinds(only("2")), only("2").area) == (["received", "place_changed"], harbor.areas.get(code="hilltop"))
    assert (kinds(only("3")), only("3").state, only("3").stated_by) == (["received", "close", "reopen"], "received", "")
    assert (kinds(only("4")), only("4").closed_at) == (["received", "close", "closing_corrected"], datetime(2026, 2, 22, 13, tzinfo=UTC))
    assert (kinds(only("5")), only("5").service.name) == (["received", "service_changed"], "Sinkhole")
    assert only("2").updated_at == LATER  # the row has no time of its change: it is known since now
    assert_whole(harbor)


def test_who_follows_hears_once_that_a_newer_export_closed_it(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "may.csv", [row("101"), row("102"), row("103"), row("104"), closed("105")]))
    for number, recipient in (("101", "ana@harbor.example"), ("103", "ben@harbor.example"), ("105", "cy@harbor.example")):
        conversations.follow(only(number), recipient=recipient, language="en", at=NOON, confirmed=True)
    ServiceRequest.objects.filter(source_id="103").update(duplicate_of=only("104"))
    assert OutboxMessage.objects.count() == 0
    june = write_export(tmp_path / "june.csv", [closed("101"), closed("102"), row("103"), closed("104"), closed("105")])
    for _ in range(2):
        take(harbor, june, at=LATER)
    told = OutboxMessage.objects.order_by("recipient")
    assert [(mail.recipient, mail.kind) for mail in told] == [("ana@harbor.example", "request_closed"), ("ben@harbor.example", "request_closed")]
    assert "as stated by boston" in told[0].text
    assert "Filled with asphalt." in told[0].text


def test_what_goes_on_with_a_request_that_a_newer_export_closed_is_closed_with_it(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "may.csv", [row("103"), row("104")]))
    child = make_request(Service.objects.get(), at=NOON)
    ServiceRequest.objects.filter(pk=child.pk).update(duplicate_of=only("104"))
    take(harbor, write_export(tmp_path / "june.csv", [row("103"), closed("104")]), at=LATER)
    told = child.events.get(kind="closed_with_parent")
    assert (told.channel, told.facts["evidence"]) == ("import", "stated")
    assert ServiceRequest.objects.get(pk=child.pk).closing_reason == "duplicate"
    verify(only("104"))


def test_a_chunk_of_closings_asks_once_who_follows(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "may.csv", [row(str(number)) for number in range(200, 240)]))
    with CaptureQueriesContext(connection) as queries:
        take(harbor, write_export(tmp_path / "june.csv", [closed(str(number)) for number in range(200, 240)]), at=LATER)
    assert sum("conversations_follower" in (query["sql"] or "") for query in queries) == 1


def test_an_older_export_adds_but_never_undoes(harbor: Jurisdiction, tmp_path: Path) -> None:
    old = write_export(tmp_path / "old.csv", [row("1"), row("2", **IN_HILLTOP), row("9")])
    take(harbor, write_export(tmp_path / "new.csv", [closed("1"), row("2")]))
    _, counts = take(harbor, old, at=LATER)
    assert tally(counts) == {"new": 1, "older": 2, "events": 1, "rows": 3}
    assert (only("1").state, only("2").area) == ("closed", harbor.areas.get(code="dockside"))
    assert_whole(harbor)


def test_an_older_export_is_known_as_older_even_after_a_newer_one_was_killed(
    harbor: Jurisdiction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "CHUNK_ROWS", 1)
    monkeypatch.setattr(journey, "refresh_expected_dates", _killed)
    with pytest.raises(KeyboardInterrupt):
        take(harbor, write_export(tmp_path / "new.csv", [closed("1"), closed("2")]))
    monkeypatch.undo()
    _, counts = take(harbor, write_export(tmp_path / "old.csv", [row("1"), row("2")]), at=LATER)
    assert (counts.older, counts.changed) == (2, 0)


def _killed(*_: object, **__: object) -> int:
    raise KeyboardInterrupt


def test_a_run_that_was_killed_before_its_figures_is_made_up_for_by_the_next(
    harbor: Jurisdiction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_export(tmp_path / "one.csv", [closed("1")])
    with monkeypatch.context() as patch:
        patch.setattr(journey, "refresh_expected_dates", _killed)
        with pytest.raises(KeyboardInterrupt):
            take(harbor, file)
    run = ImportRun.objects.get()
    assert (run.finished_at, run.counts["new"]) == (None, 1)
    take(harbor, file)
    assert ClosingEstimate.objects.count() == 1


def test_rows_that_contradict_what_is_known_are_put_aside(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("1"), row("2")]))
    before = everything(harbor)
    rows = [row("1", OPEN_DT="02/19/2026 10:15:00 AM"), row("2"), closed("2")]
    run, counts = take(harbor, write_export(tmp_path / "two.csv", rows), at=LATER)
    assert everything(harbor) == before
    assert run.counts["quarantine"] == {"conflicting_opening_time": 1, "conflicting_repetition": 1}
    assert tally(counts) == {"unchanged": 1, "quarantined": 2, "rows": 3}


def test_a_change_and_its_repetition_count_once(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("1")]))
    newer = write_export(tmp_path / "two.csv", [closed("1"), closed("1")])
    _, counts = take(harbor, newer, at=LATER)
    assert tally(counts) == {"changed": 1, "repeated": 1, "events": 1, "rows": 2}
    _, again = take(harbor, newer, at=LATER)
    assert tally(again) == {"unchanged": 1, "repeated": 1, "rows": 2}


def test_held_and_private_reports_are_not_touched(harbor: Jurisdiction, power_out: Service, tmp_path: Path) -> None:
    held = make_request(make_service(harbor, "street-repair-pothole", "Pothole"), held_until=LATER)
    private = make_request(power_out)
    before = list(ServiceRequest.objects.filter(pk__in=[held.pk, private.pk]).values_list())
    take(harbor, write_export(tmp_path / "one.csv", [row(held.reference), row(private.reference)]))
    assert list(ServiceRequest.objects.filter(pk__in=[held.pk, private.pk]).values_list()) == before
    assert ServiceRequest.objects.count() == 4
    assert_whole(harbor)


# Privacy


def test_requests_of_a_private_service_are_imported_as_private(harbor: Jurisdiction, tmp_path: Path) -> None:
    make_service(harbor, "utilities-power-out", "Power out", is_private=True)
    take(harbor, write_export(tmp_path / "one.csv", [row("101", REASON="Utilities", TYPE="Power out", Location="1 Wharf St")]))
    event = only().events.get()
    assert only().visibility == "private"
    assert cells_of(harbor) == {}
    assert not {"lat", "long"} & event.facts.keys()  # a private place is content, which can be erased
    assert event.content.body == {"words": "", "address": "1 Wharf St", "lat": "42.3601", "long": "-71.0501"}
    assert_whole(harbor)


def test_what_a_meter_made_is_private(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = tmp_path / "requests.json"
    file.write_text(
        '[{"service_request_id": "7", "service_code": "p", "service_name": "No power", "status": "open", "channel": "meter",'
        '"requested_datetime": "2026-02-20T10:15:00-05:00", "lat": 42.3601, "long": -71.0501}]'
    )
    take(harbor, file, "open311")
    assert (only("7").made_by, only("7").visibility) == ("meter", "private")


def test_a_request_that_moves_to_a_private_service_leaves_the_map(harbor: Jurisdiction, tmp_path: Path) -> None:
    make_service(harbor, "utilities-power-out", "Power out", is_private=True)
    take(harbor, write_export(tmp_path / "one.csv", [row("101")]))
    take(harbor, write_export(tmp_path / "two.csv", [row("101", REASON="Utilities", TYPE="Power out")]), at=LATER)
    assert (only().visibility, cells_of(harbor)) == ("private", {})


# Numbers, services, sources


def test_the_source_s_id_is_served_unless_it_collides_or_cannot_stand_in_an_address(harbor: Jurisdiction, pothole: Service, tmp_path: Path) -> None:
    taken = make_request(pothole)
    take(harbor, write_export(tmp_path / "one.csv", [row(taken.reference), row("26-00012345"), row("a/b c")]))
    assert only("26-00012345").reference == "26-00012345"
    for awkward in (ServiceRequest.objects.get(source="boston", source_id=taken.reference), only("a/b c")):
        assert awkward.reference not in {taken.reference, awkward.source_id}
        assert is_valid(awkward.reference)


def test_new_numbers_are_drawn_until_they_are_free(harbor: Jurisdiction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["123", "123", "123", "77", "123", "88", "99"])
    monkeypatch.setattr("evenhand.web.service_requests.imports.new_reference", lambda: next(drawn))
    take(harbor, write_export(tmp_path / "one.csv", [row("77"), row("a/1"), row("a/2"), row("a/3")]))
    references = ServiceRequest.objects.order_by("source_id").values_list("source_id", "reference")
    assert len({reference for _, reference in references}) == 4
    assert dict(references)["77"] == "77"


def test_a_type_is_offered_once_a_resident_has_used_it(harbor: Jurisdiction, tmp_path: Path) -> None:
    by_staff = {"Source": "Employee Generated"}
    take(harbor, write_export(tmp_path / "one.csv", [row("1", **by_staff), row("2", TYPE="Graffiti", **by_staff), row("3")]))
    assert dict(Service.objects.values_list("name", "is_offered")) == {"Pothole": True, "Graffiti": False}
    take(harbor, write_export(tmp_path / "two.csv", [row("4", TYPE="Graffiti")]), at=LATER)  # as after a killed run
    assert Service.objects.get(name="Graffiti").is_offered


def test_a_service_that_the_city_took_off_its_list_stays_off(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("1")]))
    Service.objects.update(is_offered=False)
    take(harbor, write_export(tmp_path / "two.csv", [row("1"), row("2")]), at=LATER)
    assert not Service.objects.get().is_offered


def test_groups_in_another_script_stay_apart(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("1", REASON="道路", TYPE="坑"), row("2", REASON="公園", TYPE="樹")]))
    assert set(ServiceGroup.objects.values_list("name", flat=True)) == {"道路", "公園"}


def test_two_cities_that_publish_in_one_format_do_not_mix(harbor: Jurisdiction, tmp_path: Path) -> None:
    elsewhere = make_city("elsewhere", "Elsewhere", shift=1.0)
    file = write_export(tmp_path / "one.csv", [row("1")])
    take(harbor, file)
    run, counts = take(elsewhere, file)
    assert (run.source, counts.new) == ("boston:elsewhere", 1)
    assert take(elsewhere, file)[1].unchanged == 1
    assert {request.jurisdiction.slug: request.reference for request in ServiceRequest.objects.all()}["harbor"] == "1"


# Files that are not what they claim


def test_a_file_without_its_columns_names_them_all_and_nothing_is_imported(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("CASE_ENQUIRY_ID,OPEN_DT,TYPE\n1,02/20/2026 10:15:00 AM,Pothole\n")
    with pytest.raises(ExportError) as raised:
        take(harbor, file)
    assert raised.value.facts["missing"] == ["CLOSED_DT", "REASON", "CASE_STATUS", "Source", "LATITUDE", "LONGITUDE"]
    _assert_nothing()


def test_a_download_that_broke_off_is_refused_before_anything_is_written(harbor: Jurisdiction, tmp_path: Path) -> None:
    whole = gzip.compress(write_export(tmp_path / "one.csv", [row(str(n)) for n in range(3000)]).read_bytes())
    file = tmp_path / "broken.csv.gz"
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ExportError, match="breaks off or is damaged"):
        take(harbor, file)
    _assert_nothing()


@pytest.mark.parametrize("content", [b"", b"<html>Sign in</html>", b"\x00\x01\x02\x03", b"PK\x03\x04rest", b"{}"])
def test_what_is_no_export_at_all_is_refused(harbor: Jurisdiction, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "something"
    file.write_bytes(content)
    with pytest.raises(ExportError):
        take(harbor, file, "auto")
    _assert_nothing()


def _assert_nothing() -> None:
    assert (ImportRun.objects.count(), Service.objects.count(), ServiceGroup.objects.count(), ServiceRequest.objects.count()) == (0, 0, 0, 0)


# Meanwhile


def test_progress_reaches_the_end_and_begins_with_the_first_pass(harbor: Jurisdiction, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    file = write_export(tmp_path / "many.csv", [row(str(n)) for n in range(2500)])
    journey.import_requests(harbor, file, format="boston", at=NOON, progress=lambda done, total: seen.append((done, total)))
    total = 2 * file.stat().st_size
    assert {whole for _, whole in seen} == {total}
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[0][0] <= total // 2


def test_areas_that_come_later_find_the_requests_and_retired_ones_keep_theirs(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "one.csv", [row("1"), row("2", **IN_HILLTOP)]))
    Area.objects.filter(code="dockside").update(is_retired=True)
    Area.objects.filter(code="hilltop").update(code="hill")
    harbor.places_version += 1
    harbor.save()
    place_requests_in_areas(harbor, progress=lambda _done, _total: None)
    assert (only("1").area.code, only("2").area.code) == ("dockside", "hill")  # type: ignore[union-attr]
    take(harbor, write_export(tmp_path / "two.csv", [closed("1"), row("2")]), at=LATER)
    assert only("1").area.code == "dockside"  # type: ignore[union-attr]


def test_a_chunk_costs_a_fixed_number_of_statements(harbor: Jurisdiction, tmp_path: Path) -> None:
    take(harbor, write_export(tmp_path / "first.csv", [row("0")]))
    rows = [closed(str(n)) for n in range(1, 400)]
    with connection.execute_wrapper(counter := _Counter()):
        take(harbor, write_export(tmp_path / "many.csv", rows), at=LATER)
    assert counter.count < 60
    assert Event.objects.count() == 1 + 2 * 399


def test_known_rows_are_found_through_the_index_however_many_there_are(harbor: Jurisdiction, tmp_path: Path) -> None:
    """A search that reads the whole table would make an import's cost grow with the square of the requests."""
    if connection.vendor != "sqlite":
        return  # a planner that knows the bound values needs no help
    seen: list[tuple[str, Any]] = []

    def note(execute: Callable[..., object], sql: str, params: Any, many: bool, context: object) -> object:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        take(harbor, write_export(tmp_path / "one.csv", [row("1")]))
    lookups = [(sql, params) for sql, params in seen if "stated_digest" in sql and sql.startswith("SELECT")]
    assert lookups
    with connection.cursor() as cursor:
        for sql, params in lookups:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            assert "USING INDEX requests_source_id (source=? AND source_id=?)" in str(cursor.fetchall())


class _Counter:
    count = 0

    def __call__(self, execute: object, sql: str, params: object, many: bool, context: object) -> object:
        self.count += 1
        return execute(sql, params, many, context)  # type: ignore[operator]
