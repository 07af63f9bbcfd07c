"""The frame of every console page: its header and its list of keys. Both are rendered once for all pages that say the same in them.

They are a third of a page's template nodes and hardly ever change for a person; only the forgery token is put in anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from evenhand.web.accounts.models import Account
from evenhand.web.console.navigation import Page
from evenhand.web.places.models import Jurisdiction

register = template.Library()
_TOKEN = "forgery-token-of-this-answer"  # noqa: S105 - where the token is put


@dataclass(frozen=True, slots=True)
class _City:
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What the header says; `name` is empty where nobody is signed in."""

    language: str
    name: str
    role: str
    city: _City | None
    cities: tuple[_City, ...]
    pages: tuple[Page, ...]


@register.simple_tag(takes_context=True)
def console_header(context: template.Context) -> SafeString:
    """The header, for whoever is signed in or nobody."""
    person = context["request"].user
    is_known = isinstance(person, Account)
    said = _Header(
        language=_language(),
        name=person.shown_name if is_known else "",
        role=str(context.get("console_role") or ""),
        city=_city(context.get("city")),
        cities=tuple(_City(city.slug, city.name) for city in context.get("console_cities") or ()),
        pages=tuple(context.get("console_nav") or ()),
    )
    html = _header(said)
    return mark_safe(html.replace(_TOKEN, str(context["csrf_token"]))) if is_known else html  # noqa: S308 - a template's, and letters and digits


@register.simple_tag(takes_context=True)
def keys_dialog(context: template.Context) -> SafeString:
    """The list of keys."""
    return _keys(_language(), bool(context.get("console_keys_off")), isinstance(context["request"].user, Account))


@lru_cache(maxsize=512)
def _header(said: _Header) -> SafeString:
    return render_to_string("console/parts/header.html", {"said": said, "csrf_token": _TOKEN})


@lru_cache(maxsize=64)
def _keys(language: str, is_off: bool, is_signed_in: bool) -> SafeString:  # noqa: ARG001 - the language is part of the cache's key
    return render_to_string("console/parts/keys_dialog.html", {"is_off": is_off, "is_signed_in": is_signed_in})


def _city(shown: Any) -> _City | None:
    return _City(shown.slug, shown.name) if isinstance(shown, Jurisdiction) else None


def _language() -> str:
    return get_language() or "en"
