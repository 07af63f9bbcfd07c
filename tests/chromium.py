"""Runs a command with EVENHAND_CHROMIUM naming a Chromium: `python tests/chromium.py -- pytest tests/browser`.

The browser is looked for on PATH; as root it is installed when missing. Without it the command is not run and one line says so; under CI=true that is
a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(arguments: Sequence[str]) -> int:
    command = list(arguments[1:] if arguments[:1] == ["--"] else arguments)
    if not command:
        sys.stderr.write("Expected a command: chromium.py -- COMMAND…\n")
        return 2
    browser = find() or install()
    if browser is None:
        sys.stderr.write("Browser tests: skipped, there is no Chromium. Install it (Debian: apt-get install chromium) to run these.\n")
        return 1 if os.environ.get("CI") == "true" else 0
    return subprocess.run(command, env={**os.environ, "EVENHAND_CHROMIUM": browser}, check=False).returncode


def find() -> str | None:
    """The Chromium that was named by EVENHAND_CHROMIUM, else one on PATH."""
    named = os.environ.get("EVENHAND_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "-q", *arguments], env=quiet, stdout=sys.stderr, check=False)
    return find()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
