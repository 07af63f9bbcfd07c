"""`evenhand`: one door to every command. What is wrong is said on stderr in plain words, with exit code 2; stdout is for machines alone."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from evenhand.cli import backup, city, database, doctor, imports, meters, serve, staff, study, twin
from evenhand.cli.setup import in_words

BAD_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(
    help="Evenhand: the two-way 311 platform that knows whom it hears and whom it serves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("migrate")(database.migrate)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(city.app, name="city")
app.add_typer(imports.app, name="import")
app.add_typer(staff.app, name="staff")
app.add_typer(meters.app, name="meters")
app.add_typer(study.app, name="study")
app.add_typer(twin.app, name="twin")


@app.callback()
def options(show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False) -> None:
    if show_version:
        typer.echo(version("evenhand"))
        raise typer.Exit


def main() -> None:
    """Run one command, and turn what a person can act on into words."""
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:
        if (words := in_words(error)) is None:
            raise
        sys.stderr.write(f"{words}\n")
        raise SystemExit(BAD_INPUT) from None


if __name__ == "__main__":
    main()
