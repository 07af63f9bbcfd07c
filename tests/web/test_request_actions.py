"""The registry of actions of the request page, held to its own rules, and to who may do what."""

from __future__ import annotations

import pytest
from django.template.loader import get_template
from django.test import Client

from evenhand.web.accounts.roles import Ability, Role
from evenhand.web.console import navigation
from evenhand.web.console.request_actions import ACTIONS, BY_CODE, GROUPS
from evenhand.web.console.request_work_actions import WORK_ACTIONS
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.editing import SUBJECTS
from evenhand.web.service_requests.models import ServiceRequest
from tests import cast

ALL_WHO_WORK = {Role.AGENT, Role.DISPATCHER, Role.ADMINISTRATOR}
MAY = dict.fromkeys((action.code for action in WORK_ACTIONS), ALL_WHO_WORK) | {
    "note": ALL_WHO_WORK | {Role.CALL_TAKER},
    "reporters-answer": ALL_WHO_WORK | {Role.CALL_TAKER},
}


def test_codes_and_keys_are_used_once() -> None:
    codes, keys = [action.code for action in ACTIONS], [action.key for action in ACTIONS if action.key]
    assert len(set(codes)) == len(codes)
    assert len(set(keys)) == len(keys)
    assert not set(keys) & {"q", "l", "?"}, "the page's own keys"
    assert not set(keys) & {key for _name, _label, key in navigation._PAGES}, "keys of the header"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.code)
def test_an_entry_names_what_there_is(action: object) -> None:
    entry = BY_CODE[action.code]  # type: ignore[attr-defined]  # parametrized
    assert entry.group in GROUPS
    assert set(entry.subject.split("+")) <= set(SUBJECTS)
    get_template(entry.template)
    assert isinstance(entry.ability, Ability)
    assert entry.is_direct or entry.form.base_fields.keys() - {"form_key", "seen"}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_does_what_is_written_here_and_nothing_else(
    client: Client, pothole_request: ServiceRequest, harbor: Jurisdiction, role: Role
) -> None:
    client.force_login(cast.make_staff(harbor, role))
    for code, roles in MAY.items():
        answer = client.post(f"/console/requests/{pothole_request.reference}/{code}/", {"words": "My own words"})
        assert (answer.status_code != 403) == (role in roles), (code, role, answer.status_code)
        if role not in roles:
            assert "My own words" in answer.content.decode(), "what was typed comes back"


def test_an_action_that_is_none_is_not_there(client: Client, pothole_request: ServiceRequest, harbor: Jurisdiction) -> None:
    client.force_login(cast.make_staff(harbor, Role.ADMINISTRATOR))
    assert client.post(f"/console/requests/{pothole_request.reference}/delete/").status_code == 404
