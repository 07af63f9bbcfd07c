"""Quick JSON is JSON: the same text as the standard library's, also for what is rare."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenhand.web.core.quick_json import encoder
from evenhand.web.service_requests.workflow import State

VALUES: list[Any] = [
    *([], {}, "", None, True, 0, -1, 1.5, 1e300, 10**30, float("nan"), float("-inf")),
    {"b": 1, "a": {"deep": [None, False, {"z": "ü", "y": "坑 🕳"}]}},
    ['quote" back\\slash /', "tab\tline\nreturn\r", "\x00\x1f\x7f\u2028", "\ud800"],
    {2: "a", 2.5: "b", None: "c", True: "d"},
    {"state": State.CLOSED, "numbers": (1, 2)},
]
OPTIONS: list[dict[str, Any]] = [{}, {"sort_keys": True, "ensure_ascii": False, "separators": (",", ":")}]


@pytest.mark.parametrize("options", OPTIONS)
def test_the_text_is_the_standard_library_s(options: dict[str, Any]) -> None:
    encode = encoder(**options)
    for value in VALUES:
        if options.get("sort_keys") and isinstance(value, dict) and None in value:
            continue  # keys of several kinds have no order
        assert encode(value) == json.dumps(value, **options)


@pytest.mark.parametrize("options", OPTIONS)
def test_what_json_cannot_hold_is_refused_as_usual(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        encoder(**options)({"a": object()})


def test_an_error_leaves_nothing_behind_for_the_next_value() -> None:
    encode = encoder()
    for broken in ([object()], {"a": [1, object()]}):
        with pytest.raises(TypeError):
            encode(broken)
        assert encode({"a": [1]}) == '{"a": [1]}'


def test_without_the_c_encoder_the_usual_one_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("json.encoder.c_make_encoder", None)
    assert encoder(sort_keys=True)({"b": 1, "a": "ü"}) == '{"a": "\\u00fc", "b": 1}'
