"""A second report of the same event: what it would tell beside the first.

Modelling choice: two reports with a window an hour apart differ by the one household between them, and two means of the same households by their
sums. So the counts and hours that both print are laid beside each other; where a count differs by fewer than 11, or hours differ while the households
do not, the later report is refused. Coefficients, curves and maps are not compared: whoever publishes one report of an event needs none of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from evenhand.reports.disclosure_cells import LEAST
from evenhand.reports.errors import PublishedTooNear

_HOURS: Final = ("mean_hours", "median_hours")


def refuse_too_near(earlier: Mapping[str, Any], later: Mapping[str, Any], *, least: int = LEAST) -> None:
    """Refuse a report that tells of few households beside an earlier one.

    Parameters
    ----------
    earlier, later
        Their `study.json`. Reports of events that began at another moment are not compared.
    least
        The fewest households by which two counts may differ.

    Raises
    ------
    PublishedTooNear
        With everything that is too near.
    """
    if earlier["study"]["event_start"] != later["study"]["event_start"]:
        return
    if reasons := [*_of_counts(_counts(earlier), _counts(later), least), *_of_hours(earlier, later)]:
        raise PublishedTooNear(reasons)


def _counts(study: Mapping[str, Any]) -> dict[str, int]:
    """Every count of households that a report prints, by what it is."""
    found: dict[str, Any] = {f"{group['group']}, {what}": n for group in study["groups"] for what, n in group.items() if isinstance(n, int)}
    for step in study["flow"]:
        found |= {f"{step['words']}": step["households"]} | {f"left for {reason}": n for reason, n in step["left"].items()}
    return {name: n for name, n in found.items() if isinstance(n, int)}


def _of_counts(earlier: Mapping[str, int], later: Mapping[str, int], least: int) -> Iterator[str]:
    for name in sorted(earlier.keys() & later.keys()):
        if 0 < abs(earlier[name] - later[name]) < least:
            yield f"{name}: {earlier[name]:,} and {later[name]:,}"


def _of_hours(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[str]:
    """Hours of groups of the same size: what differs is hours of some of their households."""
    groups = {group["group"]: group for group in earlier["groups"]}
    for group in later["groups"]:
        before = groups.get(group["group"], {})
        if before.get("households") == group["households"] and any(before[name] != group[name] for name in _HOURS):
            yield f"hours of {group['group']}, who are as many"
