"""Tables say the same in every format, and numbers are what people read."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.model_tables import stars_for
from evenhand.reports.model_tables import decimals_for, number, term_words
from evenhand.reports.printed_tables import PrintedDocument, PrintedTable, as_html, as_latex, as_markdown

CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


def document(*cells: str) -> PrintedDocument:
    return PrintedDocument("A title", ("Words.",), (PrintedTable("A caption", ("Term", *cells), (("row", *cells),), ("A note.",)),))


def test_two_digits_of_the_error_are_printed_and_three_decimals_at_least() -> None:
    assert [decimals_for(error) for error in (0.5, 0.023, 0.0004, 1e-9, math.nan)] == [3, 3, 5, 6, 3]


def test_numbers_have_a_true_minus_sign_and_no_negative_zero() -> None:
    assert [number(-1234.5, 1), number(-0.0001, 3), number(math.inf, 1), number(math.nan, 1)] == ["−1,234.5", "0.000", "∞", "–"]


def test_stars_begin_below_their_limit() -> None:
    assert [stars_for(p) for p in (0.0099, 0.01, 0.0499, 0.05, 0.0999, 0.1, math.nan)] == ["***", "**", "**", "*", "*", "", ""]


def test_a_product_is_named_by_both_its_columns() -> None:
    assert term_words("minority_share:participation") == "Minority share × Participation (reported)"


@given(CELLS, CELLS)
def test_no_cell_breaks_out_of_its_table(first: str, second: str) -> None:
    text = as_markdown(document(first, second))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}
    html = as_html(document(first, second))
    assert (html.count("<th "), html.count("<td>")) == (4, 2)
    assert all(line.count("&") - line.count(r"\&") == 2 for line in as_latex(document(first, second)).splitlines() if line.endswith(r" \\"))


@pytest.mark.parametrize("mark", list("\\&%$#_{}~^<>−×≥²α–“"))
def test_latex_gets_no_mark_that_it_would_obey(mark: str) -> None:
    assert f"\n{mark} & " not in as_latex(document(mark)).replace("row", "")
    assert mark not in {"&", "%", "$", "#", "_"} or f"\\{mark}" in as_latex(document(mark))
