"""A form may hold five photos and the words around them. What is larger is refused before a byte of it is kept.

The size is the one that the sender declares. It binds: of a WSGI request Django reads no more bytes than were declared, and none where nothing was.
The check of forms against forgery reads the whole body into temporary files, so this stands before it. What is not too absurd is read and thrown
away, because a browser that is still sending does not look at an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from evenhand.web.portal.error_pages import too_large

MOST_BYTES: Final = 110_000_000
MOST_THROWN_AWAY: Final = 3 * MOST_BYTES
_PIECE: Final = 65_536


class BodyLimitMiddleware:
    """Answers 413 to a body that is declared larger than `MOST_BYTES`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = _declared_bytes(request)
        if declared <= MOST_BYTES:
            return self.get_response(request)
        if declared <= MOST_THROWN_AWAY:
            _throw_away(request)
        return too_large(request)


def _declared_bytes(request: HttpRequest) -> int:
    """As Django reads it."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _throw_away(request: HttpRequest) -> None:
    try:
        while request.read(_PIECE):
            pass
    except OSError:
        return  # the sender has gone; there is nobody to read the answer either
