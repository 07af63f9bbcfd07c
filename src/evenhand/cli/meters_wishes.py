"""What a person asked of `evenhand meters`, checked: faults of options, files and readings are found before anything is computed and told at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

from evenhand.vocabulary.errors import EvenhandError

if TYPE_CHECKING:
    from evenhand.meters.formats.options import IdType, ReadingOptions, Unit
    from evenhand.meters.formats.source import ReadingSource
    from evenhand.meters.parameters import RobustRule, StormEvent, ZeroRule

RULES: Final = ("robust", "zero")
UNITS: Final = ("kWh", "Wh", "kW")
IDS: Final = ("auto", "int", "text")
_EXAMPLE: Final = "2025-03-10T05:00-04:00"


def refuse(faults: Sequence[str]) -> None:
    """Raise once for all that is wrong; nothing where nothing is.

    Raises
    ------
    EvenhandError
        `meters_input_unusable`, one line a fault.
    """
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise EvenhandError("meters_input_unusable", f"This cannot be done as asked:\n{lines}", faults=list(faults))


def zone_or_fault(timezone: str | None, faults: list[str]) -> str | None:
    """The zone's name where it is known."""
    if timezone is None:
        return None
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        faults.append(f"--timezone takes an IANA name, as in America/New_York; {timezone!r} is none that is known here")
        return None
    return timezone


def moment(text: str, timezone: str | None, option: str, faults: list[str]) -> datetime | None:
    """An aware time from ISO 8601 text; a naive one is on the clock of `timezone`."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        faults.append(f"{option} takes a time as in {_EXAMPLE}; got {text!r}")
        return None
    if read.tzinfo is not None:
        return read
    if timezone is None:
        faults.append(f"{option} {text} has no zone: write it, as in {_EXAMPLE}, or give --timezone")
        return None
    zoned = read.replace(tzinfo=ZoneInfo(timezone), fold=0)
    again = zoned.replace(fold=1)
    if zoned.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(timezone)).replace(tzinfo=None) != read:
        faults.append(f"{option} {text} is a time that the clocks of {timezone} skip in spring: write it with its offset")
        return None
    if zoned.utcoffset() != again.utcoffset():
        both = f"{zoned.isoformat()} or {again.isoformat()}"
        faults.append(f"{option} {text} is a time that the clocks of {timezone} show twice in autumn: write which one is meant, {both}")
        return None
    return zoned


def event_of(start: str, end: str | None, timezone: str | None, faults: list[str]) -> StormEvent | None:
    """The storm's window."""
    from evenhand.meters.parameters import StormEvent

    begins = moment(start, timezone, "--event-start", faults)
    ends = None if end is None else moment(end, timezone, "--event-end", faults)
    if begins is None or (end is not None and ends is None):
        return None
    try:
        return StormEvent(begins, ends)
    except EvenhandError as error:
        faults.append(error.message)
        return None


def rule_named(name: str, faults: list[str]) -> RobustRule | ZeroRule:
    """The rule by its name."""
    from evenhand.meters.parameters import RobustRule, ZeroRule

    one_of(name, RULES, "--rule", faults)
    return ZeroRule() if name == "zero" else RobustRule()


def one_of(value: str, allowed: Iterable[str], option: str, faults: list[str]) -> None:
    """A fault where the value is none of the allowed."""
    if value not in allowed:
        faults.append(f"{option} takes {', '.join(allowed)}; got {value!r}")


@dataclass(frozen=True, slots=True)
class ReadingWishes:
    """The options of every command that reads readings, as they were typed."""

    paths: tuple[Path, ...]
    columns: tuple[str, ...]
    timezone: str | None
    is_interval_end: bool
    unit: str
    is_register: bool
    interval_minutes: int | None
    ids: str
    time_format: str | None
    is_meter_from_file_name: bool

    def options(self, faults: list[str]) -> ReadingOptions | None:
        """The library's options; None where a fault leaves them unclear."""
        from evenhand.cli.tables import column_pairs
        from evenhand.meters.formats.options import ReadingOptions

        before = len(faults)
        columns = column_pairs(self.columns, faults)
        timezone = zone_or_fault(self.timezone, faults)
        one_of(self.unit, UNITS, "--unit", faults)
        one_of(self.ids, IDS, "--ids", faults)
        if len(faults) > before:
            return None
        return ReadingOptions(
            columns=columns,
            timezone=timezone,
            is_interval_end=self.is_interval_end,
            unit=cast("Unit", self.unit),
            is_register=self.is_register,
            interval_minutes=self.interval_minutes,
            ids=cast("Any", self.ids),
            is_meter_from_file_name=self.is_meter_from_file_name,
            time_format=self.time_format,
        )

    def opened(self, faults: list[str]) -> ReadingSource | None:
        """The readings, opened; None, and what is wrong with them among the faults, where they cannot be."""
        from evenhand.meters.formats.opening import open_readings

        options = self.options(faults)
        gone = [path for path in self.paths if not path.exists()]
        faults.extend(f"{path} is not there" for path in gone)
        if options is None or gone:
            return None
        try:
            return open_readings(self.paths, options)
        except EvenhandError as error:
            faults.append(error.message.replace("\n", "\n  "))
            return None


def chart_faults(out: Path) -> list[str]:
    """Why no chart can be written to `out`."""
    from evenhand.reports.charts import writer_for

    faults = [] if out.resolve().parent.is_dir() else [f"--out {out}: there is no folder {out.resolve().parent}"]
    try:
        writer_for(out)
    except EvenhandError as error:
        faults.append(error.message)
    return faults


def output_faults(out: Path, inputs: Sequence[Path]) -> list[str]:
    """Why nothing can be written to `out`, or should not be."""
    target = out.resolve()
    faults = []
    if out.suffix != ".parquet":
        faults.append(f"--out takes a name that ends in .parquet; got {out}")
    if not target.parent.is_dir():
        faults.append(f"--out {out}: there is no folder {target.parent}")
    if target.is_dir():
        faults.append(f"--out {out} is a folder")
    inside = [path for path in inputs if target == path.resolve() or path.resolve() in target.parents]
    faults.extend(f"--out {out} lies in {path}, where readings are read from: write it elsewhere" for path in inside)
    return faults


def matched_ids(table: Any, id_type: IdType, file: Path, faults: list[str]) -> Any:
    """A side table with meter ids of the readings' type, so that both can be joined."""
    import pyarrow as pa

    if table is None or "meter_id" not in table.column_names:
        return table
    wanted = pa.int64() if id_type == "int" else pa.string()
    try:
        ids = table["meter_id"].cast(wanted)
    except pa.ArrowInvalid:
        faults.append(f"{file} has meter ids that are no whole numbers, and the readings' are")
        return table
    return table.set_column(table.column_names.index("meter_id"), "meter_id", ids)
