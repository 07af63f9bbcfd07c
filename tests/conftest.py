"""What every test stands on: a home of its own, a database that can be emptied although history is guarded, no network, and the cast of `cast.py`."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from evenhand.reports import documents
from evenhand.reports.errors import PDF_LIBRARIES, PdfNotPossible
from evenhand.web.accounts.models import Account
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceRequest
from tests import cast

# How long an example takes says something about the machine, and of what was compiled before: no claim of a test.
hypothesis_settings.register_profile("evenhand", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("evenhand")

CHECKOUT = Path(__file__).resolve().parent.parent

# A file, as in service: threads and second connections see what was committed. (PostgreSQL makes a database of its own.)
if not settings.EVENHAND.database_url:
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(settings.EVENHAND.home_folder / "test.sqlite3")


# A real password takes a tenth of a second to hash, on purpose; the tests of signing in ask for the real one by name.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


LONGEST_FIRST = ("test_import_real_exports.py", "test_import_interrupted.py")
TOUCHES_DATABASE = {"db", "transactional_db", "django_db_setup", "instance", "other", "stores", "client"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker waits for them at the end; and on PostgreSQL only what has to do with a database."""
    items.sort(key=lambda item: item.path.name not in LONGEST_FIRST)
    if settings.EVENHAND.database_url:
        same_anywhere = [item for item in items if not _touches_database(item)]
        config.hook.pytest_deselected(items=same_anywhere)
        items[:] = [item for item in items if _touches_database(item)]


def _touches_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or bool(TOUCHES_DATABASE & set(getattr(item, "fixturenames", ())))


class NetworkForbidden(BaseException):
    """A test reached for the network. Not an Exception: no `except` of the product can swallow it."""


def _is_local(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Only this machine answers: every other address, and every other name, raises."""

    def only_local(original: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            host = host_of(*args)
            if not _is_local(host):
                raise NetworkForbidden(f"A test reached for {host!r}. Use the fake that ships with the connector.")
            return original(*args, **kwargs)

        return guarded

    def connected_to(sock: socket.socket, address: Any) -> object:
        return None if sock.family == socket.AF_UNIX else address[0]

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, only_local(getattr(socket.socket, name), connected_to))
        patch.setattr(socket, "getaddrinfo", only_local(socket.getaddrinfo, lambda host, *_: host))
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Tests with real transactions end by emptying every table; the guard of history must be opened for that, by its one named bypass."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    from evenhand.web.service_requests.history_guard import history_bypass

    empty = BaseDatabaseOperations.execute_sql_flush

    def empty_past_the_guard(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        with history_bypass("tests empty the database", opens="everything"):
            empty(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", empty_past_the_guard)
        yield


@pytest.fixture(autouse=True)
def _stores(tmp_path_factory: pytest.TempPathFactory, settings: Any) -> None:
    """Photos go to a folder of the test's own; static files need no collecting."""
    settings.PHOTO_ROOT = tmp_path_factory.mktemp("photos")
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": f"{StaticFilesStorage.__module__}.{StaticFilesStorage.__qualname__}"},
    }


@pytest.fixture(autouse=True)
def _no_language_of_another_test() -> None:
    """A page leaves its language behind in the thread that served it; in service the next page sets its own."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _no_places_of_another_test() -> None:
    """A process keeps a city's shapes by its key and version, and each test begins with the same keys."""
    from evenhand.web.places.versions import forget_places

    forget_places()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published exports, which are not part of the repository. Without it such tests are skipped by name; under CI they fail."""
    folder = Path(os.environ.get("EVENHAND_SHARED_DATA") or CHECKOUT / "../shared/data").resolve()
    if not folder.is_dir():
        words = f"no published exports in {folder}: set EVENHAND_SHARED_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    return folder


@pytest.fixture(scope="session")
def pango() -> None:
    """What sets the pages of a PDF. Installed by root when missing; else such tests are skipped, and under CI they fail."""
    for has_tried in (False, True):
        try:
            documents.pdf_of("<title>A page</title><p>words</p>")
        except PdfNotPossible as missing:
            if not has_tried and os.geteuid() == 0 and shutil.which("apt-get"):
                quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
                for arguments in (["update"], ["install", "-y", "--no-install-recommends", *PDF_LIBRARIES, "fonts-dejavu-core"]):
                    subprocess.run(["apt-get", "-q", *arguments], env=quiet, stdout=sys.stderr, check=False)
            elif os.environ.get("CI") == "true":
                pytest.fail(missing.message)
            else:
                pytest.skip(missing.message)
        else:
            return


@pytest.fixture
def harbor(db: None) -> Jurisdiction:
    """A small city: two neighbourhoods side by side, Dockside in the west and Hilltop in the east."""
    return cast.make_city()


@pytest.fixture
def dockside(harbor: Jurisdiction) -> Area:
    return harbor.areas.get(code="dockside")


@pytest.fixture
def hilltop(harbor: Jurisdiction) -> Area:
    return harbor.areas.get(code="hilltop")


@pytest.fixture
def pothole(harbor: Jurisdiction) -> Service:
    """Has a required question (size) and a free one (lane)."""
    return cast.make_pothole_service(harbor)


@pytest.fixture
def streetlight(harbor: Jurisdiction) -> Service:
    return cast.make_service(harbor, "streetlight", "Street light out", group="streets")


@pytest.fixture
def power_out(harbor: Jurisdiction) -> Service:
    """Private: its requests are on no page, map, feed or list."""
    return cast.make_service(harbor, "power-out", "Power outage", group="utilities", is_private=True)


@pytest.fixture
def fallen_wire(harbor: Jurisdiction) -> Service:
    """Has a stop question: a sparking wire is the emergency number's."""
    return cast.make_fallen_wire_service(harbor)


@pytest.fixture
def resident_ana() -> cast.Resident:
    return cast.ANA


@pytest.fixture
def resident_luz() -> cast.Resident:
    """Reads Spanish."""
    return cast.LUZ


@pytest.fixture
def agent_ben(db: None) -> Account:
    return Account.objects.create_user("ben", email="ben@harbor.test", first_name="Ben", is_staff=True)


@pytest.fixture
def pothole_request(pothole: Service, resident_ana: cast.Resident) -> ServiceRequest:
    """Reported by Ana at noon in Dockside, and public."""
    return cast.make_request(pothole, by=resident_ana, answers={"size": "large"})
