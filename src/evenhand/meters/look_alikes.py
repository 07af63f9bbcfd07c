"""Text ids that one system writes one way and another one another: `0012` and `12`, `AB-7 ` and `ab-7`."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def count_look_alikes(ids: pa.Array) -> int:
    """How many ids differ from another one only by spaces around them, leading zeros or the case of letters; 0 for whole numbers."""
    if not pa.types.is_string(ids.type):
        return 0
    plain = pc.utf8_ltrim(pc.utf8_lower(pc.utf8_trim_whitespace(ids)), characters="0")
    return len(ids) - int(pc.count_distinct(plain).as_py())
