"""Who may open which address of the portal, as data: an address that stands in no row here does not pass the tests.

Nobody logs in to the portal. What is not for everybody is opened by something that was handed out: a link, or the key of a draft. The views ask for
it; the tests try every such address with a forged one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Audience(StrEnum):
    """Whom an address is for."""

    EVERYBODY = "everybody"
    REPORTER = "who holds the request's private link"
    FOLLOWER = "who holds a follower's own link"
    ASKED = "who was asked a question and holds its link"
    CONTRACTOR = "who holds the link of a contractor"
    DRAFT_WRITER = "who holds the key of a report that is being written"
    PHOTO_VIEWER = "everybody where the request is public, else who holds the photo's signature"


AUDIENCES: Final[dict[str, Audience]] = {
    "set_language": Audience.EVERYBODY,
    **dict.fromkeys(
        (
            *("portal:home", "portal:requests", "portal:areas", "portal:area", "portal:services", "portal:service", "portal:cities"),
            *("portal:map", "portal:map_requests", "portal:map_areas", "portal:map_grounds", "portal:map_streets"),
            *("portal:request", "portal:request_comment", "portal:request_me_too", "portal:request_follow", "portal:request_not_fixed"),
            *("portal:suggest", "portal:describe", "portal:report"),
            *("portal:about", "portal:accessibility", "portal:privacy", "portal:health"),
        ),
        Audience.EVERYBODY,
    ),
    **dict.fromkeys(
        (
            *("portal:private", "portal:private_comment", "portal:private_not_fixed", "portal:private_withdraw"),
            *("portal:private_hide_name", "portal:private_erase", "portal:private_mails"),
        ),
        Audience.REPORTER,
    ),
    **dict.fromkeys(("portal:follow_confirm", "portal:follow_stop"), Audience.FOLLOWER),
    "portal:answer": Audience.ASKED,
    "portal:work": Audience.CONTRACTOR,
    **dict.fromkeys(
        (
            *("portal:report_safety", "portal:report_place", "portal:report_similar"),
            *("portal:report_details", "portal:report_contact", "portal:report_check"),
        ),
        Audience.DRAFT_WRITER,
    ),
    **dict.fromkeys(("portal:photo", "portal:photo_small"), Audience.PHOTO_VIEWER),
}
