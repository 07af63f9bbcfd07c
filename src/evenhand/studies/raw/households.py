"""The raw table of households, checked: one row a premise, one meter a premise, one premise a meter, and nobody's name.

Modelling choice: a study needs no names, so a store that holds them is refused before anything of it is used: it was made for another purpose, and
whoever hands it over should know. Repeated premises and meters are faults and not mended by taking the first, because which of two rows is true
nobody here can tell. A household without a meter or a place stays, and leaves in the flow diagram with its reason.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.studies.raw.columns import Floats, ids_of, numbers_of, refuse_below, shares_of, with_columns
from evenhand.studies.raw.files import OpenedTable
from evenhand.studies.raw.findings import Findings, some_of
from evenhand.vocabulary.area_ids import area_ids

SHARES: Final = ("minority_share", "elderly_share", "college_age_share")
_PERSON: Final = frozenset((
    *("first", "last", "middle", "full", "given", "family", "maiden", "owner", "resident", "customer", "holder", "contact", "head", "voter"),
    *("person", "tenant", "member", "spouse", "applicant"),
))  # fmt: skip
_PERSONAL_PARTS: Final = frozenset(("phone", "telephone", "mobile", "email", "surname", "ssn", "dob", "firstname", "lastname", "fullname"))
_PERSONAL: Final = _PERSONAL_PARTS | {
    *("name", "names", "forename", "owner", "owners", "ownername", "customername", "cellphone", "mail", "birthdate", "birthday", "dateofbirth"),
}
_OLDEST_HOUSE_YEARS: Final = 1000.0


def personal_columns(names: list[str]) -> list[str]:
    """Columns whose names say that they hold names of people, or ways to reach them."""
    return [name for name in names if _is_personal(name)]


def checked_households(opened: OpenedTable, findings: Findings) -> pa.Table:
    """The table by contract: ids as text, shares and years as float64, `lat` and `long` together or not at all; other columns behind them."""
    ids = {name: ids_of(opened, name) for name in ("premise_id", "meter_id")}
    _refuse_repeated(opened.source, ids["premise_id"], ids["meter_id"], findings)
    columns: dict[str, pa.Array | Floats] = {**ids, "block_group": block_groups_of(opened, "block_group", findings)}
    columns |= {name: shares_of(opened, name, findings) for name in SHARES}
    columns["house_age"] = _house_ages(opened, findings)
    if "members" in opened.table.column_names:
        members = numbers_of(opened, "members", findings)
        refuse_below(opened, "members", members, 0.0, findings)
        columns["members"] = members
    columns |= dict(zip(("lat", "long"), places_of(opened, findings), strict=True))
    if "address_id" in opened.table.column_names:
        columns["address_id"] = ids_of(opened, "address_id")
    return with_columns(opened.table, columns)


def block_groups_of(opened: OpenedTable, name: str, findings: Findings) -> pa.Array:
    """A column of block group ids, mended where every one lost its zero, and said."""
    if name not in opened.table.column_names:
        return pa.nulls(opened.table.num_rows, pa.string())
    read = area_ids(opened.table.column(name))
    if read.fault:
        findings.refuse(opened.source, f"{name}: {read.fault}")
    if read.as_it_came:
        words = f"all ids have 11 digits, as {read.as_it_came}: their leading zero was put back"
        findings.note("geoid_zero_restored", f"{opened.source}, {name}: {words}.", len(read.ids) - read.ids.null_count)
    return read.ids


def places_of(opened: OpenedTable, findings: Findings) -> tuple[Floats, Floats]:
    """Latitudes and longitudes; 0, 0 is what programs write for nowhere."""
    lat, long = numbers_of(opened, "lat", findings), numbers_of(opened, "long", findings)
    for name, values, most in (("lat", lat, 90.0), ("long", long, 180.0)):
        if (np.abs(values) > most).any():
            findings.refuse(opened.source, f"{name}: degrees up to {most:g} were expected, and {values[np.nanargmax(np.abs(values))]:g} came")
    nowhere = ((lat == 0.0) & (long == 0.0)) | (np.isnan(lat) != np.isnan(long))
    if nowhere.any():
        count = int(nowhere.sum())
        findings.note("no_coordinates", f"{opened.source}: rows with the place 0, 0 or half a place, taken as without coordinates: {count:,}.", count)
        lat, long = np.where(nowhere, np.nan, lat), np.where(nowhere, np.nan, long)
    return lat, long


def _is_personal(name: str) -> bool:
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    joined = "".join(parts)
    return joined in _PERSONAL or bool(_PERSONAL_PARTS & set(parts)) or ("name" in parts and bool(_PERSON & set(parts)))


def _house_ages(opened: OpenedTable, findings: Findings) -> Floats:
    ages = numbers_of(opened, "house_age", findings)
    refuse_below(opened, "house_age", ages, 0.0, findings)
    if (ages > _OLDEST_HOUSE_YEARS).any():
        top = float(np.nanmax(ages))
        findings.refuse(opened.source, f"house_age: values up to {top:g} came. The year it was built? Then give the years from it to the storm")
    return ages


def _refuse_repeated(source: str, premises: pa.Array, meters: pa.Array, findings: Findings) -> None:
    """Rows of a premise that is there already, premises with two meters, and meters with two premises, each with an example."""
    if premises.null_count:
        findings.refuse(source, f"premise_id: missing in {premises.null_count:,} of {len(premises):,} households")
    premise, meter = _codes(premises), _codes(meters)
    stated = (premise >= 0) & (meter >= 0)
    width = int(meter.max(initial=0)) + 1
    pairs = np.unique(premise[stated] * width + meter[stated])
    many_meters = _repeated(pairs // width)
    if many_meters.size:
        findings.refuse(source, f"premise_id: premises with two or more meters: {_example(premises, premise, many_meters)}")
    same = np.setdiff1d(_repeated(premise[premise >= 0]), many_meters)
    if same.size:
        findings.refuse(source, f"premise_id: one row a household was expected; with more than one: {_example(premises, premise, same)}")
    many_premises = _repeated(pairs % width)
    if many_premises.size:
        findings.refuse(source, f"meter_id: meters in two or more premises: {_example(meters, meter, many_premises)}")


def _codes(ids: pa.Array) -> NDArray[np.int64]:
    """A number for each distinct id, −1 for none."""
    encoded = pc.dictionary_encode(ids)
    codes: NDArray[np.int64] = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return codes


def _repeated(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    values, counts = np.unique(codes, return_counts=True)
    return values[counts > 1]


def _example(ids: pa.Array, codes: NDArray[np.int64], wanted: NDArray[np.int64]) -> str:
    first = [ids[int(np.flatnonzero(codes == code)[0])].as_py() for code in wanted[:3]]
    return some_of(sorted(first)) + (f" and {wanted.size - 3:,} more" if wanted.size > 3 else "")
