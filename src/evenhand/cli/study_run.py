"""`evenhand study run`: check everything that was asked, do the whole study with a bar, and write its files whole."""

from __future__ import annotations

import hashlib
import math
import platform
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from evenhand.cli import meters
from evenhand.cli.meters_wishes import ReadingWishes, event_of, one_of, refuse, rule_named, zone_or_fault
from evenhand.cli.progress import console, notes
from evenhand.cli.second_process import second_process
from evenhand.cli.whole_files import refuse_no_folder, write_whole
from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.meters.formats.source import ReadingSource
    from evenhand.meters.parameters import StormEvent
    from evenhand.reports.study_report.methods import Provenance
    from evenhand.studies.raw.tables import CheckedTables, RawTables
    from evenhand.studies.study_run import StudyResults, StudyWishes

VERSIONS: Final = ("evenhand", "numpy", "scipy", "pyarrow", "numba", "vl-convert-python", "weasyprint")
REPORT_PDF: Final = "report.pdf"
STUDY_JSON: Final = "study.json"
_OF_READINGS: Final = ("interval_start", "kwh", "quality", "version", "arrived_at")
_CHUNK: Final = 1 << 22
Tell = Callable[[str, int, int], None]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class RunWishes:
    """The options of the command, as they were typed. `readings` holds those that every command with readings takes; its columns are all of them."""

    readings: ReadingWishes
    requests: Path
    households: Path
    areas: Path
    boundaries: tuple[Path, ...]
    id_property: str | None
    event_start: str
    event_end: str | None
    out: Path
    preset: str
    rule: str
    window_hours: float
    services: tuple[str, ...]
    match_metres: float
    margin_percent: float
    seed: int
    keep_greater: bool
    is_thorough: bool
    is_internal: bool
    is_synthetic: bool
    after: Path | None = None

    @property
    def tables(self) -> dict[str, Path]:
        """Inputs beside the readings, by name."""
        named = {"requests": self.requests, "households": self.households, "areas": self.areas}
        return named | {f"boundaries_{place}" if place > 1 else "boundaries": path for place, path in enumerate(self.boundaries, start=1)}

    def command(self) -> str:
        """What to type to do it again: names of files without their folders, and a folder of one's own for what comes out."""
        words = ["evenhand", "study", "run"]
        for path in self.readings.paths:
            words += ["--readings", path.name]
        for name, path in self.tables.items():
            words += [f"--{name.partition('_')[0]}", path.name]
        words += ["--event-start", self.event_start]
        for option, value, usual in self._others():
            if value is True:
                words.append(option)
            elif value not in (usual, None, False):
                words += [option, f"{value:g}" if isinstance(value, float) else str(value)]
        for name in self.services:
            words += ["--service", name]
        for pair in self.readings.columns:
            words += ["--column", pair]
        return f"{shlex.join(words)} --out DIR"

    def _others(self) -> tuple[tuple[str, object, object], ...]:
        given = self.readings
        return (
            ("--event-end", self.event_end, None),
            ("--preset", self.preset, "default"),
            ("--window-hours", self.window_hours, 48.0),
            ("--match-metres", self.match_metres, 30.0),
            ("--margin", self.margin_percent, 5.0),
            ("--seed", self.seed, 8311),
            ("--rule", self.rule, "robust"),
            ("--timezone", given.timezone, None),
            ("--id-property", self.id_property, None),
            ("--unit", given.unit, "kWh"),
            ("--interval", given.interval_minutes, None),
            ("--ids", given.ids, "auto"),
            ("--time-format", given.time_format, None),
            ("--interval-end", given.is_interval_end, False),
            ("--register", given.is_register, False),
            ("--meter-from-file-name", given.is_meter_from_file_name, False),
            ("--keep-greater", self.keep_greater, False),
            ("--thorough", self.is_thorough, False),
            ("--internal", self.is_internal, False),
            ("--synthetic", self.is_synthetic, False),
        )


def command(
    readings: Annotated[list[Path], typer.Option("--readings", help="Files or folders of meter readings, as `evenhand meters detect` takes them.")],
    requests: Annotated[Path, typer.Option("--requests", help="311 requests, one a row, by Open311's names: CSV or Parquet.")],
    households: Annotated[Path, typer.Option("--households", help="Premises: meter, block group and who lives there: CSV or Parquet. No names.")],
    areas: Annotated[Path, typer.Option("--areas", help="Block groups with population, income, education, renters: CSV or Parquet.")],
    event_start: Annotated[str, typer.Option("--event-start", help="When the storm began: ISO 8601, with an offset or on the clock of --timezone.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the report and all that belongs to it.")],
    event_end: Annotated[
        str | None, typer.Option("--event-end", help="The last moment at which a storm outage may begin.  [default: a day later]")
    ] = None,
    preset: Annotated[str, typer.Option("--preset", help="default or xu_tang_2020 leads; the other one stands beside it.")] = "default",
    window_hours: Annotated[float, typer.Option("--window-hours", help="Requests of so many hours after the event's start count.")] = 48.0,
    service: Annotated[
        list[str] | None,
        typer.Option(
            "--service", help="Code or name of a service whose requests count; may be repeated; all: every one. Needed where there are several."
        ),
    ] = None,
    match_metres: Annotated[float, typer.Option("--match-metres", help="How far from the nearest premise a request may be to be its.")] = 30.0,
    margin: Annotated[float, typer.Option("--margin", help="Differences of up to so many per cent are held too small to matter.")] = 5.0,
    boundaries: Annotated[
        list[Path] | None,
        typer.Option(
            "--boundaries", help="GeoJSON of the areas: land area and maps. Once more for the households' block groups of another census year."
        ),
    ] = None,
    id_property: Annotated[str | None, typer.Option("--id-property", help="Which property of the boundaries is the area's id.")] = None,
    thorough: Annotated[bool, typer.Option("--thorough", help="Make the slow checks too.")] = False,
    internal: Annotated[
        bool, typer.Option("--internal", help="Show small counts and single areas, for eyes that may see them: each page says so.")
    ] = False,
    after: Annotated[
        Path | None,
        typer.Option("--after", help="Folder of an earlier report of this event: refuse where the two together would tell of few households."),
    ] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Say on everything that the data are synthetic.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of samples and checks.")] = 8311,
    column: Annotated[
        list[str] | None, typer.Option("--column", help="ours=theirs, for any table; readings.meter_id=theirs for one. May be repeated.")
    ] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="IANA name of the zone of times that carry none; the report's clock.")] = None,
    rule: meters.Rule = "robust",
    interval_end: meters.IntervalEnd = False,
    unit: meters.Unit = "kWh",
    register: meters.Register = False,
    interval: meters.Interval = None,
    ids: meters.Ids = "auto",
    meter_from_file_name: meters.MeterFromFileName = False,
    time_format: meters.TimeFormat = None,
    keep_greater: Annotated[
        bool, typer.Option("--keep-greater", help="Of two readings of one interval without an order, take the greater (counted).")
    ] = False,
) -> None:
    """Do the whole study: from meters, requests, people and areas to a report that a council can read.

    Prints the files that it wrote, one a line. The same inputs and options give the same bytes. Files are written when all is done, each whole.

    Example: evenhand study run --readings readings --requests requests.csv --households households.csv --areas areas.csv
    --event-start 2018-10-10T12:00-04:00 --out results
    """
    given = ReadingWishes(
        tuple(readings), tuple(column or ()), timezone, interval_end, unit, register, interval, ids, time_format, meter_from_file_name
    )
    wishes = RunWishes(
        readings=given,
        requests=requests,
        households=households,
        areas=areas,
        boundaries=tuple(boundaries or ()),
        id_property=id_property,
        event_start=event_start,
        event_end=event_end,
        out=out,
        preset=preset,
        rule=rule,
        window_hours=window_hours,
        services=tuple(service or ()),
        match_metres=match_metres,
        margin_percent=margin,
        seed=seed,
        keep_greater=keep_greater,
        is_thorough=thorough,
        is_internal=internal,
        is_synthetic=synthetic,
        after=after,
    )
    for file in run(wishes):
        typer.echo(str(file))


def run(wishes: RunWishes) -> list[Path]:
    """Do the study and give the files that were written.

    Raises
    ------
    EvenhandError
        `meters_input_unusable` with every fault of options, files and tables at once; the library's own errors for what the readings show later.
    """
    refuse_no_folder(wishes.out)
    with second_process() as beside:
        beside.submit(_load_ahead)
        source, raw, study = _checked(wishes)
        with _bar() as tell:
            results = _studied(source, raw, study, tell, beside, keep_greater=wishes.keep_greater)
            files, missing = _files(results, wishes, raw, tell, beside)
    if wishes.after is not None and not wishes.is_internal:
        _refuse_too_near(wishes.after, files[STUDY_JSON])
    written = write_whole(wishes.out, files)
    for old in _of_an_older_run(wishes.out):
        if old.relative_to(wishes.out).as_posix() not in files:
            old.unlink()  # it would say something else than the page beside it, or what that withholds
    notes(_in_words(results, wishes.out, missing))
    return written


def _of_an_older_run(out: Path) -> list[Path]:
    """Files by names of which a run may write none: the PDF, drawings that are withheld, and a panel that lies beside the report."""
    return [file for pattern in (REPORT_PDF, "figure_*.svg", "model_*.svg", "models.*.json", "panel.parquet") for file in out.glob(pattern)]


def _refuse_too_near(folder: Path, later: bytes) -> None:
    import json

    from evenhand.reports.study_report.published_before import refuse_too_near

    refuse_too_near(json.loads((folder / STUDY_JSON).read_bytes()), json.loads(later))


def _load_ahead() -> None:
    """What the other models, drawings and printing need."""
    from evenhand.reports.documents import load_ahead
    from evenhand.studies import study_run  # noqa: F401 - what fits the other models

    load_ahead()


def _checked(wishes: RunWishes) -> tuple[ReadingSource, RawTables, StudyWishes]:
    """Everything opened, or every fault at once."""
    from evenhand.equity.verdicts import refuse_margin
    from evenhand.studies import before_detection
    from evenhand.studies.five_models import PRESETS
    from evenhand.studies.panel.meeting import Counted
    from evenhand.studies.study_run import StudyWishes

    faults: list[str] = []
    of_readings, of_tables = _split(wishes.readings.columns, faults)
    zone = zone_or_fault(wishes.readings.timezone, [])
    event = event_of(wishes.event_start, wishes.event_end, zone, faults)
    rule = rule_named(wishes.rule, faults)
    one_of(wishes.preset, PRESETS, "--preset", faults)
    if not 0.0 < wishes.window_hours < math.inf:
        faults.append(f"--window-hours takes hours above 0; got {wishes.window_hours:g}")
    if not 0.0 <= wishes.match_metres < math.inf:
        faults.append(f"--match-metres takes 0 or more; got {wishes.match_metres:g}")
    _collect(lambda: refuse_margin(wishes.margin_percent / 100.0), faults)
    if wishes.after is not None and not (wishes.after / STUDY_JSON).is_file():
        faults.append(f"--after takes the folder of an earlier report; {wishes.after} holds no {STUDY_JSON}")
    source = replace(wishes.readings, columns=of_readings).opened(faults)
    checked = _tables(wishes, of_tables, event, zone, faults)
    if source is not None and event is not None:
        _collect(partial(before_detection.refuse_event, source, event, rule), faults)
    if checked is not None and event is not None and 0.0 < wishes.window_hours < math.inf and 0.0 <= wishes.match_metres < math.inf:
        counted = Counted(checked.event_start, wishes.window_hours, wishes.match_metres)
        faults += before_detection.faults_of_requests(checked, wishes.services or None, counted)
    if faults and checked is not None and source is not None:
        faults += _collect(partial(before_detection.doubts_of_meters, checked, source), faults) or []
    refuse(faults)
    assert source is not None
    assert checked is not None
    assert event is not None
    raw = checked.whole()
    study = StudyWishes(
        event=event,
        preset=wishes.preset,
        window_hours=wishes.window_hours,
        services=wishes.services or None,
        match_metres=wishes.match_metres,
        margin=wishes.margin_percent / 100.0,
        seed=wishes.seed,
        is_thorough=wishes.is_thorough,
        is_synthetic=wishes.is_synthetic or raw.is_synthetic,
        rule=rule,
    )
    return source, raw, study


def _split(columns: Sequence[str], faults: list[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Names of columns for the readings, and for the other tables: `readings.meter_id=…` is for the readings, `meter_id=…` for households."""
    from evenhand.cli.tables import column_pairs

    pairs = column_pairs(columns, faults)
    mine = {ours.removeprefix("readings."): theirs for ours, theirs in pairs.items() if ours.startswith("readings.") or ours in _OF_READINGS}
    others = {ours: theirs for ours, theirs in pairs.items() if not ours.startswith("readings.") and ours not in _OF_READINGS}
    return tuple(f"{ours}={theirs}" for ours, theirs in mine.items()), others


def _tables(wishes: RunWishes, columns: Mapping[str, str], event: StormEvent | None, zone: str | None, faults: list[str]) -> CheckedTables | None:
    from datetime import UTC, datetime

    from evenhand.studies.raw.tables import check_raw_tables

    gone = [f"{path} is not there" for path in wishes.tables.values() if not path.exists()]
    faults.extend(gone)
    if gone:
        return None
    checked = check_raw_tables(
        wishes.requests,
        wishes.households,
        wishes.areas,
        event_start=event.start if event else datetime.fromtimestamp(0, UTC),  # its own fault is told already
        timezone=zone,
        columns=columns,
        boundaries=wishes.boundaries,
        id_property=wishes.id_property,
    )
    faults += checked.faults
    return checked


def _collect(make: Callable[[], Made], faults: list[str]) -> Made | None:
    """What is made, or its faults among the others."""
    try:
        return make()
    except EvenhandError as error:
        told = error.facts.get("faults")
        faults.extend(map(str, told) if isinstance(told, Sequence) and not isinstance(told, str) else [error.message.replace("\n", "\n  ")])
        return None


def _studied(source: ReadingSource, raw: RawTables, wishes: StudyWishes, tell: Tell, beside: Executor, *, keep_greater: bool) -> StudyResults:
    from evenhand.meters.detect import detect
    from evenhand.studies.study_run import study_of

    found = detect(
        source,
        event=wishes.event,
        rule=wishes.rule,
        progress=lambda done, total: tell("Reading the meters", done, total),
        keep_greater_of_conflicts=keep_greater,
    )
    return study_of(found, raw, wishes, progress=tell, second=beside)


def _files(results: StudyResults, wishes: RunWishes, raw: RawTables, tell: Tell, beside: Executor) -> tuple[dict[str, bytes], str]:
    """Every file by its name, and why there is no PDF where there is none."""
    from evenhand.reports.documents import pdf_of
    from evenhand.reports.errors import PdfNotPossible
    from evenhand.reports.study_report.files import study_files

    printed: list[Future[bytes]] = []
    tell("Writing the report", 0, 2)
    files = study_files(
        results,
        _provenance(wishes, raw),
        shapes=_shapes(wishes, raw),
        is_internal=wishes.is_internal,
        artist=beside,
        on_page=lambda page: printed.append(beside.submit(pdf_of, page)),
    )
    tell("Printing the report", 1, 2)
    try:
        files[REPORT_PDF] = printed[0].result()
    except PdfNotPossible as error:
        return files, error.message
    return files, ""


def _shapes(wishes: RunWishes, raw: RawTables) -> dict[str, Any]:
    """Polygons of the areas by id, for maps; they were checked with the tables."""
    from evenhand.studies.raw.areas import boundaries_of
    from evenhand.studies.raw.boundaries import read_boundaries
    from evenhand.studies.raw.findings import Findings

    read = [read_boundaries(path, wishes.id_property, Findings()) for path in wishes.boundaries]
    own = boundaries_of([one for one in read if one is not None], set(raw.areas["geoid"].to_pylist()))
    return dict(zip(own.ids, own.shapes, strict=True)) if own else {}


def _provenance(wishes: RunWishes, raw: RawTables) -> Provenance:
    from evenhand.reports.study_report.methods import Provenance

    hashes = {f"readings: {path.name}": sha256_of(path) for path in wishes.readings.paths}
    hashes |= {f"{name}: {wishes.tables[name].name}" if name in wishes.tables else name: value for name, value in raw.hashes.items()}
    versions = {"python": platform.python_version(), **{name: version(name) for name in VERSIONS}}
    return Provenance(wishes.command(), versions, hashes, wishes.readings.timezone or "UTC")


def sha256_of(path: Path) -> str:
    """Of a file; of a folder, that of the names and hashes of its files in the order of their names."""
    if path.is_dir():
        lines = (f"{sha256_of(file)}  {file.relative_to(path).as_posix()}\n" for file in sorted(path.rglob("*")) if file.is_file())
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _bar() -> Iterator[Tell]:
    """One bar whose words are the step at hand."""
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(step: str, done: int, total: int) -> None:
            known: dict[str, Any] = {"total": total} if total > 1 else {"total": None}
            bar.update(task, description=step, completed=done, **known)

        yield tell


def _in_words(results: StudyResults, out: Path, missing: str) -> Iterator[str]:
    from evenhand.reports.study_report.files import PANEL
    from evenhand.studies.panel.flow import left_for_want

    panel = results.main.built.panel
    yield f"{panel.n:,} households; {results.main.name} leads, {results.other.name} stands beside it."
    yield from (f"! {warning.text}" for warning in panel.warnings)
    if lost := left_for_want(results.main.built.flow):
        told = ", ".join(f"{reason} {count:,}" for reason, count in lost.items())
        premises = results.main.built.flow[0].households
        yield f"! {sum(lost.values()):,} of {premises:,} households ({sum(lost.values()) / premises:.0%}) left for want of an area or hours: {told}."
    outcomes = [one.outcome for one in results.main.verdicts]
    yield "Verdicts: " + ", ".join(f"{outcomes.count(name)} {name}" for name in dict.fromkeys(outcomes)) + "."
    if missing:
        yield f"! No {REPORT_PDF} was written. {missing}"
    yield f"Read {out / 'report.html'} first. Publish one report of an event. {PANEL} holds one row a household: it is not for publication."
