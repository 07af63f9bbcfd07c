"""A statistic that does not apply is a result too: it says why, instead of a zero or a NaN that somebody adds up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotComputable:
    """Why there is no figure. `reason` is for machines and never changes; `words` are plain English and say what would be needed."""

    reason: str
    words: str
