"""A city's address file: CSV, plain or gzip, one line an address. Read whole and checked whole: a file with a wrong line is not half taken."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from evenhand.web.places.address_search import search_key
from evenhand.web.places.errors import PlacesFileInvalid
from evenhand.web.places.models import Address, Jurisdiction

COLUMNS = ("address_id", "address", "unit", "zipcode", "lat", "long")
REQUIRED = ("address_id", "address", "lat", "long")
ADDRESS_FILE = f"CSV with the columns {', '.join(COLUMNS)} (unit and zipcode may be absent)"


def read_addresses(city: Jurisdiction, file: Path, columns: Mapping[str, str]) -> dict[str, Address]:
    """The addresses of a file by id, unsaved. `columns` maps our names to the file's.

    Raises PlacesFileInvalid, naming all missing columns, or every line that cannot be used.
    """
    faults: list[str] = []
    rows: dict[str, Address] = {}
    for line, cells in _lines(file, columns):
        outcome = _address(city, cells)
        if isinstance(outcome, str):
            faults.append(f"line {line}: {outcome}")
        elif outcome.address_id in rows:
            faults.append(f"line {line}: address_id {outcome.address_id!r} stands in the file twice")
        else:
            rows[outcome.address_id] = outcome
    if faults or not rows:
        raise PlacesFileInvalid(file.name, ADDRESS_FILE, faults or ["a header and no line below it"])
    return rows


def _lines(file: Path, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(_text(file), newline=""), strict=True)
    try:
        positions = _positions(file, next(reader, []), columns)
        for cells in reader:
            if cells:
                yield reader.line_num, {name: cells[place] if place < len(cells) else "" for name, place in positions.items()}
    except csv.Error as error:
        raise PlacesFileInvalid(file.name, ADDRESS_FILE, [f"line {reader.line_num}: not CSV: {error}"]) from error


def _positions(file: Path, header: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Where each of our columns stands; names are compared without case."""
    have = {name.strip().casefold(): place for place, name in reversed(list(enumerate(header)))}
    theirs = {name: columns.get(name, name) for name in COLUMNS}
    faults = [f"no column {theirs[name]!r}" for name in COLUMNS if theirs[name].casefold() not in have and (name in REQUIRED or name in columns)]
    faults += [f"{name!r} is none of the columns of addresses" for name in columns if name not in COLUMNS]
    if faults:
        raise PlacesFileInvalid(file.name, ADDRESS_FILE, [*faults, f"the columns are: {', '.join(header) or 'none'}"])
    return {name: have[their.casefold()] for name, their in theirs.items() if their.casefold() in have}


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
        return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    except FileNotFoundError:
        raise PlacesFileInvalid(str(file), ADDRESS_FILE, ["no such file"]) from None
    except (OSError, EOFError, zlib.error) as error:
        raise PlacesFileInvalid(str(file), ADDRESS_FILE, [f"the file cannot be read: {getattr(error, 'strerror', None) or error}"]) from error
    except UnicodeDecodeError as error:
        raise PlacesFileInvalid(file.name, ADDRESS_FILE, [f"not UTF-8 text: {error}"]) from error


def _address(city: Jurisdiction, cells: Mapping[str, str]) -> Address | str:
    identity, words = cells["address_id"].strip(), cells["address"].strip()
    if not identity or not words:
        return "address_id and address must not be empty"
    if len(identity) > 64 or len(words) > 200:
        return "address_id has at most 64 and address at most 200 characters"
    if any("\0" in text for text in cells.values()):
        return "holds a NUL character, which no text can hold"
    try:
        lat, long = float(cells["lat"]), float(cells["long"])
    except ValueError:
        return f"lat {cells['lat']!r} and long {cells['long']!r} must be numbers"
    if not (-90 <= lat <= 90 and -180 <= long <= 180):
        return f"lat {lat} and long {long} are no degrees"
    unit, zipcode = cells.get("unit", "").strip()[:40], _zipcode(cells.get("zipcode", "").strip())
    key = search_key(words, unit, zipcode)[:240]
    return Address(jurisdiction=city, address_id=identity, address=words, unit=unit, zipcode=zipcode, lat=lat, long=long, search_key=key)


def _zipcode(published: str) -> str:
    """As published; a code that a tool wrote as a number (2115.0) has its zeros again."""
    digits = published.removesuffix(".0")
    return digits.zfill(5) if digits != published and digits.isdigit() else published[:16]
