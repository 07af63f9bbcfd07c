"""Words that templates remember: whatever is remembered, pages say what Django's own tags would."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine
from django.utils import translation

USUAL = Engine(libraries={"i18n": "django.templatetags.i18n"})
REMEMBERING = Engine(libraries={"i18n": "evenhand.web.core.remembered_words"})
TEXTS = (
    '{% translate "Report a problem" %}',
    '{% trans "Report a problem" %}',
    "{% translate \"100 % <of> 'it' & more\" %}",
    '{% translate "Report a problem" as words %}[{{ words }}]',
    '{% translate "Report a problem" noop %}',
    '{% translate "Report a problem" context "nowhere" %}',
    '{% translate "Report a problem"|upper %}',
    "{% translate words %}",
    "{% blocktranslate %}{{ words }}: 5 % of {{ words }}{% endblocktranslate %}",
    "{% blocktranslate trimmed with shown=words|upper %}\n  {{ shown }}\n  and more {% endblocktranslate %}",
    "{% blocktrans count number=count %}{{ number }} {{ words }}{% plural %}{{ number }} {{ more }}{% endblocktrans %}",
)
CONTEXTS: tuple[dict[str, Any], ...] = ({"words": "Report a problem", "count": 1, "more": "<b>"}, {"words": "Queue & co", "count": 3, "more": "x"})


@pytest.mark.parametrize("text", TEXTS)
def test_each_tag_says_what_djangos_says_in_every_language_however_often_it_is_asked(text: str) -> None:
    usual, remembering = (engine.from_string("{% load i18n %}" + text) for engine in (USUAL, REMEMBERING))
    for _ in range(2):
        for language in ("en", "es", "en"):
            for known in CONTEXTS:
                for escapes in (True, False):
                    with translation.override(language):
                        said = remembering.render(Context(known, autoescape=escapes))
                        assert said == usual.render(Context(known, autoescape=escapes))


def test_words_are_said_in_the_language_of_the_page_and_not_of_the_page_before() -> None:
    template = REMEMBERING.from_string('{% load i18n %}{% translate "Report a problem" %}')
    said = {}
    for language in ("en", "es"):
        with translation.override(language):
            said[language] = template.render(Context())
    assert said["en"] == "Report a problem"
    assert said["es"] != said["en"]
