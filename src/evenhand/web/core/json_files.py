"""JSON files that people hand in, read so that every value of them can be stored.

`NaN` and `Infinity`, which some tools write for "unknown", are read as null: they are no JSON, and no database takes them. Characters that no text
can hold (NUL, half a surrogate pair) are refused, since a name with one of them is damaged.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import zlib
from pathlib import Path
from typing import Any

from evenhand.vocabulary.errors import EvenhandError

_ESCAPED = re.compile(r"\\u(0000|d[89a-f])", re.IGNORECASE)
_UNUSABLE = re.compile("[\0\ud800-\udfff]")


class JsonUnreadable(EvenhandError):
    """Not a file, not text, or not JSON. Who asked for the file says what it should have been."""

    def __init__(self, reason: str) -> None:
        super().__init__("json_unreadable", reason)


def read_json(file: Path) -> Any:
    """The document of a file, plain or gzip. Raises JsonUnreadable, whose message completes "the file cannot be used: …"."""
    try:
        data = file.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
        document = json.loads(text, parse_constant=lambda _name: None)
    except FileNotFoundError:
        raise JsonUnreadable("no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise JsonUnreadable(f"the file cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except UnicodeDecodeError as error:
        raise JsonUnreadable(f"not UTF-8 text: {error}") from error
    except (ValueError, RecursionError) as error:
        raise JsonUnreadable(f"not JSON: {error}") from error
    if _ESCAPED.search(text) and (where := _unusable(document, "")):
        raise JsonUnreadable(f"a character that no text can hold (NUL, or half a character) in {where}")
    return document


def _unusable(value: Any, where: str) -> str:
    """Path of the first text that cannot be stored; blank if all can."""
    if isinstance(value, str):
        return (where or "the text") if _UNUSABLE.search(value) else ""
    if isinstance(value, dict):
        return next((found for key, part in value.items() if (found := _unusable(key, where) or _unusable(part, f"{where}/{key}"))), "")
    if isinstance(value, list):
        return next((found for number, part in enumerate(value, start=1) if (found := _unusable(part, f"{where}/{number}"))), "")
    return ""


def finite(value: Any) -> Any:
    """The value, or None in place of a number without end (JSON's 1e999)."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
