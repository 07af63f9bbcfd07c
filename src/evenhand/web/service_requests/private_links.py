"""Capability links instead of accounts: whoever holds a request's private link may act as its reporter.

The token is a keyed hash of the request's own random salt. It is not stored anywhere, can be made again for every mail, and is revoked by a new salt.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from django.conf import settings
from django.utils.crypto import salted_hmac

from evenhand.web.service_requests.models import ServiceRequest

_LENGTH = 32  # hexadecimal digits: 128 bits


def private_token(request: ServiceRequest) -> str:
    """The token of a request's private link."""
    return _token(request, settings.SECRET_KEY)


def holds_private_link(request: ServiceRequest, token: str) -> bool:
    """Whether `token` opens `request`, under the present key or a former one."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return bool(request.link_salt) and any(hmac.compare_digest(_token(request, key).encode(), token.encode()) for key in keys)


def _token(request: ServiceRequest, key: str) -> str:
    value = f"{request.pk}:{request.link_salt}"
    return salted_hmac("evenhand.private_link", value, secret=key, algorithm=sha256().name).hexdigest()[:_LENGTH]
