"""A synthetic city with as many requests as a benchmark asks for, put in by bulk.

The city is a square of 12 by 12 km with 64 areas, 40 services, eight teams and 24 people; requests gather around eight centres and spread over three
years, one in ten is open. Of the open ones seven in ten have a team and a deadline, three in ten somebody who works on them, and one in fifty of the
youngest closings is disputed. Rows are what the product's own actions would leave behind, with three things left out because no page of a benchmark
reads them: the events (a request's `event_count` is 0, and an empty chain verifies), the reporters, and the photos. Map cells are counted by the
product itself.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.core.bulk_insert import blank_maker, insert_rows, reserve_keys
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import cells
from evenhand.web.service_requests.models import Service, ServiceGroup, ServiceRequest
from evenhand.web.service_requests.reference_numbers import check_digit

END = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = 3 * 365
WEST, SOUTH, EAST, NORTH = -71.125, 42.305, -70.980, 42.413
AREAS_A_SIDE = 8
TEAMS, PEOPLE = 8, 24
BATCH = 5000
_FIRST_REFERENCE = 10_000_000
_WORDS = ("deep", "hole", "bus", "stop", "water", "light", "out", "since", "monday", "tree", "branch", "bags", "corner", "sign", "bent", "pump")
_STREETS = ("Wharf Street", "Hill Road", "Mill Lane", "Harbor Avenue", "Chapel Street", "Orchard Way", "Station Road", "Long Walk")


def ensure_requests(city: Jurisdiction, n: int) -> None:
    """Bring the number of a city's requests up to `n`, then count its map cells anew; says on stderr how far it is."""
    have = ServiceRequest.objects.of(city).count()
    if have >= n:
        return
    made = have
    for batch in _batches(city, have, n):
        with transaction.atomic():
            for request, key in zip(batch, reserve_keys(ServiceRequest, len(batch)), strict=True):
                request.pk = key
            insert_rows(ServiceRequest, batch)
        made += len(batch)
        _say(f"\r  {made:>9,} of {n:,} requests")
    _say("\n  counting map cells …")
    cells.rebuild(city)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")  # as autovacuum does in a server's first minutes
    _say(" done\n")


def benchmark_city(slug: str = "benchmark") -> Jurisdiction:
    """The synthetic city, with its areas and services; made if missing."""
    found = Jurisdiction.objects.filter(slug=slug).first()
    return found or _make_city(slug)


@transaction.atomic
def _make_city(slug: str) -> Jurisdiction:
    city = Jurisdiction.objects.create(
        slug=slug, name="Benchmark City", timezone="America/New_York", boundary=_box(WEST, SOUTH, EAST, NORTH),
        west=WEST, south=SOUTH, east=EAST, north=NORTH, is_synthetic=True, created_at=END - timedelta(days=DAYS + 1),
    )  # fmt: skip
    wide, high = (EAST - WEST) / AREAS_A_SIDE, (NORTH - SOUTH) / AREAS_A_SIDE
    for i in range(AREAS_A_SIDE * AREAS_A_SIDE):
        west, south = WEST + i % AREAS_A_SIDE * wide, SOUTH + i // AREAS_A_SIDE * high
        bounds = {"west": west, "south": south, "east": west + wide, "north": south + high}
        Area.objects.create(jurisdiction=city, code=f"a{i:02d}", name=f"District {i + 1}", population=4000 + 137 * i, shape=_box(**bounds), **bounds)
    for i in range(40):
        group, _ = ServiceGroup.objects.get_or_create(jurisdiction=city, code=f"group-{i % 6}", defaults={"name": f"Group {i % 6 + 1}"})
        Service.objects.create(jurisdiction=city, group=group, code=f"service-{i}", name=f"Service number {i + 1}")
    return city


def _batches(city: Jurisdiction, start: int, stop: int) -> Iterator[list[ServiceRequest]]:
    services = list(city.services.order_by("pk").values_list("pk", flat=True))
    areas = list(city.areas.order_by("code").values_list("pk", flat=True))
    desk = _desk(city)
    blank = blank_maker(ServiceRequest, jurisdiction_id=city.pk)
    for begin in range(start, stop, BATCH):
        yield [_request(blank(), services, areas, desk, number) for number in range(begin, min(begin + BATCH, stop))]


def _desk(city: Jurisdiction) -> list[tuple[int, list[int]]]:
    """The keys of the city's teams, each with those of its members; made if missing."""
    if not city.teams.exists():
        teams = [Team.objects.create(jurisdiction=city, code=f"team-{i}", name=f"Team number {i + 1}") for i in range(TEAMS)]
        for i in range(PEOPLE):
            person = Account.objects.create(username=f"{city.slug}-agent-{i}", first_name=f"Agent {i + 1}", role=Role.AGENT)
            person.cities.add(city)
            teams[i % TEAMS].members.add(person)
    return [(team.pk, list(team.members.order_by("pk").values_list("pk", flat=True))) for team in city.teams.order_by("pk")]


def _request(request: ServiceRequest, services: list[int], areas: list[int], desk: list[tuple[int, list[int]]], number: int) -> ServiceRequest:
    """Request number `number`: the same one in every build, whatever was built before."""
    draw = random.Random(number)
    lat, long = _point(draw)
    at = END - timedelta(seconds=draw.random() * DAYS * 86_400)
    is_open = draw.random() < 0.1
    closed_at = None if is_open else min(at + timedelta(hours=draw.expovariate(1 / 120)), END)
    digits = str(_FIRST_REFERENCE + number)
    column = min(int((long - WEST) / (EAST - WEST) * AREAS_A_SIDE), AREAS_A_SIDE - 1)
    row = min(int((lat - SOUTH) / (NORTH - SOUTH) * AREAS_A_SIDE), AREAS_A_SIDE - 1)
    request.service_id = services[min(int(draw.expovariate(1 / 6)), len(services) - 1)]
    request.reference = digits + str(check_digit(digits))
    request.status, request.state = ("open", "received") if is_open else ("closed", "closed")
    request.closing_reason, request.evidence = ("", "") if is_open else ("fixed", "crew_record")
    request.requested_at, request.updated_at, request.closed_at = at, closed_at or at, closed_at
    request.lat, request.long = lat, long
    request.address = f"{draw.randrange(1, 400)} {draw.choice(_STREETS)}"
    request.area_id = areas[row * AREAS_A_SIDE + column]
    request.description = " ".join(draw.choices(_WORDS, k=6))
    if is_open or END - at < timedelta(days=60):
        _put_on_desk(request, draw, desk)
    return request


def _put_on_desk(request: ServiceRequest, draw: random.Random, desk: list[tuple[int, list[int]]]) -> None:
    """What staff add to a request: a team and a deadline, somebody who works on it, a priority; and now and then a veto."""
    if request.status == "closed":
        if draw.random() < 0.02:
            request.state, request.veto_count = "reopen_requested", 1
        return
    if draw.random() < 0.7:
        request.team_id, members = desk[min(int(draw.expovariate(1 / 2)), len(desk) - 1)]
        request.due_at = request.requested_at + timedelta(days=draw.choice((3, 10, 30, 365, 1500)))
        request.state = draw.choice(("acknowledged", "assigned", "in_progress", "scheduled"))
        if draw.random() < 0.43:
            request.assignee_id = draw.choice(members)
    request.priority = draw.choice((0, 1, 1, 1, 1, 1, 1, 2, 2, 3))


def _point(draw: random.Random) -> tuple[float, float]:
    """Six in ten lie around one of eight centres, the others anywhere."""
    if draw.random() < 0.4:
        return round(draw.uniform(SOUTH, NORTH), 6), round(draw.uniform(WEST, EAST), 6)
    centre = draw.randrange(8)
    lat = SOUTH + (NORTH - SOUTH) * (0.2 + 0.6 * (centre % 4) / 3) + draw.gauss(0, 0.008)
    long = WEST + (EAST - WEST) * (0.3 + 0.4 * (centre // 4)) + draw.gauss(0, 0.011)
    return round(min(max(lat, SOUTH), NORTH), 6), round(min(max(long, WEST), EAST), 6)


def _box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def _say(words: str) -> None:
    sys.stderr.write(words)
    sys.stderr.flush()
