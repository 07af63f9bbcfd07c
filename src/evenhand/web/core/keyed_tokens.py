"""Tokens of links that are handed out: a keyed hash of what the link is for, kept nowhere and made again whenever it is needed.

What is signed holds a random salt of its own row: a new salt revokes every link that was made with the old one. A key of the settings may be changed:
links that were signed with a former one go on working as long as it stands among the fallbacks.
"""

from __future__ import annotations

import hmac
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

_LENGTH: Final = 32  # hexadecimal digits: 128 bits


def keyed_token(purpose: str, value: str) -> str:
    """The token of `value` for one purpose; that of another purpose tells nothing about it."""
    return _token(purpose, value, settings.SECRET_KEY)


def is_keyed_token(purpose: str, value: str, token: str) -> bool:
    """Whether `token` was made for this, under the present key or a former one; found out in the same time for every wrong one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_token(purpose, value, key).encode(), token.encode()) for key in keys)


def _token(purpose: str, value: str, key: str | bytes) -> str:
    return salted_hmac(purpose, value, secret=key, algorithm="sha256").hexdigest()[:_LENGTH]
