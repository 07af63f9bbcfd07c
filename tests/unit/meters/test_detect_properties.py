"""What must hold for every meter, however it was drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.meters.detect import detect
from evenhand.meters.parameters import StormEvent
from tests.unit.meters.drawn_meters import BASELINE, EVENT, rows_of, table_of, whole

pytestmark = pytest.mark.slow

SLOTS = 4 * 48
CALM = settings(max_examples=40, deadline=None)

pieces = st.tuples(st.sampled_from("#####000..ne-"), st.integers(1, 30)).map(lambda piece: piece[0] * piece[1])
drawings = st.lists(pieces, min_size=1, max_size=12).map(lambda parts: "".join(parts)[:SLOTS])


def judged(rows: list[dict[str, Any]], event: StormEvent = EVENT) -> dict[str, Any]:
    row: dict[str, Any] = detect(table_of(rows + rows_of(2, whole(""))), event=event).outages.to_pylist()[0]
    return row


@CALM
@given(st.integers(0, 40), st.integers(1, 60), st.integers(1, 30), st.sampled_from("0.e"))
def test_a_longer_gap_never_yields_fewer_hours(begin: int, length: int, more: int, dark: str) -> None:
    hours = [judged(rows_of(1, whole("#" * begin + dark * dark_slots)))["hours"] for dark_slots in (length, length + more)]
    assert hours[0] <= hours[1]


mixed_pieces = st.lists(st.tuples(st.sampled_from("##00..en"), st.integers(1, 16)), min_size=1, max_size=9)


@settings(max_examples=300, deadline=None)
@given(mixed_pieces, st.integers(0, 60), st.integers(1, 8), st.integers(4, 40), st.booleans())
def test_a_gap_prolonged_over_whatever_follows_never_yields_fewer_hours(
    parts: list[tuple[str, int]], begin: int, short: int, long: int, to_the_end: bool
) -> None:
    """Of a meter that never read zero: gaps, zeros, estimates, empty rows and flickers, and in the end zeros or power.

    The longer gap is one that counts, of two hours or more: a shorter one in the place of zeros takes evidence away.
    """
    story = "".join(kind * count for kind, count in parts)[:SLOTS]
    story += ("0" if to_the_end else "#") * (SLOTS - len(story))
    lengths = min(short, long), max(short, long)
    before, after = (judged(rows_of(1, BASELINE + story[:begin] + "." * gap + story[begin + gap :])) for gap in lengths)
    if "unknown" in {before["status"], after["status"]}:
        return  # no hours are told: how long is left open too far
    if before["status"] == after["status"]:
        assert before["hours"] <= after["hours"]
    else:  # out at last; of one that is still out, hours are the least
        assert (before["status"], after["status"]) in {("never_out", "restored"), ("never_out", "still_out"), ("restored", "still_out")}
        assert before["hours_low"] <= after["hours"]


@CALM
@given(drawings, st.integers(0, SLOTS - 1))
def test_the_bounds_hold_the_estimate_and_times_agree_with_hours(drawing: str, at: int) -> None:
    row = judged(rows_of(1, whole(drawing[:at] + "0" * 5 + drawing[at:])[: len(BASELINE) + SLOTS]))
    if row["status"] == "restored":
        assert row["hours_low"] <= row["hours"] <= row["hours_high"]
        assert row["hours"] == (row["restored_at"] - row["outage_start"]) / timedelta(hours=1) + 0.5
    elif row["status"] == "still_out":
        assert row["hours"] == row["hours_low"]
        assert row["hours_high"] is None


@CALM
@given(drawings, st.randoms(use_true_random=False), st.floats(0, 1))
def test_order_and_double_rows_never_matter(drawing: str, chance: Any, share: float) -> None:
    rows = rows_of(1, whole(drawing))
    shuffled = rows + [row for row in rows if chance.random() < share]
    chance.shuffle(shuffled)
    assert judged(shuffled) == judged(rows)


@CALM
@given(drawings, st.integers(-5000, 5000))
def test_shifting_time_shifts_the_answer(drawing: str, minutes: int) -> None:
    shift = timedelta(minutes=minutes)
    rows = rows_of(1, whole(drawing)) + rows_of(2, whole(""))
    moved = [row | {"interval_start": row["interval_start"] + shift} for row in rows]
    here = detect(table_of(rows), event=EVENT).outages.to_pylist()[0]
    there = detect(table_of(moved), event=replace(EVENT, start=EVENT.start + shift)).outages.to_pylist()[0]
    for name in ("outage_start", "restored_at"):
        here[name] = here[name] and here[name] + shift
    assert here == there


@CALM
@given(drawings, st.floats(1e-3, 1e3))
def test_scaling_energy_changes_nothing_for_a_meter_without_creep(drawing: str, scale: float) -> None:
    assert judged(rows_of(1, whole(drawing), scale=scale)) == judged(rows_of(1, whole(drawing)))


@CALM
@given(drawings)
def test_only_a_meter_that_was_dark_has_an_outage(drawing: str) -> None:
    row = judged(rows_of(1, whole(drawing)))
    longest = max(len(run) for run in "".join("x" if c in "#-" else "0" for c in drawing).replace("x", " ").split(" "))
    if row["status"] in {"restored", "still_out"}:
        assert longest >= 2
    if longest < 2:
        assert row["status"] == "never_out"


def test_scaling_energy_does_change_a_creeping_meter() -> None:
    creeping = "#" * 20 + "c" * 20
    assert judged(rows_of(1, whole(creeping)))["status"] == "restored"
    assert judged(rows_of(1, whole(creeping), scale=100.0))["status"] == "never_out"


@pytest.mark.parametrize("hours", [1, 5, 26])
def test_a_meter_keeps_its_answer_when_the_event_is_declared_later(hours: int) -> None:
    late = StormEvent(EVENT.start + timedelta(hours=hours))
    drawing = "#" * (12 + 2 * hours + 4) + "0" * 20
    assert judged(rows_of(1, whole(drawing)), late)["hours"] == 10.5
