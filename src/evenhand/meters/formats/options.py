"""What a utility must say about its readings, because the data cannot: names, zone, stamps, unit, registers.

Modelling choice: nothing here is guessed. What can be seen in the data (delimiter, compression, types of ids, the interval's length) is not asked
for; what cannot be seen (a naive clock's zone, whether a stamp is the start or the end, watts or kilowatt-hours) is never assumed from how the
numbers look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["kWh", "Wh", "kW"]
IdType = Literal["int", "text"]

ABSURD_KWH = 5_000.0


@dataclass(frozen=True)
class ReadingOptions:
    """How readings are to be understood; the defaults describe a table that already follows the contract `readings`.

    Parameters
    ----------
    columns
        Our column name → the name in the data (`{"kwh": "value"}`); a name that is not in the data is a fault. Names that are not mapped are looked
        for as they are: `meter_id`, `interval_start`, `kwh` and, where they exist, `quality`, `version`, `arrived_at`.
    timezone
        IANA name of the zone of times that carry none (`America/New_York`). Times that carry a zone or an offset ignore it.
    is_interval_end
        True where a stamp is the end of its interval: it is moved back by the interval's length. Without effect on registers, whose stamp is the
        moment of the reading.
    unit
        Of the energy column: `kWh`, `Wh`, or `kW` (mean power of the interval, for which its length must be known). With registers `kWh` or `Wh`.
        Green Button files state their own unit and ignore this.
    is_register
        True where the energy column is a cumulative register: its differences are the energies.
    interval_minutes
        Length of an interval in minutes; None looks at the first readings where it is needed (kW, interval-end stamps, registers).
    ids
        `int` or `text` to state the type of meter ids; `auto` keeps what typed files have and takes CSV ids as whole numbers where they are written
        so.
    is_meter_from_file_name
        True where a file holds one meter and no id column: the file's name without its endings is the meter id (always text).
    time_format
        `strptime` pattern of times written as text, where they are not ISO 8601 (`%m/%d/%Y %H:%M`).
    absurd_kwh
        Energies of one interval beyond this, in kWh, either sign, are fill values or faults of a head end (9999, 99999, 2³²) and count as not
        received. The default is 10 MW over a half-hour: more than anything behind one low-voltage meter, less than the usual fill values.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    is_interval_end: bool = False
    unit: Unit = "kWh"
    is_register: bool = False
    interval_minutes: int | None = None
    ids: Literal["auto", "int", "text"] = "auto"
    is_meter_from_file_name: bool = False
    time_format: str | None = None
    absurd_kwh: float = ABSURD_KWH

    @property
    def needs_interval_length(self) -> bool:
        """Whether standard batches cannot be made without knowing how long an interval is."""
        return self.is_register or self.is_interval_end or self.unit == "kW"
