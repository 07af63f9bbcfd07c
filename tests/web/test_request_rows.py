"""The repeated rows of the request page: whatever people wrote is shown as they wrote it, in every part of every row."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import pytest
from django.utils import translation

from evenhand.web.console import request_rows
from evenhand.web.console.event_words import StaffEntry
from evenhand.web.console.request_actions import ACTIONS
from evenhand.web.console.request_rows import Line, Sent, deeds_html, history_html, lines_html, messages_html
from evenhand.web.portal.photo_views import PhotoAddress
from tests.cast import NOON

MARKUP = """<b title='x'>"&amp;</b>"""
SHOWN = escape(MARKUP)


def entry(**columns: Any) -> StaffEntry:
    plain: dict[str, Any] = {"seq": 3, "at": NOON, "title": "t", "text": "", "actor": "", "mark": "", "hidden": "", "photos": [], "hide_seq": None}
    return StaffEntry(**plain | columns)


@pytest.mark.parametrize("part", ["title", "text", "actor"])
@pytest.mark.parametrize("words", [MARKUP, f"{MARKUP}\r\n\r\n{MARKUP}"])
def test_markup_in_an_entry_of_the_history_is_shown_as_it_was_typed(part: str, words: str) -> None:
    html = history_html([entry(**{part: words})])
    assert html.count(SHOWN) == words.count(MARKUP)
    assert "<b " not in html


def test_markup_in_the_words_of_a_photo_is_shown_as_it_was_typed() -> None:
    html = history_html([entry(photos=[PhotoAddress("/photos/a", "/photos/b", 4, 3, alt=MARKUP)])])
    assert "<b " not in html
    assert "&lt;b title=" in html


@pytest.mark.parametrize("part", ["url", "reference", "number", "standing"])
def test_markup_in_a_line_about_another_request_is_shown_as_it_was_typed(part: str) -> None:
    plain = {"url": "/u/", "reference": "r", "number": "n", "standing": "s"} | {part: MARKUP}
    html = lines_html([Line(**plain, requested_at=NOON, meters=12)], link_at="/console/requests/1/")
    assert SHOWN in html
    assert "<b " not in html


def test_markup_in_the_kind_of_a_message_is_shown_as_it_was_typed() -> None:
    html = messages_html([Sent(name=MARKUP, at=NOON, count=2, failed=1)])
    assert SHOWN in html
    assert "<b " not in html


def test_markup_in_the_words_of_a_deed_is_shown_as_it_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_rows, "_words", lambda _language: request_rows._Words())
    shown = [replace(action, label=MARKUP, key='"') for action in ACTIONS]  # type: ignore[arg-type]  # words as they come from a translation
    html = deeds_html(shown, page_url="/console/requests/1/", seen=3, token="token")
    assert SHOWN in html
    assert "<b " not in html
    assert 'data-key="&quot;"' in html


def test_a_deed_that_needs_no_words_is_a_button_with_its_own_key_and_the_version_that_was_seen() -> None:
    direct = [action for action in ACTIONS if action.is_direct and action.is_listed]
    html = deeds_html(direct, page_url="/console/requests/1/", seen=7, token="token")
    assert html.count('name="seen" value="7"') == html.count('name="csrfmiddlewaretoken" value="token"') == len(direct)
    keys = {part.split('"')[0] for part in html.split('name="form_key" value="')[1:]}
    assert len(keys) == len(direct)


def test_hidden_parts_can_be_shown_again_and_public_words_hidden_by_whoever_may() -> None:
    told = [entry(hide_seq=3), entry(seq=4, hidden="abuse"), entry(seq=5)]
    html = history_html(told, hide_at="/console/requests/1/")
    assert [part.split('"')[0] for part in html.split('href="')[1:]] == ["/console/requests/1/hide/?seq=3", "/console/requests/1/show-again/?seq=4"]
    assert "href" not in history_html(told)
    assert "hidden from the public" in history_html(told)


def test_rows_speak_the_language_of_the_page() -> None:
    with translation.override("en"):
        english = history_html([entry(mark="staff")])
    with translation.override("es"):
        assert history_html([entry(mark="staff")]) != english
