"""Files are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.cli.whole_files import write_whole
from evenhand.vocabulary.errors import EvenhandError


def held(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_files_take_their_names_when_all_are_written(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "new", {"a": b"one", "b": b"two"}) == [tmp_path / "new/a", tmp_path / "new/b"]
    assert held(tmp_path / "new") == {"a": "one", "b": "two"}


def test_what_breaks_off_leaves_nothing_and_what_stood_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("before")
    really, written = Path.write_bytes, []

    def interrupted(file: Path, content: bytes) -> int:
        written.append(file)
        if len(written) == 2:
            raise KeyboardInterrupt
        return really(file, content)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path, {"a": b"one", "b": b"two"})
    assert held(tmp_path) == {"a": "before"}


def test_a_file_where_a_folder_was_expected_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(EvenhandError, match="A folder to write into was expected"):
        write_whole(tmp_path / "taken", {"a": b"one"})
