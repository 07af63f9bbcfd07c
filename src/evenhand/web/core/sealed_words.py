"""Words that lie in the database sealed: whoever reads the database alone, or a copy of it, cannot read them.

Sealed is encrypted and signed (Fernet: AES-128-CBC with HMAC-SHA-256), by a key that HKDF (RFC 5869) derives from the instance's secret key and from
what the words are for: so what was sealed for one purpose opens for no other. What a former secret key sealed opens as long as that key stands among
the fallbacks.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_KEY_BYTES: Final = 32  # Fernet's: 16 to sign, 16 to encrypt


def sealed(purpose: str, words: str) -> str:
    """The words, sealed with the present key; ASCII, a third longer than the words and 100 characters more. Each time another."""
    return _fernet(purpose, settings.SECRET_KEY).encrypt(words.encode()).decode()


def opened(purpose: str, seal: str) -> str | None:
    """What was sealed for this purpose, under the present key or a former one; None if none of them fits."""
    return _opened(purpose, seal, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


def is_of_present_key(purpose: str, seal: str) -> bool:
    """Whether no former key is needed for it."""
    return _opened(purpose, seal, [settings.SECRET_KEY]) is not None


def _opened(purpose: str, seal: str, keys: Sequence[str]) -> str | None:
    try:
        return MultiFernet([_fernet(purpose, key) for key in keys]).decrypt(seal.encode()).decode()
    except InvalidToken:
        return None


def _fernet(purpose: str, key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"evenhand.sealed {purpose}".encode()).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
