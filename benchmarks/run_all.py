"""Runs every benchmark, one after the other, and writes what they measured into README.md.

A benchmark is a script of this folder with a `main`; each line that it prints in the form `| what | bar | measured |` becomes a row of the table.
The cities that pages are measured in are made once for all of them; EVENHAND_BENCH_HOME names a folder that keeps them for the next run.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.kept_cities import CHECKOUT, FOLDER_VARIABLE

HERE = Path(__file__).resolve().parent
README = CHECKOUT / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> int:
    rows: list[str] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
        environment = {FOLDER_VARIABLE: folder, **os.environ, "PYTHONPATH": str(HERE)}  # scripts of this folder may know each other by name
        for name in benchmarks():
            print(f"== {name}", flush=True)
            began = time.perf_counter()
            done = subprocess.run([sys.executable, "-m", name], cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
            print(f"{done.stdout}({time.perf_counter() - began:.0f} s)\n", flush=True)
            rows += [line for line in done.stdout.splitlines() if line.startswith("| ") and line.count("|") == 4]
            failed += [name] if done.returncode else []
    if rows:
        README.write_text(with_rows(README.read_text(), rows))
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def benchmarks() -> list[str]:
    """The modules of this folder that measure something, by name."""
    scripts = [script for script in sorted(HERE.glob("*.py")) if script != Path(__file__).resolve()]
    return [f"benchmarks.{script.stem}" for script in scripts if "def main(" in script.read_text()]


def with_rows(text: str, rows: list[str]) -> str:
    """The README with these rows between its two marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    where = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}."
    table = "\n".join(["| what | bar | measured |", "|---|---|---|", *rows])
    return f"{before}{BEGIN}\n{where}\n\n{table}\n{END}{after}"


if __name__ == "__main__":
    raise SystemExit(main())
