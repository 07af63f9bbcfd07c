"""Django for the commands that need it, set up late so that `--help` stays fast; and words for what keeps a command from running."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

    from evenhand.web.core.stores import Stores
    from evenhand.web.project.configuration import Configuration


def with_django(*, migrated: bool = True) -> None:
    """Load the platform's settings and apps, once, and share the home with what else runs there.

    Raises EvenhandError for settings that cannot be used, and, where tables are needed, for a database that has not been brought up to date.
    """
    home = configuration().home_folder
    from evenhand.web.core.home_lock import share_home

    share_home(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.web.project.settings")
    import django

    django.setup()
    if migrated:
        from evenhand.web.core.upgrades import refuse_old_tables

        refuse_old_tables()


def configuration() -> Configuration:
    """The settings of this instance, and its home, made if missing.

    Raises EvenhandError where a command cannot start with them, naming everything that is wrong with any of them.
    """
    from django.core.checks import ERROR

    from evenhand.web.core.home_lock import HomeUnusable
    from evenhand.web.project.checks import STOPPING, read_configuration

    os.umask(0o077)  # the home holds people's data: what is written there is its owner's alone
    found, messages = read_configuration()
    stops = any(message.id in STOPPING for message in messages)
    wrong = [said(message) for message in messages if message.level >= ERROR]
    try:
        found.home_folder  # noqa: B018 - made here
    except HomeUnusable as error:
        if not stops:
            raise
        wrong.append(error.message)
    if stops:
        listed = "\n".join(f"- {one}" for one in wrong)
        raise EvenhandError("settings_invalid", f"Some settings cannot be used:\n{listed}\nThey are explained in docs/reference/settings.md.")
    return found


def stores() -> Stores:
    """Where this instance keeps what it keeps. Raises as `configuration` does."""
    from evenhand.web.core.stores import Stores

    settings = configuration()
    return Stores(settings.home_folder, settings.database_url)


def said(message: CheckMessage) -> str:
    """A check's words, and what to do."""
    return f"{message.msg} {message.hint or ''}".strip()


def in_words(error: Exception) -> str | None:
    """What a person can act on: an error of ours, a sick database, a file that is not to be had. None: a fault in the program."""
    if isinstance(error, EvenhandError):
        return error.message
    from evenhand.web.core.database_faults import database_fault

    if fault := database_fault(error, lambda: stores().database_words):
        return fault.message
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {(error.strerror or str(error)).lower()}. Is it there, and may this user read and write it?"
    return None
