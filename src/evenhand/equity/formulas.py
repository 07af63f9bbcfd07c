"""From a formula and a table to a design.

Modelling choice: formulas are Wilkinson's as formulaic reads them, over Arrow, Polars and pandas tables and mappings of arrays. Where every term is a
column of numbers or a product of such columns (as in all models of the study) the matrix is made directly from the columns; only transformed and
categorical terms pay for formulaic's own machinery. Names come from the table alone: a formula sees no variable of the caller.

References: Wilkinson & Rogers (1973), Journal of the Royal Statistical Society C 22:392–399.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from formulaic import Formula, ModelSpec
from formulaic.errors import FormulaicError
from numpy.typing import ArrayLike, NDArray

from evenhand.equity.designs import (
    INTERCEPT,
    NONE,
    Clusters,
    Collinear,
    Design,
    DroppedRows,
    ProductTerms,
    TermBuilder,
    cluster_labels,
    nothing_left,
    usable_rows,
    with_clusters,
    with_weights,
    without_empty_terms,
)
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats

_EXPECTED: Final = "a formula was expected as 'outcome ~ term + term:term'"


@dataclass(frozen=True, slots=True, eq=False)
class FormulaicTerms:
    """Terms that only formulaic can build: transformed or categorical columns, coded as they were in the rows of the fit."""

    spec: ModelSpec

    def matrix(self, columns: Mapping[str, Any], n: int) -> Floats:  # noqa: ARG002 - its columns say how many
        import pandas as pd

        made = self.spec.get_model_matrix(
            pd.DataFrame({name: np.asarray(values) for name, values in columns.items()}), context={}, na_action="ignore"
        )
        return np.ascontiguousarray(made, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """The columns that a model uses: numbers as float64 with NaN for missing, others as Arrow."""

    numbers: dict[str, Floats]
    words: dict[str, pa.Array]
    n: int


def formula_design(
    formula: str,
    data: Any,
    *,
    weights: str | ArrayLike | None = None,
    offset: str | ArrayLike | None = None,
    clusters: tuple[str, ...] = (),
    collinear: Collinear = "drop",
) -> Design:
    """A design from a formula; `weights` and `offset` are a column's name or one value a row, `clusters` names of columns.

    Raises
    ------
    DesignUnusable
        For a formula that cannot be read, columns that the table has not, or a table from which nothing can be fitted; all at once.
    """
    outcome, terms = _parsed(formula)
    given = {"weights": weights, "offset": offset}
    named = {name for name in given.values() if isinstance(name, str)}
    columns, extra = _read(data, outcome, {outcome, *_variables(terms)} | named, clusters, given)
    keep, dropped = _keep(columns, {k: v for k, v in extra.items() if v.size}, named, clusters)
    keep, dropped = with_weights(weights if isinstance(weights, str) else "weights", extra["weights"], keep, dropped)
    _refuse_nothing_left(keep, outcome, dropped)
    builder, names, x = _built(terms, _used(terms, columns, keep), int(keep.sum()))
    finite = np.isfinite(x)
    if not finite.all():  # a transformation gave no number: the logarithm of nothing
        lost = ~finite.all(axis=0)
        dropped = (*dropped, *(DroppedRows(names[j], "not_finite", int((~finite[:, j]).sum())) for j in np.flatnonzero(lost)))
        keep[np.flatnonzero(keep)[~finite.all(axis=1)]] = False
        _refuse_nothing_left(keep, outcome, dropped)
        x = np.ascontiguousarray(x[finite.all(axis=1)])
    groups = {name: Clusters.of(name, columns.words[name].filter(pa.array(keep))) for name in clusters}
    made = Design(
        outcome=outcome,
        names=names,
        y=columns.numbers[outcome][keep],
        x=x,
        offset=_kept(extra["offset"], keep),
        weights=_kept(extra["weights"], keep),
        rows=np.flatnonzero(keep),
        n_given=columns.n,
        dropped=dropped,
        removed=(),
        clusters=groups,
        columns=_used(terms, columns, keep),
        builder=builder,
        kept=tuple(range(len(names))),
    )
    return without_empty_terms(made, collinear)


def _refuse_nothing_left(keep: NDArray[np.bool_], outcome: str, dropped: tuple[DroppedRows, ...]) -> None:
    if not keep.any():
        raise nothing_left(outcome, dropped)


def _kept(values: Floats, keep: NDArray[np.bool_]) -> Floats:
    return values[keep] if values.size else values


def _used(terms: Formula, columns: _Columns, keep: NDArray[np.bool_]) -> dict[str, Any]:
    """The columns of the terms in the rows that stay: numbers as they are, words as Python text."""
    wanted = _variables(terms)
    numbers: dict[str, Any] = {name: values[keep] for name, values in columns.numbers.items() if name in wanted}
    worded = {name: values for name, values in columns.words.items() if name in wanted and name not in numbers}
    return numbers | {name: np.asarray(values.filter(pa.array(keep)).to_pylist(), dtype=object) for name, values in worded.items()}


def _parsed(formula: str) -> tuple[str, Formula]:
    try:
        parsed = Formula(formula)
    except FormulaicError as fault:
        raise DesignUnusable([f"{_EXPECTED}, and {formula!r} came ({str(fault).splitlines()[0]})"]) from fault
    left = list(getattr(parsed, "lhs", ()))
    if len(left) != 1 or [str(f.eval_method.value) for f in left[0].factors] != ["lookup"]:
        raise DesignUnusable([f"{_EXPECTED} with one column as the outcome, and {formula!r} came"])
    outcome = str(left[0].factors[0].expr)
    if isinstance(parsed.rhs, tuple):
        raise DesignUnusable([f"{_EXPECTED} with one right side, and {formula!r} came: this has no meaning for '|'"])
    if outcome in _variables(parsed.rhs):
        raise DesignUnusable([f"{outcome!r} was expected on one side of {formula!r} only: an outcome cannot explain itself"])
    return outcome, parsed.rhs


def _variables(terms: Formula) -> set[str]:
    return {str(name) for name in terms.required_variables}


def _read(
    data: Any, outcome: str, wanted: set[str], clusters: tuple[str, ...], given: Mapping[str, str | ArrayLike | None]
) -> tuple[_Columns, dict[str, Floats]]:
    """The columns that are used, and the values of weights and offset; all faults of the table at once."""
    have, used = _column_names(data), wanted | set(clusters)
    faults = [f"the table has no column {name!r} (it has {', '.join(map(str, have))})" for name in sorted(used - set(have))]
    faults += [f"the table has the column {name!r} {have.count(name)} times" for name in sorted(used) if have.count(name) > 1]
    numbers: dict[str, Floats] = {}
    words: dict[str, pa.Array] = {}
    for name in have:
        if name not in used or have.count(name) > 1:
            continue
        try:
            column = _arrow(data[name])
        except (pa.ArrowException, TypeError):
            faults.append(f"column {name!r} was expected as one value a row, and cannot be read so")
            continue
        if name in clusters:
            words[name] = cluster_labels(column)
        if name in wanted and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_dictionary(column.type)):
            words[name] = column
        elif name in wanted:
            try:
                numbers[name] = _numbers(column)
            except pa.ArrowException:
                faults.append(f"column {name!r} was expected as numbers or words, and {column.type} came")
    if outcome in words and outcome not in numbers:
        faults.append(f"the outcome {outcome!r} was expected as a column of numbers, and {words[outcome].type} came")
    lengths = {name: len(values) for name, values in {**numbers, **words}.items()}
    if len(set(lengths.values())) > 1:
        faults.append(f"columns of one length were expected, and {', '.join(f'{name} ({length} rows)' for name, length in lengths.items())} came")
    columns = _Columns(numbers, words, next(iter(lengths.values()), 0))
    extra = {label: _values(label, values, columns, faults) for label, values in given.items()}
    if faults:
        raise DesignUnusable(faults)
    return columns, extra


def _column_names(data: Any) -> list[str]:
    """The columns of a table that holds its rows."""
    if isinstance(data, pa.Table | pa.RecordBatch):
        return list(data.schema.names)
    if isinstance(data, Mapping):
        return list(data.keys())
    kind = type(data)
    if not (hasattr(kind, "columns") and hasattr(kind, "__len__")):
        hint = ": collect() it first" if hasattr(kind, "collect") else ""
        raise DesignUnusable([f"a table was expected (Arrow, Polars, pandas, or a mapping of arrays), and a {kind.__name__} came{hint}"])
    return list(data.columns)


def _arrow(column: Any) -> pa.Array:
    if hasattr(column, "to_arrow"):
        column = column.to_arrow()
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks()
    return column if isinstance(column, pa.Array) else pa.array(column, from_pandas=True)


def _numbers(column: pa.Array) -> Floats:
    try:
        cast = column.cast(pa.float64()) if not pa.types.is_boolean(column.type) else column.cast(pa.uint8()).cast(pa.float64())
    except pa.ArrowInvalid:
        cast = column.cast(pa.float64(), safe=False)  # integers beyond 2⁵³ lose their last digits, as every float64 does
    return np.ascontiguousarray(cast.to_numpy(zero_copy_only=False), dtype=np.float64)


def _values(label: str, given: str | ArrayLike | None, columns: _Columns, faults: list[str]) -> Floats:
    """Weights or offset, by the name of a column or one value a row; what is wrong with them is added to `faults`."""
    if given is None:
        return NONE
    if isinstance(given, str):
        if given in columns.words and given not in columns.numbers:
            faults.append(f"{label}: a column of numbers was expected, and {given!r} is one of {columns.words[given].type}")
        return columns.numbers.get(given, NONE)
    try:
        values = np.ascontiguousarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        faults.append(f"{label}: one number a row was expected, and {type(given).__name__} came that holds something else")
        return NONE
    if values.shape != (columns.n,) and (columns.numbers or columns.words):  # of a table that lacks every column, its length is not known
        faults.append(f"{label}: shape ({columns.n},) was expected, and {values.shape} came")
    return values


def _keep(
    columns: _Columns, extra: dict[str, Floats], named: set[str], clusters: tuple[str, ...]
) -> tuple[NDArray[np.bool_], tuple[DroppedRows, ...]]:
    numbers = {**columns.numbers, **{name: values for name, values in extra.items() if not any(values is columns.numbers.get(n) for n in named)}}
    keep, dropped = usable_rows(numbers) if numbers else (np.ones(columns.n, dtype=np.bool_), ())
    for name, column in columns.words.items():
        if column.null_count and name not in clusters:
            keep &= column.is_valid().to_numpy(zero_copy_only=False)
            dropped = (*dropped, DroppedRows(name, "missing", int(column.null_count)))
    return with_clusters({name: columns.words[name] for name in clusters}, keep, dropped)


def _built(terms: Formula, used: Mapping[str, Any], n: int) -> tuple[TermBuilder, tuple[str, ...], Floats]:
    factors = _products(terms, used)
    if factors is not None:
        names = tuple(":".join(f) or INTERCEPT for f in factors)
        builder = ProductTerms(factors)
        return builder, names, builder.matrix(used, n)
    import pandas as pd

    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            made = terms.get_model_matrix(pd.DataFrame(dict(used)), context={}, na_action="ignore")
    except FormulaicError as fault:
        raise DesignUnusable([f"the formula cannot be worked out on this table: {str(fault).splitlines()[0]}"]) from fault
    return FormulaicTerms(made.model_spec), tuple(map(str, made.columns)), np.ascontiguousarray(made, dtype=np.float64)


def _products(terms: Formula, used: Mapping[str, Any]) -> tuple[tuple[str, ...], ...] | None:
    """Each term's columns, the intercept first; None where some term is no plain product of numbers."""
    found: list[tuple[str, ...]] = []
    for term in terms:
        methods = {str(f.eval_method.value) for f in term.factors}
        names = tuple(str(f.expr) for f in term.factors)
        if methods == {"literal"} and names == ("1",):
            found.insert(0, ())
        elif methods == {"lookup"} and all(np.asarray(used[n]).dtype == np.float64 for n in names):
            found.append(names)
        else:
            return None
    return tuple(found)
