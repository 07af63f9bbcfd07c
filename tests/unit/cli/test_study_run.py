"""`evenhand study run`: from four files to a report, or to words about everything that is wrong with them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.cli import second_process, study_run
from evenhand.cli.meters_wishes import ReadingWishes
from evenhand.reports import documents
from evenhand.reports.errors import PdfNotPossible
from evenhand.reports.study_report.files import PANEL
from tests import study_results
from tests.unit.cli.commands import Ran, run_command

pytestmark = pytest.mark.slow

TABLES = ("readings", "requests", "households", "areas")
ALWAYS = {
    "gaps.json", "model_1.svg", "model_2.svg", "model_3.svg", "model_4.svg", "model_5.svg", "models.json", "models.xu_tang_2020.json",
    "not-for-publication/panel.parquet", "report.html", "report.pdf", "study.json", "tables.html", "tables.md", "tables.tex",
}  # fmt: skip


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is put in the place of printing is found there."""
    monkeypatch.setattr(second_process, "_cores", lambda: 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The city's four tables as Parquet."""
    for name in TABLES:
        pq.write_table(getattr(study_results.city(), name), tmp_path / f"{name}.parquet")
    return tmp_path


def study(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str | Path, out: str = "out") -> Ran:
    inputs = [part for name in TABLES for part in (f"--{name}", folder / f"{name}.parquet")]
    start = study_results.city().story["event_start"]
    return run_command(monkeypatch, capsys, "study", "run", *inputs, "--event-start", start, "--out", folder / out, *more)


def unprinted(_page: str) -> bytes:
    """In the place of the PDF, which has tests of its own and takes its time."""
    return b"%PDF"


@pytest.mark.usefixtures("pango")
def test_the_same_inputs_give_the_same_bytes_in_two_folders_on_one_core_and_on_two(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = study(folder, monkeypatch, capsys, out="first")
    monkeypatch.setattr(second_process, "_cores", lambda: 2)
    second = study(folder, monkeypatch, capsys, out="second")
    assert (first.code, second.code) == (0, 0), first.said
    made = {path.relative_to(folder / "first").as_posix(): path.read_bytes() for path in (folder / "first").rglob("*") if path.is_file()}
    assert made.keys() >= ALWAYS
    assert [name for name, content in made.items() if (folder / "second" / name).read_bytes() != content] == []
    assert sorted(Path(line).relative_to(folder / "first").as_posix() for line in first.out.splitlines()) == sorted(made)
    assert "not for publication" in first.said


def test_the_other_preset_leads_and_an_internal_report_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(documents, "pdf_of", unprinted)
    ran = study(folder, monkeypatch, capsys, "--preset", "xu_tang_2020", "--internal", "--margin", "8", "--timezone", "America/New_York")
    assert ran.code == 0, ran.said
    said = json.loads((folder / "out/study.json").read_text())
    assert (said["study"]["preset"], said["study"]["internal"], said["study"]["margin"]) == ("xu_tang_2020", True, 0.08)
    assert said["command"].endswith("--preset xu_tang_2020 --margin 8 --timezone America/New_York --internal --out DIR")
    assert str(folder) not in (folder / "out/report.html").read_text()
    assert (folder / "out/models.default.json").exists()
    assert "Internal." in (folder / "out/tables.md").read_text()
    for name in ("models.json", "models.default.json", "gaps.json", "model_3.svg"):
        assert "Internal: " in (folder / "out" / name).read_text(), name


def test_the_panel_of_a_study_can_be_fitted_by_itself_with_the_same_models(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(documents, "pdf_of", unprinted)
    assert study(folder, monkeypatch, capsys).code == 0
    fitted = run_command(monkeypatch, capsys, "study", "fit", "--panel", folder / "out" / PANEL, "--out", folder / "fit")
    assert fitted.code == 0, fitted.said
    ours, theirs = (json.loads((folder / name / "models.json").read_text())["models"] for name in ("out", "fit"))
    assert [model["loglik"] for model in ours.values()] == [float(f"{model['loglik']:.5g}") for model in theirs.values()]
    assert "not for publication" in (folder / "fit/tables.md").read_text()


def test_without_pango_the_page_is_written_and_an_older_pdf_goes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_page: str) -> bytes:
        raise PdfNotPossible("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(documents, "pdf_of", refused)
    (folder / "out").mkdir()
    for name in ("report.pdf", "panel.parquet", "figure_older.svg"):
        (folder / "out" / name).write_bytes(b"older")
    ran = study(folder, monkeypatch, capsys)
    assert ran.code == 0
    assert (folder / "out/report.html").exists()
    assert [name for name in ("report.pdf", "panel.parquet", "figure_older.svg") if (folder / "out" / name).exists()] == []
    assert len([line for line in ran.said.splitlines() if "Pango" in line]) == 1


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    households = pq.read_table(folder / "households.parquet")
    pq.write_table(households.append_column("last_name", pa.array(["Doe"] * households.num_rows)), folder / "households.parquet")
    pq.write_table(pq.read_table(folder / "areas.parquet").drop_columns(["population"]), folder / "areas.parquet")
    ran = study(folder, monkeypatch, capsys, "--preset", "stata", "--margin", "500", "--window-hours", "-1", "--timezone", "Mars/Olympus")
    assert ran.code == 2
    for words in ("'stata'", "500 %", "--window-hours", "Mars/Olympus", "last_name", "population"):
        assert words in ran.said, words
    assert not (folder / "out").exists()


def test_faults_of_tables_and_of_what_they_say_together_come_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    households, requests = pq.read_table(folder / "households.parquet"), pq.read_table(folder / "requests.parquet")
    elsewhere = pa.array([meter + 50_000_000 for meter in households["meter_id"].to_pylist()])
    households = households.set_column(households.column_names.index("meter_id"), "meter_id", elsewhere).drop_columns(["house_age"])
    pq.write_table(households, folder / "households.parquet")
    mixed = pa.array(["Pothole", *requests["service_name"].to_pylist()[1:]])
    pq.write_table(requests.set_column(requests.column_names.index("service_name"), "service_name", mixed), folder / "requests.parquet")
    ran = study(folder, monkeypatch, capsys, "--event-start", "2019-10-10T12:00-04:00")
    assert ran.code == 2
    for words in ("missing columns: house_age", "none is a household's", "of 2 services came", "the readings run from"):
        assert words in ran.said, words
    assert not (folder / "out").exists()


def test_boundaries_of_two_census_years_stand_both_in_the_command_that_is_printed(tmp_path: Path) -> None:
    given = ReadingWishes((tmp_path / "readings",), (), None, False, "kWh", False, None, "auto", None, False)
    both = (tmp_path / "new.geojson", tmp_path / "old.geojson")
    wishes = study_run.RunWishes(
        given, tmp_path / "q", tmp_path / "h", tmp_path / "a", both, None, "2018-10-10", None, tmp_path, "default", "robust", 48.0, (), 30.0, 5.0,
        8311, False, False, False, False,
    )  # fmt: skip
    assert "--boundaries new.geojson --boundaries old.geojson" in wishes.command()
    assert [name for name in wishes.tables if name.startswith("boundaries")] == ["boundaries", "boundaries_2"]


def test_many_households_that_left_are_told_on_the_console_and_on_the_first_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(documents, "pdf_of", unprinted)
    households = pq.read_table(folder / "households.parquet")
    places = [None if place % 4 == 0 else code for place, code in enumerate(households["block_group"].to_pylist())]
    column = households.column_names.index("block_group")
    pq.write_table(households.set_column(column, "block_group", pa.array(places, pa.string())), folder / "households.parquet")
    ran = study(folder, monkeypatch, capsys)
    assert ran.code == 0, ran.said
    assert re.search(r"! \d+ of 600 households \(2\d%\) left for want of an area or hours: .*no block group 1[345]\d", ran.said)
    first = (folder / "out/report.html").read_text().split('id="first"')[1].split("</section>")[0]
    assert re.search(
        r"Of 600 households in the table 2\d % are not in the study for want of an area or of hours: .*no block group \(1[345]\d\)", first
    )


def test_a_file_that_is_not_there_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "requests.parquet").unlink()
    ran = study(folder, monkeypatch, capsys)
    assert ran.code == 2
    assert "requests.parquet is not there" in ran.said
    assert not (folder / "out").exists()


def test_columns_of_other_names_find_their_tables(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(documents, "pdf_of", unprinted)
    renamed = {"readings": {"kwh": "energy", "meter_id": "mp"}, "households": {"minority_share": "minority"}, "areas": {"geoid": "code"}}
    for name, columns in renamed.items():
        old = pq.read_table(folder / f"{name}.parquet")
        pq.write_table(old.rename_columns([columns.get(column, column) for column in old.column_names]), folder / f"{name}.parquet")
    pairs = ("kwh=energy", "readings.meter_id=mp", "minority_share=minority", "areas.geoid=code")
    ran = study(folder, monkeypatch, capsys, *(part for pair in pairs for part in ("--column", pair)))
    assert ran.code == 0, ran.said


def test_a_second_report_of_an_event_is_refused_where_it_tells_of_few_households_beside_the_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(documents, "pdf_of", unprinted)
    assert study(folder, monkeypatch, capsys, out="first").code == 0
    published = json.loads((folder / "first/study.json").read_text())
    published["groups"][0]["reported"] += 1
    (folder / "first/study.json").write_text(json.dumps(published))
    ran = study(folder, monkeypatch, capsys, "--after", folder / "first", out="second")
    assert ran.code == 2
    assert "all households, reported" in ran.said
    assert not (folder / "second").exists()
    assert "holds no study.json" in study(folder, monkeypatch, capsys, "--after", folder / "nowhere", "--margin", "500", out="second").said


def test_a_folders_hash_is_of_its_files_and_their_names(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/a.csv").write_text("1")
    first = study_run.sha256_of(tmp_path / "one")
    (tmp_path / "one/a.csv").rename(tmp_path / "one/b.csv")
    assert study_run.sha256_of(tmp_path / "one") != first
    (tmp_path / "one/b.csv").rename(tmp_path / "one/a.csv")
    assert study_run.sha256_of(tmp_path / "one") == first
