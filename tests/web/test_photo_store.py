"""Photos lie on disk under keys that nobody can guess, are written whole or not at all, and can be erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.web.service_requests.photo_store import PhotoKeyInvalid, PhotoStore


def test_what_is_written_is_found_by_its_key(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path / "photos")
    key = store.write(b"large", b"small")
    assert store.path(key, "full").read_bytes() == b"large"
    assert store.path(key, "thumbnail").read_bytes() == b"small"
    assert list(store.keys()) == [key]


def test_two_photos_of_the_same_bytes_are_two_photos(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    keys = {store.write(b"a", b"b") for _ in range(20)}
    assert len(keys) == 20
    assert list(store.keys()) == sorted(keys)


def test_an_erased_photo_is_gone_from_the_disk(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    key, other = store.write(b"a", b"b"), store.write(b"c", b"d")
    assert store.erase(key)
    assert not store.erase(key)
    assert list(store.keys()) == [other]
    assert {file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == {b"c", b"d"}


@pytest.mark.parametrize("key", ["", "..", "../../etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "\n", "/" + "a" * 31, "a" * 30 + "/.", "\0" * 32])
def test_a_key_that_the_store_did_not_make_leads_nowhere(tmp_path: Path, key: str) -> None:
    store = PhotoStore(tmp_path)
    for act in (lambda: store.path(key, "full"), lambda: store.erase(key)):
        with pytest.raises(PhotoKeyInvalid):
            act()


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PhotoStore(tmp_path)
    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        store.write(b"a", b"b")
    assert list(store.keys()) == []
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_what_a_crash_left_is_no_photo_and_can_be_erased(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    kept = store.write(b"a", b"b")
    unfinished = tmp_path / ".unfinished" / ("0" * 32)
    unfinished.mkdir()
    (unfinished / "full.jpg").write_bytes(b"half")
    assert list(store.keys()) == [kept]
    assert store.erase_unfinished() == 0  # it may be somebody's who writes at this moment
    assert store.erase_unfinished(older_than_seconds=-1) == 1
    assert not unfinished.exists()
    assert list(store.keys()) == [kept]
