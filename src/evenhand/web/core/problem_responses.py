"""Errors of JSON addresses in one shape, RFC 9457: `application/problem+json` with title, status, detail, and a code for machines."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse


def problem(status: int, *, code: str, title: str, detail: str = "", **facts: Any) -> JsonResponse:
    """An answer that says what is wrong. `code` never changes; title and detail are for people, in their language.

    `type` is about:blank, as the code and not an address tells problems apart.
    """
    body = {"type": "about:blank", "title": title, "status": status, "code": code} | ({"detail": detail} if detail else {}) | facts
    return JsonResponse(body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})
