"""Runs every benchmark, one after the other, and writes what they measured into README.md.

A benchmark is a script of this folder with a `main`; each line that it prints in the form `| what | bar | measured |` becomes a row of the table.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> int:
    rows: list[str] = []
    failed: list[str] = []
    for script in sorted(HERE.glob("*.py")):
        if script == Path(__file__).resolve() or "__main__" not in script.read_text():
            continue
        print(f"== {script.name}", flush=True)
        done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout, flush=True)
        rows += [line for line in done.stdout.splitlines() if line.startswith("| ") and line.count("|") == 4]
        failed += [script.name] if done.returncode else []
    if rows:
        README.write_text(with_rows(README.read_text(), rows))
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def with_rows(text: str, rows: list[str]) -> str:
    """The README with these rows between its two marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    where = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}."
    table = "\n".join(["| what | bar | measured |", "|---|---|---|", *rows])
    return f"{before}{BEGIN}\n{where}\n\n{table}\n{END}{after}"


if __name__ == "__main__":
    raise SystemExit(main())
