"""A backup is taken while the city goes on, holds everything of one moment, and a restore either puts all of it back or changes nothing."""

from __future__ import annotations

import fcntl
import gzip
import io
import json
import os
import sqlite3
import stat
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction

from evenhand.web.accounts import second_factor, totp
from evenhand.web.accounts.roles import Role
from evenhand.web.core import clock
from evenhand.web.core.backup_archive import MANIFEST, BackupDamaged
from evenhand.web.core.database_snapshot import DatabaseToolFailed
from evenhand.web.core.home_lock import LOCK_NAME, HomeInUse
from evenhand.web.core.stores import Stores
from evenhand.web.journeys.back_up import BackupTargetInvalid, back_up
from evenhand.web.journeys.restore import RestoreRefused, restore
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from evenhand.web.service_requests.photo_store import PhotoStore
from tests import cast
from tests.cast import NOON
from tests.web.instances import PATIENCE_SECONDS, Instance, instance_under_test, new_instance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stores(settings: Any) -> Iterator[Stores]:
    """The instance under test, with its photos in its home."""
    under_test = instance_under_test()
    settings.PHOTO_ROOT = under_test.photo_folder
    (under_test.home / "secret.key").chmod(0o600)
    yield under_test
    for file in under_test.photo_folder.rglob("*.jpg"):
        file.unlink()


@pytest.fixture
def other(tmp_path: Path, stores: Stores) -> Iterator[Instance]:
    with new_instance(tmp_path) as instance:
        yield instance


def report_with_photo(service: Service, number: int) -> Photo:
    """A report as the portal takes it: the photo's files first, then all rows in one transaction."""
    store = PhotoStore(instance_under_test().photo_folder)
    key = store.write(b"\xff\xd8 photo %d" % number, b"\xff\xd8 small %d" % number)
    with transaction.atomic():
        photo = Photo.objects.create(key=key, width=4, height=3, added_at=NOON)
        cast.make_request(service, at=NOON + timedelta(minutes=number), words=f"Report {number}", photos=[photo], answers={"size": "small"})
    return photo


def contents(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {info.name: source.read() for info in tar if (source := tar.extractfile(info)) is not None}


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name != LOCK_NAME}


def requests_in(instance: Instance) -> int:
    if not instance.database_url:
        with closing(sqlite3.connect(instance.stores.sqlite_file)) as restored:
            return int(restored.execute("SELECT count(*) FROM requests_request").fetchone()[0])
    with psycopg.connect(instance.database_url) as database:
        row = database.execute("SELECT count(*) FROM requests_request").fetchone()
        return int(row[0]) if row else -1


def test_a_restored_city_has_the_same_requests_photos_and_key(stores: Stores, pothole: Service, other: Instance, tmp_path: Path) -> None:
    photos = [report_with_photo(pothole, number) for number in range(3)]
    done = back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    assert (done.photos, done.gone) == (3, ())

    restored = restore(other.stores, tmp_path / "city.tar.gz", at=NOON)

    assert restored.aside is None
    assert requests_in(other) == 3
    examined = other.run("doctor")
    assert "fault" not in examined.stdout, examined.stdout
    assert "3 of 3 requests verify" in examined.stdout
    assert "3 photos have their files" in examined.stdout
    ours, theirs = PhotoStore(stores.photo_folder), PhotoStore(other.stores.photo_folder)
    assert all(ours.path(photo.key, "full").read_bytes() == theirs.path(photo.key, "full").read_bytes() for photo in photos)
    assert all(ours.path(photo.key, "thumbnail").read_bytes() == theirs.path(photo.key, "thumbnail").read_bytes() for photo in photos)
    key = other.home / "secret.key"
    assert key.read_bytes() == (stores.home / "secret.key").read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_backup_taken_while_reports_come_in_is_of_one_moment(stores: Stores, pothole: Service, other: Instance, tmp_path: Path) -> None:
    report_with_photo(pothole, 0)
    enough, failures = threading.Event(), list[BaseException]()

    def keep_reporting() -> None:
        try:
            number = 0
            while not enough.is_set():
                number += 1
                report_with_photo(pothole, number)
        except BaseException as error:  # noqa: BLE001 - told by the test below
            failures.append(error)
        finally:
            connections.close_all()

    def wait_for_another_report(done: int, _total: int) -> None:
        """In the middle of the copying: the city still takes reports."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        known = ServiceRequest.objects.count()
        while done == 1 and ServiceRequest.objects.count() == known and time.monotonic() < deadline:
            time.sleep(0.01)

    writer = threading.Thread(target=keep_reporting)
    writer.start()
    try:
        while ServiceRequest.objects.count() < 5:
            assert writer.is_alive(), failures
        before = ServiceRequest.objects.count()
        back_up(stores, tmp_path / "city.tar.gz", at=NOON, progress=wait_for_another_report)
        after = ServiceRequest.objects.count()
    finally:
        enough.set()
        writer.join()

    assert not failures
    assert after > before, "nobody wrote meanwhile: the test shows nothing"
    restore(other.stores, tmp_path / "city.tar.gz", at=NOON)
    held = requests_in(other)
    assert before <= held <= after
    examined = other.run("doctor").stdout
    assert f"{held} of {held} requests verify" in examined
    assert f"{held} photos have their files" in examined
    assert "Each belongs to a photo" in examined


def test_every_other_store_of_the_home_comes_along(stores: Stores, pothole: Service, other: Instance, tmp_path: Path) -> None:
    households = stores.home / "households"
    households.mkdir(exist_ok=True)
    (households / "panel.parquet").write_bytes(b"PAR1 rows PAR1")
    with closing(sqlite3.connect(households / "store.sqlite3")) as store:
        store.execute("CREATE TABLE IF NOT EXISTS premise (id TEXT)")
        store.execute("INSERT INTO premise VALUES ('P1')")
        store.commit()
    (stores.home / "static").mkdir(exist_ok=True)
    (stores.home / "static" / "portal.css").write_text("made again by serve")

    back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    restore(other.stores, tmp_path / "city.tar.gz", at=NOON)

    assert (other.home / "households/panel.parquet").read_bytes() == b"PAR1 rows PAR1"
    with closing(sqlite3.connect(other.home / "households/store.sqlite3")) as store:
        assert store.execute("SELECT id FROM premise").fetchall() == [("P1",)]
    assert not (other.home / "static").exists()


def test_second_factors_open_with_the_key_that_came_along_and_with_no_other(
    stores: Stores, harbor: Jurisdiction, other: Instance, tmp_path: Path
) -> None:
    chi, secret, now = cast.make_staff(harbor, Role.ADMINISTRATOR, "chi"), totp.new_secret(), clock.real_now()
    assert second_factor.switch_on(chi, secret, totp.code_of_step(secret, totp.step_at(now)), at=now)
    back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    restore(other.stores, tmp_path / "city.tar.gz", at=NOON)
    assert "good\tsecond factors\t1 open with the present secret key." in other.run("doctor").stdout

    key = (other.home / "secret.key").read_text()
    (other.home / "secret.key").unlink()
    lost = other.run("doctor")
    assert (lost.returncode, "fault\tsecond factors\tNo secret key of the settings opens 1 of 1 (chi)." in lost.stdout) == (1, True)
    named = Instance(other.home, other.database_url, {"EVENHAND_SECRET_KEY_FALLBACKS": key}).run("doctor")
    assert "warning\tsecond factors\t1 of 1 still need" in named.stdout


def test_a_photo_that_is_erased_meanwhile_is_said_and_left_out(stores: Stores, pothole: Service, tmp_path: Path) -> None:
    kept, erased = report_with_photo(pothole, 1), report_with_photo(pothole, 2)
    PhotoStore(stores.photo_folder).erase(erased.key)
    done = back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    assert (done.photos, done.gone) == (1, (erased.key,))
    names = contents(tmp_path / "city.tar.gz")
    assert any(kept.key in name for name in names)
    assert not any(erased.key in name for name in names)


def test_a_backup_overwrites_nothing(stores: Stores, pothole: Service, tmp_path: Path) -> None:
    (tmp_path / "city.tar.gz").write_text("last year's")
    with pytest.raises(BackupTargetInvalid, match="is there already"):
        back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    assert (tmp_path / "city.tar.gz").read_text() == "last year's"


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatabaseToolFailed, match="There is no database"):
        back_up(Stores(empty), tmp_path / "city.tar.gz", at=NOON)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty"]


def changed(archive: Path, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The archive with its files changed and packed again, as somebody might."""
    files = contents(archive)
    change(files)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def with_another_key(files: dict[str, bytes]) -> None:
    files["home/secret.key"] = b"another key of the same kind"


def with_a_file_more(files: dict[str, bytes]) -> None:
    files["home/photos/extra.jpg"] = b"from somewhere"


def with_a_file_outside(files: dict[str, bytes]) -> None:
    files["home/../../outside"] = b"from somewhere"


def without_the_database(files: dict[str, bytes]) -> None:
    del files[next(name for name in files if name.startswith("database/"))]


def of_the_next_format(files: dict[str, bytes]) -> None:
    files[MANIFEST] = json.dumps(json.loads(files[MANIFEST]) | {"format_version": 2}).encode()


def without_a_manifest(files: dict[str, bytes]) -> None:
    del files[MANIFEST]


DAMAGES: dict[str, Callable[[Path], bytes]] = {
    "cut in the middle": lambda archive: archive.read_bytes()[: archive.stat().st_size // 2],
    "the last bytes missing": lambda archive: archive.read_bytes()[:-20],
    "one byte changed": lambda archive: changed_in_the_middle(archive.read_bytes()),
    "empty": lambda _: b"",
    "a text": lambda _: b"Dear city, please find attached",
    "a gzip of something else": lambda _: gzip.compress(b"service_request_id,status\n1,open\n"),
    "another key": lambda archive: changed(archive, with_another_key),
    "a file more": lambda archive: changed(archive, with_a_file_more),
    "a file outside of the home": lambda archive: changed(archive, with_a_file_outside),
    "no database": lambda archive: changed(archive, without_the_database),
    "a later format": lambda archive: changed(archive, of_the_next_format),
    "no manifest": lambda archive: changed(archive, without_a_manifest),
}


def changed_in_the_middle(content: bytes) -> bytes:
    """All eight bits: a single one may be padding between two blocks of gzip, where nothing is lost and nothing need be refused."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


def test_a_damaged_backup_is_refused_and_nothing_changes(stores: Stores, pothole: Service, other: Instance, tmp_path: Path) -> None:
    report_with_photo(pothole, 1)
    sound = tmp_path / "city.tar.gz"
    back_up(stores, sound, at=NOON)
    restore(other.stores, sound, at=NOON)
    before, beside = everything_in(other.home), sorted(path.name for path in tmp_path.iterdir())

    for name, damage in DAMAGES.items():
        damaged = tmp_path / "damaged.tar.gz"
        damaged.write_bytes(damage(sound))
        with pytest.raises(BackupDamaged, match="Nothing was changed"):
            restore(other.stores, damaged, at=NOON, replace=True)
        damaged.unlink()
        assert everything_in(other.home) == before, name
        assert sorted(path.name for path in tmp_path.iterdir()) == beside, name


def test_a_restore_into_a_used_home_needs_to_be_told_and_keeps_the_old_one(stores: Stores, pothole: Service, other: Instance, tmp_path: Path) -> None:
    report_with_photo(pothole, 1)
    back_up(stores, tmp_path / "one.tar.gz", at=NOON)
    report_with_photo(pothole, 2)
    back_up(stores, tmp_path / "two.tar.gz", at=NOON)
    restore(other.stores, tmp_path / "two.tar.gz", at=NOON)

    with pytest.raises(RestoreRefused, match="--replace"):
        restore(other.stores, tmp_path / "one.tar.gz", at=NOON)
    assert requests_in(other) == 2

    restored = restore(other.stores, tmp_path / "one.tar.gz", at=NOON, replace=True)
    assert requests_in(other) == 1
    assert restored.aside is not None
    kept = {file.name for file in restored.aside.iterdir()}
    assert ("evenhand.sqlite3" if connection.vendor == "sqlite" else "postgresql.dump") in kept
    assert {"photos", "secret.key"} <= kept


def test_a_restore_waits_for_nobody_but_refuses_while_somebody_serves(stores: Stores, pothole: Service, other: Instance, tmp_path: Path) -> None:
    back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    other.home.mkdir()
    with (other.home / LOCK_NAME).open("w") as server:
        fcntl.flock(server, fcntl.LOCK_SH)
        with pytest.raises(HomeInUse, match="Stop it"):
            restore(other.stores, tmp_path / "city.tar.gz", at=NOON)
    restore(other.stores, tmp_path / "city.tar.gz", at=NOON)
    assert requests_in(other) == 0


def test_a_backup_of_the_other_kind_of_database_is_refused(stores: Stores, pothole: Service, tmp_path: Path) -> None:
    back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    url = "postgresql://nobody@/nothing?host=/nowhere" if stores.is_sqlite else ""
    with pytest.raises(RestoreRefused, match="Set DATABASE_URL"):
        restore(Stores(tmp_path / "home", url), tmp_path / "city.tar.gz", at=NOON)


def test_who_has_the_file_is_its_owner_alone(stores: Stores, pothole: Service, tmp_path: Path) -> None:
    back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    assert stat.S_IMODE((tmp_path / "city.tar.gz").stat().st_mode) == 0o600


def test_a_restored_home_is_its_owners_alone(stores: Stores, pothole: Service, other: Instance, tmp_path: Path) -> None:
    report_with_photo(pothole, 1)
    back_up(stores, tmp_path / "city.tar.gz", at=NOON)
    usual = os.umask(0o022)  # as most shells have it
    try:
        restore(other.stores, tmp_path / "city.tar.gz", at=NOON)
    finally:
        os.umask(usual)
    assert stat.S_IMODE(other.home.stat().st_mode) == 0o700


def test_the_command_says_in_words_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "letter.tar.gz").write_text("Dear city")
    answer = Instance(tmp_path / "home").run("restore", str(tmp_path / "letter.tar.gz"))
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "cannot be restored. Nothing was changed" in answer.stderr
    assert "Traceback" not in answer.stderr
