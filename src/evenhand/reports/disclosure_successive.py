"""Counts that are told again and again while power comes back, so that no two reports differ by a few households.

Modelling choice: every smallest cell has a *standing* count, the one that was told last. It is replaced only when 11 or more households changed
since; where nobody says how many changed, the difference of the counts stands for it, which never claims more. Totals are sums of standing counts,
not of true ones, so that a total does not tell what its parts keep back. What earlier reports printed and withheld is protected together with the new
report, each standing count being one unknown for as long as it stands.

A small count, zero included, reads "fewer than 11" until its whole neighbourhood is back; then all of it reads 0. Beside totals it reads "withheld",
as does what is withheld beside it.

The record holds standing counts that were withheld. It is the reporter's own and never published.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.reports.disclosure_cells import INTERNAL, WITHHELD, Cell, Why
from evenhand.reports.disclosure_suppression import Key, Sum, withheld_cells
from evenhand.reports.errors import CountsContradict


@dataclass(frozen=True, slots=True)
class Published:
    """What has been told so far. `cells` is the last report, by name; the rest is the record that the next one needs.

    `standing` is the count that stands of each name, `version` how often it was replaced. `history` holds every count of every version with what was
    done with it (`shown` or `withheld`), `sums` every sum by versions.
    """

    cells: Mapping[str, Cell]
    standing: Mapping[str, int]
    version: Mapping[str, int]
    history: Mapping[tuple[str, int], tuple[int, bool]]
    sums: tuple[Sum, ...]
    note: str = ""

    def to_json(self) -> str:
        """The record as text. It holds withheld counts: keep it as closely as the meters' data."""
        told = {
            "cells": {name: [cell.text, cell.value, cell.why, cell.households] for name, cell in self.cells.items()},
            "standing": dict(self.standing),
            "version": dict(self.version),
            "history": [[name, version, count, is_shown] for (name, version), (count, is_shown) in self.history.items()],
            "sums": [[one.whole, list(one.parts)] for one in self.sums],
            "note": self.note,
        }
        return json.dumps(told)

    @classmethod
    def from_json(cls, text: str) -> Published:
        """The record that `to_json` wrote."""
        told: dict[str, Any] = json.loads(text)
        return cls(
            {name: Cell(*cell) for name, cell in told["cells"].items()},
            told["standing"],
            told["version"],
            {(name, version): (count, is_shown) for name, version, count, is_shown in told["history"]},
            tuple(Sum(tuple(whole), tuple(tuple(part) for part in parts)) for whole, parts in told["sums"]),
            told["note"],
        )


def next_publication(
    before: Published | None,
    counts: Mapping[str, int],
    sums: Sequence[Sum] = (),
    *,
    least: int,
    changed: Mapping[str, int] | None = None,
    neighbourhoods: Mapping[str, Collection[str]] | None = None,
    is_internal: bool = False,
) -> Published:
    """Decide what the next report prints.

    Parameters
    ----------
    before
        The record of the last report; None for the first.
    counts
        True counts by name: the smallest cells; totals may be among them.
    sums
        Which names are sums of which; wholes need no count. Parts come before the wholes that are made of them.
    least
        The smallest change, and count, that may be told.
    changed
        By name, how many households came into the cell or left it since it was last replaced. None, or a name that is not in it: the difference.
    neighbourhoods
        By neighbourhood, its cells. Where all of them are 0, all of them are told as 0.
    is_internal
        True replaces and tells everything.

    Raises
    ------
    CountsContradict
        As for tables; also where a name of the last report is missing, or a smallest cell of a sum has no count.
    """
    wholes = {one.whole for one in sums}
    _refuse_missing(before, counts, sums, wholes)
    back = {cell for cells in (neighbourhoods or {}).values() if not any(counts[one] for one in cells) for cell in cells}
    standing = {
        cell: _standing(before, cell, count, least, changed or {}, is_told=cell in back or is_internal)
        for cell, count in counts.items()
        if cell not in wholes
    }
    for one in sums:
        standing[str(one.whole)] = sum(standing[str(part)] for part in one.parts)
        back |= {str(one.whole)} if back.issuperset(one.parts) else set()
    version = _versions(before, standing, sums)
    return _told(before, standing, version, sums, least=least, back=back, is_internal=is_internal)


def _refuse_missing(before: Published | None, counts: Mapping[str, int], sums: Sequence[Sum], wholes: set[Key]) -> None:
    there = {*counts, *wholes}
    faults = [f"{cell} was in the last report and has no count" for cell in (before.standing if before else ()) if cell not in there]
    faults += [f"{one.whole} is a sum with {part}, which has no count" for one in sums for part in one.parts if part not in there]
    if faults:
        raise CountsContradict(faults)


def _standing(before: Published | None, cell: str, count: int, least: int, changed: Mapping[str, int], *, is_told: bool) -> int:
    if before is None or cell not in before.standing or is_told:
        return count
    last = before.standing[cell]
    return count if changed.get(cell, abs(count - last)) >= least else last


def _versions(before: Published | None, standing: Mapping[str, int], sums: Sequence[Sum]) -> dict[str, int]:
    """A name's version goes up when its count is replaced, and a sum's also when a part's is."""
    last = before.version if before else {}
    parts: dict[str, tuple[Key, ...]] = {}
    for one in sums:
        parts[str(one.whole)] = (*parts.get(str(one.whole), ()), *one.parts)
    version: dict[str, int] = {}
    for name in [*(one for one in standing if one not in parts), *parts]:
        is_same = name in last and before is not None and before.standing[name] == standing[name]
        is_same = is_same and all(version[str(part)] == last.get(str(part)) for part in parts.get(name, ()))
        version[name] = last.get(name, -1) + (0 if is_same else 1)
    return version


def _told(
    before: Published | None,
    standing: Mapping[str, int],
    version: Mapping[str, int],
    sums: Sequence[Sum],
    *,
    least: int,
    back: set[str],
    is_internal: bool,
) -> Published:
    history = dict(before.history) if before else {}
    now = {(name, version[name]): count for name, count in standing.items()}
    joined = [Sum((one.whole, version[str(one.whole)]), tuple((part, version[str(part)]) for part in one.parts)) for one in sums]
    all_sums = tuple(dict.fromkeys([*(before.sums if before else ()), *joined]))
    known = {key for key, (_, is_shown) in history.items() if is_shown} | {(name, version[name]) for name in back}
    hidden = {key for key, (_, is_shown) in history.items() if not is_shown} - known
    values: dict[Key, int] = {key: count for key, (count, _) in history.items()}
    values.update(now)
    withheld = withheld_cells(values, all_sums, least=least, known=known, hidden=hidden)
    cells = {}
    for key, count in now.items():
        why: Why = withheld.get(key, "")
        words = WITHHELD if all_sums else f"fewer than {least}"
        shown = Cell(f"{count:,}" + (" (internal)" if why and is_internal else ""), float(count), why, count)
        cells[key[0]] = shown if is_internal or not why else Cell(words, None, why)
    history |= {key: (count, key not in withheld) for key, count in now.items()}
    return Published(cells, standing, version, history, all_sums, INTERNAL if is_internal else "")
