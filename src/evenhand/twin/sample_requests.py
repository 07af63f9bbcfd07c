"""The sample city's past year of requests.

Modelling choice: every service has a share of the year, a season, a kind of place and a log-normal time to close. More than half of a service's
requests gather around a few hot spots, weighted by how many doors are near; storms bring trees, floods and outages on the same days. What would close
after the last moment is simply still open, so recent requests are censored as in real life. Some are the same trouble reported twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from evenhand.twin.sample_addresses import Door
from evenhand.twin.sample_ground import OUTLINE, QUARTERS, Ground, lines_of, to_degrees
from evenhand.twin.sample_request_words import OTHER_CLOSINGS, WORDS

YEAR = timedelta(days=365)
STANDARD_TIME = timezone(timedelta(hours=-5))  # good enough for the hour at which people report; the rows are UTC


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """One request, as a city's system would export it. Times are aware UTC; `closing_words` are public.

    `evidence` names the crew's record behind a "fixed", None where there is none. `language` is that of `description` and `closing_words`.
    """

    source_id: str
    service_code: str
    requested_at: datetime
    acknowledged_at: datetime | None
    closed_at: datetime | None
    channel: str
    made_by: str
    lat: float
    long: float
    address: str
    description: str
    closing_reason: str | None
    closing_words: str | None
    me_too: int
    duplicate_of: str | None
    evidence: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Habit:
    """How one service behaves over the year."""

    share: float
    median_days: float
    spread: float  # standard deviation of the logarithm of the days
    season: str = "flat"
    place: str = "door"
    staff: float = 0.05
    never_closed: float = 0.04


HABITS = {
    "POTHOLE": Habit(0.100, 5.0, 0.9, "spring", staff=0.20),
    "SIDEWALK": Habit(0.050, 48.0, 0.9, never_closed=0.12),
    "SNOW": Habit(0.035, 0.7, 0.7, "snow"),
    "STREET_FLOOD": Habit(0.022, 1.6, 0.8, "storm", place="corner"),
    "STREETLIGHT": Habit(0.080, 8.0, 0.8, "winter", staff=0.15),
    "SIGNAL": Habit(0.030, 1.2, 1.0, place="corner", staff=0.15),
    "STREET_SIGN": Habit(0.030, 12.0, 0.8, place="corner", staff=0.20),
    "ABANDONED_VEHICLE": Habit(0.050, 14.0, 0.6),
    "PARKING": Habit(0.065, 0.12, 0.9, never_closed=0.01),
    "MISSED_TRASH": Habit(0.100, 1.1, 0.6, never_closed=0.01),
    "BULKY": Habit(0.080, 6.0, 0.4, "summer", never_closed=0.01),
    "ILLEGAL_DUMPING": Habit(0.065, 3.5, 0.9, "summer", staff=0.30),
    "GRAFFITI": Habit(0.060, 7.0, 1.0, "summer", staff=0.25),
    "DEAD_ANIMAL": Habit(0.025, 0.5, 0.7, "summer"),
    "NEEDLE": Habit(0.015, 0.2, 0.8, "summer", place="park"),
    "WATER_LEAK": Habit(0.030, 2.2, 1.0, "winter"),
    "SEWER": Habit(0.020, 1.0, 0.9),
    "POWER_OUTAGE": Habit(0.015, 0.4, 0.9, "storm", never_closed=0.0),
    "HEAT": Habit(0.015, 5.0, 0.9, "winter"),
    "RODENTS": Habit(0.042, 11.0, 0.7, "summer"),
    "TREE_DOWN": Habit(0.045, 2.0, 1.0, "storm", staff=0.15),
    "TREE_CARE": Habit(0.042, 75.0, 0.8, "summer", never_closed=0.15),
    "PARK": Habit(0.030, 9.0, 0.8, "summer", place="park", staff=0.25),
    "PLAYGROUND": Habit(0.010, 4.0, 0.8, "summer", place="park", staff=0.20),
    "NOISE": Habit(0.040, 4.0, 1.1, "summer"),
    "WELFARE": Habit(0.010, 0.3, 0.8, "winter", place="park"),
    "DOCKS": Habit(0.010, 16.0, 0.8, "summer", place="dock"),
    "OTHER": Habit(0.030, 2.0, 0.9),
}
PRIVATE = frozenset({"POWER_OUTAGE", "HEAT", "WELFARE"})

MONTH_WEIGHTS = {
    "flat": (1,) * 12,
    "spring": (1.2, 1.8, 2.4, 2.0, 1.3, 0.9, 0.7, 0.7, 0.7, 0.7, 0.8, 0.9),
    "summer": (0.5, 0.5, 0.7, 1.0, 1.3, 1.6, 1.7, 1.6, 1.3, 1.0, 0.7, 0.5),
    "winter": (1.7, 1.5, 1.1, 0.8, 0.6, 0.5, 0.4, 0.5, 0.8, 1.2, 1.5, 1.8),
    "storm": (0.5, 0.5, 0.6, 0.6, 0.7, 1.0, 1.2, 1.6, 1.6, 1.0, 0.6, 0.5),
    "snow": (1.6, 1.4, 0.3, 0, 0, 0, 0, 0, 0, 0, 0.05, 1.0),
}
WEEKDAY_WEIGHTS = (1.25, 1.15, 1.1, 1.1, 1.05, 0.7, 0.6)
HOUR_WEIGHTS = np.array([1, 1, 1, 1, 1, 2, 5, 9, 12, 13, 12, 11, 10, 10, 10, 10, 9, 8, 7, 6, 5, 4, 3, 2], dtype=float)
CHANNELS = {"phone": 0.46, "app": 0.21, "web": 0.20, "text": 0.06, "email": 0.05, "walk_in": 0.02}
REASONS = {"fixed": 0.83, "not_ours": 0.07, "unable": 0.06, "invalid": 0.04}

Spot = tuple[Point, str]


@dataclass(frozen=True, slots=True)
class Places:
    """Where trouble can be: each kind with points and the words for them, and where a point may lie at all."""

    spots: dict[str, tuple[Spot, ...]]
    allowed: BaseGeometry


def build_places(ground: Ground, doors: tuple[Door, ...], crossings: list[tuple[str, Point]], rng: np.random.Generator) -> Places:
    """Doors, corners, spots in parks and docks along the harbour."""
    dry = ground.boundary.buffer(-5) - ground.water.buffer(3)
    parks = [(point, name) for name, park in ground.parks for point in _scattered(park.intersection(dry), 40, rng)]
    spots = {
        "door": tuple((door.point, door.address) for door in doors if door.unit in {"", "Apt 1", "Unit 1", "Floor 1"}),
        "corner": tuple((point, name) for name, point in crossings if dry.contains(point)),
        "park": tuple(parks),
        "dock": tuple(_docks(ground, dry)),
    }
    return Places(spots, dry)


def build_requests(places: Places, count: int, until: datetime, rng: np.random.Generator) -> tuple[SampleRequest, ...]:
    """`count` requests of the 365 days before `until`, oldest first, ids in that order."""
    days = _day_weights(until, rng)
    drafts: list[SampleRequest] = []
    for code, number in _counts(count).items():
        drafts += _of_one_service(code, number, places=places, days=days, until=until, rng=rng)
    order = sorted(range(len(drafts)), key=lambda index: (drafts[index].requested_at, drafts[index].source_id))
    names = {drafts[index].source_id: f"HB-{position:05d}" for position, index in enumerate(order, start=1)}
    return tuple(_renamed(drafts[index], names) for index in order)


def _counts(total: int) -> dict[str, int]:
    """Requests by service: shares rounded so that they add up to the total."""
    shares = np.array([habit.share for habit in HABITS.values()])
    edges = np.round(np.cumsum(shares) / shares.sum() * total).astype(int)
    return dict(zip(HABITS, np.diff(edges, prepend=0).tolist(), strict=True))


def _of_one_service(
    code: str, number: int, *, places: Places, days: dict[str, NDArray[np.float64]], until: datetime, rng: np.random.Generator
) -> list[SampleRequest]:
    habit = HABITS[code]
    where = _near_hot_spots(places.spots[habit.place], rng)
    made: list[SampleRequest] = []
    for serial in range(number):
        twin = _reported_again(made, until, rng) if code not in PRIVATE else None
        if twin is None:
            at, (point, address) = _moment(days[habit.season], until, rng), where()
            point = _nudged(point, 6, places.allowed, rng)
            made.append(_request(f"{code}{serial:05d}", code, at, place=_degrees(point), address=address, until=until, rng=rng))
        else:
            at = _while_it_lasts(twin, rng)
            copy = _request(f"{code}{serial:05d}", code, at, place=(twin.long, twin.lat), address=twin.address, until=until, rng=rng)
            made.append(_as_duplicate(copy, twin, until, rng))
    return made


def _request(
    source_id: str, code: str, at: datetime, *, place: tuple[float, float], address: str, until: datetime, rng: np.random.Generator
) -> SampleRequest:
    habit, words = HABITS[code], WORDS[code]
    by_staff = bool(rng.random() < habit.staff)
    language = "es" if not by_staff and rng.random() < 0.14 else "en"
    closed_at = _later(at, habit.median_days, habit.spread, until, rng) if rng.random() >= habit.never_closed else None
    acknowledged_at = _later(at, min(0.3, habit.median_days / 4), 0.9, closed_at or until, rng)
    reason = str(rng.choice(list(REASONS), p=list(REASONS.values()))) if closed_at else None
    told = _pick(words.es if language == "es" else words.en, rng)
    return SampleRequest(
        source_id=source_id,
        service_code=code,
        requested_at=at,
        acknowledged_at=acknowledged_at or closed_at,
        closed_at=closed_at,
        channel=str(rng.choice(["app", "web"], p=[0.7, 0.3]) if by_staff else rng.choice(list(CHANNELS), p=list(CHANNELS.values()))),
        made_by="staff" if by_staff else "resident",
        lat=place[1],
        long=place[0],
        address=address,
        description=told,
        closing_reason=reason,
        closing_words=_closing_words(code, reason, language, rng) if reason else None,
        me_too=0 if code in PRIVATE or rng.random() > 0.09 else int(rng.geometric(0.45)),
        duplicate_of=None,
        evidence=f"Work order {int(rng.integers(20_000, 99_999))}" if reason == "fixed" and rng.random() < 0.92 else None,
        language=language,
    )


def _reported_again(made: list[SampleRequest], until: datetime, rng: np.random.Generator) -> SampleRequest | None:
    """Sometimes an earlier request of the same service that somebody else saw too."""
    originals = [request for request in made if request.duplicate_of is None and until - request.requested_at > timedelta(days=9)]
    if not originals or rng.random() > 0.065:
        return None
    return originals[int(rng.integers(len(originals)))]


def _while_it_lasts(original: SampleRequest, rng: np.random.Generator) -> datetime:
    """A moment before the first report was closed, at most nine days on."""
    lasts = min((original.closed_at or original.requested_at + YEAR) - original.requested_at, timedelta(days=9))
    return original.requested_at + timedelta(seconds=int(lasts.total_seconds() * float(rng.uniform(0.05, 0.95))))


def _as_duplicate(copy: SampleRequest, original: SampleRequest, until: datetime, rng: np.random.Generator) -> SampleRequest:
    """The second report lies within some metres of the first; staff find most of them within a day or two."""
    north, east = np.clip(rng.normal(0, 2e-5, 2), -3e-5, 3e-5).tolist()  # degrees: within 3 m, still inside the city
    near = replace(copy, lat=round(original.lat + north, 6), long=round(original.long + east, 6))
    found_at = _later(copy.requested_at, 0.6, 0.7, until, rng)
    if found_at is None or rng.random() < 0.15:
        return near
    acknowledged_at = min(copy.acknowledged_at or found_at, found_at)
    words = _closing_words(copy.service_code, "duplicate", copy.language, rng)
    return replace(
        near,
        acknowledged_at=acknowledged_at,
        closed_at=found_at,
        closing_reason="duplicate",
        closing_words=words,
        duplicate_of=original.source_id,
        evidence=None,
        me_too=0,
    )


def _closing_words(code: str, reason: str, language: str, rng: np.random.Generator) -> str:
    if reason == "fixed":
        return _pick(WORDS[code].done_es if language == "es" else WORDS[code].done_en, rng)
    english, spanish = OTHER_CLOSINGS[reason]
    return spanish if language == "es" else english


def _later(start: datetime, median_days: float, spread: float, until: datetime, rng: np.random.Generator) -> datetime | None:
    """A log-normal wait from `start`; None where it ends after `until`."""
    seconds = max(120, int(86_400 * median_days * float(rng.lognormal(0, spread))))
    end = start + timedelta(seconds=seconds)
    return end if end < until else None


def _day_weights(until: datetime, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """For each season the weight of each of the 365 days; storms and snowfalls gather theirs on a few days."""
    dates = [(until - YEAR + timedelta(days=day)).astimezone(STANDARD_TIME) for day in range(365)]
    weekdays = np.array([WEEKDAY_WEIGHTS[date.weekday()] for date in dates])
    weights = {season: weekdays * np.array([months[date.month - 1] for date in dates]) for season, months in MONTH_WEIGHTS.items()}
    for season in ("storm", "snow"):
        burst = np.full(365, 0.35 if season == "storm" else 0.02)
        for day in rng.choice(365, size=6, replace=False, p=weights[season] / weights[season].sum()):
            burst[day : day + 3] += np.array([30, 18, 6])[: 365 - day]
        weights[season] = weights[season] * burst
    return {season: weight / weight.sum() for season, weight in weights.items()}


def _moment(days: NDArray[np.float64], until: datetime, rng: np.random.Generator) -> datetime:
    day = (until - YEAR + timedelta(days=int(rng.choice(365, p=days)))).astimezone(STANDARD_TIME)
    hour = int(rng.choice(24, p=HOUR_WEIGHTS / HOUR_WEIGHTS.sum()))
    at = day.replace(hour=hour, minute=int(rng.integers(60)), second=int(rng.integers(60)), microsecond=0).astimezone(UTC)
    return at if until - YEAR <= at < until else at + timedelta(days=1 if at < until - YEAR else -1)


def _near_hot_spots(spots: tuple[Spot, ...], rng: np.random.Generator) -> Callable[[], Spot]:
    """A chooser of places: six times in ten around one of a few hot spots, else anywhere."""
    xy = np.array([(point.x, point.y) for point, _ in spots])
    centres = xy[rng.integers(len(spots), size=5)]
    near = np.exp(-((xy[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2) / (2 * 260.0**2))
    weights = near / near.sum(axis=0)

    def choose() -> Spot:
        if rng.random() < 0.4:
            return spots[int(rng.integers(len(spots)))]
        return spots[int(rng.choice(len(spots), p=weights[:, int(rng.integers(centres.shape[0]))]))]

    return choose


def _nudged(point: Point, metres: float, allowed: BaseGeometry, rng: np.random.Generator) -> Point:
    moved = Point(point.x + rng.normal(0, metres), point.y + rng.normal(0, metres))
    return moved if allowed.contains(moved) else point


def _scattered(shape: BaseGeometry, count: int, rng: np.random.Generator) -> list[Point]:
    west, south, east, north = shape.bounds
    tries = [Point(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(count)]
    return [point for point in tries if shape.contains(point)]


def _docks(ground: Ground, dry: BaseGeometry) -> list[Spot]:
    coast = LineString([point for point, is_coast in OUTLINE if is_coast]).buffer(500)
    shore = lines_of(ground.boundary.buffer(-9).exterior.intersection(coast).intersection(dry))
    points = [line.interpolate(at) for line in shore for at in np.arange(60, line.length, 260)]
    tree = shapely.STRtree(ground.areas)
    return [(point, f"Dock {number}, {QUARTERS[int(tree.nearest(point))].name}") for number, point in enumerate(points, start=1)]


def _degrees(point: Point) -> tuple[float, float]:
    placed = shapely.get_coordinates(to_degrees(point))[0]
    return float(placed[0]), float(placed[1])


def _pick(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


def _renamed(request: SampleRequest, names: dict[str, str]) -> SampleRequest:
    twin = names[request.duplicate_of] if request.duplicate_of else None
    return replace(request, source_id=names[request.source_id], duplicate_of=twin)
