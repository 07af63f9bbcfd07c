"""What a panel may be. Each fault is one sentence that says what came and what to do; all of them come at once."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from evenhand.equity.errors import PanelUnreadable, PanelUnusable
from evenhand.equity.panel_reading import STUDY_COLUMNS, panel_of, read_panel
from tests.households import household_columns, household_table


def faults(table: pa.Table, **options: Any) -> list[str]:
    with pytest.raises(PanelUnusable) as caught:
        panel_of(table, **options)
    return cast("list[str]", caught.value.facts["faults"])


def warned(table: pa.Table) -> list[str]:
    return [warning.code for warning in panel_of(table).warnings]


def test_csv_and_parquet_read_alike(tmp_path: Path) -> None:
    table = household_table()
    parquet.write_table(table, tmp_path / "panel.parquet")
    arrow_csv.write_csv(table, tmp_path / "panel.csv")
    (tmp_path / "panel.csv.gz").write_bytes(gzip.compress((tmp_path / "panel.csv").read_bytes()))
    (tmp_path / "semicolons.csv").write_text((tmp_path / "panel.csv").read_text().replace(",", ";"))
    first, *others = (read_panel(tmp_path / name) for name in ("panel.parquet", "panel.csv", "panel.csv.gz", "semicolons.csv"))
    for other in others:
        assert all(np.array_equal(first.numbers[name], other.numbers[name]) for name in STUDY_COLUMNS)
        assert first.ids["block_group"].tolist() == other.ids["block_group"].tolist()


def test_columns_are_found_by_their_own_names() -> None:
    columns = household_columns()
    columns["minority"] = columns.pop("minority_share")
    panel = panel_of(pa.table(columns), columns={"minority_share": "minority"})
    assert np.array_equal(panel.numbers["minority_share"], columns["minority"])


def test_all_faults_come_at_once() -> None:
    hours = household_columns()["restoration_hours"] - 100.0
    found = faults(household_table(house_age=None, restoration_hours=hours, education=["x"] * 600, elderly_share=[None] * 600))
    assert [fault.split(":")[0] for fault in found] == ["missing columns", "education", "restoration_hours", "elderly_share"]


def test_a_missing_column_is_asked_about_where_another_may_be_meant() -> None:
    columns = household_columns()
    columns["pct_minority"] = columns.pop("minority_share")
    assert "is 'pct_minority' meant for minority_share? Then add --column minority_share=pct_minority" in faults(pa.table(columns))


def test_shares_of_0_to_100_are_asked_about_and_divided_only_when_told() -> None:
    table = household_table(education=np.round(household_columns()["education"] * 100.0))
    assert "Per cent? Then add --percent education" in faults(table)[0]
    assert panel_of(table, percent=["education"]).numbers["education"].max() <= 1.0


def test_dollars_and_plain_densities_are_asked_about() -> None:
    columns = household_columns()
    table = household_table(median_income=columns["median_income"] * 1000.0, log_population_density=np.exp(columns["log_population_density"]))
    assert [fault.split("came. ")[1] for fault in faults(table)] == [
        "People per square mile? Then give their natural logarithm",
        "Dollars? The panel holds thousands of dollars: divide by 1,000",
    ]


def test_a_leading_zero_that_a_spreadsheet_took_is_put_back_and_said(tmp_path: Path) -> None:
    lost = household_table(block_group=[int(label.replace("12", "10", 1)[:11]) for label in household_columns()["block_group"]])
    panel = panel_of(lost)
    assert set(map(len, panel.ids["block_group"])) == {12}
    assert panel.ids["block_group"][0].startswith("0")
    assert "geoid_zero_restored" in warned(lost)


def test_ids_that_some_lost_their_zero_or_were_rounded_are_refused() -> None:
    labels = household_columns()["block_group"]
    assert "some ids have 11 digits and some 12" in faults(household_table(block_group=["01073000001"[1:] + "0", *labels[1:]]))[0]
    assert "rounded by a spreadsheet" in faults(household_table(block_group=["1.2073E+11"] * 600))[0]


def test_negative_hours_are_counted_with_their_first_row() -> None:
    hours = household_columns()["restoration_hours"]
    hours[[4, 9]] = -2.5
    words = "restoration_hours: 2 of 600 values are below 0, the least -2.5; an outage cannot end before it began (first in row 5)"
    assert faults(household_table(restoration_hours=hours)) == [words]


def test_ten_rows_are_too_few() -> None:
    assert faults(household_table(10, blocks=3))[0].startswith("10 rows came, and eight terms need at least 50")


def test_an_empty_table_says_so_and_nothing_else_fails() -> None:
    assert faults(household_table().slice(0, 0))[0].startswith("0 rows came")


def test_a_column_with_every_value_missing_is_named() -> None:
    assert faults(household_table(renter_share=[None] * 600)) == ["renter_share: every value is missing"]


@pytest.mark.parametrize(
    ("values", "words"), [(1.0, "every household took part"), (0.0, "no household took part"), (2.0, "are neither 0 nor 1, as 2")]
)
def test_participation_must_be_something_to_compare(values: float, words: str) -> None:
    assert words in faults(household_table(participation=np.full(600, values)))[0]


def test_a_household_twice_and_a_weight_of_nothing_are_refused() -> None:
    found = faults(household_table(premise_id=["p1"] * 600, weight=np.zeros(600)))
    assert [fault.split(":")[0] for fault in found] == ["weight", "premise_id"]


def test_text_among_numbers_is_shown_with_its_row() -> None:
    ages = [str(age) for age in household_columns()["house_age"]]
    ages[7] = "old"
    assert faults(household_table(house_age=ages)) == ["house_age: numbers were expected, and row 8 holds 'old'"]


def test_decimal_commas_are_asked_about_once_for_all_columns(tmp_path: Path) -> None:
    columns = household_columns()
    lines = [";".join(columns)] + [";".join(str(value).replace(".", ",") for value in row) for row in zip(*columns.values(), strict=True)]
    (tmp_path / "semicolons.csv").write_text("\n".join(lines))
    with pytest.raises(PanelUnusable) as caught:
        read_panel(tmp_path / "semicolons.csv")
    (fault,) = cast("list[str]", caught.value.facts["faults"])
    assert "restoration_hours" in fault
    assert "Decimal comma?" in fault


@pytest.mark.parametrize("word", ["weird", "Still out", None])
def test_a_status_that_the_contract_does_not_know_is_refused_with_its_number(word: str | None) -> None:
    status: list[str | None] = ["restored", "still_out"] * 300
    status[3] = word
    (fault,) = faults(household_table(status=pa.array(status, pa.string())))
    assert fault.startswith(f"status: 1 of 600 values are none of restored, still_out, never_out, unknown, as {str(word)!r}")
    assert fault.endswith("(first in row 4)")


def test_unknown_beside_hours_is_refused_and_without_hours_is_a_missing_value() -> None:
    status = pa.array(["unknown", *["restored"] * 599], pa.string())
    (fault,) = faults(household_table(status=status))
    assert fault.startswith("status: 1 of 600 values are unknown beside hours")
    hours = np.append(np.nan, np.linspace(1.0, 90.0, 599))
    assert panel_of(household_table(status=status, restoration_hours=hours)).n == 600


def test_hours_that_are_0_throughout_are_told_with_all_other_faults() -> None:
    found = faults(household_table(restoration_hours=np.zeros(600), participation=np.zeros(600)))
    assert [fault.split(":")[0] for fault in found] == ["participation", "restoration_hours"]
    assert "every value is 0" in found[1]


def test_per_cent_of_a_column_that_is_a_share_already_is_asked_about() -> None:
    (fault,) = faults(household_table(), percent=["education"])
    assert "A share of 0 to 1 already? Then leave the option out" in fault


def test_numbers_written_as_text_are_numbers() -> None:
    ages = household_columns()["house_age"]
    assert np.array_equal(panel_of(household_table(house_age=[str(age) for age in ages])).numbers["house_age"], ages)


def test_poor_but_usable_panels_are_warnings() -> None:
    columns = household_columns()
    assert "one_cluster" in warned(household_table(block_group=["120730000001"] * 600))
    assert "few_clusters" in warned(household_table(blocks=5))
    alone = [*columns["block_group"][1:], "120739999999"]
    assert "singleton_clusters" in warned(household_table(block_group=alone))
    assert "no_clusters" in warned(household_table(block_group=None))
    silent = np.where(columns["minority_share"] > 0.5, 0.0, columns["participation"])
    assert "group_without_participants" in warned(household_table(participation=silent))
    assert "still_out" in warned(household_table(status=["still_out"] + ["restored"] * 599))
    some = columns["education"].copy()
    some[:3] = np.nan
    assert "values_missing" in warned(household_table(education=some))


def test_options_that_name_nothing_are_faults_too() -> None:
    found = faults(household_table(), columns={"minority_share": "nowhere", "colour": "education"}, percent=["house_age"])
    assert found[:3] == [
        "--column minority_share=nowhere: the file has no column 'nowhere'",
        "--column colour=education: 'colour' is no column of a panel",
        "--percent house_age: no such share is in a panel; there are minority_share, education, elderly_share, college_age_share, renter_share",
    ]


def test_no_file_an_empty_file_and_another_format_are_said(tmp_path: Path) -> None:
    with pytest.raises(PanelUnreadable, match="there is no file"):
        read_panel(tmp_path / "nowhere.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(PanelUnreadable, match=r"empty\.csv is empty"):
        read_panel(tmp_path / "empty.csv")
    (tmp_path / "not.parquet").write_bytes(b"PK\x03\x04 a spreadsheet")
    with pytest.raises(PanelUnreadable, match=r"not\.parquet could not be read"):
        read_panel(tmp_path / "not.parquet")


def test_a_file_that_says_it_is_synthetic_stays_so(tmp_path: Path) -> None:
    parquet.write_table(household_table().replace_schema_metadata({"synthetic": "true"}), tmp_path / "panel.parquet")
    assert read_panel(tmp_path / "panel.parquet").is_synthetic
