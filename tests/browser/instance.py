"""A city served as in earnest: `evenhand serve` in a home of its own, with the synthetic sample city and a mail server on this machine.

Browser tests, pictures and the benchmark of page weight all visit this one. Nothing of it is faked but the far end of the mails, which keeps each
mail as one line of JSON.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from evenhand.web.project.configuration import Configuration

CHECKOUT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Instance:
    """Where the served city is: its address, and the environment with which a command or a node script reaches it."""

    url: str
    environment: dict[str, str]
    log: Path


@contextmanager
def serving(*, requests: int = 300) -> Iterator[Instance]:
    """Serve the sample city until the block ends; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="evenhand-browser-") as name, mail_server(Path(name) / "mails.jsonl") as mail_port:
        folder = Path(name)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = _environment(folder, url, mail_port)
        for arguments in (["migrate"], ["city", "sample", "--requests", str(requests)]):
            subprocess.run([*_evenhand(), *arguments], env=environment, cwd=CHECKOUT, check=True, capture_output=True)
        log = folder / "serve.log"
        with log.open("wb") as output:
            server = subprocess.Popen([*_evenhand(), "serve", "--port", str(port)], env=environment, cwd=CHECKOUT, stdout=output, stderr=output)
        try:
            _wait_until_ready(url, server, log)
            yield Instance(url, environment, log)
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def mail_server(file: Path) -> Iterator[int]:
    """Takes every mail and writes it down; yields its port."""
    port = free_port()
    controller = Controller(_Letterbox(file), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


class _Letterbox:
    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body(("plain",))
        mail = {"to": envelope.rcpt_tos, "subject": str(message["Subject"]), "text": body.get_content() if body else ""}
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(mail) + "\n")
        return "250 OK"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _evenhand() -> list[str]:
    return [sys.executable, "-m", "evenhand.cli.main"]


def _environment(folder: Path, url: str, mail_port: int) -> dict[str, str]:
    """Every setting at its default, whatever `.env` and the shell say, but for what makes this instance its own."""
    defaults = {f"EVENHAND_{name.upper()}": str(field.default) for name, field in Configuration.model_fields.items()}
    own = {
        "EVENHAND_HOME": str(folder / "home"),
        "EVENHAND_PUBLIC_URL": url,
        "EVENHAND_EMAIL_URL": f"smtp://127.0.0.1:{mail_port}?security=none",
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "evenhand.web.project.settings",
        "BROWSER_TESTS_URL": url,
        "BROWSER_TESTS_FOLDER": str(folder),
        "BROWSER_TESTS_PYTHON": sys.executable,
    }
    return {name: value for name, value in {**os.environ, **defaults, **own}.items() if name != "EVENHAND_DATABASE_URL"}


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/", timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"Expected pages from {url}, and none came. The server said:\n{log.read_text(errors='replace')[-4000:]}")
