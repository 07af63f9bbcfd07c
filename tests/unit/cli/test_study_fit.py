"""`evenhand study fit`: from a file to models, tables and drawings, or to words about what is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from evenhand.cli.main import main
from evenhand.cli.whole_files import write_whole
from tests.households import household_columns, household_table

pytestmark = pytest.mark.slow

FILES = [
    "gaps.json", "model_1.svg", "model_2.svg", "model_3.svg", "model_4.svg", "model_5.svg", "models.json", "models.xu_tang_2020.json", "tables.html",
    "tables.md", "tables.tex",
]  # fmt: skip


def evenhand(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run a command as the shell does; gives its exit code."""
    monkeypatch.setattr(sys, "argv", ["evenhand", *map(str, arguments)])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    arrow_csv.write_csv(household_table(), tmp_path / "panel.csv")
    return tmp_path / "panel.csv"


def test_the_same_panel_gives_the_same_bytes_twice(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        assert evenhand(monkeypatch, "study", "fit", "--panel", panel, "--out", folder, "--errors", "cr1,observed") == 0
    assert sorted(path.name for path in folders[0].iterdir()) == FILES
    assert [(folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() for name in FILES] == [True] * len(FILES)
    printed = capsys.readouterr()
    assert sorted(Path(line).name for line in printed.out.splitlines()) == sorted(FILES * 2)
    assert "all five models converged" in printed.err


def test_tables_name_what_was_printed(panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evenhand(monkeypatch, "study", "fit", "--panel", panel, "--out", tmp_path / "out", "--errors", "hc1", "--synthetic") == 0
    text = (tmp_path / "out/tables.md").read_text()
    for words in (
        "Synthetic data: no household of these tables exists.",
        "default: log odds ratio (hc1 error)",
        "xu\\_tang\\_2020: log incidence-rate ratio (observed error)",
        "heteroskedasticity-robust standard errors (HC1)",
        "Pseudo R², McFadden",
        "Pseudo R², Cox–Snell",
        "Pseudo R², Nagelkerke",
        "quasi-likelihood",
        "The gap of the whole city",
        "their estimates are equal, and only the errors differ",
    ):
        assert words in text
    assert "CR3" not in text
    assert "Synthetic data" in (tmp_path / "out/model_1.svg").read_text()


def test_a_star_that_no_coefficient_has_is_not_explained(panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evenhand(monkeypatch, "study", "fit", "--panel", panel, "--out", tmp_path / "out", "--errors", "hc1") == 0
    for table in (tmp_path / "out/tables.html").read_text().split("<caption>")[1:6]:
        body, notes = table.split("</tbody>")
        for mark, words in (("***", "p &lt; 0.01"), ("**", "p &lt; 0.05"), ("*", "p &lt; 0.1")):
            has = any(f"{digit}{mark} (" in body for digit in "0123456789")
            assert (f"{mark} {words}" in notes.replace("***", "#" if mark != "***" else "***").replace("**", "##" if mark == "*" else "**")) == has


def test_latex_is_plain_ascii_but_for_names(panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evenhand(monkeypatch, "study", "fit", "--panel", panel, "--out", tmp_path / "out", "--errors", "hc1", "--preset", "xu_tang_2020") == 0
    text = (tmp_path / "out/tables.tex").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    assert {character for line in lines for character in line if ord(character) > 126} == set()
    assert text.count("\\begin{tabular}") == text.count("\\end{tabular}") == 8
    assert (tmp_path / "out/models.default.json").exists()


def test_names_of_other_people_are_mapped_and_per_cent_is_divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = household_columns()
    columns["minority"] = columns.pop("minority_share")
    columns["education"] = columns["education"] * 100.0
    table = household_table(minority_share=None, **{name: columns[name] for name in ("minority", "education")})
    parquet.write_table(table, tmp_path / "panel.parquet")
    options = ["--column", "minority_share=minority", "--percent", "education", "--errors", "hc1"]
    assert evenhand(monkeypatch, "study", "fit", "--panel", tmp_path / "panel.parquet", "--out", tmp_path / "out", *options) == 0
    assert json.loads((tmp_path / "out/models.json").read_text())["models"]["1"]["n"] == 600


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--errors", "robust"], "'robust' came"),
        (["--preset", "stata"], "'stata' came"),
        (["--column", "minority"], "--column takes ours=theirs"),
        (["--column", "minority_share= "], "--column takes ours=theirs"),
        (["--column", "education=renter_share", "--column", "education=elderly_share"], "--column names 'education' more than once"),
        (["--column", "education=renter_share", "--column", "renter_share=renter_share"], "--column names 'renter_share' more than once"),
        (["--column", "minority_share=nowhere"], "the file has no column 'nowhere'"),
        (["--margin", "500"], "A margin above 0 % and below 100 % was expected, and 500 % came"),
        (["--gap-bootstrap", "98"], "a bootstrap of at least 99 draws was expected, and 98 came"),
    ],
)
def test_bad_input_ends_with_2_words_and_no_file(
    *, panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert evenhand(monkeypatch, "study", "fit", "--panel", panel, "--out", tmp_path / "out", *options) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_refused_before_any_work(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("mine")
    assert evenhand(monkeypatch, "study", "fit", "--panel", panel, "--out", tmp_path / "out") == 2
    assert "it is a file" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_an_interruption_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models.json").write_text("before")

    def interrupted(self: Path, content: bytes) -> int:
        if self.name == "tables.md":
            raise KeyboardInterrupt
        with self.open("wb") as out:
            return out.write(content)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path, {"models.json": b"after", "tables.md": b"after"})
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("models.json", "before")]


def test_what_another_preset_left_in_the_folder_goes(panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    for preset in ("xu_tang_2020", "default"):
        assert evenhand(monkeypatch, "study", "fit", "--panel", panel, "--out", tmp_path / "out", "--errors", "hc1", "--preset", preset) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*FILES, "mine.txt"])


def test_what_must_be_known_of_a_model_is_told_where_the_command_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = household_table(elderly_share=household_columns()["participation"])
    parquet.write_table(table, tmp_path / "panel.parquet")
    assert evenhand(monkeypatch, "study", "fit", "--panel", tmp_path / "panel.parquet", "--out", tmp_path / "out", "--errors", "hc1") == 0
    printed = " ".join(capsys.readouterr().err.split())
    assert "! model 1: The outcome is separated perfectly by elderly_share" in printed
    assert "! model 2, 3, 4, 5: 'restoration_hours' holds fractions" in printed
    assert "all five models converged, model 1 to Firth's penalised estimate." in printed
    cells = (tmp_path / "out/tables.md").read_text()
    assert "> 1,000" in cells
