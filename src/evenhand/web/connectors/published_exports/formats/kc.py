"""Kansas City's 311 export.

Readings of its words. A service is a TYPE within a CATEGORY; DETAIL (a works district, or "Bridge") stays with the request. Date and time stand
in two columns, closings have a day only, and where that is blank the published number of days gives it: wherever both are there, they agree.
`RESOL` is the only word for closed, so it does not state that a thing was fixed. `BOT` is the city's chat assistant, on a channel that is not
said.
"""

from __future__ import annotations

from typing import Final

from evenhand.web.connectors.published_exports.csv_format import Columns, CsvFormat, Locality

FORMAT: Final = CsvFormat(
    name="kc",
    title="Kansas City 311",
    columns=Columns(
        source_id="CASE ID",
        requested="CREATION DATE",
        requested_time="CREATION TIME",
        closed="CLOSED DATE",
        days_to_close="DAYS TO CLOSE",
        service="TYPE",
        service_group="CATEGORY",
        status="STATUS",
        source="SOURCE",
        lat="LATITUDE",
        long="LONGITUDE",
        address="STREET ADDRESS",
        zipcode="ZIP CODE",
        agency="DEPARTMENT",
        description="DETAIL",
    ),
    localities=(Locality("NEIGHBORHOOD"), Locality("COUNCIL DISTRICT", "Council District"), Locality("COUNTY")),
    is_closed={"resol": True, "open": False},
    sources={
        "web": ("web", "resident"),
        "phone": ("phone", "resident"),
        "email": ("email", "resident"),
        "twir": ("social", "resident"),
        "bot": ("other", "resident"),
        "walk": ("walk_in", "resident"),
    },
)
