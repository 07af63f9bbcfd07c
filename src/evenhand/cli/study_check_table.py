"""`evenhand study check-table`: a published table against its own figures, in words, as a page, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.progress import notes
from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.studies.table_audit.findings import TableAudit

FORMATS = (".html", ".md", ".tex", ".json")
_HEADS = {"disagrees": "Disagrees", "cannot_be_told": "Cannot be told", "agrees": "Agrees"}


def check_table(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV of terms, models or claims, or a folder with them: docs/how-to/check-a-published-table.md.")
    ],
    models: Annotated[Path | None, typer.Option("--models", help="CSV of the models, where it does not lie beside FILE by its name.")] = None,
    claims: Annotated[
        Path | None, typer.Option("--claims", help="CSV of the text's percentages, where it does not lie beside FILE by its name.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the audit: a name that ends in .html, .md, .tex or .json.")] = None,
    all_findings: Annotated[bool, typer.Option("--all", help="Tell what agrees too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Everything as JSON on stdout, and nothing else there.")] = False,
) -> None:
    """Audit a published regression table: stars, ratios or logarithms, pseudo R², log likelihoods, percentages of the text.

    An entry is said to disagree only where no value within the rounding of the printed figures would do. What was found goes to stderr; with --out
    the name of the file to stdout.

    Example: evenhand study check-table smith_2019_table2.csv --out audit.html
    """
    from evenhand.studies.table_audit.auditing import check_table_files

    _refuse_format(out)
    audit = check_table_files(file, models=models, claims=claims)
    if out is not None:
        _write(audit, out)
    if json:
        typer.echo(_as_json(audit))
    else:
        notes(_in_words(audit, everything=all_findings))
        if out is not None:
            typer.echo(str(out))


def _refuse_format(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in FORMATS:
        raise EvenhandError("output_format_unknown", f"An audit is written as {', '.join(FORMATS)}; {out.name} ends in none of them.", file=str(out))


def _write(audit: TableAudit, out: Path) -> None:
    from evenhand.cli.whole_files import write_whole
    from evenhand.reports.check_table_pages import audit_page
    from evenhand.reports.printed_tables import as_html, as_latex, as_markdown

    made = {".html": as_html, ".md": as_markdown, ".tex": as_latex}.get(out.suffix.lower())
    text = made(audit_page(audit)) if made else f"{_as_json(audit)}\n"
    write_whole(out.resolve().parent, {out.name: text.encode()})


def _as_json(audit: TableAudit) -> str:
    import json

    from evenhand.studies.table_audit.auditing import audit_document

    return json.dumps(audit_document(audit), indent=2, ensure_ascii=False, allow_nan=False)


def _in_words(audit: TableAudit, *, everything: bool) -> Iterator[str]:
    from evenhand.reports.check_table_pages import ANSWERS, audit_words
    from evenhand.studies.table_audit.findings import VERDICTS

    yield from audit_words(audit)
    for verdict in VERDICTS:
        found = audit.by_verdict(verdict)
        shown = [one for one in found if everything or verdict != "agrees" or one.check in ANSWERS]
        if shown:
            yield f"{_HEADS[verdict]}:"
            yield from (f"  {one.words}" for one in shown)
        if hidden := len(found) - len(shown):
            yield f"  and {hidden:,} more (--all tells them)"
