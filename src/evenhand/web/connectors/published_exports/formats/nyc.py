"""New York City's 311 export.

Readings of its words. A service is a Complaint Type of an agency: the same type can belong to two agencies that answer it differently (`PLUMBING`
is a tenant's complaint, `Plumbing` a building inspector's). The Descriptor stays with the request as its description: as services, the pairs
would be several hundred. How a request ended stands only in sentences; those listed here state it, all others (a summons, "no evidence of the
violation") state none.
"""

from __future__ import annotations

from typing import Final

from evenhand.web.connectors.published_exports.csv_format import Columns, CsvFormat, Locality

FORMAT: Final = CsvFormat(
    name="nyc",
    title="New York City 311",
    columns=Columns(
        source_id="Unique Key",
        requested="Created Date",
        closed="Closed Date",
        updated="Resolution Action Updated Date",
        expected="Due Date",
        service="Complaint Type",
        service_group="Agency Name",
        status="Status",
        source="Open Data Channel Type",
        lat="Latitude",
        long="Longitude",
        address="Incident Address",
        zipcode="Incident Zip",
        agency="Agency",
        description="Descriptor",
        words="Resolution Description",
    ),
    localities=(Locality("Community Board", "Community Board"), Locality("Borough")),
    is_closed={"closed": True, "open": False, "in progress": False, "assigned": False, "pending": False, "started": False},
    sources={
        "phone": ("phone", "resident"),
        "online": ("web", "resident"),
        "mobile": ("app", "resident"),
        "other": ("other", "unknown"),
        "unknown": ("unknown", "unknown"),
    },
    shouts=True,
    phrases=(
        ("is a duplicate of", "duplicate"),
        ("open service request already exists for the same location", "duplicate"),
        ("received an earlier complaint about the same location", "duplicate"),
        ("was previously reported by another customer", "duplicate"),
        ("were addressed under another service request number", "duplicate"),
        ("does not fall under the police department's jurisdiction", "not_ours"),
        ("not to be under department of transportation's jurisdiction", "not_ours"),
        ("because it was not within its jurisdiction", "not_ours"),
        ("referred it to nypd", "not_ours"),
        ("has referred this request to the new york city police department", "not_ours"),
        ("officers were unable to gain entry", "unable"),
        ("was not able to gain access to your apartment or others in the building", "unable"),
        ("was not able to gain access to inspect the following conditions", "unable"),
        ("was unable to access the rooms", "unable"),
        ("could not gain access to the location. if the problem still exists", "unable"),
        ("but could not access the site", "unable"),
        ("could not find the address you reported", "unable"),
        ("insufficient information and the department was not able to act", "unable"),
        ("can not be processed at this time because of insufficient contact information", "unable"),
        ("took action to fix the condition", "fixed"),
        ("inspected this complaint and repaired the problem", "fixed"),
        ("conditions were corrected", "fixed"),
        ("heat and hot water had been restored", "fixed"),
        ("performed the work necessary to correct the condition", "fixed"),
        ("completed the requested work order and corrected the problem", "fixed"),
        ("has completed the request or corrected the condition", "fixed"),
        ("investigated the complaint and addressed the issue", "fixed"),
        ("work was performed to relieve the blockage", "fixed"),
        ("repaired or replaced the hydrant", "fixed"),
        ("sanitation collected the e-waste", "fixed"),
        ("sanitation cleaned the location", "fixed"),
        ("sanitation removed the items", "fixed"),
        ("(dsny) removed the vehicle", "fixed"),
        ("mailed you the free lead test kit you requested", "fixed"),
    ),
)
