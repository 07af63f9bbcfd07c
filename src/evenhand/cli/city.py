"""`evenhand city …`: the cities that this instance serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.progress import notes
from evenhand.cli.setup import with_django

app = typer.Typer(help="The cities that this instance serves.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The city's name, as residents read it.")],
    timezone: Annotated[str, typer.Option("--timezone", help="Zone of the tz database: America/New_York.")],
    boundary: Annotated[Path, typer.Option("--boundary", help="GeoJSON polygons in degrees; several are united.")],
    language: Annotated[str, typer.Option("--language", help="The city's own language.")] = "en",
    emergency: Annotated[str, typer.Option("--emergency", help="The number to call when life is in danger.")] = "911",
    slug: Annotated[str, typer.Option("--slug", help="Short name in addresses; else made of the name.")] = "",
    only: Annotated[str, typer.Option("--only", help="Take only features whose id begins with this.")] = "",
) -> None:
    """Create a city. Prints its short name.

    Example: evenhand city create Boston --timezone America/New_York --boundary boston_tracts.geojson
    """
    with_django()
    from evenhand.web.core import clock
    from evenhand.web.places.cities import create_city

    city = create_city(name, timezone=timezone, boundary=boundary, at=clock.now(), language=language, emergency=emergency, slug=slug, only=only)
    typer.echo(city.slug)
    notes([f"{city.name} is there. Next: evenhand import services FILE --into {city.slug}, then areas, streets and addresses."])


@app.command("list")
def list_cities() -> None:
    """List the cities, one a line: short name, name, zone, number of requests; tab separated.

    Example: evenhand city list
    """
    with_django()
    from django.db.models import Count

    from evenhand.web.places.models import Jurisdiction

    for city in Jurisdiction.objects.annotate(count=Count("requests")).order_by("-is_default", "pk"):
        typer.echo(f"{city.slug}\t{city.name}\t{city.timezone}\t{city.count}")


@app.command("export")
def export(
    city: Annotated[str, typer.Argument(help="The city's short name or name.")],
    file: Annotated[Path, typer.Argument(help="Where to write it; - for the terminal.")],
) -> None:
    """Write a city's set-up into one JSON file: services, teams, routing, holidays, answers, knowledge. Nobody's name is in it.

    Example: evenhand city export boston boston-configuration.json
    """
    with_django()
    from evenhand.web.journeys.export_configuration import as_text, configuration_of
    from evenhand.web.places.cities import city_named

    text = as_text(configuration_of(city_named(city)))
    if str(file) == "-":
        typer.echo(text, nl=False)
    else:
        file.write_text(text, "utf-8")
        notes([f"Written to {file}."])


@app.command("configure")
def configure(
    city: Annotated[str, typer.Argument(help="The city's short name or name.")],
    file: Annotated[Path, typer.Argument(help="JSON: docs/reference/services-file.md.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Bring a city's set-up to what a file says. All of it or nothing; the same file again changes nothing.

    Example: evenhand city configure boston boston-configuration.json --dry-run
    """
    with_django()
    from evenhand.web.core import clock
    from evenhand.web.core.json_files import JsonUnreadable, read_json
    from evenhand.web.journeys.import_configuration import ConfigurationInvalid, import_configuration, plan_import
    from evenhand.web.places.cities import city_named

    found = city_named(city)
    try:
        document = read_json(file)
    except JsonUnreadable as error:
        raise ConfigurationInvalid.of([error.message]) from error
    plan = plan_import(found, document)
    if plan.faults:
        raise ConfigurationInvalid.of(plan.faults)
    notes(f"Left out, since nobody knows it: {path}" for path in plan.unknown)
    made = plan.differences if dry_run else import_configuration(found, document, person=None, at=clock.real_now())
    for one in made:
        typer.echo(f"{one.section}\t{one.kind}\t{one.subject}\t{', '.join(field.path for field in one.fields)}")
    notes([f"{len(made):,} changes {'would be' if dry_run else 'were'} made."])


@app.command("sample")
def sample(
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes another town.")] = 8311,
    requests: Annotated[int, typer.Option("--requests", min=0, help="How many requests its past year has.")] = 1200,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Only where there is no city yet.")] = False,
) -> None:
    """Make a small synthetic city to try everything with. Every page of it says that it is synthetic.

    Example: evenhand city sample
    """
    with_django()
    from evenhand.cli.sample import load_sample_city
    from evenhand.web.places.models import Jurisdiction

    if if_empty and Jurisdiction.objects.exists():
        return
    load_sample_city(seed=seed, requests=requests)
