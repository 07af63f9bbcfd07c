"""What a model is fitted to: checked arrays with named terms, and an account of what was left out.

Modelling choice: a row with a missing value in a column of *this* model is dropped for this model only, and counted under each column in which it
misses; nothing is imputed. A row of weight 0 is no row: it is left out and counted too. A term whose column is constant beside the intercept, or a
combination of terms before it, carries no information of its own: it is removed and named (or, by choice, refused), never fitted to a number that
the arithmetic happens to give. Interactions are products, named by their columns with a colon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import Ints

INTERCEPT: Final = "Intercept"
NONE: Final[Floats] = np.zeros(0)
Collinear = Literal["drop", "refuse"]
# A column is a combination of others where what they leave of it is below this share of its own size.
_NEGLIGIBLE: Final = 1e-9
_SUSPICIOUS: Final = 1e-8


@dataclass(frozen=True, slots=True)
class DroppedRows:
    """`rows` rows were left out of this model because of `column`; `reason` is `missing`, `not_finite`, `no_cluster` or `no_weight` (it is 0)."""

    column: str
    reason: str
    rows: int

    @property
    def words(self) -> str:
        return f"{self.rows} rows of weight 0" if self.reason == "no_weight" else f"{self.rows} rows without {self.column}"


@dataclass(frozen=True, slots=True)
class RemovedTerm:
    """A term that carries no information of its own; `words` says why, `reason` is `constant` or `collinear`."""

    term: str
    reason: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Which cluster each row belongs to: `labels[place[i]]`. `column` names what was clustered by. Every row of a fit has one."""

    column: str
    place: Ints
    labels: tuple[str, ...]

    @property
    def n(self) -> int:
        return len(self.labels)

    @classmethod
    def of(cls, column: str, values: ArrayLike | pa.ChunkedArray) -> Clusters:
        """From any values, in the order of their first appearance; a missing value is refused: such a row was to be dropped before."""
        array = cluster_labels(values)
        if array.null_count:
            raise DesignUnusable([f"{array.null_count} rows have no value in the cluster column {column!r}"])
        coded = array if isinstance(array, pa.DictionaryArray) else array.dictionary_encode()
        place, labels = coded.indices.to_numpy(zero_copy_only=False), coded.dictionary
        used = np.bincount(place, minlength=len(labels)) > 0  # a dictionary may hold labels that no row has
        dense = (np.cumsum(used) - 1).astype(np.int32)[place]
        return cls(column, dense, tuple(str(label) for label, there in zip(labels.to_pylist(), used, strict=True) if there))


def cluster_labels(values: ArrayLike | pa.ChunkedArray) -> pa.Array:
    """Labels as Arrow, null where there is none: None and NaN alike."""
    is_plain = isinstance(values, pa.Array | pa.ChunkedArray | list | tuple | np.ndarray)
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values if is_plain else np.asarray(values), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array) if pa.types.is_floating(array.type) else array


class TermBuilder(Protocol):
    """Turns columns of n rows into the model's matrix, in the order of the terms."""

    def matrix(self, columns: Mapping[str, Any], n: int) -> Floats: ...


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """Terms that are a column or a product of columns: `factors` holds the columns of each, none for the intercept."""

    factors: tuple[tuple[str, ...], ...]

    def matrix(self, columns: Mapping[str, Any], n: int) -> Floats:
        x = np.empty((n, len(self.factors)))
        for j, factors in enumerate(self.factors):
            x[:, j] = 1.0
            for factor in factors:
                x[:, j] *= columns[factor]
        return x


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Rows and terms of one model.

    `y` (n,), `x` (n, p) in the order of `names`; `offset` and `weights` (n,), of size 0 where there are none; `rows` are the places of the rows in
    the table that was given; `n_given` the number of its rows.
    """

    outcome: str
    names: tuple[str, ...]
    y: Floats
    x: Floats
    offset: Floats
    weights: Floats
    rows: NDArray[np.intp]
    n_given: int
    dropped: tuple[DroppedRows, ...]
    removed: tuple[RemovedTerm, ...]
    clusters: Mapping[str, Clusters]
    columns: Mapping[str, Any]
    builder: TermBuilder
    kept: tuple[int, ...]

    @property
    def n(self) -> int:
        return int(self.y.size)

    @property
    def has_intercept(self) -> bool:
        return INTERCEPT in self.names

    def matrix_with(self, values: Mapping[str, float | Floats]) -> Floats:
        """The matrix that these rows would have if some columns held other values: interactions follow.

        Parameters
        ----------
        values
            By column, one number for all rows or float64 of shape (n,).

        Raises
        ------
        DesignUnusable
            For a column that is in no term.
        """
        unknown = [name for name in values if name not in self.columns]
        if unknown:
            raise DesignUnusable([f"{name!r} is no column of this model; its columns are {', '.join(self.columns)}" for name in unknown])
        changed = {name: np.broadcast_to(np.asarray(value, dtype=np.float64), (self.n,)) for name, value in values.items()}
        return self.matrix_of({**self.columns, **changed})

    def matrix_of(self, columns: Mapping[str, Any]) -> Floats:
        """The matrix of other rows, given by the same columns."""
        n = len(next(iter(columns.values()))) if columns else self.n
        return np.ascontiguousarray(self.builder.matrix(columns, n)[:, list(self.kept)])

    def matrix_given(self, given: Mapping[str, Any]) -> Floats:
        """The matrix of rows that somebody describes: one value, or one value a row, for each column of the model; others are left aside.

        Raises
        ------
        DesignUnusable
            Columns that are missing, of different lengths, no numbers where the model has numbers, or of a category that the model does not know.
        """
        faults = [f"no value came for {name!r}" for name in self.columns if name not in given]
        read: dict[str, Any] = {}
        for name, own in self.columns.items():
            if name in given:
                try:
                    read[name] = np.atleast_1d(np.asarray(given[name], dtype=np.asarray(own).dtype))
                except (TypeError, ValueError):
                    faults.append(f"{name!r} was expected as numbers, and {given[name]!r} came")
        if len({values.shape for values in read.values()} - {(1,)}) > 1:
            faults.append(f"columns of one length were expected, and {', '.join(f'{name} {values.shape}' for name, values in read.items())} came")
        for name, values in read.items():
            if values.dtype == object and (unknown := sorted({str(value) for value in values} - set(self.columns[name]))):
                faults.append(f"{name!r} holds {', '.join(map(repr, unknown))}, which no row of the fit holds")
        if faults:
            raise DesignUnusable(faults)
        return self.matrix_of(dict(zip(read, np.broadcast_arrays(*read.values()), strict=True)))

    def term_place(self, term: str) -> int:
        """Where a term stands; the columns of an interaction may be named in any order.

        Raises
        ------
        DesignUnusable
            For a term that the model has not.
        """
        wanted = sorted(term.replace(" ", "").split(":"))
        for place, name in enumerate(self.names):
            if sorted(name.replace(" ", "").split(":")) == wanted:
                return place
        gone = next((r.words for r in self.removed if r.term == term), "")
        raise DesignUnusable([f"{term!r} is no term of this model (terms: {', '.join(self.names)}){f'. {gone}' if gone else ''}"])


def array_design(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    *,
    outcome: str = "y",
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    clusters: Mapping[str, ArrayLike] | None = None,
    collinear: Collinear = "drop",
) -> Design:
    """A design from ready arrays; `x` holds its own column of ones, named `Intercept`. It is used in place where it is C-contiguous float64."""
    matrix, target = _own(x), _own(y)
    extra = {"offset": _vector(offset), "weights": _vector(weights)}
    _refuse_misfits(target, matrix, names, extra, clusters or {})
    keep, dropped = _usable_rows({outcome: target, **{k: v for k, v in extra.items() if v.size}}, matrix, names)
    labels = {name: cluster_labels(values) for name, values in (clusters or {}).items()}
    keep, dropped = with_clusters(labels, keep, dropped)
    keep, dropped = with_weights("weights", extra["weights"], keep, dropped)
    if not keep.all():
        matrix, target = matrix[keep], target[keep]
        extra = {name: values[keep] if values.size else values for name, values in extra.items()}
    groups = {name: Clusters.of(name, values.filter(pa.array(keep))) for name, values in labels.items()}
    columns = {name: matrix[:, j] for j, name in enumerate(names) if ":" not in name and name != INTERCEPT}
    factors = tuple(() if name == INTERCEPT else tuple(name.split(":")) for name in names)
    # A product whose parts are not among the terms cannot be taken apart: it is a column of its own.
    whole = tuple(f if all(part in columns for part in f) else (name,) for f, name in zip(factors, names, strict=True))
    columns |= {name: matrix[:, j] for j, (name, f) in enumerate(zip(names, whole, strict=True)) if f == (name,)}
    made = Design(
        outcome, tuple(names), target, matrix, extra["offset"], extra["weights"], np.flatnonzero(keep), keep.size, dropped, (), groups,
        columns, ProductTerms(whole), tuple(range(len(names))),
    )  # fmt: skip
    return without_empty_terms(made, collinear)


def _vector(values: ArrayLike | None) -> Floats:
    return NONE if values is None else _own(values)


def _own(values: ArrayLike) -> Floats:
    """Contiguous float64, copied only where it is not already; read-only memory too, for which compiled code would be made anew."""
    return np.require(values, dtype=np.float64, requirements=["C", "W"])


def _refuse_misfits(y: Floats, x: Floats, names: Sequence[str], extra: Mapping[str, Floats], clusters: Mapping[str, ArrayLike]) -> None:
    faults = []
    if y.ndim != 1:
        faults.append(f"y was expected as shape (n,), and {y.shape} came")
    if x.ndim != 2 or x.shape[0] != y.shape[0]:
        faults.append(f"X was expected as shape ({y.shape[0]}, terms), and {x.shape} came")
    elif len(names) != x.shape[1]:
        faults.append(f"{x.shape[1]} names were expected, one a column of X, and {len(names)} came")
    if len(set(names)) != len(names):
        faults.append(f"names occur twice: {', '.join(sorted({n for n in names if list(names).count(n) > 1}))}")
    given: dict[str, Any] = {name: values for name, values in extra.items() if values.size} | {n: np.asarray(v) for n, v in clusters.items()}
    faults += [f"{n} was expected as shape ({y.shape[0]},), and {v.shape} came" for n, v in given.items() if v.shape != (y.shape[0],)]
    if faults:
        raise DesignUnusable(faults)


def _usable_rows(columns: Mapping[str, Floats], x: Floats, names: Sequence[str]) -> tuple[NDArray[np.bool_], tuple[DroppedRows, ...]]:
    """Rows without a missing value, and how many each column costs."""
    named = dict(columns) if np.isfinite(x.sum()) else {**columns, **{name: x[:, j] for j, name in enumerate(names)}}
    return usable_rows(named)


def usable_rows(columns: Mapping[str, Floats]) -> tuple[NDArray[np.bool_], tuple[DroppedRows, ...]]:
    """Rows in which every column has a finite value, and how many rows each column costs, by reason."""
    keep = np.ones(next(iter(columns.values())).shape[0], dtype=np.bool_)
    dropped = []
    for name, values in columns.items():
        finite = np.isfinite(values)
        if finite.all():
            continue
        missing = int(np.isnan(values).sum())
        endless = int((~finite).sum()) - missing
        dropped += [DroppedRows(name, reason, rows) for reason, rows in (("missing", missing), ("not_finite", endless)) if rows]
        keep &= finite
    return keep, tuple(dropped)


def with_clusters(
    labels: Mapping[str, pa.Array], keep: NDArray[np.bool_], dropped: tuple[DroppedRows, ...]
) -> tuple[NDArray[np.bool_], tuple[DroppedRows, ...]]:
    """The rows that also have a cluster, and how many each column of labels costs."""
    lost = {name: int(values.null_count) for name, values in labels.items() if values.null_count}
    for name in lost:
        keep = keep & labels[name].is_valid().to_numpy(zero_copy_only=False)
    return keep, (*dropped, *(DroppedRows(name, "no_cluster", rows) for name, rows in lost.items()))


def with_weights(
    name: str, weights: Floats, keep: NDArray[np.bool_], dropped: tuple[DroppedRows, ...]
) -> tuple[NDArray[np.bool_], tuple[DroppedRows, ...]]:
    """The rows that also have a weight other than 0, and how many of weight 0 there are; `weights` of size 0 are none."""
    without = int(np.count_nonzero(weights == 0.0))
    return (keep & (weights != 0.0), (*dropped, DroppedRows(name, "no_weight", without))) if without else (keep, dropped)


def without_empty_terms(design: Design, collinear: Collinear) -> Design:
    """The design without terms that carry no information of their own; refused instead where `collinear` is `refuse`."""
    if design.n == 0:
        raise nothing_left(design.outcome, design.dropped)
    removed = empty_terms(design.x, design.names)
    if removed and collinear == "refuse":
        raise DesignUnusable([r.words for r in removed])
    gone = {r.term for r in removed}
    stay = [j for j, name in enumerate(design.names) if name not in gone]
    if design.n <= len(stay):
        raise DesignUnusable([f"{len(stay)} terms need more than {len(stay)} rows, and {design.n} came"])
    if not removed:
        return design
    kept = tuple(design.kept[j] for j in stay)
    x = np.ascontiguousarray(design.x[:, stay])
    return replace(design, x=x, names=tuple(design.names[j] for j in stay), kept=kept, removed=removed)


def nothing_left(outcome: str, dropped: tuple[DroppedRows, ...]) -> DesignUnusable:
    return DesignUnusable([f"no row is left for {outcome!r}: {', '.join(d.words for d in dropped) or 'the table is empty'}"])


def empty_terms(x: Floats, names: Sequence[str]) -> tuple[RemovedTerm, ...]:
    """Terms without information of their own.

    In their order, each is held against those that stay before it: quickly by sums of products, exactly where these raise suspicion.
    """
    products = x.T @ x
    centre = products[names.index(INTERCEPT)] / x.shape[0] if INTERCEPT in names else np.zeros(x.shape[1])
    sizes = np.diag(products).copy()
    products -= x.shape[0] * np.outer(centre, centre)
    stay: list[int] = [names.index(INTERCEPT)] if INTERCEPT in names else []
    removed = []
    for j, name in enumerate(names):
        if name == INTERCEPT:
            continue
        others = [k for k in stay if names[k] != INTERCEPT]
        if _share_left(products, float(sizes[j]), j, others) > _SUSPICIOUS:
            stay.append(j)
            continue
        solution, left = _exact_share_left(x, j, stay)
        if left > _NEGLIGIBLE:
            stay.append(j)
        else:
            removed.append(_removed(name, [names[k] for k, s in zip(stay, solution, strict=True) if abs(s) > _NEGLIGIBLE], x[:, j]))
    return tuple(removed)


def _share_left(products: Floats, size: float, j: int, others: list[int]) -> float:
    """What is left of column j after the others, squared, as a share of its size."""
    if size == 0.0:
        return 0.0
    explained = 0.0
    if others:
        scale = np.sqrt(np.maximum(products[others, others], 1e-300))
        scaled = products[np.ix_(others, others)] / np.outer(scale, scale)
        right = products[others, j] / scale
        explained = float(right @ np.linalg.lstsq(scaled, right, rcond=None)[0])
    return float((products[j, j] - explained) / size)


def _exact_share_left(x: Floats, j: int, others: list[int]) -> tuple[Floats, float]:
    size = float(np.linalg.norm(x[:, j]))
    if size == 0.0 or not others:
        return np.zeros(len(others)), float(size > 0.0)
    scale = np.linalg.norm(x[:, others], axis=0)
    solution = np.linalg.lstsq(x[:, others] / scale, x[:, j], rcond=None)[0]
    left = float(np.linalg.norm(x[:, j] - (x[:, others] / scale) @ solution)) / size
    return solution / size, left


def _removed(name: str, others: list[str], column: Floats) -> RemovedTerm:
    if float(np.ptp(column)) == 0.0:
        return RemovedTerm(name, "constant", f"{name!r} has the value {column[0]:g} in every row used, so nothing can be said about it")
    return RemovedTerm(name, "collinear", f"{name!r} is a combination of {', '.join(map(repr, others))}, so its share cannot be told from theirs")
