"""`evenhand twin build`: a folder that holds a whole synthetic city, or words about why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.commands import Command, Ran, run_command


@pytest.fixture
def evenhand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str | Path) -> Ran:
        return run_command(monkeypatch, capsys, *arguments)

    return run


def test_a_city_is_written_and_its_files_are_named_one_a_line(evenhand: Command, tmp_path: Path) -> None:
    ran = evenhand("twin", "build", tmp_path / "city", "--households", "60", "--seed", "3")
    assert ran.code == 0
    named = [Path(line) for line in ran.out.splitlines()]
    assert sorted(path.name for path in named) == sorted(path.name for path in (tmp_path / "city").iterdir())
    assert all(path.exists() for path in named)
    story = json.loads((tmp_path / "city/truth.json").read_text())
    assert (story["seed"], story["counts"]["households"]) == (3, 60)
    assert "synthetic city of 60 households" in ran.said
    assert story["event_start"] in ran.said


def test_the_same_seed_gives_the_same_city(evenhand: Command, tmp_path: Path) -> None:
    for name in ("one", "again"):
        assert evenhand("twin", "build", tmp_path / name, "--households", "60").code == 0
    paths = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert [(tmp_path / "one" / path).read_bytes() == (tmp_path / "again" / path).read_bytes() for path in paths] == [True] * len(paths)


def test_a_folder_in_use_is_refused_and_nothing_in_it_changes(evenhand: Command, tmp_path: Path) -> None:
    assert evenhand("twin", "build", tmp_path, "--households", "60").code == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    ran = evenhand("twin", "build", tmp_path, "--households", "70")
    assert (ran.code, ran.out) == (2, "")
    assert "already has readings, requests.parquet" in ran.said
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_file_in_the_place_of_the_folder_is_refused(evenhand: Command, tmp_path: Path) -> None:
    (tmp_path / "city").write_text("a file")
    ran = evenhand("twin", "build", tmp_path / "city", "--households", "60")
    assert ran.code == 2
    assert "it is a file" in ran.said


@pytest.mark.parametrize(("option", "value", "words"), [("--households", "10", "at least 50 households"), ("--seed", "-4", "not -4")])
def test_a_city_that_cannot_be_is_refused_in_words(evenhand: Command, tmp_path: Path, option: str, value: str, words: str) -> None:
    ran = evenhand("twin", "build", tmp_path / "city", option, value)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.said
    assert not (tmp_path / "city").exists()


def test_help_shows_an_example(evenhand: Command) -> None:
    assert "Example: evenhand twin build" in evenhand("twin", "build", "--help").out
