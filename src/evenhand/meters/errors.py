"""Faults of readings, events and rules that nobody should compute with.

EvenhandError
└── MetersError
    ├── RuleUnusable            `rule_unusable`: thresholds or event times that make no sense
    ├── NoReadings              `no_readings`: nothing to read
    ├── EventOutsideReadings    `event_outside_readings`: the storm is not in the window of the readings
    ├── BaselineTooShort        `baseline_too_short`: too few days before the storm to know a meter's habits
    ├── IntervalLengthUnclear   `interval_length_unclear`: no interval of 5 to 60 minutes fits, or the length changes
    ├── RevisionsWithoutOrder   `revisions_without_order`: two readings of one interval differ and nothing says which is newer
    ├── EvidenceUnusable        `evidence_unusable`: meter events or a grid that cannot be joined
    ├── MeterNotFound           `meter_not_found`: no reading of the meter that was asked for
    └── RunsMixed               `runs_mixed`: outages and events of two runs side by side

What a file or a table lacks is named by `formats.errors`. Poor data is no error: it is counted in `Detections.warnings`.
"""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class MetersError(EvenhandError):
    """Anything the meters library refuses."""


class RuleUnusable(MetersError):
    """Every fault of a rule or an event at once."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("rule_unusable", f"The rule cannot be used: {'; '.join(faults)}.", faults=faults)


class NoReadings(MetersError):
    """Nothing to read."""

    def __init__(self) -> None:
        super().__init__("no_readings", "Readings were expected, but there is not one row in what was given. Check the paths and the period.")


class EventOutsideReadings(MetersError):
    """The storm lies outside the readings, or between stray ones and far from all of them."""

    def __init__(self, event_start: str, first: str, last: str, *, is_between: bool = False) -> None:
        far = ", and none of them lies near it" if is_between else ""
        words = (
            f"The event starts at {event_start}, but the readings run from {first} to {last}{far}. Give an event inside them (is its year right?), or"
            " the readings around it."
        )
        super().__init__("event_outside_readings", words, event_start=event_start, first=first, last=last)


class BaselineTooShort(MetersError):
    """Too few days before the storm."""

    def __init__(self, days: float, least: float, *, where: str = "") -> None:
        first = f" The first is of {where}." if where else ""
        words = (
            f"The readings begin {days:.1f} days before the storm could begin (its start less six hours); the robust rule needs {least:g} days to"
            f" know each meter's habits.{first} Add earlier readings, or use the rule kWh = 0: `--rule zero`, from Python `rule=ZeroRule()`."
        )
        super().__init__("baseline_too_short", words, days=days, least=least)
        self.days, self.least = days, least


class IntervalLengthUnclear(MetersError):
    """No single interval length fits."""

    def __init__(self, what: str, *, minutes: int | None = None, off_grid: int = 0, example: str = "") -> None:
        seen = f", for example {example}" if example else ""
        words = f"One interval length of 5 to 60 minutes was expected, but {what}{seen}. Give each interval length its own run."
        super().__init__("interval_length_unclear", words, minutes=minutes, off_grid=off_grid)
        self.what, self.minutes = what, minutes


class RevisionsWithoutOrder(MetersError):
    """Two revisions of one interval differ, and nothing says which is newer."""

    def __init__(self, n_intervals: int, examples: list[str]) -> None:
        words = (
            f"{n_intervals:,} intervals have two readings that differ, and nothing says which is newer, for example {'; '.join(examples)}. Add"
            " a column `version` or `arrived_at`, or have the greater of the two taken and counted: `--keep-greater`, from Python"
            " `keep_greater_of_conflicts=True`."
        )
        super().__init__("revisions_without_order", words, n_intervals=n_intervals, examples=examples)


class EvidenceUnusable(MetersError):
    """Meter events or a grid that cannot be joined to the readings."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("evidence_unusable", f"The further evidence cannot be used: {'; '.join(faults)}.", faults=faults)


class MeterNotFound(MetersError):
    """No reading of the meter that was asked for."""

    def __init__(self, meter: str) -> None:
        super().__init__("meter_not_found", f"There is no reading of meter {meter}. Check the id; text ids keep their leading zeros.", meter=meter)


class RunsMixed(MetersError):
    """Outages and events that do not belong together."""

    def __init__(self, outages: str, events: str) -> None:
        words = (
            f"{outages} and {events} are of two different runs: one was copied alone, or a run was cut off between the two. Run"
            " `evenhand meters detect` again, or put the two files of one run side by side."
        )
        super().__init__("runs_mixed", words, outages=outages, events=events)
