"""A published regression table from its three small CSV files: terms with stars, models, claims of the text.

Modelling choice: figures are kept as they are printed, because the number of digits says how far rounding leaves room. Files are told apart by their
header, not by their name; the two beside the terms share what stands before the last underscore of their names. All faults of all files are told
at once.

    terms    model, term, estimate; where printed: std_error, stars, statistic, p_value, conf_low, conf_high
    models   model, family; where printed: outcome, n, outcome_mean, outcome_sd, loglik, loglik_null, pseudo_r2, pseudo_r2_name, reported_as, aic, bic
    claims   model, claim_percent, linear_combination; where printed: text
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from evenhand.equity.contrasts import weights_in
from evenhand.equity.errors import DesignUnusable
from evenhand.studies.errors import PublishedTableUnusable
from evenhand.studies.table_audit.printed import Printed

LARGEST_BYTES: Final = 2_000_000
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "claims": ("model", "claim_percent", "linear_combination"),
    "terms": ("model", "term", "estimate"),
    "models": ("model", "family"),
}
TERM_FIGURES: Final = ("std_error", "statistic", "p_value", "conf_low", "conf_high")
MODEL_FIGURES: Final = ("outcome_mean", "outcome_sd", "loglik", "loglik_null", "pseudo_r2", "aic", "bic")
INTERCEPTS: Final = ("intercept", "(intercept)", "constant", "_cons", "const")
STAR_MARKS: Final = ("*", "**", "***", "****", "+")
_WEAK_MARKS: Final = {"†": "+", "^": "+", ".": "+"}
_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "logit": ("logit", "logistic", "binomial", "binary_logit"),
    "probit": ("probit",),
    "negative_binomial": ("negative_binomial", "nb", "nb2", "negbin", "negative_binomial_2"),
    "poisson": ("poisson",),
    "linear": ("linear", "ols", "gaussian", "normal"),
}
_BLANK: Final = ("", "na", "n/a", ".", "-", "–", "—")


@dataclass(frozen=True, slots=True)
class TableTerm:
    """One entry. `stars` is None where the table has no such column; figures are None where nothing is printed."""

    model: str
    term: str
    estimate: Printed
    stars: str | None
    figures: Mapping[str, Printed]

    @property
    def std_error(self) -> Printed | None:
        return self.figures.get("std_error")

    @property
    def is_intercept(self) -> bool:
        return self.term.lower() in INTERCEPTS


@dataclass(frozen=True, slots=True)
class TableModel:
    """One column of the table. `family` is ours (`logit`, `probit`, `negative_binomial`, `poisson`, `linear`) or what was written."""

    name: str
    family: str
    outcome: str
    n: int | None
    reported_as: str
    r2_name: str
    figures: Mapping[str, Printed]

    @property
    def is_binary(self) -> bool:
        return self.family in {"logit", "probit"}


@dataclass(frozen=True, slots=True)
class TableClaim:
    """A percentage of the text, and the sum of terms that it speaks of: `weights` by the table's own names."""

    model: str
    percent: Printed
    expression: str
    weights: tuple[tuple[str, float], ...]
    text: str


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table as printed; `files` are the names by kind."""

    terms: tuple[TableTerm, ...]
    models: tuple[TableModel, ...]
    claims: tuple[TableClaim, ...]
    files: Mapping[str, str]

    def terms_of(self, model: str) -> tuple[TableTerm, ...]:
        return tuple(term for term in self.terms if term.model == model)

    def model(self, name: str) -> TableModel | None:
        return next((model for model in self.models if model.name == name), None)

    def model_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*(model.name for model in self.models), *(term.model for term in self.terms)]))


def read_published_table(path: Path, *, models: Path | None = None, claims: Path | None = None) -> PublishedTable:
    """Read a published table.

    Parameters
    ----------
    path
        The file of terms, or of models or claims (the others are found beside it), or a folder that holds one table.
    models, claims
        Those files, where they lie elsewhere or have other names.

    Raises
    ------
    PublishedTableUnusable
        Every fault of all files at once.
    """
    faults: list[str] = []
    given = {kind: file for kind, file in (("models", models), ("claims", claims)) if file is not None}
    files = {kind: _opened(file, kind, faults) for kind, file in given.items()}
    for sheet in _found(path, set(given), faults):
        files.setdefault(sheet.kind, sheet)
    if "terms" not in files and not faults:
        faults.append(f"no file of terms was found: a CSV with the columns {', '.join(KINDS['terms'])} was expected at or beside {path.name}")
    sheets = {kind: sheet for kind, sheet in files.items() if sheet is not None}
    table = PublishedTable(
        tuple(_each(sheets.get("terms"), _term, faults)),
        tuple(_each(sheets.get("models"), _model, faults)),
        tuple(_each(sheets.get("claims"), _claim, faults)),
        {kind: sheets[kind].name for kind in ("terms", "models", "claims") if kind in sheets},
    )
    faults += _faults_between(table)
    if faults:
        raise PublishedTableUnusable(faults)
    return table


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A CSV with its header in lower case."""

    name: str
    kind: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def _found(path: Path, given: set[str], faults: list[str]) -> list[_Sheet]:
    """The sheet at the path and those beside it that go with it; two of a kind are a fault."""
    if path.is_dir():
        candidates = sorted(path.glob("*.csv"))
        if not candidates:
            faults.append(f"the folder {path.name} holds no CSV file")
    elif path.is_file():
        prefix = path.stem.rpartition("_")[0]
        beside = [file for file in sorted(path.parent.glob("*.csv")) if file != path and prefix and file.stem.rpartition("_")[0] == prefix]
        candidates = [path, *beside]
    else:
        faults.append(f"there is no file {path}")
        return []
    sheets = [sheet for file in candidates if (sheet := _opened(file, "", faults, is_named=file == path)) is not None]
    for kind in KINDS:
        names = [sheet.name for sheet in sheets if sheet.kind == kind]
        if len(names) > 1 and kind not in given:
            hint = "name one of them" if kind == "terms" else f"say which with --{kind}"
            faults.append(f"{len(names)} files hold {kind} ({', '.join(names)}): {hint}")
    return sheets


def _opened(file: Path, kind: str, faults: list[str], *, is_named: bool = True) -> _Sheet | None:
    """The sheet of this kind, or of any; a fault where a file that was named is none, nothing where one merely lies beside."""
    try:
        if file.stat().st_size > LARGEST_BYTES:
            faults.append(f"{file.name} has {file.stat().st_size:,} bytes: no printed table is larger than {LARGEST_BYTES:,}")
            return None
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        words = "it is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        faults.append(f"{file.name} could not be read: {words}")
        return None
    header = text.split("\n", 1)[0]
    lines = list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=header.count)))
    columns = tuple(cell.strip().lower() for cell in lines[0]) if lines else ()
    fitting = next((name for name, needed in KINDS.items() if set(needed) <= set(columns)), "")
    if fitting and (not kind or fitting == kind):
        return _sheet(file.name, fitting, columns, lines, faults)
    if is_named:
        wanted = [kind] if kind else list(KINDS)
        expected = " or ".join(f"{', '.join(KINDS[name])} ({name})" for name in wanted)
        faults.append(f"{file.name} has the columns {', '.join(columns) or 'of nothing: it is empty'}; expected were {expected}")
    return None


def _sheet(name: str, kind: str, columns: tuple[str, ...], lines: list[list[str]], faults: list[str]) -> _Sheet:
    faults += [f"{name}: the header has the column {c!r} {columns.count(c)} times" for c in dict.fromkeys(columns) if columns.count(c) > 1]
    rows = []
    for line, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            faults.append(f"{name}, line {line}: {len(columns)} cells were expected, and {len(cells)} came")
            continue
        rows.append((line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    if not rows:
        faults.append(f"{name} holds no row")
    return _Sheet(name, kind, columns, tuple(rows))


_Row = TypeVar("_Row")


def _each(sheet: _Sheet | None, make: Callable[[Mapping[str, str], str, list[str]], _Row | None], faults: list[str]) -> list[_Row]:
    if sheet is None:
        return []
    made = [make(row, f"{sheet.name}, line {line}", faults) for line, row in sheet.rows]
    return [one for one in made if one is not None]


def _term(row: Mapping[str, str], where: str, faults: list[str]) -> TableTerm | None:
    estimate = _figure(row, "estimate", where, faults, is_required=True)
    figures = _figures(row, TERM_FIGURES, where, faults)
    named = _named(row, ("model", "term"), where, faults)
    stars = row.get("stars")
    if stars is not None:
        stars = _WEAK_MARKS.get(stars, stars.replace("∗", "*").replace(" ", ""))
        if stars and stars not in STAR_MARKS:
            faults.append(f"{where}: stars were expected as {', '.join(STAR_MARKS)} or nothing, and {stars!r} came")
    if estimate is None or not named:
        return None
    return TableTerm(row["model"], row["term"], estimate, stars, figures)


def _model(row: Mapping[str, str], where: str, faults: list[str]) -> TableModel | None:
    named = _named(row, ("model", "family"), where, faults)
    figures = _figures(row, MODEL_FIGURES, where, faults)
    n = _figure(row, "n", where, faults)
    if n is not None and (n.value < 1.0 or n.value != int(n.value)):
        faults.append(f"{where}: n was expected as a whole number above 0, and {n.text} came")
        n = None
    written = row["family"].lower().replace(" ", "_").replace("-", "_")
    family = next((ours for ours, theirs in _FAMILIES.items() if written in theirs), written)
    if not named:
        return None
    texts = (row.get("reported_as", ""), row.get("pseudo_r2_name", ""))
    return TableModel(row["model"], family, row.get("outcome", ""), int(n.value) if n else None, *texts, figures)


def _claim(row: Mapping[str, str], where: str, faults: list[str]) -> TableClaim | None:
    named = _named(row, ("model", "linear_combination"), where, faults)
    percent = _figure(row, "claim_percent", where, faults, is_required=True)
    try:
        weights = tuple(weights_in(row["linear_combination"])) if row["linear_combination"] else ()
    except DesignUnusable as error:
        faults.append(f"{where}: {error.facts['faults'][0]}")  # type: ignore[index]
        return None
    return TableClaim(row["model"], percent, row["linear_combination"], weights, row.get("text", "")) if percent and named else None


def _named(row: Mapping[str, str], columns: tuple[str, ...], where: str, faults: list[str]) -> bool:
    empty = [column for column in columns if not row[column]]
    faults += [f"{where}: {column} is empty" for column in empty]
    return not empty


def _figures(row: Mapping[str, str], columns: tuple[str, ...], where: str, faults: list[str]) -> dict[str, Printed]:
    return {column: figure for column in columns if (figure := _figure(row, column, where, faults)) is not None}


def _figure(row: Mapping[str, str], column: str, where: str, faults: list[str], *, is_required: bool = False) -> Printed | None:
    text = row.get(column, "")
    if text.lower() in _BLANK:
        if is_required:
            faults.append(f"{where}: {column} is empty")
        return None
    figure = Printed.of(text.strip("()[]"))
    if figure is None:
        faults.append(f"{where}: {column} was expected as a number, and {text!r} came")
    return figure


def canonical(term: str) -> str:
    """The same name for a product whichever way round it is written."""
    return ":".join(sorted(term.replace(" ", "").split(":")))


def _faults_between(table: PublishedTable) -> list[str]:
    """What does not go together: entries and models named twice, models and terms that are named and not there."""
    faults = []
    pairs = [(term.model, canonical(term.term)) for term in table.terms]
    faults += [
        f"model {model} has the term {term} {pairs.count((model, term))} times"
        for model, term in dict.fromkeys(pairs)
        if pairs.count((model, term)) > 1
    ]
    names = [model.name for model in table.models]
    faults += [f"model {name} stands {names.count(name)} times among the models" for name in dict.fromkeys(names) if names.count(name) > 1]
    if names and table.terms:
        have = {term.model for term in table.terms}
        faults += [f"model {name} has terms and no row among the models" for name in sorted(have - set(names))]
        faults += [f"model {name} stands among the models and has no terms" for name in names if name not in have]
    known = {*pairs}
    for claim in table.claims if table.terms else ():
        faults += [
            f"a claim speaks of {term} in model {claim.model}, which has no such term"
            for term, _ in claim.weights
            if (claim.model, canonical(term)) not in known
        ]
    return faults
