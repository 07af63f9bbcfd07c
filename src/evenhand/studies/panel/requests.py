"""Whose request it was: each one matched to a premise by its id, else by its address, else to the nearest premise within some metres.

Modelling choice: an id from a register that requests and households share, but of no household, is another place's (a shop, a street light): such a
request is not given to the house next door. Where two premises are equally near (flats at one point), or an address has several, nobody can tell
whose request it was, and it is left unmatched rather than given to the first. Both are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from evenhand.vocabulary.degree_lengths import metres_a_degree

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BY_PREMISE, BY_ADDRESS, BY_PLACE, TIED, ELSEWHERE, TOO_FAR, NO_PLACE = range(7)
OUTCOMES: Final = ("premise", "address", "nearest", "tied", "elsewhere", "too_far", "no_place")
# Two premises are equally near where their distances differ by less than coordinates can tell.
_SAME_METRES: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class MatchedRequests:
    """One place a request: `household` int64 (n,), its row among the households or −1; `outcome` int64 (n,), an index of OUTCOMES."""

    household: Ints
    outcome: Ints

    def count(self, outcome: int) -> int:
        return int((self.outcome == outcome).sum())

    @property
    def counts(self) -> Mapping[str, int]:
        """How many requests by outcome, all outcomes named."""
        return {name: self.count(code) for code, name in enumerate(OUTCOMES)}


def match_requests(requests: pa.Table, households: pa.Table, *, metres: float, use_address: bool) -> MatchedRequests:
    """Match requests to households.

    Parameters
    ----------
    requests
        `premise_id`, `address_id`, `lat`, `long`; null where not known.
    households
        `premise_id`, `lat`, `long`, and where they are known `address_id`.
    metres
        How far the nearest premise may be; 0 matches by ids only.
    use_address
        Whether an address may stand for a premise.
    """
    found = MatchedRequests(np.full(requests.num_rows, -1, dtype=np.int64), np.full(requests.num_rows, NO_PLACE, dtype=np.int64))
    found = _by_id(found, requests["premise_id"], households["premise_id"], BY_PREMISE)
    if use_address and "address_id" in households.column_names:
        found = _by_id(found, requests["address_id"], households["address_id"], BY_ADDRESS)
    return _by_place(found, requests, households, metres) if metres > 0 else found


def reporters_of(requests: pa.Table, households: Ints) -> Ints:
    """A number for each distinct reporter, shape (n,): requests of one household, premise, address or chain of duplicates have the same.

    `households` are the requests' rows among the households, −1 where none. Numbers are in no order.
    """
    n = requests.num_rows
    edges_from, edges_to, nodes = [], [], n
    for names in (("service_request_id", "duplicate_of"), ("premise_id",), ("address_id",)):
        codes, size = _codes([requests[name] for name in names])
        for column in codes:
            known = np.flatnonzero(column >= 0)
            edges_from.append(known)
            edges_to.append(nodes + column[known])
        nodes += size
    matched = np.flatnonzero(households >= 0)
    edges_from.append(matched)
    edges_to.append(nodes + households[matched])
    nodes += int(households.max(initial=-1)) + 1
    ends = np.concatenate(edges_from), np.concatenate(edges_to)
    _, labels = connected_components(coo_array((np.ones(ends[0].size, dtype=np.int8), ends), shape=(nodes, nodes)), directed=False)
    return labels[:n].astype(np.int64)


def _by_id(so_far: MatchedRequests, column: pa.ChunkedArray, register: pa.ChunkedArray, code: int) -> MatchedRequests:
    """Requests without a household that share this id with exactly one; an id of a register that both keep, but of no household, is elsewhere's."""
    mine, theirs = column.combine_chunks(), register.combine_chunks()
    stated = mine.is_valid().to_numpy(zero_copy_only=False)
    at: Ints = pc.fill_null(pc.index_in(mine, value_set=theirs.drop_null()), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    is_known = stated & (at >= 0)
    if not is_known.any():
        return so_far
    rows = np.flatnonzero(theirs.is_valid().to_numpy(zero_copy_only=False))
    is_open = so_far.household < 0
    is_tied = is_open & is_known & _with_several(theirs.drop_null())[at]
    is_found = is_open & is_known & ~is_tied
    outcome = np.select([is_found, is_tied, is_open & stated & ~is_known], [code, TIED, ELSEWHERE], default=so_far.outcome)
    return MatchedRequests(np.where(is_found, rows[at], so_far.household), outcome)


def _with_several(ids: pa.Array) -> Flags:
    """Rows whose id stands in another row too."""
    codes = pc.dictionary_encode(ids).indices.to_numpy()
    several: Flags = np.bincount(codes)[codes] > 1
    return several


def _by_place(so_far: MatchedRequests, requests: pa.Table, households: pa.Table, metres: float) -> MatchedRequests:
    """Requests that no id has spoken for, to the nearest premise."""
    homes, places = _lat_long(households), _lat_long(requests)
    known = np.flatnonzero(~np.isnan(homes).any(axis=1))
    asked = np.flatnonzero((so_far.outcome == NO_PLACE) & ~np.isnan(places).any(axis=1))
    if not known.size or not asked.size:
        return so_far
    scale = np.array(metres_a_degree(float(homes[known, 0].mean())))
    nearest_two = cKDTree(homes[known] * scale).query(places[asked] * scale, k=[1, 2], distance_upper_bound=metres + 2 * _SAME_METRES)
    distance, near = np.asarray(nearest_two[0]), np.asarray(nearest_two[1])
    is_near = distance[:, 0] <= metres
    is_tied = is_near & (distance[:, 1] < distance[:, 0] + _SAME_METRES)
    is_clear = is_near & ~is_tied
    household, outcome = so_far.household.copy(), so_far.outcome.copy()
    household[asked[is_clear]] = known[near[is_clear, 0]]
    outcome[asked] = np.select([is_clear, is_tied], [BY_PLACE, TIED], default=TOO_FAR)
    return MatchedRequests(household, outcome)


def _lat_long(table: pa.Table) -> NDArray[np.float64]:
    return np.column_stack([table[name].to_numpy().astype(np.float64) for name in ("lat", "long")])


def _codes(columns: list[pa.ChunkedArray]) -> tuple[list[Ints], int]:
    """Numbers of the distinct texts of several columns together, −1 for none; and how many there are."""
    lengths = [len(column) for column in columns]
    together = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()).combine_chunks()
    encoded = pc.dictionary_encode(together)
    codes = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return np.split(codes, np.cumsum(lengths)[:-1]), len(encoded.dictionary)
