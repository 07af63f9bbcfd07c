"""Who may see a photo that is not public: whoever was given its address with this signature, on a draft's or a private page, or in the console."""

from __future__ import annotations

from typing import Final

from evenhand.web.core.keyed_tokens import is_keyed_token, keyed_token

_PURPOSE: Final = "evenhand.photo"


def photo_signature(key: str) -> str:
    """What opens a photo that is in a draft, in a held or private request, or hidden (`?k=…`)."""
    return keyed_token(_PURPOSE, key)


def opens_photo(key: str, signature: str) -> bool:
    """Whether the signature is this photo's."""
    return is_keyed_token(_PURPOSE, key, signature)
