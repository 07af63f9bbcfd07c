"""`evenhand migrate`: the tables of this version, without losing what is in them."""

from __future__ import annotations

from evenhand.cli.progress import notes
from evenhand.cli.setup import configuration, with_django


def migrate() -> None:
    """Bring the database up to date.

    A SQLite file is copied to backups/ in the home folder first, when there is something to change; the last five are kept, a month at most.
    Triggers and indexes that guard history and find places are made again where they are missing.

    Example: evenhand migrate
    """
    with_django(migrated=False)
    from evenhand.web.core.clock import real_now
    from evenhand.web.core.upgrades import upgrade

    done = upgrade(copies=configuration().home_folder / "backups", at=real_now())
    if done.copy:
        notes([f"Copied the database to {done.copy} first."])
    if done.mended:
        notes([f"Made again: {', '.join(done.mended)}."])
    notes([f"{len(done.migrations)} changes to the tables made." if done.migrations else "The database is up to date."])
