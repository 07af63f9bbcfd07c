"""The 2.5 beta method of IEEE 1366, on histories whose logarithms are known."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from evenhand.meters.major_event_days import MajorEventDays, major_event_days
from evenhand.meters.not_computable import NotComputable
from evenhand.meters.reliability import reliability
from evenhand.meters.reliability_errors import ReliabilityUnusable
from evenhand.meters.reliability_indices import ReliabilityIndices
from tests.unit.meters.interruption_tables import restored, table

FIRST, DAYS = date(2020, 3, 10), 1826  # five years, to 9 March 2025, the day before the interruptions of the tests
JUDGED = np.array([(date(2025, 3, 10) - date(1970, 1, 1)).days], dtype=np.int64)


def history(minutes: list[float], first: date = FIRST) -> pa.Table:
    return pa.table({"date": pa.array([first + timedelta(days=n) for n in range(len(minutes))], pa.date32()), "saidi_minutes": minutes})


def found(minutes: list[float], of_day: float = 1.0, first: date = FIRST) -> MajorEventDays:
    result = major_event_days(JUDGED, np.array([of_day]), history(minutes, first))
    assert isinstance(result, MajorEventDays)
    return result


# Half of the days at e^0 and half at e^2 minutes: the logarithms are 0 and 2, their mean 1, their sample deviation sqrt(n / (n - 1)).
TWO_LEVELS = [1.0, math.e**2] * (DAYS // 2)
ALPHA, BETA = 1.0, math.sqrt(DAYS / (DAYS - 1))


def test_the_threshold_is_exp_of_alpha_and_two_and_a_half_beta() -> None:
    result = found(TWO_LEVELS)
    assert result.alpha == pytest.approx(ALPHA)
    assert result.beta == pytest.approx(BETA)
    assert result.threshold_minutes == pytest.approx(math.exp(ALPHA + 2.5 * BETA))


def test_natural_logarithms_of_minutes_worked_by_hand() -> None:
    # 1, 2, 4, 8 minutes in turn: ln 2 times 0, 1, 2, 3; mean 1.5 ln 2; squared deviations (2.25 + 0.25 + 0.25 + 2.25) / 4 = 1.25, times n / (n - 1).
    result = found([1.0, 2.0, 4.0, 8.0] * 400)
    assert result.alpha == pytest.approx(1.5 * math.log(2))
    assert result.beta == pytest.approx(math.log(2) * math.sqrt(1.25 * 1600 / 1599))
    assert result.threshold_minutes == pytest.approx(2 ** (1.5 + 2.5 * math.sqrt(1.25 * 1600 / 1599)))  # 19.6 minutes


def test_days_without_interruption_are_left_out_and_counted() -> None:
    with_zeros = [minutes for pair in zip(TWO_LEVELS[: DAYS // 2], [0.0] * (DAYS // 2), strict=True) for minutes in pair]
    result = found(with_zeros)
    assert (result.history_days_used, result.history_days_without_interruption) == (DAYS // 2, DAYS // 2)
    assert result.alpha == pytest.approx(1.0, abs=0.002)  # 913 days: one more of one level than of the other


def test_a_day_on_the_threshold_is_no_major_event_day_and_one_above_is() -> None:
    threshold = found(TWO_LEVELS).threshold_minutes
    assert found(TWO_LEVELS, threshold).is_major.tolist() == [False]
    assert found(TWO_LEVELS, threshold * 1.001).is_major.tolist() == [True]


def test_only_the_last_five_years_count() -> None:
    older = [1000.0] * 400
    result = found(older + TWO_LEVELS, first=FIRST - timedelta(days=400))
    assert result.alpha == pytest.approx(ALPHA)
    assert (result.history_from, result.history_to) == (FIRST, date(2025, 3, 9))


def test_five_full_years_are_not_called_fewer() -> None:
    assert not any("asks for 5 years" in note for note in found(TWO_LEVELS).notes)


def test_fewer_than_five_years_are_used_and_said() -> None:
    result = found(TWO_LEVELS[:730], first=date(2023, 3, 11))
    assert any("asks for 5 years of days; this history spans 2.0" in note for note in result.notes)


def test_days_of_the_history_from_the_first_day_judged_on_are_left_out() -> None:
    result = found([*TWO_LEVELS, 5000.0, 5000.0])
    assert result.alpha == pytest.approx(ALPHA)
    assert any(note.startswith("2 days of the history do not lie before") for note in result.notes)


def test_without_history_or_with_less_than_a_year_it_is_not_computable_and_says_why() -> None:
    none = major_event_days(JUDGED, np.array([1.0]), None)
    short = major_event_days(JUDGED, np.array([1.0]), history([1.0, 2.0] * 100, first=date(2024, 6, 1)))
    assert isinstance(none, NotComputable)
    assert isinstance(short, NotComputable)
    assert none.words.startswith("Major-event days are not computable from this")
    assert "spans 200 days" in short.words


def test_a_history_of_hardly_any_interruptions_gives_no_threshold() -> None:
    result = major_event_days(JUDGED, np.array([1.0]), history([0.0] * (DAYS - 3) + [1.0] * 3))
    assert isinstance(result, NotComputable)
    assert result.reason == "too_few_days_with_interruptions"


def test_a_history_of_text_dates_is_read_and_faults_are_named() -> None:
    days = [(FIRST + timedelta(days=n)).isoformat() for n in range(DAYS)]
    result = major_event_days(JUDGED, np.array([1.0]), pa.table({"date": days, "saidi_minutes": TWO_LEVELS}))
    assert isinstance(result, MajorEventDays)
    with pytest.raises(ReliabilityUnusable, match=r"no column date .*no column saidi_minutes"):
        major_event_days(JUDGED, np.array([1.0]), pa.table({"day": days}))
    with pytest.raises(ReliabilityUnusable, match=r"1 rows .* repeat a date; 1 days .* negative or infinite"):
        major_event_days(JUDGED, np.array([1.0]), pa.table({"date": ["2024-01-01", "2024-01-01"], "saidi_minutes": [1.0, -2.0]}))
    with pytest.raises(ReliabilityUnusable, match="needs dates"):
        major_event_days(JUDGED, np.array([1.0]), pa.table({"date": ["first of May"], "saidi_minutes": [1.0]}))


def test_an_interruption_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    # Local days of New York (UTC-4 then): 23:00 to 03:00 there is one day's, and the day is the tenth.
    over_midnight = restored(1, 27.0, 3.5)  # 03:00 UTC of the eleventh = 23:00 of the tenth in New York
    result = reliability(table([over_midnight]), customers=10, daily_history=history(TWO_LEVELS), timezone="America/New_York").major_event_days
    assert isinstance(result, MajorEventDays)
    assert result.days == (date(2025, 3, 10),)
    assert result.saidi_minutes.tolist() == [pytest.approx(24.0)]  # 4 h × 60 / 10


def test_the_indices_without_major_event_days_leave_out_what_began_on_them() -> None:
    # The threshold is 33 minutes. First day: 9 of 10 customers out for 4 h = 216 minutes. Second day: one for 4 h = 24 minutes.
    storm = [restored(meter, 8.0, 3.5) for meter in range(9)]
    result = reliability(table([*storm, restored(9, 32.0, 3.5)]), customers=10, daily_history=history(TWO_LEVELS))
    assert isinstance(result.major_event_days, MajorEventDays)
    assert result.major_event_days.is_major.tolist() == [True, False]
    assert isinstance(result.without_major_event_days, ReliabilityIndices)
    assert result.without_major_event_days.interruptions == 1
    assert result.without_major_event_days.saidi_minutes == pytest.approx(24.0)
    assert [row["population"] for row in result.table().to_pylist()] == ["all days", "without major-event days"]
    assert result.major_event_days.table().column_names == ["day", "saidi_minutes", "threshold_minutes", "is_major"]
    assert result.major_event_days.plot()["layer"][1]["encoding"]["y"]["datum"] == result.major_event_days.threshold_minutes
