"""Boston's 311 export.

Readings of its words. A service is TYPE within REASON. `Employee Generated`, `City Worker App` and `Maximo Integration` (the works department's
asset system) are the city's own. CLOSURE_OUTCOME is not the city's own column: whoever republished the table derived it from CLOSURE_REASON, so
only the outcomes that say how a request ended count (`Noted`, `Already` and `Open` say nothing), and only for closed requests.
"""

from __future__ import annotations

from typing import Final

from evenhand.web.connectors.published_exports.csv_format import Columns, CsvFormat, Locality

FORMAT: Final = CsvFormat(
    name="boston",
    title="Boston 311",
    columns=Columns(
        source_id="CASE_ENQUIRY_ID",
        requested="OPEN_DT",
        closed="CLOSED_DT",
        expected="TARGET_DT|SLA_TARGET_DT",
        service="TYPE",
        service_group="REASON",
        status="CASE_STATUS",
        source="Source",
        lat="LATITUDE",
        long="LONGITUDE",
        address="Location",
        zipcode="LOCATION_ZIPCODE",
        agency="SUBJECT",
        outcome="CLOSURE_OUTCOME",
        words="CLOSURE_REASON",
    ),
    localities=(Locality("neighborhood"), Locality("ward", "Ward"), Locality("city_council_district", "Council District")),
    is_closed={"closed": True, "open": False},
    sources={
        "constituent call": ("phone", "resident"),
        "citizens connect app": ("app", "resident"),
        "self service": ("web", "resident"),
        "twitter": ("social", "resident"),
        "employee generated": ("staff_system", "staff"),
        "city worker app": ("staff_system", "staff"),
        "maximo integration": ("staff_system", "staff"),
    },
    reasons={"resolved": "fixed", "duplicate": "duplicate", "invalid": "invalid", "referred to external agency": "not_ours"},
)
