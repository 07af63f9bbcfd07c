"""How the roles are called, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evenhand.web.accounts.roles import Role

ROLE_NAMES: Final[Mapping[str, str | Promise]] = {
    Role.CALL_TAKER: _("Call taker"),
    Role.AGENT: _("Agent"),
    Role.DISPATCHER: _("Dispatcher"),
    Role.ANALYST: _("Analyst"),
    Role.ADMINISTRATOR: _("Administrator"),
}
