"""What meters say by themselves, and what their neighbours show: further evidence, fused with the readings, never in their place.

Modelling choice: a message or a neighbour decides only what a meter's own readings leave open. Where an edge is uncertain by lost readings, a message
inside the uncertainty, or the interval that most neighbours on the transformer share, picks the point estimate; the bounds stay wide. A meter whose
readings cannot tell (`zero_before`, `seldom_seen`) was out if it said when power went and came back, or if nearly all its neighbours were. A gap
alone, while every neighbour had power, is a fault of communication as likely as an outage: unknown. What contradicts the readings is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.judged import Judged, Rows
from evenhand.meters.kernels_habits import LOST_INSIDE
from evenhand.meters.kernels_interruptions import (
    BY_EVENT,
    BY_GAP,
    BY_NEIGHBOURS,
    CLEAR,
    END,
    END_EARLIEST,
    END_LATEST,
    EVIDENCE,
    IS_STORM,
    LONE_GAP,
    METER,
    N_COLUMNS,
    NEVER_OUT,
    RESTORED,
    SELDOM_SEEN,
    START,
    START_EARLIEST,
    START_LATEST,
    STILL_OUT,
    UNKNOWN,
    ZERO_BEFORE,
)
from evenhand.meters.limits import Limits

NEIGHBOURS_LEAST: Final = 3  # fewer are no consensus
NEARLY_ALL: Final = 0.8
_SLOTS: Final = 1 << 32  # more than any window has: meter × _SLOTS + slot sorts by meter, then slot

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Messages:
    """Keys meter × 2³² + slot, sorted: the first fully dark slot after each loss of power, the first slot with power at each return."""

    off: Ints
    on: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhoods:
    """`transformer[m]` numbers the transformer of meter `m`, −1 where it is not known; `count` of them."""

    transformer: Ints
    count: int


def fuse(judged: Judged, limits: Limits, messages: Messages | None, neighbourhoods: Neighbourhoods | None) -> Judged:
    """The judgement with further evidence; messages come first, because they are the meter's own."""
    if messages is not None:
        judged = _by_messages(judged, limits, messages)
    if neighbourhoods is not None:
        judged = _by_neighbours(judged, limits, neighbourhoods)
    return judged


def _by_messages(judged: Judged, limits: Limits, messages: Messages) -> Judged:
    rows = judged.rows.copy()
    for edge in (_starts(rows), _ends(rows, limits.n_slots)):
        found = _first_between(messages.off if edge.column == START else messages.on, rows[:, METER], edge.low, edge.high)
        _settle(rows, edge, found, (found >= 0) & edge.is_known, BY_EVENT)
    meters = _left_open(judged)
    off = _first_between(messages.off, meters, np.full(meters.size, limits.window_begin), np.full(meters.size, limits.window_end - 1))
    on = _first_between(messages.on, meters, off + limits.min_dark, np.full(meters.size, limits.n_slots - 1))
    told = (off >= 0) & (on >= 0)
    return _with_outages(
        replace(judged, rows=rows), meters[told], (off[told], on[told]), (off[told], off[told], on[told], on[told]), evidence=BY_EVENT, limits=limits
    )


def _by_neighbours(judged: Judged, limits: Limits, neighbourhoods: Neighbourhoods) -> Judged:
    of = neighbourhoods.transformer
    judged = _without_lone_gaps(judged, of, neighbourhoods.count)
    rows = judged.rows.copy()
    by_event = rows[:, EVIDENCE] & BY_EVENT > 0
    storm = (rows[:, IS_STORM] == 1) & (of[rows[:, METER]] >= 0)
    for edge in (_starts(rows), _ends(rows, limits.n_slots)):
        shared = _shared_by_most(of[rows[:, METER]], rows[:, edge.column], storm & edge.is_sure & edge.is_known, neighbourhoods.count)
        slot = np.where(storm, shared[of[rows[:, METER]]], -1)
        is_open = (edge.high > edge.low) & ~(by_event & edge.is_settled) & (slot != rows[:, edge.column])
        _settle(rows, edge, slot, storm & edge.is_known & is_open & (slot >= edge.low) & (slot <= edge.high), BY_NEIGHBOURS)
    return _told_by_neighbours(replace(judged, rows=rows), limits, neighbourhoods)


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """Where the starts or ends of rows may lie: `low` to `high`; `is_sure` where the readings on both sides were received.

    `is_settled`: the point estimate is not where the readings alone would put it.
    """

    column: int
    low: Ints
    high: Ints
    is_sure: Flags
    is_known: Flags
    is_settled: Flags


def _starts(rows: Rows) -> _Edge:
    """A gap may begin with one or two lost readings before power went."""
    low, high = rows[:, START_EARLIEST].astype(np.int64), rows[:, START_LATEST].astype(np.int64)
    is_gap = (rows[:, EVIDENCE] & BY_GAP > 0) & (low == high)
    return _Edge(
        START,
        low,
        np.where(is_gap, np.minimum(high + LOST_INSIDE, rows[:, END] - 1), high),
        low == high,
        np.ones(len(rows), dtype=bool),
        rows[:, START] != low,
    )


def _ends(rows: Rows, n_slots: int) -> _Edge:
    low, high = rows[:, END_EARLIEST].astype(np.int64), rows[:, END_LATEST].astype(np.int64)
    is_gap = (rows[:, EVIDENCE] & BY_GAP > 0) & (low == high)
    return _Edge(
        END, np.where(is_gap, np.maximum(low - LOST_INSIDE, rows[:, START] + 1), low), high, low == high, rows[:, END] < n_slots, rows[:, END] != high
    )


def _settle(rows: Rows, edge: _Edge, slot: Ints, which: Flags, evidence: int) -> None:
    """Move the point estimate; the bounds widen where they must."""
    rows[which, edge.column] = slot[which]
    rows[which, EVIDENCE] |= evidence
    later = START_LATEST if edge.column == START else END_LATEST
    earlier = START_EARLIEST if edge.column == START else END_EARLIEST
    rows[which, later] = np.maximum(rows[which, later], slot[which])
    rows[which, earlier] = np.minimum(rows[which, earlier], slot[which])


def _first_between(keys: Ints, meters: NDArray[np.integer], low: Ints, high: Ints) -> Ints:
    """The first slot of each meter among `keys` from `low` to `high`, or −1."""
    if not keys.size:
        return np.full(len(meters), -1, dtype=np.int64)
    base = meters.astype(np.int64) * _SLOTS
    found = keys[np.minimum(keys.searchsorted(base + np.maximum(low, 0)), keys.size - 1)] - base
    return np.where((found >= np.maximum(low, 0)) & (found <= high), found, -1)


def _shared_by_most(transformer: Ints, slot: Rows, which: Flags, count: int) -> Ints:
    """The slot that at least half of a transformer's sure meters share, two or more of them; −1 where there is none, and for no transformer."""
    pairs, n = np.unique(transformer[which] * _SLOTS + slot[which], return_counts=True)
    sure = np.bincount(transformer[which], minlength=count)
    shared = np.full(count + 1, -1, dtype=np.int64)
    of, at = pairs // _SLOTS, pairs % _SLOTS
    enough = (sure[of] >= NEIGHBOURS_LEAST) & (2 * n >= sure[of])
    shared[of[enough]] = at[enough]
    return shared


def _without_lone_gaps(judged: Judged, of: Ints, count: int) -> Judged:
    """Meters whose only sign is a gap while every neighbour had power."""
    known = (judged.statuses != UNKNOWN) & (of >= 0)
    n_known = np.bincount(of[known], minlength=count)
    n_powered = np.bincount(of[known & (judged.statuses == NEVER_OUT)], minlength=count)
    storm = judged.rows[:, IS_STORM] == 1
    meter = judged.rows[:, METER]
    alone = storm & (judged.rows[:, EVIDENCE] == BY_GAP) & (of[meter] >= 0)
    alone &= (n_powered[of[meter]] >= NEIGHBOURS_LEAST) & (n_powered[of[meter]] == n_known[of[meter]] - 1)
    statuses, reasons = judged.statuses.copy(), judged.reasons.copy()
    statuses[meter[alone]], reasons[meter[alone]] = UNKNOWN, LONE_GAP
    return replace(judged, statuses=statuses, reasons=reasons, rows=judged.rows[~alone])


def _told_by_neighbours(judged: Judged, limits: Limits, neighbourhoods: Neighbourhoods) -> Judged:
    """Meters left open, on transformers where nearly all others were out and restored: the middle of the others, with their span as bounds."""
    of = neighbourhoods.transformer
    meters = _left_open(judged)
    meters = meters[of[meters] >= 0]
    known = (judged.statuses != UNKNOWN) & (of >= 0)
    n_known = np.bincount(of[known], minlength=neighbourhoods.count)
    rows = judged.rows[(judged.rows[:, IS_STORM] == 1) & (of[judged.rows[:, METER]] >= 0) & (judged.rows[:, END] < limits.n_slots)]
    n_out = np.bincount(of[rows[:, METER]], minlength=neighbourhoods.count)
    told = meters[(n_out[of[meters]] >= NEIGHBOURS_LEAST) & (n_out[of[meters]] >= NEARLY_ALL * n_known[of[meters]])]
    spans = [_spread(of[rows[:, METER]], rows[:, column], of[told]) for column in (START, END)]
    (low, start, high), (end_low, end, end_high) = spans
    return _with_outages(judged, told, (start, end), (low, high, np.maximum(end_low, high), end_high), evidence=BY_NEIGHBOURS, limits=limits)


def _spread(transformer: Ints, slot: Rows, wanted: Ints) -> tuple[Ints, Ints, Ints]:
    """Least, (lower) middle and greatest slot of each wanted transformer."""
    order = np.lexsort((slot, transformer))
    transformer, slot = transformer[order], slot[order]
    begin, end = transformer.searchsorted(wanted), transformer.searchsorted(wanted, side="right")
    if not slot.size:
        return (np.zeros(wanted.size, dtype=np.int64),) * 3
    return slot[begin].astype(np.int64), slot[(begin + end - 1) // 2].astype(np.int64), slot[end - 1].astype(np.int64)


def _left_open(judged: Judged) -> Ints:
    """Meters whose own readings cannot tell, and do not contradict either."""
    return np.flatnonzero((judged.statuses == UNKNOWN) & np.isin(judged.reasons, (ZERO_BEFORE, SELDOM_SEEN)))


def _with_outages(
    judged: Judged, meters: Ints, point: tuple[Ints, Ints], bounds: tuple[Ints, Ints, Ints, Ints], *, evidence: int, limits: Limits
) -> Judged:
    """Add a storm outage for each of `meters`; an interruption that the readings show in the same span gives way to it."""
    added = np.zeros((meters.size, N_COLUMNS), np.int32)
    for column, values in ((METER, meters), (START, point[0]), (END, point[1])):
        added[:, column] = values
    for column, values in zip((START_EARLIEST, START_LATEST, END_EARLIEST, END_LATEST), bounds, strict=True):
        added[:, column] = values
    added[:, EVIDENCE], added[:, IS_STORM] = evidence, 1
    statuses, reasons = judged.statuses.copy(), judged.reasons.copy()
    statuses[meters] = np.where(point[1] >= limits.n_slots, STILL_OUT, RESTORED)
    reasons[meters] = CLEAR
    start, end = np.full(judged.n_meters, -1), np.full(judged.n_meters, -1)
    start[meters], end[meters] = point
    old = judged.rows
    overlaps = (old[:, START] < end[old[:, METER]]) & (old[:, END] > start[old[:, METER]])
    rows = np.concatenate([old[~overlaps], added])
    rows = rows[np.lexsort((rows[:, END], rows[:, METER]))]
    return replace(judged, statuses=statuses, reasons=reasons, rows=rows)
