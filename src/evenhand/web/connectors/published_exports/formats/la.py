"""Los Angeles' MyLA311 export.

Readings of its words. `Driver Self Report` is a sanitation driver's own record: staff. A council office passes on what it heard, so who made that
request is not known. `Cancelled` does not say who cancelled, and states no reason; `Referred Out` does. ServiceDate is the day of collection,
often of an earlier round than the request: it promises nothing and is not an expected date. Closing dates without a time are published as
midnight.
"""

from __future__ import annotations

from typing import Final

from evenhand.web.connectors.published_exports.csv_format import Columns, CsvFormat, Locality

FORMAT: Final = CsvFormat(
    name="la",
    title="Los Angeles MyLA311",
    columns=Columns(
        source_id="SRNumber",
        requested="CreatedDate",
        closed="ClosedDate",
        updated="UpdatedDate",
        service="RequestType",
        status="Status",
        source="RequestSource",
        lat="Latitude",
        long="Longitude",
        address="Address",
        zipcode="ZipCode",
        agency="Owner",
    ),
    localities=(Locality("NCName"), Locality("CD", "Council District"), Locality("APC")),
    is_closed={"closed": True, "cancelled": True, "referred out": True, "open": False, "pending": False, "forward": False},
    sources={
        "call": ("phone", "resident"),
        "voicemail": ("phone", "resident"),
        "mobile app": ("app", "resident"),
        "self service": ("web", "resident"),
        "email": ("email", "resident"),
        "walk-in": ("walk_in", "resident"),
        "council's office": ("other", "unknown"),
        "driver self report": ("staff_system", "staff"),
    },
    reasons={"referred out": "not_ours"},
)
