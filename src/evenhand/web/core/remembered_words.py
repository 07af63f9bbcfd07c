"""Django's `{% load i18n %}`, with words that a template node looks up once a language and sentences whose pattern it works out once.

Half of what a page renders are constant words; looking one up takes Django seven steps, and as long as writing a value. What these two tags say is
what Django's say: only `{% translate "…" %}` of a constant is remembered, and of `{% blocktranslate %}` only the text before its translation.
Named `i18n` in the settings (TEMPLATES, `libraries`), so that every template has it.
"""

from __future__ import annotations

from typing import Any

from django.template import Context, Library, Node
from django.template.base import Parser, Token, Variable
from django.templatetags import i18n
from django.utils.translation import get_language

register = Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class RememberedWords(i18n.TranslateNode):
    """Constant words, by language and by whether they are escaped."""

    def __init__(self, node: i18n.TranslateNode) -> None:
        super().__init__(node.filter_expression, node.noop)
        self._said: dict[tuple[str | None, bool], str] = {}

    def render(self, context: Context) -> str:
        key = (get_language(), context.autoescape)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = super().render(context)
        return said


class RememberedPattern(i18n.BlockTranslateNode):
    """A sentence with gaps: its message and the names of its gaps are the same each time."""

    _patterns: dict[int, tuple[str, list[str]]]

    def render_token_list(self, tokens: list[Token]) -> tuple[str, list[str]]:
        found = self._patterns.get(id(tokens))
        if found is None:
            found = self._patterns[id(tokens)] = super().render_token_list(tokens)
        message, names = found
        return message, list(names)  # the caller adds to it


def _translate(parser: Parser, token: Token) -> Node:
    node = i18n.do_translate(parser, token)
    return RememberedWords(node) if _is_constant(node) else node


def _block_translate(parser: Parser, token: Token) -> Node:
    made = i18n.do_block_translate(parser, token)
    parts: dict[str, Any] = {name: value for name, value in vars(made).items() if name in _PARTS}
    node = RememberedPattern(**parts)
    node._patterns = {}
    return node


def _is_constant(node: i18n.TranslateNode) -> bool:
    words = node.filter_expression
    return isinstance(words.var, Variable) and words.var.literal is not None and not (words.filters or node.asvar or node.message_context)


_PARTS = ("extra_context", "singular", "plural", "countervar", "counter", "message_context", "trimmed", "asvar", "tag_name")
for _name in ("translate", "trans"):
    register.tag(_name, _translate)
for _name in ("blocktranslate", "blocktrans"):
    register.tag(_name, _block_translate)
