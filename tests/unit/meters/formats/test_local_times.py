"""Naive local times: two instants in autumn, none in spring, and who decides.

New York, 2024: on 10 March at 02:00 EST (07:00 UTC) the clock goes to 03:00; on 3 November at 02:00 EDT (06:00 UTC) it goes back to 01:00.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from evenhand.meters.formats import ReadingOptions, open_readings
from evenhand.meters.formats.local_clocks import instants_of
from tests.unit.meters.formats.reading_tables import rows_of

NEW_YORK = ReadingOptions(timezone="America/New_York")
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # a clock's face has no zone


def face(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local(rows: Sequence[tuple[object, str, float]], **more: list[int]) -> pa.Table:
    ids, faces, kwh = zip(*rows, strict=True)
    return pa.table({"meter_id": list(ids), "interval_start": [face(text) for text in faces], "kwh": list(kwh), **more})


def utc_of(table: pa.Table, options: ReadingOptions = NEW_YORK) -> tuple[dict[float, str], dict[str, int]]:
    """kWh (used as a name for a row) → UTC time of day; and the faults."""
    source = open_readings(table, options)
    return {kwh: at.strftime("%H:%M") for _, at, kwh in rows_of(source)}, source.faults.counts


def test_winter_and_summer_have_their_own_offset() -> None:
    at, faults = utc_of(local([(1, "2024-01-10 12:00", 1.0), (1, "2024-07-10 12:00", 2.0)]))
    assert at == {1.0: "17:00", 2.0: "16:00"}
    assert not faults


def test_a_repeated_hour_written_as_time_passed_is_told_apart() -> None:
    rows = [(1, f"2024-11-03 {hhmm}", float(n)) for n, hhmm in enumerate(["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"])]
    at, faults = utc_of(local(rows))
    assert [at[float(n)] for n in range(6)] == ["04:30", "05:00", "05:30", "06:00", "06:30", "07:00"]
    assert faults == {"repeated_hour_resolved": 4}


def test_a_repeated_hour_sorted_by_its_stamp_is_told_apart_by_which_came_first() -> None:
    rows = [(1, f"2024-11-03 {hhmm}", float(n)) for n, hhmm in enumerate(["01:00", "01:00", "01:30", "01:30"])]
    at, faults = utc_of(local(rows))
    assert [at[float(n)] for n in range(4)] == ["05:00", "06:00", "05:30", "06:30"]
    assert faults == {"repeated_hour_resolved": 4}


def test_meters_side_by_side_do_not_disturb_each_other() -> None:
    faces = ["01:00", "01:30", "01:00", "01:30"]
    rows = [(meter, f"2024-11-03 {hhmm}", float(10 * n + meter)) for n, hhmm in enumerate(faces) for meter in (1, 2)]
    at, faults = utc_of(local(rows))
    assert [at[float(10 * n + 2)] for n in range(4)] == ["05:00", "05:30", "06:00", "06:30"]
    assert faults == {"repeated_hour_resolved": 8}


def test_going_back_in_time_decides_even_where_a_reading_was_lost() -> None:
    """01:00, 01:30, then back to 01:00: the second 01:30 is lost, and what came is known."""
    rows = [(1, f"2024-11-03 {hhmm}", float(n)) for n, hhmm in enumerate(["01:00", "01:30", "01:00"])]
    at, faults = utc_of(local(rows))
    assert [at[float(n)] for n in range(3)] == ["05:00", "05:30", "06:00"]
    assert faults == {"repeated_hour_resolved": 3}


def test_a_stamp_that_came_once_is_said_to_be_undecided() -> None:
    rows = [(1, f"2024-11-03 {hhmm}", float(n)) for n, hhmm in enumerate(["00:30", "01:00", "01:30", "02:00"])]
    at, faults = utc_of(local(rows))
    assert [at[float(n)] for n in range(4)] == ["04:30", "05:00", "05:30", "07:00"]
    assert faults == {"repeated_hour_undecided": 2}


def test_two_versions_of_one_stamp_are_revisions_and_not_two_hours() -> None:
    rows = [(1, "2024-11-03 01:00", 0.0), (1, "2024-11-03 01:00", 1.0)]
    at, faults = utc_of(local(rows, version=[1, 2]))
    assert at == {0.0: "05:00", 1.0: "05:00"}
    assert faults == {"repeated_hour_undecided": 2}


def test_the_hour_that_spring_skips_is_left_out_and_said() -> None:
    rows = [(1, f"2024-03-10 {hhmm}", float(n)) for n, hhmm in enumerate(["01:30", "02:00", "02:30", "03:00"])]
    at, faults = utc_of(local(rows))
    assert at == {0.0: "06:30", 3.0: "07:00"}
    assert faults == {"time_not_in_zone": 2}


def test_the_end_of_the_last_interval_before_the_skip_may_be_written_as_two_o_clock() -> None:
    rows = [(1, f"2024-03-10 {hhmm}", float(n)) for n, hhmm in enumerate(["01:30", "02:00", "03:30", "04:00"])]
    at, faults = utc_of(local(rows), ReadingOptions(timezone="America/New_York", is_interval_end=True))
    assert [at[float(n)] for n in range(4)] == ["06:00", "06:30", "07:00", "07:30"]
    assert not faults


def test_a_night_that_crosses_midnight_in_utc_is_one_night() -> None:
    """London repeats 01:00 to 02:00 on 27 October 2024; the interval that ends at 01:00 BST starts at 23:30 UTC. The second 01:30 is lost."""
    rows = [(1, f"2024-10-27 {hhmm}", float(n)) for n, hhmm in enumerate(["00:30", "01:00", "01:30", "01:00", "02:00", "02:30"])]
    at, faults = utc_of(local(rows), ReadingOptions(timezone="Europe/London", is_interval_end=True, interval_minutes=30))
    assert [at[float(n)] for n in range(6)] == ["23:00", "23:30", "00:00", "00:30", "01:30", "02:00"]
    assert faults == {"repeated_hour_resolved": 3}


def test_lord_howe_repeats_half_an_hour() -> None:
    """On 7 April 2024 at 02:00 (+11:00, 15:00 UTC the day before) its clock goes back by half an hour."""
    rows = [(1, f"2024-04-07 {hhmm}", float(n)) for n, hhmm in enumerate(["01:00", "01:30", "01:30", "02:00"])]
    at, faults = utc_of(local(rows), ReadingOptions(timezone="Australia/Lord_Howe"))
    assert [at[float(n)] for n in range(4)] == ["14:00", "14:30", "15:00", "15:30"]
    assert faults == {"repeated_hour_resolved": 2}


ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC", "Pacific/Apia", "Africa/Casablanca"]


@given(st.sampled_from(ZONES), st.lists(st.datetimes(datetime(1995, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=20))  # noqa: DTZ001  # faces
def test_every_face_of_a_clock_agrees_with_the_standard_library(zone: str, faces: list[datetime]) -> None:
    """`fold` says the same: a face exists if it comes back from UTC, and is repeated if both folds do and differ."""
    faces = [at.replace(microsecond=0) for at in faces]
    local_us = np.array([(at - EPOCH) // timedelta(microseconds=1) for at in faces], dtype=np.int64)
    found = instants_of(local_us, zone)
    for at, first, second, is_skipped in zip(faces, found.first, found.second, found.is_skipped, strict=True):
        folds = [at.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
        exists = folds[0].astimezone(ZoneInfo(zone)).replace(tzinfo=None) == at
        assert is_skipped == (not exists)
        if exists:
            assert [int(first), int(second)] == [int(fold.timestamp()) * 1_000_000 for fold in folds]
