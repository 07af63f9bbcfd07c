"""From raw tables to the panel, by hand: who is in, who took part, what the block group asked for, and what is said of all the others."""

from __future__ import annotations

import io
import math
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.equity.errors import PanelUnusable
from evenhand.equity.panel_reading import STUDY_COLUMNS, panel_of, read_panel
from evenhand.studies.errors import ReadingsOfAnotherCity, StudyOptionInvalid, StudyTablesUnusable
from evenhand.studies.five_models import PRESETS
from evenhand.studies.panel.building import build_panel, preset_choices
from evenhand.studies.panel.flow import left_for_want
from evenhand.studies.raw.tables import check_raw_tables
from evenhand.studies.results import BuiltPanel
from evenhand.vocabulary.tables import PANEL
from tests.study_village import (
    FILLER,
    NAMED,
    READINGS_END,
    START,
    STORM,
    A,
    B,
    C,
    areas,
    households,
    outages,
    request,
    requests,
)

pytestmark = pytest.mark.slow


def built(*rows: dict[str, Any], raw: dict[str, Any] | None = None, storm: pa.Table | None = None, **options: Any) -> BuiltPanel:
    tables = {"requests": requests(*rows), "households": households(), "areas": areas()} | (raw or {})
    read = check_raw_tables(tables["requests"], tables["households"], tables["areas"], event_start=START).whole()
    return build_panel(storm if storm is not None else outages(), read, readings_end=READINGS_END, **options)


def column(panel: BuiltPanel, name: str) -> dict[str, Any]:
    """Values by premise, of the named households only."""
    values = dict(zip(panel.table["premise_id"].to_pylist(), panel.table[name].to_pylist(), strict=True))
    return {premise: value for premise, value in values.items() if premise in NAMED}


def notes(panel: BuiltPanel) -> dict[str, int]:
    return {note.code: note.rows for note in panel.notes}


def test_every_column_of_the_contract_is_there_with_its_type() -> None:
    table = built(request("1", 1, premise_id="a1")).table
    assert PANEL.missing_from(table.column_names) == ()
    kinds = {one.name: one.type for one in PANEL.columns if one.name != "meter_id"}
    assert {field.name: field.type for field in table.schema if field.name != "meter_id"} == {
        name: kind for name, kind in kinds.items() if name in table.column_names
    }


def test_the_areas_columns_are_those_of_the_study() -> None:
    table = built(request("1", 1, premise_id="a1"))
    density = column(table, "log_population_density")
    assert density["a1"] == pytest.approx(math.log(1000 / 2.0))
    assert density["b1"] == pytest.approx(math.log(500 / 0.5))
    assert column(table, "median_income")["b1"] == pytest.approx(89.043)
    assert (column(table, "education")["c1"], column(table, "renter_share")["c1"]) == (0.6, 0.05)
    assert column(table, "house_age")["a3"] == 12.0


def test_a_household_that_asked_in_the_window_took_part_once_however_often_it_asked() -> None:
    panel = built(
        request("1", 1, premise_id="a1"),
        request("2", 2, premise_id="a1"),
        request("3", 3, premise_id="a1", duplicate_of="1"),
        request("4", 4, premise_id="b1"),
    )
    assert [name for name, took_part in column(panel, "participation").items() if took_part] == ["a1", "b1"]
    assert column(panel, "community_participation_raw")["a2"] == 1
    assert notes(panel)["requests_of_one_household"] == 2


def test_the_window_holds_both_its_ends_and_nothing_beyond() -> None:
    panel = built(
        request("before", -0.01, premise_id="a1"),
        request("first", 0.0, premise_id="a2"),
        request("last", 48.0, premise_id="a3"),
        request("after", 48.01, premise_id="b1"),
    )
    assert [name for name, took_part in column(panel, "participation").items() if took_part] == ["a2", "a3"]
    assert (notes(panel)["requests_before_event"], notes(panel)["requests_after_window"]) == (1, 1)
    kept = dict(zip(panel.requests["premise_id"].to_pylist(), panel.requests["hours_after_start"].to_pylist(), strict=True))
    assert (kept["a1"], kept["b1"]) == (pytest.approx(-0.01), pytest.approx(48.01))


def test_a_longer_window_takes_in_later_requests() -> None:
    panel = built(request("1", 60.0, premise_id="b1"), window_hours=72.0)
    assert column(panel, "participation")["b1"] == 1


def test_what_staff_and_meters_made_is_nobodys_participation() -> None:
    panel = built(
        request("1", 1, premise_id="a1", made_by="staff"),
        request("2", 1, premise_id="a2", made_by="meter"),
        request("3", 1, premise_id="a3", made_by=None),
    )
    assert [name for name, took_part in column(panel, "participation").items() if took_part] == ["a3"]
    assert (notes(panel)["requests_of_staff"], notes(panel)["requests_of_meter"]) == (1, 1)
    assert column(panel, "community_participation_raw")["a1"] == 1


def test_a_report_closed_as_a_neighbours_duplicate_was_made_all_the_same() -> None:
    panel = built(request("1", 1, premise_id="a1"), request("2", 2, premise_id="a2", duplicate_of="1"))
    assert [name for name, took_part in column(panel, "participation").items() if took_part] == ["a1", "a2"]
    assert column(panel, "community_participation_raw")["a3"] == 2


def test_the_block_groups_count_is_its_reporters_and_ours_leaves_oneself_and_those_never_out_aside() -> None:
    # In A: a1, a2 and a5 (still out) report, and a4, which was never out. In C nobody does.
    panel = built(*(request(name, 1, premise_id=name) for name in ("a1", "a2", "a4", "a5", "b1")))
    assert column(panel, "community_participation_raw") == {
        **dict.fromkeys(("a1", "a2", "a3", "a4", "a5"), 4),
        **dict.fromkeys(("b1", "b2", "b4"), 1),
        **dict.fromkeys(("c1", "c2", "c3"), 0),
    }
    assert column(panel, "community_participation_others") == {
        "a1": 2,
        "a2": 2,
        "a3": 3,
        "a4": 3,
        "a5": 2,
        "b1": 0,
        "b2": 1,
        "b4": 1,
        "c1": 0,
        "c2": 0,
        "c3": 0,
    }
    # Out in A: a1, a2, a3, a5. Out in B: b1, b2, b4; nobody knows of b3. Out in C: c1 and c2.
    assert column(panel, "dark_others") == {
        "a1": 3,
        "a2": 3,
        "a3": 3,
        "a4": 4,
        "a5": 3,
        "b1": 2,
        "b2": 2,
        "b4": 2,
        "c1": 1,
        "c2": 1,
        "c3": 2,
    }


def test_reporters_that_are_no_known_household_count_for_their_block_group_once() -> None:
    panel = built(
        request("1", 1, premise_id="a1"),
        request("2", 1, premise_id="shop", block_group=A),
        request("3", 2, premise_id="shop", block_group=A),
        request("4", 1, block_group=B, duplicate_of="1"),  # the same report as a1's
        request("5", 1, block_group=C),
        request("6", 2, block_group=C, duplicate_of="5"),
        request("7", 1, block_group=C, made_by="staff"),
        request("8", 60, block_group=C),
        request("9", 1),
    )
    raw = column(panel, "community_participation_raw")
    assert (raw["a2"], raw["b1"], raw["c1"]) == (2, 0, 1)
    assert (notes(panel)["reporters_unmatched"], notes(panel)["reporters_lost"]) == (2, 1)
    assert column(panel, "community_participation_others")["a2"] == 1


def test_a_chain_of_duplicates_that_names_two_block_groups_counts_in_the_first_ones() -> None:
    rows = [request("2", 1, block_group=A, duplicate_of="1"), request("1", 2, block_group=B)]
    raw = column(built(*rows), "community_participation_raw")
    assert (raw["a1"], raw["b1"]) == (0, 1)


def test_presets_differ_in_the_count_that_stands_as_community_participation() -> None:
    rows = [request(name, 1, premise_id=name) for name in ("a1", "a2")]
    ours, studys = (column(built(*rows, **preset_choices(name)), "community_participation") for name in ("default", "xu_tang_2020"))
    assert (ours["a1"], studys["a1"]) == (1, 2)
    assert set(PRESETS) == {"default", "xu_tang_2020"}


def test_reported_hours_run_from_ones_own_outage_to_the_first_report_after_it() -> None:
    panel = built(
        request("1", 5, premise_id="a3"),  # out at hour 2
        request("2", 4, premise_id="a3"),
        request("3", 100, premise_id="a2"),  # after the window, and still its report
        request("4", 1.5, premise_id="a5", made_by="staff"),
        request("5", 4.5, premise_id="b2"),  # out at hour 5: half an hour early is at once
        request("6", 2, premise_id="a4"),  # never out
        request("7", -0.5, premise_id="b1"),  # before the event
    )
    hours = column(panel, "reported_hours")
    assert (hours["a3"], hours["a2"], hours["b2"]) == (pytest.approx(2.0), pytest.approx(100.0), 0.0)
    assert [name for name, value in hours.items() if value is None] == ["a1", "a4", "a5", "b1", "b4", "c1", "c2", "c3"]
    assert notes(panel)["reporters_never_out"] == 1


def test_a_report_long_before_ones_own_outage_is_participation_without_hours() -> None:
    panel = built(request("1", 3.0, premise_id="b2"))  # out at hour 5
    assert (column(panel, "participation")["b2"], column(panel, "reported_hours")["b2"]) == (1, None)
    assert notes(panel)["reports_before_outage"] == 1


def test_a_first_report_after_power_was_back_is_said() -> None:
    panel = built(request("1", 12.0, premise_id="a1"), request("2", 12.0, premise_id="a2"))  # a1 was out for ten hours
    assert notes(panel)["reports_after_restoration"] == 1


def test_the_flow_adds_up_and_says_why_each_household_left() -> None:
    homes = households(
        block_group=[None if name == "c1" else "120739999999" if name == "c2" else "" if name == "c3" else home for name, home in _homes()],
        meter_id=[None if name == "a1" else "m-unmetered" if name == "a2" else f"m-{name}" for name, _ in _homes()],
    )
    panel = built(request("1", 1, premise_id="b1"), raw={"households": homes}, never_out="out", censored="out")
    assert {step.name: (step.households, dict(step.left)) for step in panel.flow} == {
        "premises": (62, {}),
        "metered": (60, {"no meter": 1, "no readings of the meter": 1}),
        "known": (59, {"readings that do not tell": 1}),
        "out_in_the_storm": (57, {"never out": 2}),
        "restored": (56, {"still out when the readings end": 1}),
        "placed": (54, {"no block group": 1, "a block group that is in no area": 1}),
        "panel": (54, {}),
    }
    assert sorted(column(panel, "status")) == ["a3", "b1", "b2", "b4"]


def test_an_outage_without_hours_tells_nothing() -> None:
    hours = [None if name == "a1" else hours for name, hours in zip((*NAMED, *FILLER), outages()["hours"].to_pylist(), strict=True)]
    panel = built(request("1", 1, premise_id="b1"), storm=outages(hours=hours))
    assert panel.flow[2].left == {"readings that do not tell": 2}  # a1, and b3 whose status is unknown


def _homes() -> list[tuple[str, str]]:
    table = households()
    return list(zip(table["premise_id"].to_pylist(), table["block_group"].to_pylist(), strict=True))


def test_households_never_out_and_still_out_are_in_by_both_presets() -> None:
    for preset in PRESETS:
        panel = built(request("1", 1, premise_id="a1"), **preset_choices(preset))
        assert column(panel, "restoration_hours") == {name: hours for name, (_, hours, status) in STORM.items() if status != "unknown"}
        assert (notes(panel)["never_out"], notes(panel)["still_out"]) == (2, 1)


def test_reporters_who_are_not_in_the_panel_are_counted() -> None:
    panel = built(request("1", 1, premise_id="b3"), request("2", 1, premise_id="b1"))
    assert (notes(panel)["households_reporting"], notes(panel)["reporters_not_in_panel"]) == (12, 1)
    assert "b3" not in panel.requests["premise_id"].to_pylist()
    assert column(panel, "community_participation_raw")["b1"] == 2


def coded() -> pa.Table:
    """A request of a pothole and eleven of outages."""
    table = requests(request("1", 1, premise_id="a1"), request("2", 1, premise_id="a2"))
    return table.append_column("service_code", pa.array(["pothole", *["outage"] * (table.num_rows - 1)]))


def test_services_choose_the_requests_and_stand_in_the_choices() -> None:
    chosen = built(raw={"requests": coded()}, services=["outage"])
    assert column(chosen, "participation")["a1"] == 0
    assert chosen.choices["services"] == "outage"
    with pytest.raises(StudyOptionInvalid, match=r"'outage' \(11\), 'pothole' \(1\)"):
        built(raw={"requests": coded()}, services=["flood"])


def test_several_services_of_which_nobody_said_which_count_are_refused_and_counted() -> None:
    with pytest.raises(StudyOptionInvalid) as refused:
        built(raw={"requests": coded()})
    for words in ("requests of 2 services came", "'outage' (11), 'pothole' (1)", "--service NAME", "--service all"):
        assert words in refused.value.message
    everything = built(raw={"requests": coded()}, services=["all"])
    assert column(everything, "participation")["a1"] == 1
    assert everything.choices["services"] == "outage, pothole"


def test_one_service_needs_no_choice_and_goes_by_its_name() -> None:
    table = requests(request("1", 1, premise_id="a1"))
    for name, value in (("service_code", "p1"), ("service_name", "Outage")):
        table = table.append_column(name, pa.array([value] * table.num_rows))
    assert built(raw={"requests": table}).choices["services"] == "Outage"
    assert built(raw={"requests": table}, services=["p1"]).choices["services"] == "Outage"
    assert built(request("1", 1, premise_id="a1")).choices["services"] == "none is named"


def test_households_that_left_for_want_are_told_where_they_are_many_and_choices_are_not_among_them() -> None:
    homes = households(block_group=[None if name in {"a1", "a2", "c1"} else home for name, home in _homes()])
    few = built(request("1", 1, premise_id="b1"), raw={"households": households()}, never_out="out", censored="out")
    assert left_for_want(few.flow) == {}  # b3 alone, 1.6 % of 62; the three others left by choice
    many = built(request("1", 1, premise_id="b1"), raw={"households": homes}, never_out="out")
    assert left_for_want(many.flow) == {"readings that do not tell": 1, "no block group": 3}  # 6.5 %


def test_a_panel_goes_through_a_file_and_is_the_same(tmp_path: Any) -> None:
    panel = built(request("1", 1, premise_id="a1"), is_synthetic=True)
    pq.write_table(panel.table, tmp_path / "panel.parquet")
    again = read_panel(tmp_path / "panel.parquet")
    assert again.is_synthetic
    assert panel.panel.is_synthetic
    for name in STUDY_COLUMNS:
        np.testing.assert_array_equal(again.numbers[name], panel.panel.numbers[name])
    assert again.ids["block_group"].tolist() == panel.table["block_group"].to_pylist()


def test_rows_of_the_panel_and_of_its_table_are_the_same_households() -> None:
    panel = built(request("1", 1, premise_id="a1"))
    assert panel.panel.ids["premise_id"].tolist() == panel.table["premise_id"].to_pylist() == sorted(panel.table["premise_id"].to_pylist())
    assert panel.table["meter_id"].to_pylist() == [f"m-{name}" for name in panel.table["premise_id"].to_pylist()]


def test_meters_that_are_whole_numbers_here_and_text_there_meet() -> None:
    n = len(NAMED) + len(FILLER)
    homes, storm = households(meter_id=[f"{k:06d}" for k in range(n)]), outages(meter_id=pa.array(range(n), pa.int64()))
    panel = built(request("1", 1, premise_id="a1"), raw={"households": homes}, storm=storm)
    assert column(panel, "restoration_hours")["a3"] == 30.0
    assert panel.table.schema.field("meter_id").type == pa.int64()


def test_readings_of_another_city_are_refused_with_the_figures() -> None:
    storm = outages(meter_id=[f"m-{name}" if name in FILLER[:5] else f"x-{name}" for name in (*NAMED, *FILLER)])
    with pytest.raises(ReadingsOfAnotherCity) as refused:
        built(request("1", 1, premise_id="a1"), storm=storm)
    assert refused.value.facts == {"matched": 5, "households": 62, "meters": 62}
    assert "'m-a1'" in refused.value.message
    assert "'x-a1'" in refused.value.message


def test_readings_of_a_few_of_the_households_are_no_other_city() -> None:
    storm = outages().filter(pa.array([name not in {"a1", "a2"} for name in (*NAMED, *FILLER)]))
    panel = built(request("1", 1, premise_id="b1"), storm=storm)
    assert panel.flow[1].left == {"no readings of the meter": 2}


def test_wrong_options_are_named_all_at_once() -> None:
    with pytest.raises(StudyOptionInvalid) as refused:
        built(window_hours=0.0, never_out="perhaps", censored="so", community="all", match_metres=-1.0)
    assert len(refused.value.facts["faults"]) == 5  # type: ignore[arg-type]
    with pytest.raises(StudyOptionInvalid, match="has none"):
        build_panel(
            outages(),
            check_raw_tables(requests(), households(), areas(), event_start=START).whole(),
            readings_end=datetime(2018, 10, 20),  # noqa: DTZ001
        )
    with pytest.raises(StudyOptionInvalid, match="xu_tang_2020"):
        preset_choices("mine")


def test_outages_are_one_row_a_meter() -> None:
    with pytest.raises(StudyTablesUnusable, match="63 rows of 62 meters"):
        built(storm=pa.concat_tables([outages(), outages().slice(0, 1)]))
    with pytest.raises(StudyTablesUnusable, match="missing columns: hours, status"):
        built(storm=outages().drop_columns(["hours", "status"]))


def test_a_storm_nobody_reported_cannot_be_studied() -> None:
    def refused(*rows: dict[str, Any]) -> str:
        with pytest.raises(StudyTablesUnusable) as found:
            built(raw={"requests": requests(*rows, with_filler=False)})
        return found.value.message

    late = refused(request("1", 100, premise_id="a1"), request("2", 200, premise_id="a1"))
    assert "in the window of 48 hours from 2018-10-10 17:00 UTC; they run from 2018-10-14 21:00 to 2018-10-19 01:00 UTC" in late
    assert "there are none" in refused(request("1", 1, premise_id="a1", made_by="staff"))
    assert "of 2 residents' requests in the window none could be matched to a household (no_place 2)" in refused(request("1", 1), request("2", 1))
    with pytest.raises(PanelUnusable, match="no household took part"):  # b3 alone, whose readings do not tell
        built(raw={"requests": requests(request("1", 1, premise_id="b3"), with_filler=False)})


def test_a_window_beyond_the_readings_is_said() -> None:
    panel = built(request("1", 1, premise_id="a1"), window_hours=24.0 * 15)
    assert "window_beyond_readings" in notes(panel)


def test_inputs_stay_as_they_were_and_choices_and_hashes_are_kept(tmp_path: Any) -> None:
    pq.write_table(requests(request("1", 1, premise_id="a1")), tmp_path / "requests.parquet")
    panel = built(raw={"requests": tmp_path / "requests.parquet"}, community="study")
    assert panel.choices["community"] == "study"
    assert list(panel.hashes) == ["requests"]
    assert len(panel.hashes["requests"]) == 64


MADE = st.lists(
    st.tuples(st.sampled_from([*NAMED, None, "shop"]), st.floats(-5.0, 60.0), st.sampled_from([A, B, None]), st.integers(0, 9)), max_size=10
)


def _rows(made: list[tuple[str | None, float, str | None, int]]) -> list[dict[str, Any]]:
    return [
        request(str(k), hours, premise_id=premise, block_group=area, duplicate_of=str(original) if original < k else None)
        for k, (premise, hours, area, original) in enumerate(made)
    ]


@settings(max_examples=15)
@given(MADE, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(made: list[Any], chance: Any) -> None:
    def shuffled(table: pa.Table) -> pa.Table:
        order = list(range(table.num_rows))
        chance.shuffle(order)
        return table.take(pa.array(order, pa.int64()))

    asked = requests(*_rows(made))
    straight = built(raw={"requests": asked})
    mixed = built(raw={"requests": shuffled(asked), "households": shuffled(households()), "areas": shuffled(areas())}, storm=shuffled(outages()))
    assert straight.table.equals(mixed.table)
    assert straight.requests.equals(mixed.requests)
    assert straight.flow == mixed.flow
    assert straight.notes == mixed.notes


@settings(max_examples=15)
@given(MADE, st.integers(0, 9))
def test_a_request_twice_never_counts_twice(made: list[Any], which: int) -> None:
    rows = _rows(made)
    if not rows:
        return
    again = rows[which % len(rows)]
    once = built(*rows)
    exported_twice = built(*rows, dict(again))
    asked_twice = built(*rows, {**again, "service_request_id": "new", "duplicate_of": again["service_request_id"]})
    for other in (exported_twice, asked_twice):
        for name in ("participation", "community_participation_raw", "community_participation_others", "reported_hours"):
            assert other.table[name].equals(once.table[name]), name


@settings(max_examples=15)
@given(MADE)
def test_every_count_lies_within_its_bounds(made: list[Any]) -> None:
    panel = built(*_rows(made))
    took_part, raw, others, dark = (
        np.array(panel.table[name]) for name in ("participation", "community_participation_raw", "community_participation_others", "dark_others")
    )
    assert (raw >= took_part).all()
    assert (others <= dark).all()
    assert (others >= 0).all()
    assert panel.panel.n == panel_of(panel.table).n == panel.flow[-1].households
    for before, step in zip(panel.flow, panel.flow[1:], strict=False):
        assert before.households - sum(step.left.values()) == step.households


def test_a_csv_of_the_panel_is_read_like_the_table(tmp_path: Any) -> None:
    import pyarrow.csv as arrow_csv

    panel = built(request("1", 1, premise_id="a1"))
    written = io.BytesIO()
    arrow_csv.write_csv(panel.table, written)
    (tmp_path / "panel.csv").write_bytes(written.getvalue())
    again = read_panel(tmp_path / "panel.csv")
    np.testing.assert_allclose(again.numbers["log_population_density"], panel.panel.numbers["log_population_density"])
