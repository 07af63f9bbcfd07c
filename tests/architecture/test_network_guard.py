"""No test reaches for the network: the guard raises something that no `except Exception` of the product can swallow."""

from __future__ import annotations

import socket
import urllib.request

import pytest

from tests.conftest import NetworkForbidden


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as line, pytest.raises(NetworkForbidden, match=r"192\.0\.2\.1"):
        line.connect(("192.0.2.1", 80))  # an address that documentation may use, and nobody has


def test_a_name_is_not_even_looked_up() -> None:
    with pytest.raises(NetworkForbidden, match=r"311\.example"):
        urllib.request.urlopen("http://311.example/", timeout=1)


def test_an_except_exception_does_not_hide_it() -> None:
    assert not issubclass(NetworkForbidden, Exception)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_answers(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection((host, server.getsockname()[1]), timeout=5) as line:
        assert line.getpeername()[0] == "127.0.0.1"
