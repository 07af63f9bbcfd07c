"""`evenhand doctor`: is everything as it should be?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.progress import byte_bar, console
from evenhand.cli.setup import in_words, with_django
from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.web.core.examination import Finding

SICK = 1
CANNOT_RUN = 2
_SIGNS = {"good": "[green]✓[/] good", "warning": "[yellow]![/] warning", "fault": "[red]✗[/] fault"}


def doctor(
    sample: Annotated[int | None, typer.Option("--sample", min=1, help="Verify only so many histories, drawn at random; else all.")] = None,
) -> None:
    """Examine settings, database, histories, photos, outbox, worker, second factors, disk, clock and key; change nothing.

    Exit code 1 if there is a fault, 2 if it is in what everything stands on: settings, home, database or tables. On stdout: one line a finding, tab
    separated (outcome, subject, words), where it is not a terminal.

    Example: evenhand doctor --sample 1000
    """
    findings = list(_findings(sample))
    _show(findings)
    faulty = {finding.subject for finding in findings if finding.outcome == "fault"}
    if faulty:
        from evenhand.web.core.examination import STANDS_ON

        raise typer.Exit(CANNOT_RUN if faulty & STANDS_ON else SICK)


def _findings(sample: int | None) -> Iterator[Finding]:
    """As much as can be found: what is wrong with one thing keeps nothing from being looked at that can do without it."""
    from evenhand.web.core.examination import check_finding, fault, home_findings
    from evenhand.web.core.home_lock import HomeUnusable
    from evenhand.web.project.checks import DATABASE, STOPPING, read_configuration

    found, messages = read_configuration()
    unread = [message for message in messages if message.id in STOPPING]
    try:
        home = found.home_folder
    except HomeUnusable as error:
        yield from map(check_finding, messages)
        yield fault("home", error.message)
        return
    if any(message.id == DATABASE for message in unread):
        yield from map(check_finding, messages)
        yield from home_findings(home, home / "secret.key")
        return
    yield from map(check_finding, unread)
    _take_defaults(str(message.obj) for message in unread)
    yield from (one for one in _of_the_city(home, sample) if not (unread and one.subject == "settings" and one.outcome == "good"))


def _take_defaults(variables: Iterable[str]) -> None:
    """For what follows in this process: so the city can be looked at although these cannot be used. None of them says which city."""
    from evenhand.web.project.checks import variable
    from evenhand.web.project.configuration import Configuration

    defaults = {variable(name): str(field.default) for name, field in Configuration.model_fields.items()}
    for wanted in variables:
        for name in [name for name in os.environ if name.upper() == wanted]:
            del os.environ[name]
        os.environ[wanted] = defaults[wanted]  # not only unset: `.env` may hold it too


def _of_the_city(home: Path, sample: int | None) -> Iterator[Finding]:
    from evenhand.web.core.examination import fault, home_findings

    try:
        with_django(migrated=False)
    except (EvenhandError, OSError) as error:  # its key is empty, a restore is at work, or something else lies where its folders should be
        yield fault("home", in_words(error) or str(error))
        yield from home_findings(home, home / "secret.key")
        return
    from django.conf import settings

    from evenhand.web.journeys.examine import examine

    with byte_bar("Verifying histories") as progress:
        yield from examine(home, settings.PHOTO_ROOT, sample=sample, progress=progress)


def _show(findings: list[Finding]) -> None:
    if not sys.stdout.isatty():
        for finding in findings:
            typer.echo(f"{finding.outcome}\t{finding.subject}\t{' '.join(finding.words.split())}")
        return
    from rich.table import Table

    table = Table("", "Examined", "Found")
    for finding in findings:
        table.add_row(_SIGNS[finding.outcome], finding.subject, finding.words)
    console.print(table)
