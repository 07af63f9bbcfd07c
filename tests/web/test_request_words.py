"""States, dates and lengths of time in words: never more than is known."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from evenhand.web.insights.expected_dates import ExpectedDate, NoExpectedDate
from evenhand.web.portal import expected_words
from evenhand.web.portal.wording import badge_code, closing_sentence, fault_sentences, source_name
from evenhand.web.service_requests.models import ServiceRequest
from tests.cast import NOON

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "reason", "evidence", "code"),
    [
        ("received", "", "", "received"),
        ("reopen_requested", "fixed", "photo", "reopen_requested"),
        ("closed", "fixed", "photo", "fixed"),
        ("closed", "fixed", "crew_record", "fixed"),
        ("closed", "fixed", "meter", "fixed"),
        ("closed", "fixed", "stated", "fixed_as_stated"),
        ("closed", "fixed", "", "fixed_as_stated"),
        ("closed", "unable", "", "unable"),
        ("closed", "", "", "not_stated"),
    ],
)
def test_only_what_was_shown_is_called_fixed(state: str, reason: str, evidence: str, code: str) -> None:
    assert badge_code(state, reason, evidence) == code


def test_a_stated_closing_names_its_source() -> None:
    assert closing_sentence("not_stated", "stated", "boston") == "Closed, as stated by Boston’s published data, without a reason."
    assert closing_sentence("unable", "stated", "boston") == "The city says that it cannot do this. As stated by Boston’s published data."


def test_a_source_that_somebody_named_keeps_its_name() -> None:
    assert source_name("311 Back Office") == "311 Back Office"


def test_a_fault_that_is_new_here_is_named_rather_than_kept_quiet() -> None:
    assert fault_sentences(ServiceRequest(faults=["made_of_cheese"])) == ["Noted at import: made_of_cheese"]


def test_every_fault_that_an_import_keeps_has_a_sentence() -> None:
    from evenhand.web.connectors.published_exports import FAULTS

    said = fault_sentences(ServiceRequest(faults=list(FAULTS)))
    assert [sentence for sentence in said if sentence.startswith("Noted at import")] == []


def said(found: ExpectedDate | NoExpectedDate, at: datetime = NOON) -> str:
    with timezone.override(ZoneInfo("America/New_York")):
        return expected_words.expected_sentence(found, at=at)


def test_a_range_is_told_in_days_with_what_it_rests_on() -> None:
    found = ExpectedDate(earliest=NOON + 2 * DAY, likely=NOON + 4 * DAY, latest=NOON + 9 * DAY, closed_count=412, coverage=0.81)
    assert said(found) == (
        "We expect this to be closed between March 4, 2026 and March 11, 2026. "
        "From 412 past requests of this kind: four in five fell into such a range. Half of such requests would be closed by March 6, 2026."
    )


def test_a_range_that_has_begun_is_told_by_its_end() -> None:
    found = ExpectedDate(earliest=NOON - DAY, likely=NOON + 4 * DAY, latest=NOON + 9 * DAY, closed_count=412, coverage=None)
    assert said(found).startswith("We expect this to be closed by March 11, 2026.")


def test_a_range_within_one_day_is_that_day() -> None:
    hour = timedelta(hours=1)
    found = ExpectedDate(earliest=NOON + hour, likely=NOON + 2 * hour, latest=NOON + 3 * hour, closed_count=412, coverage=None)
    assert said(found).startswith("We expect this to be closed March 2, 2026.")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("too_few_closings", "Too few requests of this kind have been closed so far"),
        ("too_few_this_old", "It has been open longer than almost all others"),
        ("too_many_stay_open", "Too many requests of this kind stay open"),
        ("ranges_did_not_hold", "were wrong too often in the past"),
    ],
)
def test_where_nothing_can_be_said_the_reason_is_given(reason: str, words: str) -> None:
    assert said(NoExpectedDate(reason, 12)).startswith("We can’t say yet when this will be done.")
    assert words in said(NoExpectedDate(reason, 12))


def test_a_date_that_the_city_gave_and_that_has_passed_is_said() -> None:
    request = ServiceRequest(state="received", status="open", requested_at=NOON, expected_at=NOON - DAY, service_id=1)
    with pytest.MonkeyPatch.context() as patch, timezone.override(ZoneInfo("America/New_York")):
        patch.setattr(expected_words, "expected_date_for", lambda request, at: NoExpectedDate("too_few_closings", 3))
        found = expected_words.expected_words(request, at=NOON)
    assert found is not None
    assert found.basis.startswith("The city had said that it would be done by March 1, 2026; that day has passed.")


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_a_length_of_time_is_told_by_its_largest_unit(length: timedelta, words: str) -> None:
    assert expected_words.duration_words(length) == words


def test_a_closing_in_dispute_has_no_length() -> None:
    request = ServiceRequest(state="reopen_requested", status="closed", requested_at=NOON, closed_at=NOON + DAY)
    assert expected_words.expected_words(request, at=NOON + 2 * DAY) is None
