"""The sample city's list of services, in the format of `evenhand import services FILE.json`.

The file is one object with a list `services` (a bare Open311 list is accepted too). Beside the Open311 fields, an entry may have `private`, `areas`
(ids of the areas where it is offered; absent means everywhere), `notice` (shown before reporting), `definition` with Open311 `attributes`,
`stop_questions` (a "yes" ends the form with a number to call) and `translations` by language. docs/reference/services-file.md has every field.
"""

from __future__ import annotations

from typing import Any

from evenhand.twin.sample_service_words import Service, as_file_row
from evenhand.twin.sample_services_home import HOME_SERVICES
from evenhand.twin.sample_services_people import PEOPLE_SERVICES
from evenhand.twin.sample_services_streets import STREET_SERVICES

ALL_SERVICES: tuple[Service, ...] = STREET_SERVICES + HOME_SERVICES + PEOPLE_SERVICES


def services_file(areas: dict[str, list[str]]) -> dict[str, Any]:
    """The whole file; `areas` maps a kind of neighbourhood (`harbor`) to the ids of those areas."""
    return {"name": "Services of Harbor Bend (sample)", "synthetic": True, "services": [as_file_row(service, areas) for service in ALL_SERVICES]}
