"""The house stays one in which everybody finds their way: names, sizes, locks, migrations."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

CHECKOUT = Path(__file__).resolve().parents[2]
OURS = ("src", "tests", "benchmarks", "frontend", "tools", "docs")
WRITTEN = {".py", ".mjs", ".js", ".css", ".html", ".txt", ".md", ".toml", ".yml"}
MADE = ("/migrations/", "/static/built/", "/node_modules/", "/__pycache__/")
LONGEST = 500
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
FIXED_BY_DJANGO = {"src/evenhand/web/core/sqlite/base.py"}  # Django looks for a database backend under this name
UNFINISHED = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|NotImplemented" + "Error")
ADDRESS = re.compile(r"(https?:)?//[\w.-]+\.[a-z]{2,}")


def written_files() -> list[Path]:
    found = [file for folder in OURS for file in (CHECKOUT / folder).rglob("*") if file.suffix in WRITTEN and file.is_file()]
    return [file for file in found if not any(part in file.as_posix() for part in MADE)]


def names(files: list[Path]) -> list[str]:
    return sorted(file.relative_to(CHECKOUT).as_posix() for file in files)


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [file for file in written_files() if file.suffix == ".py" and ({file.stem} | set(file.relative_to(CHECKOUT).parts)) & VAGUE]
    assert set(names(vague)) - FIXED_BY_DJANGO == set()


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    code = [file for file in written_files() if file.suffix in {".py", ".mjs", ".js", ".css", ".html"}]
    assert [name for name, file in zip(names(code), sorted(code), strict=True) if len(file.read_text().splitlines()) > LONGEST] == []


def test_nothing_is_left_unfinished() -> None:
    assert names([file for file in written_files() if UNFINISHED.search(file.read_text())]) == []


def test_no_exception_is_swallowed_whole() -> None:
    swallowed = re.compile(r"except (Base)?Exception[^\n]*:\s*\n\s*pass\b")
    assert names([file for file in written_files() if file.suffix == ".py" and swallowed.search(file.read_text())]) == []


@pytest.mark.parametrize("lock", ["requirements.lock", "package-lock.json"])
def test_a_lock_names_packages_and_hashes_but_no_address(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    assert ADDRESS.findall(text) == []
    assert len(re.findall("sha256:|sha512-", text)) > 10


def test_every_locked_package_has_its_version_and_hash() -> None:
    lines = (CHECKOUT / "requirements.lock").read_text().splitlines()
    packages = [number for number, line in enumerate(lines) if re.match(r"^[a-z0-9]", line)]
    assert packages
    assert [lines[number] for number in packages if "==" not in lines[number] or "--hash=sha256:" not in lines[number + 1]] == []


@pytest.mark.django_db
def test_the_migrations_say_all_that_the_models_say() -> None:
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(f"run makemigrations:\n{said.getvalue()}")


def test_every_make_task_is_listed_with_what_it_does() -> None:
    text = (CHECKOUT / "Makefile").read_text()
    listed = subprocess.run(["make", "--no-print-directory", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    for task in ("run", "test", "check", "bench", "help"):
        assert re.search(rf"^{task}:.*## \S", text, re.MULTILINE), task
        assert re.search(rf"^  make {task}\s+\S", listed, re.MULTILINE), task


def test_ci_runs_what_everybody_runs() -> None:
    script = CHECKOUT / ".ci/run"
    assert script.stat().st_mode & 0o111
    assert "exec make test" in script.read_text()
