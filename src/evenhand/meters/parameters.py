"""What the rules weigh: the storm's window and every threshold, with its unit and the reason for its default.

Times are hours and are turned into whole intervals once the interval length is known, so that one rule serves 15-, 30- and 60-minute data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from evenhand.meters.errors import RuleUnusable

MICROSECONDS_PER_HOUR: Final = 3_600_000_000
LEAD: Final = timedelta(hours=6)
A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StormEvent:
    """The storm, as the utility dates it.

    A storm outage begins between `start` less six hours (the first trees fall before anybody declares an event) and `end`; everything before that is
    the meter's own baseline.

    Parameters
    ----------
    start
        Aware datetime.
    end
        Aware datetime, after `start`; None is a day later.

    Raises
    ------
    RuleUnusable
        For a naive time, or an end that is not after the start.
    """

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        faults = [
            f"the {name} of the event has no time zone" for name, at in (("start", self.start), ("end", self.end)) if at and at.utcoffset() is None
        ]
        if not faults and self.end is not None and self.end <= self.start:
            faults.append(f"the event ends ({self.end.isoformat()}) before it starts ({self.start.isoformat()})")
        if faults:
            raise RuleUnusable(faults)

    @property
    def until(self) -> datetime:
        """The last moment at which a storm outage may begin."""
        return self.end if self.end is not None else self.start + A_DAY

    @property
    def since(self) -> datetime:
        """The first moment at which a storm outage may begin; also the end of the baseline."""
        return self.start - LEAD


@dataclass(frozen=True, slots=True)
class ZeroRule:
    """The baseline that most studies use: an outage is a run of received readings of exactly 0 kWh.

    It sees no gap, no estimate and no habit of the meter. It stands here so that anyone sees what the robust rule gains.
    """

    name: str = field(default="zero", init=False)


@dataclass(frozen=True, slots=True)
class RobustRule:
    """Zeros and gaps, weighed by each meter's own days before the storm.

    Parameters
    ----------
    shortest_dark_hours
        An interruption begins after this much darkness. 1.5 h: two half-hours in a row are lost data as often as an outage.
    shortest_gap_hours
        Where nothing but missing readings speaks, so much of them. 2 h: at 4 % of readings lost, three in a row happen to one meter of twenty in
        three weeks, four to hardly any.
    shortest_gap_readings
        … and at least so many readings. 3: of hourly readings, two in a row are lost as often as two half-hourly ones.
    confirm_hours
        Power that lasts this long ends it; what goes sooner is a flicker. 2 h: longer than the attempts of an automatic recloser and a crew's
        switching.
    lost_while_confirming
        Intervals that may be missing while power is confirmed; where more are, the next readings decide. 1: at 4 % of readings lost, one of four is
        missing every seventh time.
    baseline_days_least
        Days before the storm from which a meter's readings must begin. 2: fewer do not show what it does by itself, by day and by night.
    baseline_share_least
        Share of so many days' readings that must have been received. 0.8: of the fewest days, a few lost readings must not make a meter unknown.
    zero_share_most
        Share of zeros in the baseline up to which every zero is evidence. 0.01: a short earlier outage must not blind a meter.
    vacant_share
        Share of zeros from which a home counts as vacant: zeros then say nothing. 0.9.
    habit_factor
        A run of zeros is evidence in itself once it is this many times longer than the meter's own longest. 1.5: cloudy and sunny days differ.
    same_hour_margin_hours
        For meters with a habit of zeros: a zero is unusual where the baseline has none within this much of the same time of day. 1 h.
    usual_share
        … and tells nothing of an outage's edge where at least this share of the baseline's days were zero around that time. 0.2: where sunny
        days are rarer than that, darkness is the likelier reason.
    habit_dark_hours
        Unusual zeros that such a meter must show. 2 h: its habits are known from few days, so one or two odd zeros are no outage.
    creep_kwh_per_hour
        The most that a worn meter turns by itself, 8 Wh an hour: no home with power stays below that while its baseline never came near.
    creep_ratio
        A reading is creep only if also this many times smaller than the low readings of the meter's baseline. 4: then no habit of the home explains
        it, and energies in another unit change nothing.
    bounds_apart_hours
        An outage that is over is unknown where its shortest and its longest hours lie as far apart as this. 48 h: one in thirty of such point
        estimates was right, and two or three in a thousand of all outages brought a third of the mean error (synthetic seeds 901–905).
    """

    shortest_dark_hours: float = 1.5
    shortest_gap_hours: float = 2.0
    shortest_gap_readings: int = 3
    confirm_hours: float = 2.0
    lost_while_confirming: int = 1
    baseline_days_least: float = 2.0
    baseline_share_least: float = 0.8
    zero_share_most: float = 0.01
    vacant_share: float = 0.9
    habit_factor: float = 1.5
    same_hour_margin_hours: float = 1.0
    usual_share: float = 0.2
    habit_dark_hours: float = 2.0
    creep_kwh_per_hour: float = 0.008
    creep_ratio: float = 4.0
    bounds_apart_hours: float = 48.0
    name: str = field(default="robust", init=False)

    def __post_init__(self) -> None:
        positive = ("shortest_dark_hours", "shortest_gap_hours", "confirm_hours", "habit_dark_hours", "creep_kwh_per_hour", "vacant_share",
                    "bounds_apart_hours")  # fmt: skip
        faults = [f"{name} is {getattr(self, name)!r}, it must be above 0" for name in positive if not getattr(self, name) > 0]
        no_less = {
            "shortest_gap_readings": 1,
            "lost_while_confirming": 0,
            "baseline_days_least": 0,
            "baseline_share_least": 0,
            "zero_share_most": 0,
            "habit_factor": 1,
            "creep_ratio": 1,
            "same_hour_margin_hours": 0,
        }
        faults += [f"{name} is {getattr(self, name)!r}, it must be {low} or more" for name, low in no_less.items() if not getattr(self, name) >= low]
        if faults:
            raise RuleUnusable(faults)


Rule = RobustRule | ZeroRule
