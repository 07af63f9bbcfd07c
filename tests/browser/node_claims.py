"""Reads the claims of `*.test.mjs` and runs these files under node's own test runner, each once, three at a time.

A claim is a line `claim("…words…", …)`; its words are the test's name for node and for pytest. Node reports one line of JSON for each test.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

from tests.browser.instance import CHECKOUT, Instance

HERE = Path(__file__).resolve().parent
_CLAIM = re.compile(r'^claim\("([^"\\]+)"', re.MULTILINE)
LONGEST_SECONDS = 900
AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """One test of one file."""

    file: str
    words: str

    def __str__(self) -> str:
        return f"{self.file.removesuffix('.test.mjs')}: {self.words}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What node said of a claim: `error` is empty where it holds."""

    seconds: float
    error: str = ""


def all_claims() -> list[Claim]:
    """Every claim of this folder, in the order of the files."""
    return [Claim(file.name, words) for file in sorted(HERE.glob("*.test.mjs")) for words in _CLAIM.findall(file.read_text(encoding="utf-8"))]


class Runs:
    """Runs the files of the claims that were asked for, and answers for each claim when its file is through."""

    def __init__(self, instance: Instance, claims: Iterable[Claim]) -> None:
        self._instance = instance
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        by_file: dict[str, list[str]] = {}
        for claim in claims:
            by_file.setdefault(claim.file, []).append(claim.words)
        self._runs: Mapping[str, Future[Mapping[str, Outcome]]] = {
            file: self._pool.submit(self._run, file, words) for file, words in sorted(by_file.items(), key=lambda item: _weight(item[0]))
        }

    def outcome(self, claim: Claim) -> Outcome:
        """Waits for the claim's file."""
        return self._runs[claim.file].result().get(claim.words, Outcome(0.0, "node ended without a word about this claim"))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _run(self, file: str, words: list[str]) -> Mapping[str, Outcome]:
        names = [f"--test-name-pattern=^{re.escape(one)}$".replace(r"\ ", " ") for one in words]
        command = ["node", f"--test-reporter={HERE / 'json_lines.mjs'}", *names, str(HERE / file)]
        with subprocess.Popen(command, env=self._instance.environment, cwd=CHECKOUT, stdout=PIPE, stderr=PIPE, text=True) as node:
            try:
                lines, complaints = node.communicate(timeout=LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                node.terminate()
                lines, _ = node.communicate()
                complaints = f"{file} was not through after {LONGEST_SECONDS} s"
        return _outcomes(lines, words, complaints.strip()[-4000:])


def _outcomes(lines: str, words: list[str], otherwise: str) -> Mapping[str, Outcome]:
    found = {one["name"]: Outcome(one["seconds"], one["error"]) for one in map(json.loads, lines.splitlines())}
    return {name: found.get(name) or Outcome(0.0, otherwise or "node said nothing about this claim") for name in words}


def _weight(file: str) -> int:
    """The longest files first, so that two at once end together."""
    return 0 if file.startswith(("every_page", "console_pages")) else 1
