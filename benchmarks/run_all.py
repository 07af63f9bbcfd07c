"""Runs every benchmark, one after the other, and writes what they measured into README.md and into the documents that tell of it.

A benchmark is a script of this folder with a `main`; each line that it prints in the form `| what | bar | measured |` becomes a row of a table.
What has no bar stands in the documents only. The cities that pages are measured in are made once for all of them; EVENHAND_BENCH_HOME names a
folder that keeps them for the next run. Names of benchmarks run only these (`python -m benchmarks.run_all maps staff_queue`); rows of others stay.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.kept_cities import CHECKOUT, FOLDER_VARIABLE
from benchmarks.measured_tables import fill, has_bar, rows_in

HERE = Path(__file__).resolve().parent
README = CHECKOUT / "README.md"
READINGS, VALIDATION = CHECKOUT / "docs/explanation/outages-from-readings.md", CHECKOUT / "docs/reference/validation.md"
DOCUMENTS = {
    "meters_accuracy": (READINGS, "accuracy"),
    "meters_speed": (READINGS, "speed"),
    "equity_fits": (VALIDATION, "models"),
    "equity_false_positives": (VALIDATION, "models"),
    "equity_no_claims": (VALIDATION, "models"),
    "study_recovery": (VALIDATION, "models"),
    "validate_survival": (VALIDATION, "survival"),
}


def main(wanted: list[str]) -> int:
    names = benchmarks()
    if unknown := sorted(set(wanted) - set(names)):
        print(f"Expected names of benchmarks ({', '.join(names)}), got {', '.join(unknown)}.", file=sys.stderr)
        return 2
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
        environment = {FOLDER_VARIABLE: folder, **os.environ, "PYTHONPATH": str(HERE)}  # scripts of this folder may know each other by name
        for name in wanted or names:
            print(f"== {name}", flush=True)
            began = time.perf_counter()
            command = [sys.executable, "-m", f"benchmarks.{name}"]
            done = subprocess.run(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
            print(f"{done.stdout}({time.perf_counter() - began:.0f} s)\n", flush=True)
            keep_rows(name, rows_in(done.stdout))
            failed += [name] if done.returncode else []
    if failed:
        print(f"Below a bar, or not run to the end: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def keep_rows(name: str, rows: list[str]) -> None:
    """Write the rows of one benchmark where they belong, at once: a run of hours that is stopped loses nothing."""
    if name in DOCUMENTS:
        fill(*DOCUMENTS[name], rows)
    fill(README, "measured", [row for row in rows if has_bar(row)])


def benchmarks() -> list[str]:
    """The scripts of this folder that measure something, by name."""
    scripts = [script for script in sorted(HERE.glob("*.py")) if script != Path(__file__).resolve()]
    return [script.stem for script in scripts if "def main(" in script.read_text()]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
