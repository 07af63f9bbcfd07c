"""Green Button (ESPI) feeds, written here in the few shapes that utilities use: synthetic, in the schema's own element names."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evenhand.meters.formats import ReadingOptions, open_readings
from tests.unit.meters.formats.reading_tables import NOON, all_of, codes_of, faults_of, rows_of

NOON_S = int(NOON.timestamp())
POINT = "https://utility.test/espi/1_1/resource/Subscription/5/UsagePoint/{point}"


def entry(content: str, *links: tuple[str, str]) -> str:
    return "<entry>" + "".join(f'<link rel="{rel}" href="{href}"/>' for rel, href in links) + f"<content>{content}</content></entry>"


def usage_point(point: str = "17", service: int = 0) -> str:
    content = f'<UsagePoint xmlns="http://naesb.org/espi"><ServiceCategory><kind>{service}</kind></ServiceCategory></UsagePoint>'
    return entry(content, ("self", POINT.format(point=point)))


def meter_reading(series: str = "A", point: str = "17", kind: str = "T") -> str:
    own = POINT.format(point=point) + f"/MeterReading/{series}"
    return entry(
        '<MeterReading xmlns="http://naesb.org/espi"/>', ("self", own), ("related", f"https://utility.test/espi/1_1/resource/ReadingType/{kind}")
    )


def reading_type(kind: str = "T", **codes: int) -> str:
    stated = {"accumulationBehaviour": 4, "commodity": 1, "flowDirection": 1, "intervalLength": 1800, "powerOfTenMultiplier": 0, "uom": 72} | codes
    inside = "".join(f"<{name}>{code}</{name}>" for name, code in stated.items())
    own = f"https://utility.test/espi/1_1/resource/ReadingType/{kind}"
    return entry(f'<e:ReadingType xmlns:e="http://naesb.org/espi">{inside}</e:ReadingType>', ("self", own))


def block(values: list[object], series: str = "A", point: str = "17", seconds: int = 1800, qualities: dict[int, int] | None = None) -> str:
    readings = "".join(
        "<IntervalReading>"
        + (f"<ReadingQuality><quality>{(qualities or {})[nth]}</quality></ReadingQuality>" if nth in (qualities or {}) else "")
        + f"<timePeriod><duration>{seconds}</duration><start>{NOON_S + nth * seconds}</start></timePeriod>"
        + (f"<value>{value}</value>" if value is not None else "")
        + "</IntervalReading>"
        for nth, value in enumerate(values)
    )
    interval = f"<interval><duration>{seconds * len(values)}</duration><start>{NOON_S}</start></interval>"
    own = POINT.format(point=point) + f"/MeterReading/{series}/IntervalBlock"
    return entry(f'<IntervalBlock xmlns="http://naesb.org/espi">{interval}{readings}</IntervalBlock>', ("up", own), ("self", own + "/1"))


def feed(folder: Path, *entries: str, name: str = "feed.xml") -> Path:
    text = '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">' + "".join(entries) + "</feed>"
    (folder / name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return folder / name


@pytest.mark.parametrize("name", ["feed.xml", "feed.xml.gz"])
def test_watt_hours_with_a_power_of_ten_become_kwh_whatever_the_order_of_entries(tmp_path: Path, name: str) -> None:
    path = feed(tmp_path, block([250, 125, None]), meter_reading(), usage_point(), reading_type(powerOfTenMultiplier=1), name=name)
    source = open_readings(path)
    assert rows_of(source) == [(17, NOON, 2.5), (17, NOON + timedelta(minutes=30), 1.25), (17, NOON + timedelta(minutes=60), None)]
    assert (source.interval_minutes, source.row_count, source.id_type) == (30, 3, "int")


def test_watts_are_multiplied_by_the_length_of_their_interval(tmp_path: Path) -> None:
    path = feed(tmp_path, usage_point(), meter_reading(), reading_type(uom=38, intervalLength=900), block([4000], seconds=900))
    assert [row[2] for row in rows_of(open_readings(path))] == [1.0]


def test_the_options_about_unit_and_stamp_do_not_apply_to_a_feed_that_states_them(tmp_path: Path) -> None:
    path = feed(tmp_path, usage_point(), meter_reading(), reading_type(), block([1000, 2000]))
    source = open_readings(path, ReadingOptions(unit="Wh", is_interval_end=True, columns={"kwh": "value"}))
    assert [row[1:] for row in rows_of(source)] == [(NOON, 1.0), (NOON + timedelta(minutes=30), 2.0)]


def test_estimates_are_known_by_their_quality_or_by_the_default(tmp_path: Path) -> None:
    """8, 9 and 12 are estimates; 17 is validated, 19 revenue quality."""
    one = [usage_point(), meter_reading(), reading_type(), block([1, 2, 3, 4, 5], qualities={0: 8, 1: 9, 2: 12, 3: 17})]
    assert all_of(open_readings(feed(tmp_path, *one)))["is_estimated"].to_pylist() == [True, True, True, False, False]
    two = [usage_point(), meter_reading(), reading_type(defaultQuality=9), block([1, 2], qualities={0: 19})]
    assert all_of(open_readings(feed(tmp_path, *two)))["is_estimated"].to_pylist() == [False, True]


def test_what_was_sent_back_is_subtracted_and_alone_counts_only_if_not_zero(tmp_path: Path) -> None:
    structure = [meter_reading("A", kind="IN"), meter_reading("B", kind="OUT"), reading_type("IN"), reading_type("OUT", flowDirection=19)]
    path = feed(tmp_path, usage_point(), *structure, block([1000, 500, 0, None, None], "A"), block([0, 750, 0, 0, 300], "B"))
    assert [row[2] for row in rows_of(open_readings(path))] == [1.0, -0.25, 0.0, None, -0.3]


def test_gas_and_registers_are_left_out_and_said(tmp_path: Path) -> None:
    points = [usage_point("17"), usage_point("18", service=1)]
    series = [meter_reading("A"), meter_reading("G", "18", "GAS"), meter_reading("R", kind="REG")]
    types = [reading_type(), reading_type("GAS", commodity=7, uom=169), reading_type("REG", accumulationBehaviour=3)]
    path = feed(tmp_path, *points, *series, *types, block([1000]), block([3], "G", "18"), block([5], "R"))
    source = open_readings(path)
    assert [row[2] for row in rows_of(source)] == [1.0]
    assert source.faults.counts == {"other_commodity": 1, "not_interval_data": 1}


def test_two_usage_points_are_two_meters(tmp_path: Path) -> None:
    path = feed(
        tmp_path,
        *(f(point="a") for f in (usage_point, meter_reading)),
        meter_reading(point="b"),
        reading_type(),
        block([1]),
        block([2], point="b"),
        block([4], point="a"),
    )
    source = open_readings(path)
    assert {row[0] for row in rows_of(source)} == {"a", "b"}
    assert source.faults.counts == {"not_interval_data": 1}, "a block of usage point 17 belongs to no meter reading of the feed"


def test_a_file_of_two_meters_cannot_name_its_meter(tmp_path: Path) -> None:
    path = feed(tmp_path, *(part(point=point) for point in "ab" for part in (usage_point, meter_reading)), reading_type(), block([1000], point="b"))
    assert codes_of(path, ReadingOptions(is_meter_from_file_name=True)) == ["several_meters"]


def test_a_file_of_one_meter_can(tmp_path: Path) -> None:
    path = feed(tmp_path, usage_point(), meter_reading(), reading_type(), block([1000]), name="house.xml")
    assert rows_of(open_readings(path, ReadingOptions(is_meter_from_file_name=True))) == [("house", NOON, 1.0)]


def test_readings_without_times_follow_one_another_from_the_start_of_their_block(tmp_path: Path) -> None:
    text = block([1000, 2000], seconds=900)
    bare = (
        text[: text.index("<IntervalReading>")]
        + "<IntervalReading><value>1000</value></IntervalReading>" * 2
        + text[text.rindex("</IntervalBlock>") :]
    )
    path = feed(tmp_path, usage_point(), meter_reading(), reading_type(), bare)
    assert [row[1] for row in rows_of(open_readings(path))] == [NOON, NOON + timedelta(minutes=15)]


def test_short_addresses_without_a_host_are_understood(tmp_path: Path) -> None:
    entries = [usage_point(), meter_reading(), reading_type(), block([1000])]
    path = feed(tmp_path, *(text.replace("https://utility.test/espi/1_1/resource/", "") for text in entries))
    assert len(rows_of(open_readings(path))) == 1


def test_a_feed_that_breaks_off_or_holds_no_readings_is_refused(tmp_path: Path) -> None:
    path = feed(tmp_path, usage_point(), meter_reading(), reading_type(), block([1000]))
    path.write_text(path.read_text()[:-30])
    (tmp_path / "other.xml").write_text("<html><body/></html>")
    (tmp_path / "bomb.xml").write_text('<!DOCTYPE feed [<!ENTITY a "aaaa">]><feed>&a;</feed>')
    feed(tmp_path, usage_point(), name="cut.xml.gz")
    (tmp_path / "cut.xml.gz").write_bytes((tmp_path / "cut.xml.gz").read_bytes()[:-12])
    unusable = faults_of(tmp_path)
    assert unusable is not None
    assert len(unusable.faults) == 4
    assert {fault.code for fault in unusable.faults} <= {"unreadable_xml", "unreadable_file"}
    assert "document type" in unusable.message


def test_the_real_feed_opens_with_its_zeros_its_exports_and_its_quality(shared_data: Path) -> None:
    """Two series of one scrubbed meter, 436 readings. One slot by hand: 114,000 mWh delivered less 355,800 mWh sent back at 1426017600 s."""
    source = open_readings(shared_data / "green_button_espi")
    table = all_of(source)
    assert (source.interval_minutes, source.row_count) == (60, 436)
    assert set(table["meter_id"].to_pylist()) == {"0000000000"}
    assert not any(table["is_estimated"].to_pylist())
    by_start = dict(zip(table["interval_start"].to_pylist(), table["kwh"].to_pylist(), strict=True))
    assert len(by_start) == table.num_rows, "one energy a slot"
    assert any(kwh is not None and kwh < 0 for kwh in by_start.values())
    assert by_start[datetime(2015, 3, 10, 20, tzinfo=UTC)] == pytest.approx(-0.2418)
    assert codes_of(shared_data / "green_button_espi") == []
