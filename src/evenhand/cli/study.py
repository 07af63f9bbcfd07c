"""`evenhand study …`: who reports, who waits, and what may be said of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli import study_check_table, study_run
from evenhand.cli.progress import byte_bar, notes
from evenhand.cli.tables import column_pairs
from evenhand.cli.whole_files import refuse_no_folder, write_whole
from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.equity.panel_reading import Panel
    from evenhand.studies.five_models import StudyFits

app = typer.Typer(help="Who reports an outage, who waits, and what may be said of it.", no_args_is_help=True)


@app.callback()
def study() -> None:
    """Who reports an outage, who waits, and what may be said of it."""


@app.command("fit")
def fit(
    panel: Annotated[Path, typer.Option("--panel", help="Households, one a row: CSV or Parquet. Columns: docs/how-to/fit-the-study.md.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for models.json, tables and drawings.")],
    errors: Annotated[
        str, typer.Option("--errors", help="Conventions, comma separated; the first stands in the tables. Else the preset's: cr3, or observed.")
    ] = "",
    preset: Annotated[str, typer.Option("--preset", help="default or xu_tang_2020; the other one is printed beside it.")] = "default",
    round_hours: Annotated[bool, typer.Option("--round", help="Round hours to whole numbers.")] = False,
    column: Annotated[list[str] | None, typer.Option("--column", help="ours=theirs, as minority_share=minority; may be repeated.")] = None,
    percent: Annotated[list[str] | None, typer.Option("--percent", help="A share that the file holds as 0 to 100; may be repeated.")] = None,
    margin: Annotated[float, typer.Option("--margin", help="Differences of up to so many per cent are held too small to matter.")] = 5.0,
    gap_bootstrap: Annotated[
        int,
        typer.Option("--gap-bootstrap", min=0, help="So many bootstrap draws, at least 99, for the city's gaps; 0: the delta method."),
    ] = 0,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Say on everything that the panel is synthetic.")] = False,
) -> None:
    """Fit the five models of the study to a ready panel. Prints the files that it wrote, one a line.

    Nothing passes the disclosure gate here: the files hold every digit and small counts, and are not for publication; those of `study run` are.

    The same panel and options give the same bytes. Files are written when everything is done, each whole.

    Example: evenhand study fit --panel panel.parquet --out results --errors cr3,observed
    """
    from dataclasses import replace

    from evenhand.equity.panel_reading import read_panel
    from evenhand.equity.score_bootstrap import refuse_few_draws
    from evenhand.equity.verdicts import refuse_margin
    from evenhand.studies.five_models import PRESETS, fit_five_models

    refuse_no_folder(out)
    refuse_margin(margin / 100.0)
    if gap_bootstrap:
        refuse_few_draws(gap_bootstrap)
    faults: list[str] = []
    columns = column_pairs(column or (), faults, is_one_table=True)
    if faults:
        raise EvenhandError("column_option_invalid", f"{'. '.join(faults)}.", faults=faults)
    read = read_panel(panel, columns=columns, percent=percent or ())
    read = replace(read, is_synthetic=read.is_synthetic or synthetic)
    asked = [name.strip() for name in errors.split(",") if name.strip()] or None
    with byte_bar("Fitting") as progress:
        main = fit_five_models(read, preset=preset, errors=asked, round_hours=round_hours, progress=progress)
        beside = next(name for name in PRESETS if name != preset)
        other = fit_five_models(read, preset=beside, round_hours=round_hours, known=main, progress=progress)
    files = study_files(read, main, other, margin=margin / 100.0, bootstrap_draws=gap_bootstrap)
    for file in write_whole(out, files):
        typer.echo(str(file))
    for name in PRESETS:  # an earlier run led by another preset left its file here, which says something else than those beside it
        if _beside(name) not in files:
            (out / _beside(name)).unlink(missing_ok=True)
    notes(f"! {warning.text}" for warning in read.warnings)
    notes(_warnings(main))
    notes(main.notes)
    notes([f"{read.n:,} households of {read.source}; {_converged(main)}"])


app.command("run")(study_run.command)
app.command("check-table")(study_check_table.check_table)


def study_files(panel: Panel, main: StudyFits, other: StudyFits, *, margin: float, bootstrap_draws: int = 0) -> dict[str, bytes]:
    """Every file of a study by its name: `table_files`, and a drawing a model."""
    from evenhand.reports.coefficient_plots import coefficient_plot
    from evenhand.studies.five_models import FIVE_MODELS

    texts = table_files(panel, main, other, margin=margin, bootstrap_draws=bootstrap_draws)
    for model in FIVE_MODELS:
        if (plot := coefficient_plot(model, main, other, is_synthetic=panel.is_synthetic)) is not None:
            texts[f"model_{model.number}.svg"] = plot.svg()
    return {name: text.encode() for name, text in texts.items()}


def table_files(panel: Panel, main: StudyFits, other: StudyFits, *, margin: float, bootstrap_draws: int = 0) -> dict[str, str]:
    """Models and gaps as JSON, tables in three formats, each by its file's name."""
    from evenhand.reports.gap_tables import gap_table, other_table, verdict_table
    from evenhand.reports.model_tables import study_document
    from evenhand.reports.printed_tables import as_html, as_latex, as_markdown
    from evenhand.studies.gaps_json import gaps_document
    from evenhand.studies.hypotheses import asked_at_once, city_gaps, verdicts
    from evenhand.studies.models_json import as_text, models_document
    from evenhand.studies.other_models import other_models

    gaps = city_gaps(panel, main, bootstrap_draws=bootstrap_draws, names_places=True)
    judged, asked = verdicts(main, margin=margin, names_places=True), asked_at_once(main, names_places=True)
    others = other_models(panel, main)
    more = (gap_table(gaps), verdict_table(judged, asked), other_table(others))
    words = [warning.text for warning in panel.warnings]
    document = study_document(main, other, notes=words, more=more, is_synthetic=panel.is_synthetic)
    return {
        "models.json": as_text(models_document(main, panel)),
        _beside(other.preset.name): as_text(models_document(other, panel)),
        "gaps.json": as_text(gaps_document(gaps, judged, asked, others, panel=panel, notes=[*main.notes, *words])),
        "tables.html": as_html(document),
        "tables.md": as_markdown(document),
        "tables.tex": as_latex(document),
    }


def _beside(preset: str) -> str:
    """The file of the models by the preset that does not lead."""
    return f"models.{preset}.json"


def _warnings(study: StudyFits) -> Iterator[str]:
    """What a reader of the models must know, each sentence once with the models that it is of."""
    said = dict.fromkeys(warning.text for fit in study.fits.values() for warning in fit.warnings)
    for text in said:
        numbers = [number for number, fit in study.fits.items() if text in {warning.text for warning in fit.warnings}]
        yield f"! model {', '.join(numbers)}: {text}"


def _converged(study: StudyFits) -> str:
    failed = [number for number, one in study.fits.items() if not one.converged]
    penalised = [number for number, one in study.fits.items() if one.is_penalised]
    how = f", model {', '.join(penalised)} to Firth's penalised estimate" if penalised else ""
    return f"all five models converged{how}." if not failed else f"model {', '.join(failed)} did not converge: see the warnings in models.json."
