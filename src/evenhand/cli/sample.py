"""The synthetic sample city: built by the twin, then brought in through the same doors as a real city's files."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from evenhand.cli.progress import byte_bar, notes
from evenhand.cli.setup import with_django

SLUG = "harbor-bend"
SOURCE = "the synthetic sample"
_LATER = "It is shown this once; `evenhand staff password NAME` makes another."


def load_sample_city(*, seed: int, requests: int) -> None:
    """Build the sample city and load it; a second run adds what a first one could not finish, and nothing else."""
    with_django()
    from evenhand.twin.sample_city import build_sample_city, write_sample_city
    from evenhand.web.accounts.sample_staff import make_sample_staff
    from evenhand.web.core import clock
    from evenhand.web.journeys import import_places
    from evenhand.web.journeys.import_configuration import import_configuration
    from evenhand.web.journeys.load_past import load_past
    from evenhand.web.places.cities import create_city
    from evenhand.web.places.models import Jurisdiction
    from evenhand.web.service_requests.services_file import import_services

    now = clock.now()
    known = Jurisdiction.objects.filter(slug=SLUG).first()
    sample = build_sample_city(seed, requests, until=known.created_at if known else now)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample_city(folder, sample)
        city = known or create_city(
            sample.name,
            timezone=sample.timezone,
            boundary=folder / "boundary.geojson",
            at=now,
            language=sample.language,
            emergency=sample.emergency,
            slug=SLUG,
            is_synthetic=True,
        )
        import_places.import_areas(city, folder / "areas.geojson")
        import_places.import_streets(city, folder / "streets.geojson")
        import_places.import_grounds(city, folder / "grounds.geojson")
        import_places.import_addresses(city, folder / "addresses.csv")
        import_services(city, folder / "services.json")
        import_configuration(city, json.loads((folder / "configuration.json").read_text(encoding="utf-8")), person=None, at=now)
    staff = None if city.staff.exists() else make_sample_staff(city, at=now)
    with byte_bar("Telling a synthetic year") as progress:
        told = load_past(city, sample.requests, source=SOURCE, at=now, progress=progress)
    notes([f"{city.name}: a synthetic city, {told:,} synthetic requests loaded."])
    if staff is not None:
        names = ", ".join(f"{person.username} ({person.role.replace('_', ' ')})" for person in staff.people)
        notes(["Its console is at /console/. Synthetic staff: " + names + ".", f"Password of all of them: {staff.password}", _LATER])
