"""Messages and neighbours settle what readings leave open, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from evenhand.meters.detect import detect
from evenhand.meters.errors import EvidenceUnusable
from evenhand.meters.evidence_tables import messages_in
from evenhand.meters.formats.options import ReadingOptions
from evenhand.vocabulary.tables import METER_EVENTS
from tests.unit.meters.drawn_meters import DRAWN_FROM, EVENT, HALF_HOUR, rows_of, slot_of, table_of, whole

OUT = "#" * 20 + "0" * 20
LOST_EDGES = "#" * 20 + "." + "0" * 18 + "."


def messages(*said: tuple[int, str, float]) -> pa.Table:
    """(meter, event, slot of the drawing at which it happened)."""
    rows = [{"meter_id": meter, "at": DRAWN_FROM + at * HALF_HOUR, "event": event} for meter, event, at in said]
    return pa.Table.from_pylist(rows, schema=METER_EVENTS.schema())


def city(drawings: list[str], vacant: tuple[int, ...] = (), **evidence: Any) -> list[dict[str, Any]]:
    rows = [row for meter, drawing in enumerate(drawings) if meter not in vacant for row in rows_of(meter, whole(drawing))]
    rows += [row for meter in vacant for row in rows_of(meter, "0" * 336)]
    outages = detect(table_of(rows), event=EVENT, **evidence).outages.to_pylist()
    return [row | {name: slot_of(row[name]) for name in ("outage_start", "restored_at")} for row in outages]


def one_transformer(n: int) -> pa.Table:
    return pa.table({"meter_id": list(range(n)), "transformer": ["T1"] * n})


def test_a_message_picks_the_interval_of_an_uncertain_edge_and_the_bounds_stay() -> None:
    (silent,) = city([LOST_EDGES])
    (told,) = city([LOST_EDGES], meter_events=messages((0, "power_off", 20.3), (0, "power_on", 39.4)))
    assert (silent["outage_start"], silent["restored_at"]) == (20, 40)
    assert (told["outage_start"], told["restored_at"]) == (21, 39)
    assert told["evidence"] == "zero+event"
    assert (told["hours_low"], told["hours_high"]) == (silent["hours_low"], silent["hours_high"])


def test_messages_without_meter_time_or_event_are_left_out_and_counted() -> None:
    usable = messages((0, "power_off", 20.3), (0, "power_on", 39.4))
    at = usable["at"][0].as_py()
    broken = pa.Table.from_pylist(
        [{"meter_id": None, "at": at, "event": "power_off"}, {"meter_id": 0, "event": "power_off"}, {"meter_id": 0, "at": at}], usable.schema
    )
    result = detect(table_of(rows_of(0, whole(LOST_EDGES))), event=EVENT, meter_events=pa.concat_tables([broken, usable]))
    assert {warning.code: warning.count for warning in result.warnings} == {"incomplete_messages": 3}
    assert result.outages["evidence"].to_pylist() == ["zero+event"]


def test_naive_times_of_messages_are_on_the_clock_of_the_zone_or_refused() -> None:
    aware = messages((0, "power_off", 20.3), (0, "power_on", 39.4))
    local = pc.local_timestamp(aware["at"].cast(pa.timestamp("us", tz="America/New_York")))
    naive = aware.set_column(1, "at", local)
    in_new_york = ReadingOptions(timezone="America/New_York")
    assert city([LOST_EDGES], meter_events=naive, options=in_new_york) == city([LOST_EDGES], meter_events=aware)
    with pytest.raises(EvidenceUnusable, match=r"carry no zone.*--timezone"):
        city([LOST_EDGES], meter_events=naive)


def test_messages_in_the_hours_that_a_clock_skips_or_repeats_are_said() -> None:
    at = [datetime(2018, 3, 11, 2, 30), datetime(2018, 11, 4, 1, 30)]  # noqa: DTZ001  # naive times are the point
    said = pa.table({"meter_id": [0, 0], "at": pa.array(at, pa.timestamp("us")), "event": ["power_off", "power_on"]})
    heard = messages_in(said, "America/New_York")
    assert (heard.n_skipped, heard.n_repeated) == (1, 1)
    assert heard.at_us.tolist() == [int(datetime(2018, 11, 4, 5, 30, tzinfo=UTC).timestamp()) * 1_000_000]  # 1:30 of summer time, UTC−4


def test_a_message_that_contradicts_the_readings_is_ignored() -> None:
    (told,) = city([OUT], meter_events=messages((0, "power_off", 3.0), (0, "power_on", 90.0)))
    assert (told["outage_start"], told["restored_at"], told["evidence"]) == (20, 40, "zero")


def test_a_vacant_home_that_says_when_is_no_longer_unknown() -> None:
    rows = city([""] * 2, vacant=(1,), meter_events=messages((1, "power_off", 20.5), (1, "power_on", 30.5)))
    assert (rows[1]["status"], rows[1]["outage_start"], rows[1]["restored_at"], rows[1]["evidence"]) == ("restored", 21, 30, "event")


def test_a_last_gasp_alone_leaves_a_vacant_home_unknown() -> None:
    assert city([""] * 2, vacant=(1,), meter_events=messages((1, "power_off", 20.5)))[1]["status"] == "unknown"


def test_neighbours_speak_for_a_vacant_home_with_their_span_as_bounds() -> None:
    drawings = [OUT, OUT, "#" * 19 + "0" * 23, ""]
    row = city(drawings, vacant=(3,), grid=one_transformer(4))[3]
    assert (row["status"], row["outage_start"], row["restored_at"], row["evidence"]) == ("restored", 20, 40, "neighbours")
    assert (row["hours"], row["hours_low"], row["hours_high"]) == (10.5, 10.0, (42 - 19 + 2) / 2)


@pytest.mark.parametrize("drawings", [[OUT, OUT, ""], [OUT, OUT, "", "", ""]])
def test_two_neighbours_or_neighbours_who_differ_are_no_consensus(drawings: list[str]) -> None:
    last = len(drawings) - 1
    assert city(drawings, vacant=(last,), grid=one_transformer(last + 1))[last]["status"] == "unknown"


def test_most_neighbours_settle_an_uncertain_edge() -> None:
    rows = city([OUT, OUT, OUT, "#" * 20 + "0" * 19 + "."], grid=one_transformer(4))
    later = city(["#" * 21 + "0" * 18] * 3 + [LOST_EDGES], grid=one_transformer(4))
    assert rows[3]["restored_at"] == 40
    assert (later[3]["outage_start"], later[3]["restored_at"], later[3]["evidence"]) == (21, 39, "zero+neighbours")


def test_a_silent_meter_among_powered_neighbours_is_unknown() -> None:
    gap = "#" * 20 + "." * 20
    result = detect(
        table_of([row for meter, drawing in enumerate(["", "", "", gap]) for row in rows_of(meter, whole(drawing))]),
        event=EVENT,
        grid=one_transformer(4),
    )
    assert result.reasons == {"lone_gap": 1}
    assert result.interruptions.num_rows == 0
    assert city(["", "", "", OUT], grid=one_transformer(4))[3]["status"] == "restored"  # zeros speak for themselves


def test_evidence_about_meters_without_readings_changes_nothing() -> None:
    assert city([OUT], meter_events=messages((77, "power_off", 20.5)), grid=one_transformer(9)) == city([OUT])


def test_messages_outside_the_window_change_nothing() -> None:
    far = messages((0, "power_off", -9999.0), (0, "power_on", 9999.0))
    assert city([OUT], meter_events=far) == city([OUT])
