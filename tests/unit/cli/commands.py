"""Commands run as a person runs them: their exit code, stdout, and what is said on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from evenhand.cli import main as door


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    said: str


Command = Callable[..., Ran]


def run_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Ran:
    """`evenhand …` within this process."""
    monkeypatch.setattr(sys, "argv", ["evenhand", *map(str, arguments)])
    code = 0
    try:
        door.main()
    except SystemExit as left:
        code = int(left.code or 0)
    captured = capsys.readouterr()
    return Ran(code, captured.out, captured.err)
