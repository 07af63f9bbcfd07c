"""What a response template can be written for is what the request page asks templates for."""

from __future__ import annotations

from evenhand.web.console.request_actions import ACTIONS
from evenhand.web.console.setup_templates import use_words
from evenhand.web.conversations.template_editing import USES


def test_every_use_is_asked_for_by_an_action_and_every_action_can_be_written_for() -> None:
    asked = {action.template_use for action in ACTIONS if action.template_use}
    assert {use.split(":")[0] for use in USES} == {use.split(":")[0] for use in asked}
    assert {use for use in asked if ":" in use} <= set(USES)


def test_every_use_has_words() -> None:
    assert all(use_words(use) != use for use in USES)
