"""One clock for all processes: real, or a storm clock that runs at its own pace and never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evenhand.web.core import clock
from evenhand.web.core.clock import ClockWouldGoBack


class WallClock:
    """Real time, under the test's hand."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def passes(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


@pytest.fixture
def wall(db: None, monkeypatch: pytest.MonkeyPatch) -> WallClock:
    made = WallClock()
    monkeypatch.setattr(clock, "real_now", made)
    return made


def test_without_a_row_the_city_lives_in_real_time(wall: WallClock) -> None:
    assert clock.now() == wall.moment


def test_a_storm_clock_at_sixty_shows_an_hour_for_each_minute(wall: WallClock) -> None:
    started = clock.set_pace(60)
    wall.passes(minutes=2)
    assert clock.now() - started == timedelta(hours=2)


def test_a_paused_clock_stands_still_and_goes_on_from_there(wall: WallClock) -> None:
    stood = clock.set_pace(0)
    wall.passes(hours=5)
    assert clock.now() == stood
    clock.set_pace(1)
    wall.passes(minutes=1)
    assert clock.now() == stood + timedelta(minutes=1)


def test_a_change_of_pace_makes_no_jump(wall: WallClock) -> None:
    clock.set_pace(60)
    wall.passes(minutes=1)
    before = clock.now()
    assert clock.set_pace(10) == before
    wall.passes(minutes=1)
    assert clock.now() == before + timedelta(minutes=10)


def test_a_jump_forward_keeps_the_pace(wall: WallClock) -> None:
    clock.set_pace(60)
    ahead = wall.moment + timedelta(days=3)
    clock.jump_to(ahead)
    wall.passes(minutes=1)
    assert clock.now() == ahead + timedelta(hours=1)


def test_the_clock_cannot_be_put_back(wall: WallClock) -> None:
    clock.jump_to(wall.moment + timedelta(days=3))
    with pytest.raises(ClockWouldGoBack, match="Restore a backup"):
        clock.jump_to(wall.moment + timedelta(days=2))
    assert clock.now() == wall.moment + timedelta(days=3)


def test_a_negative_pace_is_refused(wall: WallClock) -> None:
    with pytest.raises(ClockWouldGoBack, match="0 or more"):
        clock.set_pace(-1)


def test_a_machine_whose_time_is_set_back_does_not_take_the_city_along(wall: WallClock) -> None:
    shown = clock.set_pace(2)
    wall.passes(hours=-6)
    assert clock.now() == shown


def test_logins_and_limits_keep_real_time_during_a_storm(wall: WallClock) -> None:
    clock.set_pace(60)
    wall.passes(minutes=10)
    assert clock.real_now() == wall.moment
