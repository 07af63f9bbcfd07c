"""Two administrators at one form: each form carries a digest of what it showed, and a change made meanwhile is noticed before anything is saved."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from evenhand.web.core.differences import stamp


def stamp_of(facts: dict[str, Any]) -> str:
    """For the form's hidden field `seen`."""
    return stamp(facts)


def differs(request: HttpRequest, facts: dict[str, Any]) -> bool:
    """Whether what is there now is not what the sent form had shown."""
    return request.POST.get("seen", "") != stamp(facts)
