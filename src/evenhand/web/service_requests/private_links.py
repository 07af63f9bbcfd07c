"""Capability links instead of accounts: whoever holds a request's private link may act as its reporter.

The token is a keyed hash of the request's own random salt. It is not stored anywhere, can be made again for every mail, and is revoked by a new salt.
"""

from __future__ import annotations

from typing import Final

from evenhand.web.core.keyed_tokens import is_keyed_token, keyed_token
from evenhand.web.service_requests.models import ServiceRequest

_PURPOSE: Final = "evenhand.private_link"


def private_token(request: ServiceRequest) -> str:
    """The token of a request's private link."""
    return keyed_token(_PURPOSE, _signed(request))


def holds_private_link(request: ServiceRequest, token: str) -> bool:
    """Whether `token` opens `request`."""
    return bool(request.link_salt) and is_keyed_token(_PURPOSE, _signed(request), token)


def _signed(request: ServiceRequest) -> str:
    return f"{request.pk}:{request.link_salt}"
