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
    SIGNED_IN = "everybody who is signed in, also before a first password was changed and a needed second factor set up"
    SETTLED = "everybody who is signed in and has done that"


POLICY: Final[dict[str, Entrance | Ability]] = {
    "console:sign_in": Entrance.ANYBODY,
    "console:sign_in_code": Entrance.ANYBODY,
    "console:sign_out": Entrance.SIGNED_IN,
    "console:unknown_address": Entrance.SETTLED,
    "console:account": Entrance.SETTLED,
    "console:account_preferences": Entrance.SETTLED,
    "console:account_password": Entrance.SIGNED_IN,
    "console:account_second_factor": Entrance.SIGNED_IN,
    "console:account_recovery_codes": Entrance.SETTLED,
    "console:account_second_factor_off": Entrance.SETTLED,
    "console:account_sessions": Entrance.SETTLED,
    "console:reads": Ability.ADMINISTER,
    "console:queue": Ability.SEE_REQUESTS,
    "console:queue_map": Ability.SEE_REQUESTS,
    "console:queue_news": Ability.SEE_REQUESTS,
    "console:queue_assign": Ability.ASSIGN,
    "console:queue_take_back": Ability.ASSIGN,
    "console:queue_view_save": Ability.SEE_REQUESTS,
    "console:queue_view_delete": Ability.SEE_REQUESTS,
    "console:request": Ability.SEE_REQUESTS,
    "console:request_presence": Ability.SEE_REQUESTS,
    "console:request_action": Ability.SEE_REQUESTS,  # each action asks for an ability of its own: request_actions.py
    "console:call_new": Ability.TAKE_CALLS,
    "console:call_suggest": Ability.TAKE_CALLS,
    "console:call_done": Ability.TAKE_CALLS,
    "console:figures": Ability.SEE_FIGURES,
    "console:figures_csv": Ability.SEE_FIGURES,
    "console:setup": Ability.ADMINISTER,
    "console:setup_history": Ability.ADMINISTER,
    "console:setup_routing": Ability.ADMINISTER,
    "console:setup_routing_versions": Ability.ADMINISTER,
    "console:setup_routing_version": Ability.ADMINISTER,
    "console:setup_hours": Ability.ADMINISTER,
    "console:setup_holiday_add": Ability.ADMINISTER,
    "console:setup_holiday_import": Ability.ADMINISTER,
    "console:setup_holiday_remove": Ability.ADMINISTER,
    "console:setup_teams": Ability.ADMINISTER,
    "console:setup_team_new": Ability.ADMINISTER,
    "console:setup_team": Ability.ADMINISTER,
    "console:setup_team_retire": Ability.ADMINISTER,
    "console:setup_team_bring_back": Ability.ADMINISTER,
    "console:setup_people": Ability.ADMINISTER,
    "console:setup_person_new": Ability.ADMINISTER,
    "console:setup_person": Ability.ADMINISTER,
    "console:setup_person_deactivate": Ability.ADMINISTER,
    "console:setup_person_reactivate": Ability.ADMINISTER,
    "console:setup_person_password": Ability.ADMINISTER,
    "console:setup_person_second_factor": Ability.ADMINISTER,
    "console:setup_areas": Ability.ADMINISTER,
    "console:setup_area": Ability.ADMINISTER,
    "console:setup_services": Ability.ADMINISTER,
    "console:setup_service_new": Ability.ADMINISTER,
    "console:setup_service_groups": Ability.ADMINISTER,
    "console:setup_service": Ability.ADMINISTER,
    "console:setup_service_act": Ability.ADMINISTER,
    "console:setup_question_new": Ability.ADMINISTER,
    "console:setup_question": Ability.ADMINISTER,
    "console:setup_stop_new": Ability.ADMINISTER,
    "console:setup_stop": Ability.ADMINISTER,
    "console:setup_templates": Ability.ADMINISTER,
    "console:setup_template_new": Ability.ADMINISTER,
    "console:setup_template": Ability.ADMINISTER,
    "console:setup_articles": Ability.ADMINISTER,
    "console:setup_article_new": Ability.ADMINISTER,
    "console:setup_article": Ability.ADMINISTER,
    "console:setup_held": Ability.MODERATE,
    "console:setup_configuration": Ability.ADMINISTER,
    "console:setup_export": Ability.ADMINISTER,
}

ASKED_BY_PAGES: Final = frozenset({"console:queue_news", "console:request_presence"})
"""What an open page asks for by itself every half minute. That is no use of a session: with it none would ever end."""
