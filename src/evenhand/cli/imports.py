"""`evenhand import …`: a city's published requests, and its own areas, streets, addresses and services."""

from __future__ import annotations

import shutil
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from evenhand.cli.progress import byte_bar, notes
from evenhand.cli.setup import with_django
from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.web.places.importing import PlacesImported
    from evenhand.web.service_requests.models import ImportRun

app = typer.Typer(help="Bring a city's own data in.", no_args_is_help=True)

Into = Annotated[str, typer.Option("--into", help="The city's short name or name; needed where the instance serves several.")]
_DOWNLOAD_TIMEOUT_SECONDS = 60


@app.command("requests")
def import_requests(
    file: Annotated[str, typer.Argument(metavar="FILE|URL", help="The published export, plain or gzip; a folder of pages; or an https address.")],
    format: Annotated[str, typer.Option("--format", help="boston, nyc, la, sf, kc, open311, or auto to tell by the header.")] = "auto",
    into: Into = "",
) -> None:
    """Read a published export of requests as it is.

    The same file again changes nothing; a newer one appends events; rows that conflict are put aside and counted.

    Example: evenhand import requests boston_311_2015.csv.gz --format boston --into boston
    """
    with_django()
    from evenhand.web.core import clock
    from evenhand.web.journeys.import_requests import import_requests as run_import
    from evenhand.web.places.cities import city_named

    city = city_named(into)
    with _local(file) as path, byte_bar(f"Reading {path.name}") as progress:
        run, counts = run_import(city, path, format=format, at=clock.now(), progress=progress)
    notes([f"{counts.events:,} events written.", *_told_of_run(run)])


@app.command("report")
def report(
    into: Into = "",
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many of the rows that were put aside to show.")] = 20,
) -> None:
    """Show again what the last import of requests did: counts, faults, and rows that were put aside.

    Example: evenhand import report --into boston
    """
    with_django()
    from evenhand.web.places.cities import city_named
    from evenhand.web.service_requests.models import ImportRun

    city = city_named(into)
    run = ImportRun.objects.filter(jurisdiction=city).order_by("-started_at", "-pk").first()
    if run is None:
        notes([f"{city.name} has imported no requests yet."])
        return
    ended = f"ended {run.finished_at:%Y-%m-%d %H:%M} UTC" if run.finished_at else "did not end: import the file again to go on"
    notes([f"{run.file_name}, begun {run.started_at:%Y-%m-%d %H:%M} UTC, {ended}.", *_told_of_run(run)])
    notes(row.message for row in run.quarantined.all()[:rows])


@app.command("areas")
def import_areas(
    file: Annotated[Path, typer.Argument(help="GeoJSON polygons: neighbourhoods, tracts, wards.")],
    into: Into = "",
    id_property: Annotated[str | None, typer.Option("--id-property", help="Property that holds the id; else known names are tried.")] = None,
    only: Annotated[str, typer.Option("--only", help="Take only areas whose id begins with this.")] = "",
) -> None:
    """Take areas in, and put every request into its area.

    Example: evenhand import areas tracts.geojson --id-property GEOID10 --into boston
    """
    with_django()
    from evenhand.web.journeys import import_places
    from evenhand.web.places.cities import city_named

    city = city_named(into)
    with byte_bar("Placing requests in areas") as progress:
        done = import_places.import_areas(city, file, id_property=id_property, only=only, progress=progress)
    _told("areas", done)


@app.command("streets")
def import_streets(file: Annotated[Path, typer.Argument(help="GeoJSON lines with name and class (major or minor).")], into: Into = "") -> None:
    """Take streets in, for the base map and for places without a house number.

    Example: evenhand import streets streets.geojson --into boston
    """
    with_django()
    from evenhand.web.journeys import import_places
    from evenhand.web.places.cities import city_named

    _told("streets", import_places.import_streets(city_named(into), file))


@app.command("grounds")
def import_grounds(file: Annotated[Path, typer.Argument(help="GeoJSON polygons with kind (park or water).")], into: Into = "") -> None:
    """Take parks and water in, for the base map.

    Example: evenhand import grounds parks.geojson --into boston
    """
    with_django()
    from evenhand.web.journeys import import_places
    from evenhand.web.places.cities import city_named

    _told("parks and waters", import_places.import_grounds(city_named(into), file))


@app.command("addresses")
def import_addresses(
    file: Annotated[Path, typer.Argument(help="CSV with address_id, address, unit, zipcode, lat, long; gzip too.")],
    into: Into = "",
    column: Annotated[list[str] | None, typer.Option("--column", help="ours=theirs, for a column of another name; may be repeated.")] = None,
) -> None:
    """Take the city's addresses in, for suggestions while somebody types.

    Example: evenhand import addresses addresses.csv --column lat=LATITUDE --column long=LONGITUDE --into boston
    """
    with_django()
    from evenhand.web.journeys import import_places
    from evenhand.web.places.cities import city_named

    _told("addresses", import_places.import_addresses(city_named(into), file, columns=_columns(column or ())))


@app.command("services")
def import_services(file: Annotated[Path, typer.Argument(help="JSON: docs/reference/services-file.md.")], into: Into = "") -> None:
    """Take the city's list of services in, with extra questions, stop questions and translations.

    Example: evenhand import services services.json --into boston
    """
    with_django()
    from evenhand.web.places.cities import city_named
    from evenhand.web.service_requests.services_file import import_services as run_import

    done = run_import(city_named(into), file)
    notes([f"{done.taken:,} services taken."])
    if done.retired:
        notes([f"{done.retired:,} that the file does not have are no longer offered."])
    if done.hidden_requests:
        notes([f"{done.hidden_requests:,} requests became private with their service."])


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise EvenhandError("column_option_invalid", f"--column takes ours=theirs, as in --column lat=LATITUDE; got {', '.join(wrong)}.")
    return dict(pair.split("=", 1) for pair in pairs)


def _told(what: str, done: PlacesImported) -> None:
    gone = [f"{done.retired:,} that the file no longer has were retired."] if done.retired else []
    notes([f"{done.taken:,} {what} taken.", *gone, *done.notes])


def _told_of_run(run: ImportRun) -> list[str]:
    from evenhand.web.connectors.published_exports import FAULTS

    counts, quarantine = run.counts, run.counts.get("quarantine", {})
    lines = [
        f"{counts.get('rows', 0):,} rows read from source {run.source!r}: {counts.get('new', 0):,} new, {counts.get('changed', 0):,} changed, "
        f"{counts.get('unchanged', 0):,} unchanged, {counts.get('repeated', 0):,} repeated, {counts.get('older', 0):,} older than what is known, "
        f"{counts.get('quarantined', 0):,} put aside."
    ]
    if quarantine:
        lines.append("Put aside, kept as they came: " + ", ".join(f"{code} {n:,}" for code, n in sorted(quarantine.items())) + ".")
    if run.fault_counts:
        words = {**FAULTS, "outside_city": "The point lies outside the city."}
        lines.append("Faults, kept as published and flagged on the requests:")
        lines.extend(f"  {n:>9,}  {code}: {words.get(code, '')}" for code, n in sorted(run.fault_counts.items(), key=lambda pair: -pair[1]))
    return lines


@contextmanager
def _local(file: str) -> Iterator[Path]:
    """A path for a file or folder; an address is downloaded to a temporary file first, whole."""
    scheme = urlsplit(file).scheme
    if scheme not in {"http", "https"}:
        yield Path(file)
        return
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / (Path(urlsplit(file).path).name or "export")
        try:
            with urllib.request.urlopen(file, timeout=_DOWNLOAD_TIMEOUT_SECONDS) as answer, target.open("wb") as out:  # noqa: S310 - http(s) only
                shutil.copyfileobj(answer, out)
                _require_whole(out.tell(), answer.headers.get("Content-Length"))
        except (OSError, HTTPException) as error:
            raise EvenhandError(
                "download_failed", f"{file} could not be downloaded: {error}. Download it yourself and give the file.", permanent=False
            ) from error
        yield target


def _require_whole(came: int, announced: str | None) -> None:
    if announced is not None and announced.isdigit() and int(announced) != came:
        raise OSError(f"it broke off after {came:,} of {int(announced):,} bytes")
