"""`evenhand backup` and `evenhand restore`: everything an instance keeps, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.progress import byte_bar, notes
from evenhand.cli.setup import stores


def backup(file: Annotated[Path, typer.Argument(help="The archive to write; must not be there yet.")]) -> None:
    """Write one archive of the database, the photos, the secret key and all stores, while the city goes on serving.

    Who has the file has everything: keep it as you keep the home folder itself.

    Example: evenhand backup /backups/evenhand-2026-11-22.tar.gz
    """
    from datetime import UTC, datetime

    from evenhand.web.core.home_lock import share_home
    from evenhand.web.journeys.back_up import back_up

    ours = stores()
    share_home(ours.home)
    with byte_bar("Photos") as progress:
        done = back_up(ours, file.resolve(), at=datetime.now(UTC), progress=progress)
    notes([f"{done.archive}: the database, {done.photos:,} photos, the key and the other stores; {done.archive.stat().st_size / 1e6:,.1f} MB."])
    if done.gone:
        notes([f"{len(done.gone):,} photos had no files, most likely erased meanwhile: {', '.join(done.gone[:5])}."])


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `evenhand backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Where something is there already: move it aside first.")] = False,
) -> None:
    """Put a backup in the place of what is there. Everything is verified before anything is touched.

    Erasures that residents asked for after the backup are undone by it: erase those again.

    Example: evenhand restore /backups/evenhand-2026-11-22.tar.gz --replace
    """
    from datetime import UTC, datetime

    from evenhand.web.journeys.restore import restore as run_restore

    done = run_restore(stores(), file.resolve(), at=datetime.now(UTC), replace=replace)
    if done.aside:
        notes([f"What was there before is kept in {done.aside}."])
    notes([f"Restored as of {done.facts.get('made_at')}, made by version {done.facts.get('evenhand_version')}."])
    notes(["Next: evenhand migrate, evenhand doctor."])
