"""Working time: hand-worked deadlines (a calendar and a pencil), and what holds for every calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.web.service_requests.working_time import DAY_MINUTES, WorkingTime, WorkingTimeInvalid, clock_words, working_time

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = {str(day): [["08:00", "16:30"]] for day in range(1, 6)}
SPLIT = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(1, 6)}
ALL_DAY = {str(day): [["00:00", "24:00"]] for day in range(1, 8)}


def local(*moment: int, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime(*moment, tzinfo=zone)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


def office(*holidays: date, hours: dict[str, list[list[str]]] = OFFICE, zone: str = "America/New_York") -> WorkingTime:
    return working_time(hours, holidays, zone)


# --- by hand -------------------------------------------------------------------------------------------------------------------------------------


def test_hours_left_of_a_day_count_today_and_the_rest_tomorrow() -> None:
    # Monday 2 March 2026, noon: 4.5 h until 16:30; 16 − 4.5 = 11.5 h: Tuesday has 8.5 (3 left), Wednesday 8:00 + 3 h = 11:00.
    assert office().deadline(local(2026, 3, 2, 12), 16) == local(2026, 3, 4, 11)


def test_what_comes_at_night_begins_at_the_next_opening() -> None:
    assert office().deadline(local(2026, 3, 2, 22), 2) == local(2026, 3, 3, 10)
    assert office().deadline(local(2026, 3, 3, 5), 2) == local(2026, 3, 3, 10)


def test_a_weekend_lies_between_friday_and_monday() -> None:
    assert office().deadline(local(2026, 3, 6, 16), 1) == local(2026, 3, 9, 8, 30)


def test_a_holiday_is_a_day_without_working_time() -> None:
    # Memorial Day, Monday 25 May 2026.
    assert office(date(2026, 5, 25)).deadline(local(2026, 5, 22, 16), 1) == local(2026, 5, 26, 8, 30)


def test_a_deadline_at_closing_time_stays_there() -> None:
    assert office().deadline(local(2026, 3, 2, 8), 8.5) == local(2026, 3, 2, 16, 30)


def test_no_hours_at_all_is_the_next_moment_of_work() -> None:
    assert office().deadline(local(2026, 3, 2, 12), 0) == local(2026, 3, 2, 12)
    assert office().deadline(local(2026, 3, 2, 16, 30), 0) == local(2026, 3, 3, 8)


def test_a_lunch_break_does_not_count() -> None:
    assert office(hours=SPLIT).deadline(local(2026, 3, 2, 11), 2) == local(2026, 3, 2, 14)
    assert office(hours=SPLIT).deadline(local(2026, 3, 2, 12, 30), 1) == local(2026, 3, 2, 14)


def test_a_span_may_end_at_midnight() -> None:
    evenings = office(hours={"1": [["18:00", "24:00"]], "2": [["00:00", "02:00"]]})
    assert evenings.deadline(local(2026, 3, 2, 23), 2) == local(2026, 3, 3, 1)


def test_a_city_without_hours_counts_around_the_clock() -> None:
    assert office(hours={}).deadline(local(2026, 3, 6, 16), 72) == local(2026, 3, 9, 17)  # the clocks went forward on Sunday, 8 March


def test_a_holiday_counts_for_a_city_around_the_clock_too() -> None:
    assert office(date(2026, 3, 3), hours={}).deadline(local(2026, 3, 2, 23), 2) == local(2026, 3, 4, 1)


def test_the_day_on_which_the_clocks_go_forward_has_23_hours() -> None:
    all_day = office(hours=ALL_DAY)
    assert all_day.between(local(2026, 3, 8), local(2026, 3, 9)) == timedelta(hours=23)
    assert all_day.deadline(local(2026, 3, 8), 23) == local(2026, 3, 9)


def test_the_day_on_which_the_clocks_go_back_has_25_hours() -> None:
    all_day = office(hours=ALL_DAY)
    assert all_day.between(local(2026, 11, 1), local(2026, 11, 2)) == timedelta(hours=25)
    assert all_day.deadline(local(2026, 11, 1), 25) == local(2026, 11, 2)


def test_a_time_that_the_clocks_leave_out_is_the_moment_of_the_change() -> None:
    # Sunday 8 March 2026: 2:00 becomes 3:00 at 7:00 UTC. A span from 1:00 to 2:30 lasts one hour, one from 2:30 to 4:00 one hour as well.
    nights = office(hours={"7": [["01:00", "02:30"], ["02:30", "04:00"]]})
    assert nights.deadline(datetime(2026, 3, 8, 6, tzinfo=UTC), 1) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert nights.deadline(datetime(2026, 3, 8, 6, tzinfo=UTC), 2) == datetime(2026, 3, 8, 8, tzinfo=UTC)


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    # Sunday 1 November 2026: 1:30 comes at 5:30 UTC and again at 6:30 UTC.
    nights = office(hours={"7": [["00:00", "01:30"], ["01:30", "04:00"]]})
    assert nights.between(datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 9, tzinfo=UTC)) == timedelta(hours=5)
    assert office(hours={"7": [["00:00", "01:30"]]}).deadline(datetime(2026, 11, 1, 4, tzinfo=UTC), 1.5) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_city_whose_clocks_change_at_midnight_loses_no_day() -> None:
    # Cairo, Friday 26 April 2024: 0:00 becomes 1:00. The day has 23 hours and begins at 1:00.
    cairo = office(hours=ALL_DAY, zone="Africa/Cairo")
    zone = ZoneInfo("Africa/Cairo")
    assert cairo.between(local(2024, 4, 25, zone=zone), local(2024, 4, 27, zone=zone)) == timedelta(hours=47)


def test_working_time_between_two_moments_leaves_out_nights_and_weekends() -> None:
    assert office().between(local(2026, 3, 6, 15), local(2026, 3, 9, 9)) == timedelta(hours=2.5)
    assert office().between(local(2026, 3, 9, 9), local(2026, 3, 6, 15)) == timedelta(0)


# --- what is refused ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"8": [["08:00", "16:00"]]}, "no day of the week"),
        ({"1": [["16:00", "08:00"]]}, "later end"),
        ({"1": [["08:00", "08:00"]]}, "later end"),
        ({"1": [["8", "16"]]}, "later end"),
        ({"1": [["08:00", "24:30"]]}, "later end"),
        ({"1": [["08:00"]]}, "later end"),
        ({"1": "08:00-16:00"}, "list of spans"),
        ({"1": [[8, 16]]}, "later end"),
        ({"1": [["08:00", "12:00"], ["11:00", "17:00"]]}, "11:00 begins before 12:00 ends"),
        ({"1": [["08:00", "08:59"]]}, "less than one hour"),
        ({"1": []}, "less than one hour"),
        ({"1": [], "2": [], "7": []}, "less than one hour"),
    ],
)
def test_hours_that_cannot_be_used_are_refused_with_words(hours: dict[str, object], words: str) -> None:
    with pytest.raises(WorkingTimeInvalid, match=words):
        working_time(hours, (), "America/New_York")


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(WorkingTimeInvalid) as refused:
        working_time({"9": [], "1": [["x", "y"]], "2": "z"}, (), "America/New_York")
    assert str(refused.value).count("\n- ") == 3


# --- for every calendar ---------------------------------------------------------------------------------------------------------------------------

spans = st.lists(st.integers(0, DAY_MINUTES // 15).map(lambda quarter: quarter * 15), min_size=2, max_size=6, unique=True).map(
    lambda minutes: [[clock_words(a), clock_words(b)] for a, b in zip(sorted(minutes)[::2], sorted(minutes)[1::2], strict=False)]
)
weeks = st.dictionaries(st.sampled_from("1234567"), spans, min_size=1, max_size=7).map(lambda week: {"3": [["09:00", "13:00"]], **week})
weeks = weeks.filter(lambda week: _minutes_of(week) >= 120)
zones = st.sampled_from(["America/New_York", "Europe/Lisbon", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive


def _minutes_of(week: dict[str, list[list[str]]]) -> int:
    clocks = [[int(text[:2]) * 60 + int(text[3:]) for text in span] for spans_of_day in week.values() for span in spans_of_day]
    return sum(end - start for start, end in clocks)


calendars = st.builds(working_time, weeks, st.frozensets(days, max_size=20), zones)
hours = st.integers(0, 60 * 40).map(lambda minutes: minutes / 60)


@settings(max_examples=60, deadline=None)
@given(calendars, moments, hours, hours)
def test_more_hours_are_never_due_sooner(calendar: WorkingTime, at: datetime, some: float, more: float) -> None:
    assert calendar.deadline(at, min(some, more)) <= calendar.deadline(at, max(some, more))


@settings(max_examples=60, deadline=None)
@given(calendars, moments, moments, hours)
def test_what_came_later_is_never_due_sooner(calendar: WorkingTime, first: datetime, second: datetime, some: float) -> None:
    assert calendar.deadline(min(first, second), some) <= calendar.deadline(max(first, second), some)


@settings(max_examples=60, deadline=None)
@given(calendars, moments, hours)
def test_the_working_time_until_a_deadline_is_what_was_asked_for(calendar: WorkingTime, at: datetime, some: float) -> None:
    assert calendar.between(at, calendar.deadline(at, some)) == timedelta(hours=some)


@settings(max_examples=60, deadline=None)
@given(calendars, moments, hours.filter(bool))
def test_a_deadline_lies_in_working_time_or_at_its_end(calendar: WorkingTime, at: datetime, some: float) -> None:
    due = calendar.deadline(at, some)
    assert due > at
    assert calendar.is_working(due - timedelta(microseconds=1))
    day = due.astimezone(calendar.zone)
    assert (day - timedelta(microseconds=1)).date() not in calendar.holidays


@settings(max_examples=60, deadline=None)
@given(calendars, moments, hours, hours.filter(bool))
def test_hours_one_after_the_other_are_the_hours_together(calendar: WorkingTime, at: datetime, first: float, second: float) -> None:
    assert calendar.deadline(calendar.deadline(at, first), second) == calendar.deadline(at, (round(first * 60) + round(second * 60)) / 60)
