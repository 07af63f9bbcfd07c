"""System checks for wrong settings: each has an id and a hint, and all are told at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.connectors.email import connector_from_url
from evenhand.web.project.configuration import Configuration

_EMAIL_HINT = "Expected: console: or smtp://user:password@host:587?security=starttls, and a sender such as 311@example.org."


@register
def settings_make_sense(**_: Any) -> list[CheckMessage]:
    """Public address, database address and mail address have the right form; nothing unsafe is on behind a public name."""
    return check_configuration(settings.EVENHAND)


def check_configuration(configuration: Configuration) -> list[CheckMessage]:
    """All that is wrong with a configuration."""
    found: list[CheckMessage] = []
    public = urlsplit(configuration.public_url)
    is_local = public.hostname in {"127.0.0.1", "localhost", "::1"}
    if public.scheme not in {"http", "https"} or not public.hostname:
        found.append(_wrong("EVENHAND_PUBLIC_URL", configuration.public_url, "https://311.example.org", "evenhand.E001"))
    if configuration.database_url and urlsplit(configuration.database_url).scheme not in {"postgresql", "postgres"}:
        found.append(_wrong("DATABASE_URL", "another scheme", "postgresql://user:password@host/name, or nothing for SQLite", "evenhand.E002"))
    try:
        connector_from_url(configuration.email_url, sender=configuration.email_from or "311@localhost")
    except EvenhandError as error:
        found.append(Error(f"EVENHAND_EMAIL_URL or EVENHAND_EMAIL_FROM cannot be used. {error.message}", hint=_EMAIL_HINT, id="evenhand.E003"))
    if configuration.debug and not is_local:
        found.append(Error("EVENHAND_DEBUG is on behind a public name.", hint="Unset it: error pages would show data.", id="evenhand.E004"))
    if public.scheme == "http" and public.hostname and not is_local:
        found.append(
            Warning("The public address is not https.", hint="Phones share locations only over https: put a TLS proxy before it.", id="evenhand.W001")
        )
    if configuration.email_url.startswith("console") and not is_local:
        found.append(Warning("Mails are printed, not sent.", hint="Set EVENHAND_EMAIL_URL to your mail server.", id="evenhand.W002"))
    return found


def _wrong(name: str, came: str, expected: str, check_id: str) -> CheckMessage:
    return Error(f"{name} cannot be used ({came!r} came).", hint=f"Expected: {expected}.", id=check_id)
