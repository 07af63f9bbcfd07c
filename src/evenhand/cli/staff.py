"""`evenhand staff …`: the people who work in the console. Every change of them stands in the history of the set-up, as made by command line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from evenhand.cli.progress import notes
from evenhand.cli.setup import with_django

app = typer.Typer(help="The people who work in the console.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The name that the person signs in with.")]


@app.command("create")
def create(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="call_taker, agent, dispatcher, analyst or administrator.")],
    city: Annotated[list[str] | None, typer.Option("--city", help="A city that the person works for; may be repeated. Else: all.")] = None,
    full_name: Annotated[str, typer.Option("--name", help="Full name, as colleagues read it.")] = "",
    email: Annotated[str, typer.Option("--email", help="Where the daily digest goes.")] = "",
) -> None:
    """Create an account. Asks for a first password on a terminal; else draws one and prints it, alone. It is changed at the first sign-in.

    Example: evenhand staff create chi --role dispatcher --city boston --name "Chi Adeyemi"
    """
    with_django()
    from evenhand.web.accounts.people import create_person
    from evenhand.web.core import clock
    from evenhand.web.places.cities import city_named
    from evenhand.web.places.models import Jurisdiction

    cities = [city_named(one) for one in city] if city else list(Jurisdiction.objects.order_by("pk"))
    password = _asked()
    made = create_person(name, role=role, cities=cities, by=None, at=clock.real_now(), full_name=full_name, email=email, password=password)
    where = ", ".join(one.name for one in cities) or "no city yet"
    _tell(made.password, asked=bool(password), words=f"{made.person.username} may sign in under /console/ ({role}; {where}).")


@app.command("list")
def list_people() -> None:
    """List everybody, one a line: name, full name, role, cities, second factor, active; tab separated.

    Example: evenhand staff list
    """
    with_django()
    from evenhand.web.accounts.models import Account

    for person in Account.objects.prefetch_related("cities").order_by("username"):
        cities = ",".join(sorted(city.slug for city in person.cities.all()))
        factor, active = ("on" if person.has_second_factor else "off"), ("active" if person.is_active else "deactivated")
        typer.echo("\t".join([person.username, person.get_full_name(), person.role, cities, factor, active]))


@app.command("password")
def password(name: Name) -> None:
    """Give a new first password to somebody who lost theirs. Their sessions end; a second factor stays.

    Example: evenhand staff password chi
    """
    with_django()
    from evenhand.web.accounts.people import person_named, set_first_password
    from evenhand.web.core import clock

    person = person_named(name)
    given = _asked()
    made = set_first_password(person, by=None, at=clock.real_now(), password=given)
    _tell(made.password, asked=bool(given), words=f"{person.username} has a new first password and is signed out everywhere.")


@app.command("reset-second-factor")
def reset_second_factor(name: Name) -> None:
    """Take away a second factor, for somebody who lost phone and recovery codes. Their sessions end.

    Example: evenhand staff reset-second-factor chi
    """
    with_django()
    from evenhand.web.accounts import second_factor
    from evenhand.web.accounts.people import person_named
    from evenhand.web.core import clock

    person = person_named(name)
    second_factor.reset(person, None, clock.real_now())
    notes([f"{person.username} signs in with the password alone, until a new second factor is set up."])


@app.command("deactivate")
def deactivate(name: Name) -> None:
    """Keep somebody out from this moment on. What they did stays under their name.

    Example: evenhand staff deactivate chi
    """
    _set_active(name, False, "{name} is out, and signed out everywhere.")


@app.command("activate")
def activate(name: Name) -> None:
    """Let somebody in again who was deactivated.

    Example: evenhand staff activate chi
    """
    _set_active(name, True, "{name} may sign in again.")


def _set_active(name: str, is_active: bool, words: str) -> None:
    with_django()
    from evenhand.web.accounts.people import person_named, set_active
    from evenhand.web.core import clock

    person = person_named(name)
    set_active(person, is_active, by=None, at=clock.real_now())
    notes([words.format(name=person.username)])


def _asked() -> str:
    """What is typed on a terminal; nothing where nobody can type."""
    if not sys.stdin.isatty():
        return ""
    return str(typer.prompt("First password (Enter draws one)", default="", show_default=False, hide_input=True, err=True))


def _tell(password: str, *, asked: bool, words: str) -> None:
    if not asked:
        typer.echo(password)
    notes([words])
