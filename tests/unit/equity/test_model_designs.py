"""What goes into a model, what is left out, and how that is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from evenhand import equity
from evenhand.equity.errors import DesignUnusable


def panel(n: int = 200) -> dict[str, Any]:
    rng = np.random.default_rng(9)
    table: dict[str, Any] = {"minority_share": rng.beta(0.4, 0.9, n), "participation": rng.binomial(1, 0.3, n), "house_age": rng.normal(36, 12, n)}
    table["kind"] = np.array(["detached", "flat", "row"])[rng.integers(0, 3, n)]
    table["block_group"] = np.array([f"12073000{k:04d}" for k in rng.integers(0, 20, n)])
    table["hours"] = rng.negative_binomial(4, 0.06, n).astype(float)
    return table


FORMULA = "hours ~ minority_share * participation + house_age"


def test_arrow_polars_pandas_and_arrays_give_the_same_fit() -> None:
    arrow = pa.table(panel())
    tables = (arrow, arrow.to_batches()[0], pl.from_arrow(arrow), arrow.to_pandas(), panel())
    fits = [equity.fit(FORMULA, table, errors={"cr1": "block_group"}) for table in tables]
    assert {f.names for f in fits} == {("Intercept", "minority_share", "participation", "house_age", "minority_share:participation")}
    assert len({f.covariance().tobytes() for f in fits}) == 1


def test_a_row_is_dropped_for_a_missing_value_of_this_model_only_and_counted() -> None:
    table = panel()
    table["house_age"][[3, 4]] = np.nan
    table["minority_share"][[4, 5, 6]] = np.nan
    table["house_age"][7] = np.inf
    fit = equity.fit(FORMULA, table)
    assert {(d.column, d.reason, d.rows) for d in fit.design.dropped} == {
        ("house_age", "missing", 2), ("house_age", "not_finite", 1), ("minority_share", "missing", 3),
    }  # fmt: skip
    assert fit.n == 195
    assert equity.fit("hours ~ participation", table).n == 200


def test_a_household_without_block_group_is_dropped_and_counted() -> None:
    table = pa.table(panel())
    groups = table["block_group"].to_pylist()
    groups[0] = None
    fit = equity.fit(FORMULA, table.set_column(table.schema.get_field_index("block_group"), "block_group", [groups]), errors={"cr1": "block_group"})
    assert [(d.column, d.reason, d.rows) for d in fit.design.dropped] == [("block_group", "no_cluster", 1)]


def test_arrays_with_missing_values_drop_rows_as_tables_do() -> None:
    y, x = np.arange(1.0, 21.0), np.column_stack([np.ones(20), np.linspace(0, 1, 20)])
    x[4, 1] = np.nan
    fit = equity.fit_arrays(y, x, ("Intercept", "share"), family="poisson")
    assert fit.n == 19
    assert [(d.column, d.rows) for d in fit.design.dropped] == [("share", 1)]
    assert 4 not in fit.design.rows


def test_a_transformation_that_gives_no_number_is_counted_under_its_name() -> None:
    table = panel()
    table["house_age"][:2] = -1.0
    fit = equity.fit("hours ~ np.log(house_age)", table)
    assert fit.n == 200 - int((table["house_age"] <= 0).sum())
    assert [d.column for d in fit.design.dropped] == ["np.log(house_age)"]


def test_categories_are_terms_with_their_level() -> None:
    fit = equity.fit("hours ~ kind + house_age", panel())
    assert fit.names == ("Intercept", "kind[T.flat]", "kind[T.row]", "house_age")
    combined = fit.linear_combination("kind[T.flat] - kind[T.row]")
    assert combined.inference.estimate == pytest.approx(fit.coefficients[1] - fit.coefficients[2])


def test_constant_and_collinear_columns_are_named_and_removed_or_refused() -> None:
    table = panel()
    table |= {"same": np.full(200, 3.0), "twice": 2.0 * table["house_age"] + table["participation"]}
    formula = FORMULA + " + same + twice"
    fit = equity.fit(formula, table)
    assert [(w.code, w.terms) for w in fit.warnings] == [("constant_term", ("same",)), ("collinear_term", ("twice",))]
    assert "'participation', 'house_age'" in fit.design.removed[1].words
    assert fit.coefficients == pytest.approx(equity.fit(FORMULA, panel()).coefficients, abs=1e-9)
    with pytest.raises(DesignUnusable, match=r"'same'.*'twice'"):
        equity.fit(formula, table, collinear="refuse")


def test_nearly_collinear_columns_stay() -> None:
    table = panel()
    table["nearly"] = table["house_age"] + 1e-4 * np.random.default_rng(1).normal(size=200)
    assert "nearly" in equity.fit(FORMULA + " + nearly", table).names


def test_columns_that_are_missing_are_named_all_at_once() -> None:
    with pytest.raises(DesignUnusable, match=r"'income'.*'rent'"):
        equity.fit("hours ~ income + rent", panel())


@pytest.mark.parametrize("formula", ["hours", "hours + 1 ~ house_age", "~ house_age", "hours ~ house_age +", "kind ~ house_age"])
def test_a_formula_that_is_none_is_refused_with_what_was_expected(formula: str) -> None:
    with pytest.raises(DesignUnusable, match="expected"):
        equity.fit(formula, panel())


def test_outcomes_that_do_not_suit_the_family_are_refused_with_their_number() -> None:
    table = panel()
    with pytest.raises(DesignUnusable, match="must be 0 or 1"):
        equity.fit("hours ~ house_age", table, family="logit")
    table["hours"][:3] = -1.0
    with pytest.raises(DesignUnusable, match="3 rows are"):
        equity.fit("hours ~ house_age", table)
    table["participation"][:] = 0
    with pytest.raises(DesignUnusable, match="0 in every row"):
        equity.fit("participation ~ house_age", table, family="logit")
    with pytest.raises(DesignUnusable, match="no family"):
        equity.fit("hours ~ house_age", panel(), family="gamma")


def test_nothing_left_and_fewer_rows_than_terms_are_refused() -> None:
    table = panel()
    table["house_age"][:] = np.nan
    with pytest.raises(DesignUnusable, match="200 rows without house_age"):
        equity.fit("hours ~ house_age", table)
    few = {name: values[:4] for name, values in panel().items()}
    with pytest.raises(DesignUnusable, match="need more than"):
        equity.fit("hours ~ minority_share + participation + house_age + kind", few)


def test_faults_of_arrays_are_named_all_at_once() -> None:
    with pytest.raises(DesignUnusable) as refused:
        equity.fit_arrays(np.ones(5), np.ones((5, 2)), ("Intercept", "a", "b"), weights=np.ones(4))
    assert len(refused.value.facts["faults"]) == 2  # type: ignore[arg-type]


def test_a_matrix_at_other_values_carries_its_interactions() -> None:
    fit = equity.fit(FORMULA, panel())
    x = fit.design.matrix_with({"minority_share": 1.0})
    assert x[:, 1].tolist() == [1.0] * 200
    assert x[:, 4].tolist() == x[:, 2].tolist()
    names = ("Intercept", "minority_share", "participation", "house_age", "participation:minority_share")
    arrays = equity.fit_arrays(fit.design.y, fit.design.x, names)
    assert arrays.design.matrix_with({"minority_share": 1.0}) == pytest.approx(x)
    with pytest.raises(DesignUnusable, match="no column"):
        fit.design.matrix_with({"income": 1.0})


@pytest.mark.parametrize("kind", ["numbers", "words"])
def test_a_row_without_a_cluster_is_dropped_and_counted_whatever_the_table_is_made_of(kind: str) -> None:
    """None and NaN alike, from arrays, Arrow, Polars and pandas: nobody becomes a cluster called nan."""
    import pandas as pd

    table = panel()
    block: list[Any] = [float(k % 20) if kind == "numbers" else f"b{k % 20}" for k in range(200)]
    block[5], block[9] = (float("nan"),) * 2 if kind == "numbers" else (None, None)
    as_array = np.array(block, dtype=float if kind == "numbers" else object)
    plain = {name: table[name] for name in ("hours", "house_age")}
    tables: list[Any] = [{**plain, "block": as_array}, pa.table({**plain, "block": block}), pl.DataFrame({**plain, "block": block})]
    tables.append(pd.DataFrame({**plain, "block": as_array}))
    fits = [equity.fit("hours ~ house_age", one, errors={"cr1": "block"}) for one in tables]
    x = np.column_stack([np.ones(200), table["house_age"]])
    for given in (as_array, block):
        fits.append(equity.fit_arrays(table["hours"], x, ("Intercept", "house_age"), errors={"cr1": "block"}, clusters={"block": given}))
    for fit in fits:
        assert [(d.column, d.reason, d.rows) for d in fit.design.dropped] == [("block", "no_cluster", 2)]
        assert (fit.n, fit.errors[0].n_clusters) == (198, 20)


def test_clusters_that_come_later_must_be_known_of_every_row_of_the_fit() -> None:
    table = panel()
    fit = equity.fit("hours ~ house_age", table)
    with pytest.raises(DesignUnusable, match="1 rows have no value in the cluster column 'street'"):
        fit.with_errors({"cr1": "street"}, {"street": [None, *("abc" * 66), "a"]})
    with pytest.raises(DesignUnusable, match=r"street was expected as shape \(200,\), and \(3,\) came"):
        fit.with_errors({"cr1": "street"}, {"street": ["a", "b", "c"]})


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("hours ~ house_age + day", "column 'day' was expected as numbers or words, and timestamp"),
        ("hours ~ thing", "column 'thing' was expected as numbers or words, and struct"),
        ("hours ~ house_age | kind", "with one right side"),
        ("hours ~ hours + house_age", "'hours' was expected on one side"),
    ],
)
def test_columns_and_formulas_that_no_model_can_use_are_refused_in_words(formula: str, words: str) -> None:
    import pandas as pd

    table = pd.DataFrame({**panel(), "day": pd.date_range("2018-10-10", periods=200), "thing": [{"a": 1}] * 200})
    with pytest.raises(DesignUnusable, match=words):
        equity.fit(formula, table)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"hours": [1.0, 2.0, 3.0], "house_age": [1.0, 2.0]}, r"of one length were expected, and hours \(3 rows\), house_age \(2 rows\) came"),
        ({"hours": 5.0, "house_age": [1.0, 2.0]}, "column 'hours' was expected as one value a row"),
        ("panel.csv", "a table was expected .*, and a str came"),
        ([1.0, 2.0], "a table was expected .*, and a list came"),
        (pl.LazyFrame({"hours": [1.0, 2.0]}), r"a table was expected .*, and a LazyFrame came: collect\(\) it first"),
        (pa.table([[1.0, 2.0], [1.0, 2.0], [2.0, 3.0]], names=["hours", "house_age", "house_age"]), "the table has the column 'house_age' 2 times"),
    ],
)
def test_what_is_no_table_of_one_length_is_refused_in_words(table: Any, words: str) -> None:
    with pytest.raises(DesignUnusable, match=words):
        equity.fit("hours ~ house_age", table)


def test_a_column_that_stands_twice_is_named_for_pandas_too() -> None:
    import pandas as pd

    table = pd.DataFrame(panel())
    with pytest.raises(DesignUnusable, match="the table has the column 'house_age' 2 times"):
        equity.fit("hours ~ house_age", pd.concat([table, table[["house_age"]]], axis=1))


@pytest.mark.parametrize("option", ["weights", "offset"])
@pytest.mark.parametrize(
    ("given", "words"),
    [("block_group", "a column of numbers was expected, and 'block_group' is one of string"), (["a"] * 200, "one number a row was expected"),
     ([1.0, 2.0], r"shape \(200,\) was expected, and \(2,\) came"), ("nope", "the table has no column 'nope'")],
)  # fmt: skip
def test_weights_and_offsets_that_are_no_numbers_of_the_rows_are_refused_in_words(option: str, given: Any, words: str) -> None:
    with pytest.raises(DesignUnusable, match=words):
        equity.fit("hours ~ house_age", panel(), **{option: given})


def test_faults_of_formula_options_and_table_are_named_all_at_once() -> None:
    with pytest.raises(DesignUnusable) as refused:
        equity.fit(FORMULA + " + nope", panel(), family="gamma", errors={"cr9": "street", "bootstrap": "block_group"}, weights="kind", draws=3)
    parts = ("'cr9' is no error", "at least 99 draws", "'gamma' is no family", "no column 'nope'", "no column 'street'", "'kind' is one of string")
    assert len(refused.value.faults) == len(parts)
    for part in parts:
        assert part in refused.value.message


def test_faults_of_the_outcome_stand_beside_those_of_the_options() -> None:
    table = panel()
    table["hours"][:3] = -1.0
    with pytest.raises(DesignUnusable) as refused:
        equity.fit(FORMULA, table, errors="robust", weights=-np.ones(200))
    assert len(refused.value.faults) == 3
    x = np.column_stack([np.ones(200), table["house_age"]])
    with pytest.raises(DesignUnusable) as refused:
        equity.fit_arrays(table["hours"], x, ("Intercept", "house_age"), errors={"cr1": "street", "cr8": None})
    assert len(refused.value.faults) == 3


def test_hours_below_nothing_are_not_rounded_away() -> None:
    table = panel()
    table["hours"][:5] = -0.4
    with pytest.raises(DesignUnusable, match=r"must not be negative, and 5 rows are \(least -0.4\)"):
        equity.fit(FORMULA, table, round_outcome=True)


def weighted(n_without: int = 60) -> tuple[dict[str, Any], np.ndarray]:
    """A panel in which some rows, block group 0's among them, have a weight of 0; and which rows have one."""
    table = panel()
    table["weight"] = np.random.default_rng(3).uniform(0.5, 3.0, 200)
    table["weight"][:n_without] = 0.0
    table["weight"][table["block_group"] == "120730000000"] = 0.0
    return table, table["weight"] > 0.0


def test_rows_of_weight_nothing_are_left_out_and_counted() -> None:
    table, counts = weighted()
    without = int((~counts).sum())
    fit = equity.fit(FORMULA, table, weights="weight", errors={"cr1": "block_group"})
    assert (fit.n, fit.errors[0].n_clusters) == (200 - without, np.unique(table["block_group"][counts]).size)
    assert [(d.column, d.reason, d.rows) for d in fit.design.dropped] == [("weight", "no_weight", without)]
    x = np.column_stack([np.ones(200), table["house_age"]])
    arrays = equity.fit_arrays(table["hours"], x, ("Intercept", "house_age"), weights=table["weight"])
    assert [(d.column, d.reason, d.rows) for d in arrays.design.dropped] == [("weights", "no_weight", without)]
    with pytest.raises(DesignUnusable, match="no row is left for 'hours': 200 rows of weight 0"):
        equity.fit(FORMULA, table, weights=np.zeros(200))


def test_a_term_that_is_constant_where_weights_count_is_named() -> None:
    table, _ = weighted()
    table["weight"] = np.where(table["participation"] == 1.0, table["weight"] + 1.0, 0.0)
    fit = equity.fit("hours ~ participation + house_age", table, weights="weight", errors={"cr3": "block_group"})
    assert ("constant_term", ("participation",)) in [(w.code, w.terms) for w in fit.warnings]
    assert fit.names == ("Intercept", "house_age")
