"""The outage reports of a synthetic study city, as a 311 platform keeps them.

Modelling choice: a household that takes part reports while it is dark, within 48 hours of the event, the sooner the likelier. Beside these reports
there is what a table of requests holds in truth: second reports of the same household (3 % of the reporters in the window; half of them marked as
duplicates), first reports after the window by some who still wait, reports from the quiet days before, reports that staff or meters made for homes
that said nothing themselves, and a few that lead to no home. Some requests name the premise, some only the address, some only a place a few metres
from the house. All shares are assumptions of ours, but that of the reporters and 688 requests to 665 households.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_window import Window
from evenhand.twin.study_city_areas import StudyGround
from evenhand.twin.study_city_homes import StudyHomes, by_contract, home_metres
from evenhand.twin.study_city_outcomes import Reporting, Waiting
from evenhand.twin.study_city_recipe import WINDOW_HOURS
from evenhand.vocabulary.tables import REQUESTS, UTC_TIME

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REPORTS_AFTER_HOURS: Final = 14.0  # mean of an exponential, cut
SOONEST_HOURS, LAST_HOURS = 0.75, 0.5  # after going dark, before coming back: nobody reports nearer to these
AGAIN_IN_WINDOW: Final = 688 / 665 - 1.0
AGAIN_LATER: Final = 0.1  # of the reporters who are still dark after the window
FIRST_LATER: Final = 0.006  # of the others who are
QUIET_DAYS: Final = 0.15  # of the chance to report in the storm's window
BY_STAFF, BY_METERS, ASTRAY = 0.0006, 0.0003, 0.0004  # of all homes
MARKED_DUPLICATE: Final = 0.5
NAMES_PREMISE, NAMES_ADDRESS_ONLY = 0.7, 0.15
PIN_METRES, PIN_OF_SPACING = 8.0, 0.2  # a pin lies no further from its house
CHANNELS: Final = (("phone", 0.45), ("app", 0.30), ("web", 0.25))
KINDS: Final = ("in_window", "again_in_window", "after_window", "before_event", "by_staff", "by_meters", "astray")
IN_WINDOW, AGAIN, AFTER, BEFORE, STAFF, METERS, STRAY = range(len(KINDS))
_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Reports:
    """Requests row by row; arrays of shape (m,)."""

    home: Ints  # −1: nobody's
    at_hours: Floats  # after the event began
    kind: Ints  # place in KINDS

    @property
    def is_of_residents(self) -> Bools:
        return np.isin(self.kind, (STAFF, METERS), invert=True)

    def taken(self, rows: NDArray[np.intp]) -> Reports:
        return Reports(self.home[rows], self.at_hours[rows], self.kind[rows])


def study_reports(homes: StudyHomes, reporting: Reporting, waiting: Waiting, window: Window, seed: int) -> Reports:
    """Who made which request, and when; in the order of time."""
    chance, number = Chance(seed), homes.number
    own_end = waiting.dark_hours + waiting.hours - LAST_HOURS  # NaN for a home never out
    latest = np.minimum(own_end, WINDOW_HOURS)  # nobody is dark before the event: 48 hours of the outage are not over sooner
    first = _first_reports(chance, number, waiting, latest)
    again = first + chance.uniform("study, again at", number) * (latest - first)
    seen_end = np.minimum(own_end, (window.slots - window.storm_slot) * window.interval_hours)
    later_from = waiting.dark_hours + WINDOW_HOURS + LAST_HOURS
    waits_on = seen_end > later_from
    later = later_from + chance.uniform("study, later at", number) * np.where(waits_on, seen_end - later_from, 0.0)
    silent = waiting.is_out & ~reporting.takes_part
    quiet = (window.storm_slot * window.interval_hours - 24.0) * chance.uniform("study, quiet at", number)
    anywhere = first[silent].mean() * chance.uniform("study, astray at", number) * 2.0
    parts = (
        (IN_WINDOW, reporting.takes_part, first),
        (AGAIN, reporting.takes_part & (again > first) & chance.happens("study, again", number, AGAIN_IN_WINDOW), again),
        (AFTER, waits_on & reporting.takes_part & chance.happens("study, again later", number, AGAIN_LATER), later),
        (AFTER, waits_on & silent & chance.happens("study, later", number, FIRST_LATER), later),
        (BEFORE, chance.uniform("study, quiet", number) < QUIET_DAYS * reporting.chance, -12.0 - quiet),
        (STAFF, silent & chance.happens("study, staff", number, BY_STAFF), first),
        (METERS, silent & chance.happens("study, meters", number, BY_METERS), waiting.dark_hours),
        (STRAY, chance.happens("study, astray", number, ASTRAY), anywhere),
    )
    made = [_of_kind(kind, rows, at) for kind, rows, at in parts]
    joined = Reports(*(np.concatenate([getattr(part, field.name) for part in made]) for field in fields(Reports)))
    return joined.taken(np.lexsort((joined.kind, joined.home, joined.at_hours)))


def _first_reports(chance: Chance, number: Ints, waiting: Waiting, latest: Floats) -> Floats:
    """Hours after the event of each home's first report, were it to make one: an exponential after it went dark, cut at the latest."""
    soonest = waiting.dark_hours + np.minimum(SOONEST_HOURS, waiting.hours / 2.0)
    room = np.maximum(latest - soonest, 0.0)
    cut = -np.expm1(-room / REPORTS_AFTER_HOURS)
    return np.asarray(soonest - REPORTS_AFTER_HOURS * np.log1p(-cut * chance.uniform("study, reports at", number)))


def _of_kind(kind: int, rows: Bools, at_hours: Floats) -> Reports:
    home = np.flatnonzero(rows)
    at = np.rint(at_hours[home] * 3600.0) / 3600.0
    return Reports(np.full(home.size, -1) if kind == STRAY else home, at, np.full(home.size, kind))


def requests_table(reports: Reports, homes: StudyHomes, ground: StudyGround, waiting: Waiting, *, window: Window, seed: int) -> pa.Table:
    """The reports by the contract `requests`."""
    chance, row = Chance(seed), np.arange(reports.home.size)
    is_known = reports.home >= 0
    home = np.where(is_known, reports.home, 0)
    names = chance.uniform("study, names", row)
    premise = is_known & (names < NAMES_PREMISE)
    address = is_known & (names < NAMES_PREMISE + NAMES_ADDRESS_ONLY)
    ids = [f"SYN-{number:06d}" for number in row + 1]
    event_us = int(window.storm_start.timestamp()) * _SECOND_US
    requested_us = event_us + np.rint(reports.at_hours * 3600.0).astype(np.int64) * _SECOND_US
    closed_us, is_closed = _closings(chance, reports, requested_us, dark_until=waiting.dark_until[home], window=window)
    pins, has_pin = _pins(chance, reports, homes, ground, seed=seed)
    geoids = np.array(ground.areas.geoid)[homes.place[home]]
    columns: dict[str, Any] = {
        "service_request_id": ids,
        "requested_datetime": pa.array(requested_us).cast(UTC_TIME),
        "service_code": pa.repeat("power-out", row.size),
        "service_name": pa.repeat("Power outage", row.size),
        "closed_datetime": pa.array(closed_us, mask=~is_closed).cast(UTC_TIME),
        "status": np.where(is_closed, "closed", "open").tolist(),
        "channel": _channels(chance, row, reports.kind),
        "made_by": np.select([reports.kind == STAFF, reports.kind == METERS], ["staff", "meter"], "resident").tolist(),
        "lat": pa.array(pins[:, 1], mask=~has_pin),
        "long": pa.array(pins[:, 0], mask=~has_pin),
        "address_id": pa.array([f"A{number}" for number in home.tolist()], mask=~address),
        "premise_id": pa.array([f"P{number}" for number in home.tolist()], mask=~premise),
        "block_group": pa.array(geoids.tolist(), mask=~is_known),
        "duplicate_of": _duplicates(chance, row, reports, ids),
        "agency_responsible": pa.repeat("City utility (synthetic)", row.size),
    }
    return by_contract(REQUESTS, columns)


def _closings(chance: Chance, reports: Reports, requested_us: Ints, *, dark_until: Floats, window: Window) -> tuple[Ints, Bools]:
    """A request of the storm is closed some hours after power is back, any other some hours after it was made."""
    of_storm = np.isin(reports.kind, (BEFORE, STRAY), invert=True)
    back_us = window.moments_us(np.where(of_storm & np.isfinite(dark_until), dark_until, 0.0))
    after_hours = chance.between("study, closed after", np.arange(requested_us.size), 0.5, 8.0)
    begun_us = np.where(of_storm, np.maximum(back_us, requested_us), requested_us)
    closed_us = begun_us + np.rint(after_hours * 3600.0).astype(np.int64) * _SECOND_US
    end_us = int(window.moments_us(np.array([float(window.slots)]))[0])
    return closed_us, (closed_us < end_us) & ~(of_storm & np.isinf(dark_until))


def _pins(chance: Chance, reports: Reports, homes: StudyHomes, ground: StudyGround, *, seed: int) -> tuple[Floats, Bools]:
    """Longitude and latitude: at the house or near it; those that lead nowhere lie beyond the city's edge, or are not known."""
    metres, apart = home_metres(ground, homes, seed)
    row, home = np.arange(reports.home.size), np.maximum(reports.home, 0)
    away = np.minimum(PIN_METRES, PIN_OF_SPACING * apart[homes.place[home]]) * chance.uniform("study, pin away", row)
    turn = 2.0 * np.pi * chance.uniform("study, pin towards", row)
    near = metres[home] + np.stack([away * np.cos(turn), away * np.sin(turn)], axis=-1)
    is_stray = reports.kind == STRAY
    beyond = np.stack([np.full(row.size, -1500.0), 500.0 * (1.0 + chance.uniform("study, beyond", row))], axis=-1)
    return ground.degrees(np.where(is_stray[:, None], beyond, near)), ~(is_stray & chance.happens("study, no pin", row, 0.5))


def _channels(chance: Chance, row: Ints, kind: Ints) -> list[str]:
    names = [name for name, _ in CHANNELS]
    upto = np.cumsum([share for _, share in CHANNELS])
    drawn = np.array(names)[np.searchsorted(upto[:-1], chance.uniform("study, channel", row))]
    return np.select([kind == STAFF, kind == METERS], ["crew", "meter"], drawn).tolist()  # type: ignore[no-any-return]


def _duplicates(chance: Chance, row: Ints, reports: Reports, ids: list[str]) -> list[str | None]:
    """The household's first request in the window, where a second one was seen to be one."""
    first = {int(reports.home[at]): ids[at] for at in np.flatnonzero(reports.kind == IN_WINDOW)}
    marked = (reports.kind == AGAIN) & chance.happens("study, marked", row, MARKED_DUPLICATE)
    return [first[home] if is_marked else None for home, is_marked in zip(reports.home.tolist(), marked.tolist(), strict=True)]
