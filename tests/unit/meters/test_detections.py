"""What `detect` hands back: tables by contract, progress, a summary worked by hand, and files that are whole or not there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.kaplan_meier import restricted_mean, survival_curve
from evenhand.meters import detections
from evenhand.meters.detect import detect
from evenhand.meters.detections import RUN, events_path, refuse_other_run
from evenhand.meters.errors import RunsMixed
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.summary import hours_out
from evenhand.vocabulary.tables import OUTAGE_EVENTS, OUTAGES
from tests.unit.meters.drawn_meters import EVENT, found, rows_of, sorted_file, table_of, whole

pytestmark = pytest.mark.slow

OUT = "#" * 20 + "0" * 20


def test_tables_follow_the_contract_for_both_kinds_of_ids() -> None:
    for meter, kind in ((1, pa.int64()), ("M1", pa.string())):
        result = detect(table_of(rows_of(meter, whole(OUT))), event=EVENT)
        assert result.outages.schema.equals(OUTAGES.schema(kind))
        assert result.interruptions.schema.equals(OUTAGE_EVENTS.schema(kind))


def test_progress_ends_with_all_rows(tmp_path: Path) -> None:
    path = sorted_file(table_of(rows_of(1, whole(OUT)) + rows_of(2, whole(""))), tmp_path / "r.parquet")
    for source in (path, pq.read_table(path)):
        seen: list[tuple[int, int]] = []
        detect(source, event=EVENT, progress=lambda done, total, seen=seen: seen.append((done, total)))  # type: ignore[misc]
        assert seen[-1] == (672, 672)


def test_writing_gives_two_files_that_read_back(tmp_path: Path) -> None:
    result = found(OUT)
    outages, events = result.write(tmp_path / "new" / "storm.parquet")
    assert events == tmp_path / "new" / "storm.events.parquet" == events_path(outages)
    assert pq.read_table(outages).equals(result.outages)
    assert pq.read_table(events).equals(result.interruptions)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["storm.events.parquet", "storm.parquet"]


def test_an_interrupted_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "storm.parquet"
    found(OUT).write(path)
    before = path.read_bytes()
    monkeypatch.setattr(detections, "_to_disk", lambda _file: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        found("").write(path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["storm.events.parquet", "storm.parquet"]


def test_both_files_carry_one_mark_that_only_equal_answers_share(tmp_path: Path) -> None:
    def marks(drawing: str, name: str) -> list[bytes]:
        return [pq.read_schema(file).metadata[RUN] for file in found(drawing).write(tmp_path / name)]

    first, again, other = marks(OUT, "a.parquet"), marks(OUT, "b.parquet"), marks(OUT + "#000", "c.parquet")
    assert len({*first, *again}) == 1
    assert len({*first, *other}) == 2
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_events_beside_the_outages_of_another_run_are_refused(tmp_path: Path) -> None:
    outages, events = found(OUT).write(tmp_path / "storm.parquet")
    refuse_other_run(events)
    other, _ = found("").write(tmp_path / "other.parquet")
    other.replace(outages)
    with pytest.raises(RunsMixed, match="two different runs"):
        refuse_other_run(events)
    outages.unlink()
    refuse_other_run(events)


def test_a_run_that_is_cut_off_between_the_two_renames_is_known_by_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, events = found("").write(tmp_path / "storm.parquet")
    really = Path.replace
    renamed: list[Path] = []

    def cut_off(self: Path, target: Path) -> Path:
        if renamed:
            raise KeyboardInterrupt
        renamed.append(target)
        return really(self, target)

    monkeypatch.setattr(Path, "replace", cut_off)
    with pytest.raises(KeyboardInterrupt):
        found(OUT).write(tmp_path / "storm.parquet")
    with pytest.raises(RunsMixed):
        refuse_other_run(events)


def test_hours_with_censoring_worked_by_hand() -> None:
    hours = np.array([2.0, 4.0, 4.0, 6.0, 8.0])
    mean, median, until = hours_out(hours, np.array([True, True, False, True, False]))
    # still out: 0.8 from 2 h, 0.8 × 3/4 = 0.6 from 4 h, 0.6 × 1/2 = 0.3 from 6 h; area 2 + 2 × 0.8 + 2 × 0.6 + 2 × 0.3
    assert mean == pytest.approx(5.4)
    assert median == 6.0
    assert until == 8.0


def test_a_median_that_was_not_reached_and_nobody_out_say_so() -> None:
    assert hours_out(np.array([1.0, 9.0, 9.0]), np.array([True, False, False]))[1] is None
    assert hours_out(np.zeros(0), np.zeros(0, dtype=bool)) == (None, None, None)


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=40).filter(lambda rows: any(ended for _, ended in rows)))
def test_hours_agree_with_the_curves_of_the_equity_package(rows: list[tuple[int, bool]]) -> None:
    hours, ended = np.array([float(hour) for hour, _ in rows]), np.array([end for _, end in rows])
    mean, median, until = hours_out(hours, ended)
    curve = survival_curve(hours, ended)
    assert (until, math.inf if median is None else median) == (curve.longest_hours, curve.median_hours())
    assert mean == pytest.approx(restricted_mean(hours, ended, horizon_hours=curve.longest_hours).mean_hours)


def test_evidence_of_cumulative_registers_is_marked_so_on_both_tables() -> None:
    total, rows = 500.0, []
    for row in rows_of(1, whole(OUT)):  # each stamp is the moment of its reading: it holds what was used before
        rows.append(row | {"kwh": total})
        total += row["kwh"]
    result = detect(table_of(rows), event=EVENT, options=ReadingOptions(is_register=True, interval_minutes=30))
    row = result.outages.to_pylist()[0]
    assert (row["status"], row["hours"], row["evidence"]) == ("restored", 10.5, "register")
    assert result.interruptions["evidence"].to_pylist() == ["register"]
    assert found(OUT).outages.to_pylist()[0]["evidence"] == "zero"


def test_the_summary_counts_every_meter_once() -> None:
    drawings = [OUT, "#" * 20 + "0" * 172, "", "#" * 20 + "." * 9]
    rows = [row for meter, drawing in enumerate(drawings) for row in rows_of(meter, whole(drawing))] + rows_of(9, "0" * 336)
    summary = detect(table_of(rows), event=EVENT).summary
    assert (summary.n_meters, summary.n_restored, summary.n_still_out, summary.n_never_out, summary.n_unknown) == (5, 2, 1, 1, 1)
    assert (summary.n_out, summary.n_known) == (3, 4)
    assert summary.until_hours == 86.0
    # 10.5 h and 5 h restored, 86 h still out: 5 + 5.5 × 2/3 + 75.5 × 1/3
    assert summary.mean_hours == pytest.approx(5 + 5.5 * 2 / 3 + 75.5 / 3)
