"""`evenhand twin …`: invented cities with known truth, to try things on that nobody lives in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.progress import byte_bar, notes
from evenhand.cli.whole_files import refuse_no_folder

app = typer.Typer(help="Synthetic cities with known truth, to try the study on.", no_args_is_help=True)


@app.callback()
def twin() -> None:
    """Synthetic cities with known truth, to try the study on."""


@app.command("build")
def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write into; one that holds a twin's files already is refused.")],
    households: Annotated[int, typer.Option("--households", help="How many households; 50 or more.")] = 82_000,
    seed: Annotated[int, typer.Option("--seed", help="Any whole number from 0 on: the same number gives the same city.")] = 8311,
) -> None:
    """Build a synthetic study city: meter readings, requests, households, areas, and the truth. Prints the files that it wrote, one a line.

    Its households report and wait by the study's published effects. A full city takes a minute and 135 MB. Nothing appears before it is whole.

    Example: evenhand twin build city --households 3000 --seed 8311
    """
    from evenhand.twin.study_city import FILES, write_study_city

    refuse_no_folder(folder)
    with byte_bar("Reading synthetic meters") as progress:
        made = write_study_city(folder, households=households, seed=seed, progress=progress)
    for name in FILES:
        typer.echo(str(made / name))
    notes(_in_words(made))


def _in_words(folder: Path) -> list[str]:
    import json

    story = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    counts, window_hours = story["counts"], story["window_hours"]
    reported = counts["households_that_reported_in_window"]
    return [
        f"A synthetic city of {counts['households']:,} households in {counts['block_groups']} block groups; nobody lives there.",
        f"{reported:,} of them reported in the first {window_hours:g} hours of the event, which began {story['event_start']}.",
        "What is true in it stands in truth.json and truth.parquet.",
    ]
