"""Ids of areas in the forms in which agencies and spreadsheets hand them on."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.vocabulary.area_ids import area_code, area_ids, plain_ids


@pytest.mark.parametrize(
    ("column", "plain"),
    [
        (["14000US25025010300", "1500000US120730002001"], ["25025010300", "120730002001"]),
        ([" 120730002001 ", "", None], ["120730002001", None, None]),
        (["120730002001.0", "dockside"], ["120730002001", "dockside"]),
        ([120730002001, None], ["120730002001", None]),
        ([120730002001.0, float("nan")], ["120730002001", None]),
    ],
)
def test_a_column_of_ids_becomes_plain_text(column: list[Any], plain: list[str | None]) -> None:
    assert plain_ids(pa.array(column)).to_pylist() == plain


def test_ids_in_chunks_and_in_a_dictionary_are_read_alike() -> None:
    assert plain_ids(pa.chunked_array([["1"], ["2"]])).to_pylist() == ["1", "2"]
    assert plain_ids(pa.array(["1", "1", None]).dictionary_encode()).to_pylist() == ["1", "1", None]


IN_CALIFORNIA = st.builds("06{:03d}{:07d}".format, st.integers(0, 57).map(lambda k: 2 * k + 1), st.integers(0, 9_999_999))


@given(st.lists(IN_CALIFORNIA, min_size=1, max_size=5))
def test_a_zero_lost_by_every_id_comes_back(codes: list[str]) -> None:
    read = area_ids(pa.array([int(code) for code in codes]))
    assert read.ids.to_pylist() == codes
    assert read.as_it_came == codes[0][1:]
    assert not read.fault


def test_tracts_are_no_block_groups_that_lost_a_zero() -> None:
    # Leon County, Florida; Suffolk County, Massachusetts; Queens, New York; the District of Columbia.
    for tract in ("12073002303", "25025010300", "36081046200", "11001000100"):
        assert area_ids(pa.array([tract])).ids.to_pylist() == [tract]
    # One of them is enough to tell what the others are.
    assert area_ids(pa.array(["10730001001", "12073002303"])).ids.to_pylist() == ["10730001001", "12073002303"]


def test_whole_ids_and_names_of_areas_stay_as_they_are() -> None:
    for codes in (["120730002001", None], ["dockside", "north end"], ["dockside", "10730002001"], ["32310", "32311"]):
        read = area_ids(pa.array(codes))
        assert (read.ids.to_pylist(), read.as_it_came, read.fault) == (codes, "", "")


def test_what_nobody_can_mend_is_a_fault() -> None:
    assert "some ids have 11 digits and some 12" in area_ids(pa.array(["120730002001", "10730002001"])).fault
    assert area_ids(pa.array(["1.20730E+11"])).fault == "'1.20730E+11' was rounded by a spreadsheet; export the ids as text"
    assert "and 1 others were rounded" in area_ids(pa.array(["1.2E+11", "1.3e11"])).fault


@given(st.from_regex(r"\A[0-9]{12}\Z"), st.sampled_from(["", "1500000US", "15000US"]))
def test_one_id_and_a_column_of_ids_are_read_alike(code: str, prefix: str) -> None:
    assert plain_ids(pa.array([prefix + code])).to_pylist() == [area_code(prefix + code)] == [code]
