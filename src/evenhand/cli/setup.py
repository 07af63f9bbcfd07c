"""Django for the commands that need it, set up late so that `--help` stays fast."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.web.project.configuration import Configuration


def with_django(*, migrated: bool = True) -> None:
    """Load the platform's settings and apps, once, and share the home with what else runs there.

    Raises EvenhandError for settings that cannot be used, and, where tables are needed, for a database that has not been brought up to date.
    """
    os.umask(0o077)  # the home holds people's data: what is written there is its owner's alone
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
    """The settings of this instance. Raises EvenhandError, naming every variable whose value has the wrong form."""
    from pydantic import ValidationError

    from evenhand.web.project.configuration import Configuration

    try:
        return Configuration()
    except ValidationError as error:
        wrong = "\n".join(f"- {_variable(fault['loc'])}: {fault['msg'].lower()}, {fault['input']!r} came" for fault in error.errors())
        raise EvenhandError(
            "settings_invalid", f"Some settings cannot be read:\n{wrong}\nThey are explained in docs/reference/settings.md."
        ) from None


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    return name if name.isupper() else f"EVENHAND_{name.upper()}"
