"""`evenhand doctor`: is everything as it should be?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.progress import byte_bar, console
from evenhand.cli.setup import configuration, with_django

if TYPE_CHECKING:
    from evenhand.web.core.examination import Finding

SICK = 1
_SIGNS = {"good": "[green]✓[/] good", "warning": "[yellow]![/] warning", "fault": "[red]✗[/] fault"}


def doctor(
    sample: Annotated[int | None, typer.Option("--sample", min=1, help="Verify only so many histories, drawn at random; else all.")] = None,
) -> None:
    """Examine settings, database, histories, photos, outbox, disk, clock and key; change nothing. Exit code 1 if there is a fault.

    On stdout: one line a finding, tab separated (outcome, subject, words), where it is not a terminal.

    Example: evenhand doctor --sample 1000
    """
    with_django(migrated=False)
    from django.conf import settings

    from evenhand.web.core.examination import Outcome
    from evenhand.web.journeys.examine import examine

    with byte_bar("Verifying histories") as progress:
        findings = list(examine(configuration().home_folder, settings.PHOTO_ROOT, sample=sample, progress=progress))
    _show(findings)
    if any(finding.outcome is Outcome.FAULT for finding in findings):
        raise typer.Exit(SICK)


def _show(findings: list[Finding]) -> None:
    if not sys.stdout.isatty():
        for finding in findings:
            typer.echo(f"{finding.outcome}\t{finding.subject}\t{finding.words}")
        return
    from rich.table import Table

    table = Table("", "Examined", "Found")
    for finding in findings:
        table.add_row(_SIGNS[finding.outcome], finding.subject, finding.words)
    console.print(table)
