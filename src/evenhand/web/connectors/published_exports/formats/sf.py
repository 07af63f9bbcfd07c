"""San Francisco's 311 export, as the portal publishes it or with the dotted column names that R makes of them.

Readings of its words. A service is a Request Type within a Category; where the type is blank, the category alone. `Open311` is a phone application.
`Integrated Agency` is another agency's system: who used it is not known.
"""

from __future__ import annotations

from typing import Final

from evenhand.web.connectors.published_exports.csv_format import Columns, CsvFormat, Locality

FORMAT: Final = CsvFormat(
    name="sf",
    title="San Francisco 311",
    columns=Columns(
        source_id="CaseID",
        requested="Opened",
        closed="Closed",
        updated="Updated",
        service="Request Type",
        service_group="Category",
        status="Status",
        source="Source",
        lat="Point",
        address="Address",
        agency="Responsible Agency",
        description="Request Details",
        words="Status Notes",
    ),
    localities=(Locality("Neighborhood"), Locality("Supervisor District", "Supervisor District")),
    is_closed={"closed": True, "open": False},
    sources={
        "voice in": ("phone", "resident"),
        "open311": ("app", "resident"),
        "web self service": ("web", "resident"),
        "twitter": ("social", "resident"),
        "e-mail in": ("email", "resident"),
        "mail in": ("other", "resident"),
        "integrated agency": ("staff_system", "unknown"),
        "other department": ("staff_system", "staff"),
    },
)
