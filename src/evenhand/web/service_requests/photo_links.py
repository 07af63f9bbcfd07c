"""Who may see a photo that is not public: whoever was given its address with this signature, on a draft's or a private page."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

_LENGTH = 32  # hexadecimal digits: 128 bits


def photo_signature(key: str) -> str:
    """What opens a photo that is in a draft, or in a held or private request (`?k=…`)."""
    return _signature(key, settings.SECRET_KEY)


def opens_photo(key: str, signature: str) -> bool:
    """Whether the signature is this photo's, under the present key or a former one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(_signature(key, secret).encode(), signature.encode()) for secret in keys)


def _signature(key: str, secret: str | bytes) -> str:
    return salted_hmac("evenhand.photo", key, secret=secret, algorithm="sha256").hexdigest()[:_LENGTH]
