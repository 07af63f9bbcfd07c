"""A small named cast, and factories for bulk. Everything is made through the product's own actions, so that every history here is a real one.

The city `harbor` is a square of about 4.4 × 3.3 km; west of its middle lies Dockside, east of it Hilltop. Times are UTC, and the city's noon of
2 March 2026 is when things happen unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Address, Area, Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import Photo, Service, ServiceAttribute, ServiceGroup, ServiceRequest, StopQuestion

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
"""Noon of a Monday in the city's zone (America/New_York, five hours behind)."""

WEST, SOUTH, EAST, NORTH = -71.06, 42.34, -71.02, 42.38
MIDDLE = -71.04
IN_DOCKSIDE = (42.3601, -71.0501)
IN_HILLTOP = (42.3602, -71.0302)
OUTSIDE = (42.5, -71.05)


@dataclass(frozen=True, slots=True)
class Resident:
    """A person who reports: how they can be reached, and what they read."""

    name: str
    email: str
    phone: str = ""
    language: str = "en"

    def contact(self, **changes: Any) -> actions.Contact:
        given: dict[str, Any] = {"name": self.name, "email": self.email, "phone": self.phone, "language": self.language, "response_method": "email"}
        return actions.Contact(**(given | changes))


ANA = Resident("Ana Okafor", "ana@home.test", "+16175550123")
LUZ = Resident("Luz Ibarra", "luz@home.test", language="es")


def make_staff(city: Jurisdiction, role: Role, username: str = "", **columns: Any) -> Account:
    """Somebody who works for the city; signed in by `client.force_login(...)`."""
    person = Account.objects.create_user(username or f"the-{role}", role=role, **columns)
    person.cities.add(city)
    return person


def make_team(city: Jurisdiction, code: str = "roads", name: str = "Roads", *, members: Sequence[Account] = (), **columns: Any) -> Team:
    team = Team.objects.create(jurisdiction=city, code=code, name=name, **columns)
    team.members.set(members)
    return team


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A rectangle as a GeoJSON geometry, counter-clockwise."""
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def make_city(slug: str = "harbor", name: str = "Harbor", *, shift: float = 0.0, **columns: Any) -> Jurisdiction:
    """A city with two areas; `shift` moves it east by so many degrees, for a second one elsewhere."""
    west, middle, east = WEST + shift, MIDDLE + shift, EAST + shift
    defaults = {"timezone": "America/New_York", "created_at": NOON - timedelta(days=400)}
    city = Jurisdiction.objects.create(
        slug=slug,
        name=name,
        boundary=box(west, SOUTH, east, NORTH),
        west=west,
        south=SOUTH,
        east=east,
        north=NORTH,
        **(defaults | columns),
    )
    make_area(city, "dockside", "Dockside", (west, SOUTH, middle, NORTH))
    make_area(city, "hilltop", "Hilltop", (middle, SOUTH, east, NORTH))
    return city


def make_area(city: Jurisdiction, code: str, name: str, bounds: tuple[float, float, float, float], **columns: Any) -> Area:
    west, south, east, north = bounds
    return Area.objects.create(jurisdiction=city, code=code, name=name, shape=box(*bounds), west=west, south=south, east=east, north=north, **columns)


def make_address(city: Jurisdiction, address: str, *, lat: float, long: float, search_key: str | None = None, **columns: Any) -> Address:
    """A row of the address file. `search_key` is what the search looks in: the address in lower case unless given."""
    return Address.objects.create(
        jurisdiction=city,
        address_id=columns.pop("address_id", None) or f"A{city.addresses.count() + 1}",
        address=address,
        lat=lat,
        long=long,
        search_key=address.lower() if search_key is None else search_key,
        **columns,
    )


def make_service(city: Jurisdiction, code: str, name: str, *, group: str = "streets", **columns: Any) -> Service:
    upper, _ = ServiceGroup.objects.get_or_create(jurisdiction=city, code=group, defaults={"name": group.capitalize()})
    return Service.objects.create(jurisdiction=city, group=upper, code=code, name=name, **columns)


def make_pothole_service(city: Jurisdiction) -> Service:
    spanish = {"es": {"name": "Bache", "description": "Un hoyo en la calle"}}
    service = make_service(city, "pothole", "Pothole", description="A hole in the road", keywords="hole, asphalt", translations=spanish)
    ServiceAttribute.objects.create(
        service=service,
        code="size",
        datatype="singlevaluelist",
        is_required=True,
        question="How large is it?",
        order=1,
        values=[{"key": "small", "name": "Smaller than a plate"}, {"key": "large", "name": "Larger than a plate"}],
        translations={"es": {"question": "¿Qué tamaño tiene?", "values": {"small": "Menor que un plato", "large": "Mayor que un plato"}}},
    )
    ServiceAttribute.objects.create(service=service, code="lane", datatype="string", question="In which lane?", order=2)
    return service


def make_fallen_wire_service(city: Jurisdiction) -> Service:
    service = make_service(city, "fallen-wire", "Fallen wire", group="utilities")
    StopQuestion.objects.create(
        service=service,
        code="sparking",
        question="Is the wire sparking, or is somebody hurt?",
        message="Stay ten metres away and call now.",
        translations={"es": {"question": "¿El cable echa chispas o hay alguien herido?", "message": "Quédese a diez metros y llame ahora."}},
    )
    return service


def make_request(
    service: Service,
    *,
    by: Resident | None = None,
    at: datetime = NOON,
    words: str = "A deep hole beside the bus stop",
    point: tuple[float, float] | None = IN_DOCKSIDE,
    address: str = "12 Wharf Street",
    answers: Mapping[str, str | list[str]] | None = None,
    photos: Sequence[Photo] = (),
    **columns: Any,
) -> ServiceRequest:
    """A report as the portal would take it; `point` is (latitude, longitude), None for no place. Further columns are NewReport's."""
    city = service.jurisdiction
    lat, long = point or (None, None)
    quality = "exact" if point else "missing"
    place = actions.Place(lat=lat, long=long, quality=quality, address=address, area=area_at(city, lat, long))
    report = actions.NewReport(
        jurisdiction=city,
        service=service,
        place=place,
        description=words,
        at=at,
        channel=columns.pop("channel", "web"),
        answers=answers or {},
        contact=columns.pop("contact", None) or (by.contact() if by else actions.Contact()),
        photos=photos,
        **columns,
    )
    with transaction.atomic():
        return actions.receive(report, recorded_at=at)


def make_requests(service: Service, count: int, *, every: timedelta = timedelta(hours=1), **report: Any) -> list[ServiceRequest]:
    """`count` reports, the newest at noon and each further one `every` before it."""
    return [make_request(service, at=NOON - every * number, words=f"Report number {number + 1}", **report) for number in range(count)]


def area_at(city: Jurisdiction, lat: float | None, long: float | None) -> Area | None:
    """The area whose rectangle holds the point (the cast's areas are rectangles)."""
    if lat is None or long is None:
        return None
    return city.areas.filter(west__lte=long, east__gt=long, south__lte=lat, north__gt=lat).first()
