"""Who may open which address of the console, as data. The door (`door.py`) lets nobody through to an address that stands in no row here.

A row says what an address asks for: nothing (signing in), being signed in, or one ability. Which objects a person sees behind it is asked of
`service_requests.one_request.request_for_staff` and the querysets' `visible_to`: missing and forbidden look alike.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from evenhand.web.accounts.roles import Ability


class Entrance(StrEnum):
    """What an address asks for where it is no ability."""

    ANYBODY = "anybody, signed in or not"
    SIGNED_IN = "everybody who is signed in, also before a password was changed or a second factor was given"


POLICY: Final[dict[str, Entrance | Ability]] = {
    "console:sign_in": Entrance.ANYBODY,
    "console:sign_out": Entrance.SIGNED_IN,
    "console:queue": Ability.SEE_REQUESTS,
}
