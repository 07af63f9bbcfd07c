"""Figures that R printed: a folder holds the script, the table it reads and its stored output, side by side.

Where R is installed the output is made anew and held against the stored one, so that the two cannot drift apart; elsewhere the stored one stands
alone.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

# By model, convention, quantity and term.
Stored = Mapping[tuple[str, str, str, str], float]


def stored_output(folder: Path) -> Stored:
    """What the script of a folder printed when it was last run: `NAME/NAME.csv`."""
    return _read((folder / f"{folder.name}.csv").read_text())


def refuse_drift(folder: Path, packages: Sequence[str], *, relative: float, absolute: float) -> None:
    """Run `NAME/NAME.R` and hold its output against the stored one; the test is skipped where R or one of its packages is missing."""
    ask = "; ".join(f"library({name})" for name in packages)
    if not shutil.which("Rscript") or subprocess.run(["Rscript", "-e", ask], capture_output=True, check=False).returncode:
        pytest.skip(f"R or one of its packages ({', '.join(packages)}) is not installed: the stored output stands alone")
    stored = stored_output(folder)
    again = _read(subprocess.run(["Rscript", f"{folder.name}.R"], cwd=folder, capture_output=True, text=True, check=True).stdout)
    assert again.keys() == stored.keys()
    for key, value in again.items():
        assert value == pytest.approx(stored[key], rel=relative, abs=absolute), key


def _read(text: str) -> Stored:
    return {(r["model"], r["convention"], r["quantity"], r["term"]): float(r["value"]) for r in csv.DictReader(io.StringIO(text))}
