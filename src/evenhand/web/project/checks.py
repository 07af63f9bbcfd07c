"""System checks for wrong settings: each has an id and a hint, and all are told at once.

Some of them stop every command, since Django cannot even be set up with such a value; the others stop only what would serve with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from pydantic import ValidationError

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.connectors.email import connector_from_url
from evenhand.web.project.configuration import Configuration

NOT_READ, PUBLIC_URL, DATABASE = "evenhand.E000", "evenhand.E001", "evenhand.E002"
STOPPING: Final = frozenset({NOT_READ, PUBLIC_URL, DATABASE})
"""Faults with which no command can start."""

SHORTEST_KEY: Final = 32
FEWEST_CHARACTERS: Final = 5  # different ones: Django's own bound
_EMAIL_HINT = "Expected: console: or smtp://user:password@host:587?security=starttls, and a sender such as 311@example.org."
_HOST: Final = re.compile(r"\.?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\]", re.IGNORECASE)


@register
def settings_make_sense(**_: Any) -> list[CheckMessage]:
    """Addresses, key and host names have the right form; nothing unsafe is on behind a public name."""
    return check_configuration(settings.EVENHAND)


def read_configuration() -> tuple[Configuration, list[CheckMessage]]:
    """The configuration, with the default for each variable that cannot be read, and all that is wrong with it, what cannot be read first."""
    try:
        configuration, unread = Configuration(), list[CheckMessage]()
    except ValidationError as error:
        faults = error.errors()
        defaults: dict[str, Any] = {str(fault["loc"][0]): Configuration.model_fields[str(fault["loc"][0])].default for fault in faults}
        unread = [_not_read(variable(str(fault["loc"][0])), str(fault["msg"]), fault["input"]) for fault in faults]
        configuration = Configuration(**defaults)
    return configuration, [*unread, *check_configuration(configuration)]


def variable(field: str) -> str:
    """The name in the environment."""
    return "DATABASE_URL" if field == "database_url" else f"EVENHAND_{field.upper()}"


def _not_read(name: str, expected: str, came: Any) -> CheckMessage:
    return Error(f"{name}: {expected[:1].lower()}{expected[1:]}, {came!r} came.", obj=name, id=NOT_READ)


def check_configuration(configuration: Configuration) -> list[CheckMessage]:
    """All that is wrong with a configuration; errors before warnings."""
    checks: tuple[Callable[[Configuration], Iterator[CheckMessage]], ...] = (_public_url, _database, _email, _debug, _key, _hosts, _plain_mails)
    return sorted((message for check in checks for message in check(configuration)), key=lambda message: -message.level)


def _public_url(configuration: Configuration) -> Iterator[CheckMessage]:
    public = _split(configuration.public_url)
    if public is None or public.scheme not in {"http", "https"} or not public.hostname:
        yield _wrong("EVENHAND_PUBLIC_URL", repr(configuration.public_url), "https://311.example.org", PUBLIC_URL)
    elif public.scheme == "http" and not _is_local(configuration):
        yield Warning(
            "The public address is not https.", hint="Phones share locations only over https: put a TLS proxy before it.", id="evenhand.W001"
        )


def _database(configuration: Configuration) -> Iterator[CheckMessage]:
    if configuration.database_url and (came := _database_fault(configuration.database_url)):
        yield _wrong("DATABASE_URL", came, "postgresql://user:password@host:5432/name, or nothing for SQLite", DATABASE)


def _database_fault(url: str) -> str:
    """What is wrong with it, without its words: they may hold a password. PostgreSQL's own reader has the last word."""
    parts = _split(url)
    if parts is None:
        return "an address that cannot be read, or a port over 65535"
    if parts.scheme not in {"postgresql", "postgres"}:
        return "another scheme"
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        names_it = conninfo_to_dict(url).keys() & {"dbname", "service"}
    except ProgrammingError:
        return "an address with an unknown option, or wrongly encoded"
    return "" if names_it else "an address without the database's name"


def _email(configuration: Configuration) -> Iterator[CheckMessage]:
    try:
        connector_from_url(configuration.email_url, sender=configuration.email_from or "311@localhost")
    except EvenhandError as error:
        yield Error(f"EVENHAND_EMAIL_URL or EVENHAND_EMAIL_FROM cannot be used. {error.message}", hint=_EMAIL_HINT, id="evenhand.E003")


def _debug(configuration: Configuration) -> Iterator[CheckMessage]:
    if configuration.debug and not _is_local(configuration):
        yield Error("EVENHAND_DEBUG is on behind a public name.", hint="Unset it: error pages would show data.", id="evenhand.E004")


def _key(configuration: Configuration) -> Iterator[CheckMessage]:
    if configuration.secret_key:
        yield from _weak("EVENHAND_SECRET_KEY", configuration.secret_key, "or nothing: then one is made and kept in the home folder")
    for former in configuration.former_keys:
        yield from _weak("EVENHAND_SECRET_KEY_FALLBACKS", former, "each a key that was in use before, separated by commas")


def _weak(name: str, key: str, otherwise: str) -> Iterator[CheckMessage]:
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS:
        expected = f"{SHORTEST_KEY} characters or more, drawn at random; {otherwise}"
        yield _wrong(name, f"{len(key)} characters, {len(set(key))} different ones,", expected, "evenhand.E005")


def _hosts(configuration: Configuration) -> Iterator[CheckMessage]:
    wrong = [host for one in configuration.allowed_hosts.split(",") if (host := one.strip()) and not _HOST.fullmatch(host)]
    if wrong:
        expected = "names such as 311.example.org, comma separated, without scheme, port or *: a page must not believe whatever name it is asked by"
        yield _wrong("EVENHAND_ALLOWED_HOSTS", ", ".join(map(repr, wrong)), expected, "evenhand.E006")


def _plain_mails(configuration: Configuration) -> Iterator[CheckMessage]:
    if configuration.email_url.startswith("console") and not _is_local(configuration):
        yield Warning("Mails are printed, not sent.", hint="Set EVENHAND_EMAIL_URL to your mail server.", id="evenhand.W002")


def _is_local(configuration: Configuration) -> bool:
    public = _split(configuration.public_url)
    return public is not None and public.hostname in {"127.0.0.1", "localhost", "::1"}


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None where it has none, or a port that there is not."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts


def _wrong(name: str, came: str, expected: str, check_id: str) -> CheckMessage:
    return Error(f"{name} cannot be used ({came} came).", hint=f"Expected: {expected}.", obj=name, id=check_id)
