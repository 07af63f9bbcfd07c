"""Text ids that one system writes one way and another one another: `0012` and `12`, `AB-7 ` and `ab-7`."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """How many ids differ from another one only in how they are written, and some that do, quoted: `'0012' and '12'`."""

    count: int
    examples: tuple[str, ...] = ()


def look_alikes_among(ids: pa.Array) -> LookAlikes:
    """Ids that differ from another one only by spaces around them, leading zeros or the case of letters; none among whole numbers."""
    if not pa.types.is_string(ids.type):
        return LookAlikes(0)
    plain = pc.utf8_ltrim(pc.utf8_lower(pc.utf8_trim_whitespace(ids)), characters="0")
    if not (count := len(ids) - int(pc.count_distinct(plain).as_py())):
        return LookAlikes(0)
    alike = pa.table({"id": ids, "plain": plain}).group_by("plain").aggregate([("id", "list"), ("id", "count")])
    some = alike.filter(pc.greater(alike["id_count"], 1)).sort_by("plain").slice(0, EXAMPLES)["id_list"].to_pylist()
    return LookAlikes(count, tuple(" and ".join(f"'{each}'" for each in sorted(group)[:EXAMPLES]) for group in some))
