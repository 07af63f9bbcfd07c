"""JSON of many small values, as an import writes a million of them.

`JSONEncoder.encode` makes the standard library's C encoder anew at each call, which takes as long as a small value itself. Here it is made once. The
text is the same, character for character (a test compares them); values that hold themselves are not looked for. Where Python has no C encoder, the
usual one is used.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable
from typing import Any

Encode = Callable[[Any], str]
quoted: Callable[[str], str] = json.encoder.encode_basestring
"""A text as JSON, letters of every alphabet as they are."""


def encoder(*, sort_keys: bool = False, ensure_ascii: bool = True, separators: tuple[str, str] = (", ", ": ")) -> Encode:
    """The `encode` of a JSONEncoder with these options."""
    usual = json.JSONEncoder(sort_keys=sort_keys, ensure_ascii=ensure_ascii, separators=separators)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return usual.encode
    quoted = json.encoder.encode_basestring_ascii if ensure_ascii else json.encoder.encode_basestring
    item, key = separators
    pieces = make(None, usual.default, quoted, None, key, item, sort_keys, False, True)
    join = "".join
    return lambda value: join(pieces(value, 0))
