"""Small tables that commands take beside the main one: Parquet or CSV (plain, gzip, zstd), with our names or mapped ones.

Modelling choice: ids and codes are read from CSV as text, because a number has lost its leading zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

TEXT_COLUMNS: Final = ("meter_id", "premise_id", "block_group", "transformer", "feeder", "substation", "event")


def column_pairs(pairs: Sequence[str], faults: list[str], *, is_one_table: bool = False) -> dict[str, str]:
    """`ours=theirs` as a mapping; what is not of that form, or names one of our columns twice, is added to the faults.

    Of one table, no column of theirs can be two of ours either; in several, columns of one name are different columns.
    """
    split = [[part.strip() for part in pair.split("=", 1)] for pair in pairs]
    faults.extend(f"--column takes ours=theirs, as in --column kwh=VALUE; got {'='.join(pair)}" for pair in split if len(pair) != 2 or "" in pair)
    for side in (0, 1) if is_one_table else (0,):
        names = [pair[side] for pair in split if len(pair) == 2 and pair[side]]
        faults.extend(f"--column names {name!r} more than once" for name in dict.fromkeys(names) if names.count(name) > 1)
    return {pair[0]: pair[1] for pair in split if len(pair) == 2}


def read_table(file: Path, columns: Mapping[str, str], faults: list[str]) -> pa.Table | None:
    """The whole table, with our names where theirs are mapped and there; None, and a fault more, where it cannot be read."""
    import pyarrow as pa

    try:
        table = _read_parquet(file) if _is_parquet(file) else _read_csv(file, columns)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        faults.append(f"{file} could not be read as Parquet or CSV: {first_line}")
        return None
    ours = {theirs: our for our, theirs in columns.items() if theirs in table.column_names}
    return table.rename_columns([ours.get(name, name) for name in table.column_names])


def _is_parquet(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"PAR1"


def _read_parquet(file: Path) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        return opened.read()


def _read_csv(file: Path, columns: Mapping[str, str]) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    text = {columns.get(name, name): pa.string() for name in TEXT_COLUMNS}
    return csv.read_csv(file, convert_options=csv.ConvertOptions(column_types=text, strings_can_be_null=True))
