"""`evenhand study check-table`: pages, exit codes, and what goes where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.commands import Command, run_command
from tests.unit.studies.published_tables import CLAIMS, MODELS, TERMS, written


@pytest.fixture
def evenhand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return lambda *arguments: run_command(monkeypatch, capsys, "study", "check-table", *arguments)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = "1,far_away,-1.962,0.199,*\n1,b,0.500,0.100,***\n1,Intercept,0.060,0.043,\n"
    models = MODELS + "1,logit,y,100,0.40,0.49,-45.00,0.486,odds ratios\n"
    return written(tmp_path, terms=TERMS + rows, models=models, claims=CLAIMS + "1,64.9,b,higher <odds>\n")


@pytest.mark.parametrize("ending", ["html", "md", "tex"])
def test_the_page_holds_what_disagrees_and_the_table_worked_out(evenhand: Command, table: Path, ending: str) -> None:
    out = table.parent / "pages" / f"audit.{ending}"
    ran = evenhand(table, "--out", out)
    assert (ran.code, ran.out.strip()) == (0, str(out))
    text = out.read_text().replace("\\_", "_").replace("\\*", "*").replace("$-$", "−")
    for words in ("What disagrees", "far_away", "Model 1, worked out", "0.141", "Which pseudo R", "Nagelkerke", "What agrees"):
        assert words in text
    assert "<odds>" not in text or ending == "md"


def test_json_may_be_written_and_printed(evenhand: Command, table: Path) -> None:
    out = table.parent / "audit.json"
    ran = evenhand(table, "--json", "--out", out)
    assert json.loads(ran.out) == json.loads(out.read_text())
    assert ran.said == ""


def test_all_tells_what_agrees(evenhand: Command, table: Path) -> None:
    assert "b: 0.500 (0.100) is z = 5.00" not in evenhand(table).said
    assert "b: 0.500 (0.100) is z = 5.00" in evenhand(table, "--all").said


def test_bad_input_ends_with_2_and_nothing_written(evenhand: Command, table: Path) -> None:
    out = table.parent / "audit.html"
    table.write_text(TERMS + "1,a,much,0.1,***\n1,b,more,0.1,***\n")
    ran = evenhand(table, "--out", out)
    assert (ran.code, ran.out, out.exists()) == (2, "", False)
    assert "'much' came" in ran.said
    assert "'more' came" in ran.said


def test_a_page_of_no_known_format_is_refused_first(evenhand: Command, tmp_path: Path) -> None:
    ran = evenhand(tmp_path / "nowhere.csv", "--out", tmp_path / "audit.docx")
    assert ran.code == 2
    assert "An audit is written as .html, .md, .tex, .json" in ran.said
