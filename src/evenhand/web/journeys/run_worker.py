"""The worker: does in the background what no visitor should wait for. Several may run at once; killed at any moment, it loses nothing.

Each duty has its pace in real time and stands for itself: one that fails is logged, and tried again at its next turn, while the others go on. So a
database that is locked or away for a while is waited for, not died of.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connections
from django.db.models import Max

from evenhand.web.accounts import second_factor
from evenhand.web.connectors.email import EmailConnector, connector_from_url
from evenhand.web.core import clock, worker_pulse
from evenhand.web.insights.expected_dates import refresh_expected_dates
from evenhand.web.insights.models import ClosingEstimate
from evenhand.web.journeys.mind_questions import mind_questions
from evenhand.web.journeys.release_held_requests import release_held_requests
from evenhand.web.journeys.send_city_digests import send_city_digests
from evenhand.web.journeys.send_digests import send_digests
from evenhand.web.journeys.send_outbox import Delivered, send_outbox
from evenhand.web.journeys.tidy_up import merge_away_erased_words, tidy_up
from evenhand.web.places.models import Jurisdiction

logger = logging.getLogger("evenhand.worker")
LOOK_EVERY_SECONDS = 1.0
ESTIMATES_LAST = timedelta(days=1)


@dataclass
class Duty:
    """Something to do again and again, `every_seconds` after it was done or had failed."""

    name: str
    every_seconds: float
    do: Callable[[], object]
    next_at: float = 0.0

    def is_due(self, now: float) -> bool:
        return now >= self.next_at

    def run(self) -> bool:
        """Do it; False if it failed, which is logged and nothing else."""
        try:
            self.do()
        except Exception:  # whatever it was: the other duties go on, and this one comes again
            logger.exception("%s failed; it is tried again in %.0f seconds", self.name, self.every_seconds)
            return False
        finally:
            self.next_at = time.monotonic() + self.every_seconds
        return True


def run(stop: threading.Event, *, once: bool = False, connector: EmailConnector | None = None) -> bool:
    """Work until `stop` is set; with `once` do every duty once. Returns whether nothing failed in the last round."""
    duties = duties_with(connector or connector_of_settings(), stop)
    if not once:
        logger.info("The worker has begun.")
    while not stop.is_set():
        _drop_broken_connections()
        failed = [duty.name for duty in duties if duty.is_due(time.monotonic()) and not duty.run()]
        if once:
            return not failed
        stop.wait(LOOK_EVERY_SECONDS)
    logger.info("The worker has ended.")
    return True


def duties_with(connector: EmailConnector, stop: threading.Event) -> list[Duty]:
    """What there is to do, in order of urgency, and how often."""
    return [
        Duty("Saying that it is alive", worker_pulse.BEATS_EVERY.total_seconds(), lambda: worker_pulse.beat(real_at=clock.real_now())),
        Duty("Sending mail", 2, lambda: send_mails(connector, stop)),
        Duty("Showing held reports", 30, lambda: release_held_requests(at=clock.now(), real_at=clock.real_now())),
        Duty("Questions to reporters", 600, lambda: mind_questions(at=clock.now())),
        Duty("Digests for teams", 900, lambda: send_digests(at=clock.now())),
        Duty("Digests for supervisors", 900, lambda: send_city_digests(at=clock.now())),
        Duty("Expected dates", 900, refresh_old_estimates),
        Duty("Sealing with the present secret key", 3600, second_factor.seal_anew),
        Duty("Tidying up", 3600, lambda: tidy_up(at=clock.now(), real_at=clock.real_now())),
        Duty("Taking erased words out of the search index", 86_400, lambda: merge_away_erased_words(at=clock.now())),
    ]


def send_mails(connector: EmailConnector, stop: threading.Event) -> Delivered:
    """A round of the outbox; that it came through with a message is written down."""
    done = send_outbox(connector, stop=stop)
    if done.sent or done.failed:
        worker_pulse.note_message(real_at=clock.real_now())
    return done


def refresh_old_estimates() -> int:
    """Compute the expected dates of cities whose last were computed a day ago (or never); returns how many cities."""
    newest = dict(ClosingEstimate.objects.values("jurisdiction").annotate(newest=Max("computed_at")).values_list("jurisdiction", "newest"))
    fresh_since = clock.real_now() - ESTIMATES_LAST
    old = [city for city in Jurisdiction.objects.all() if city.pk not in newest or newest[city.pk] < fresh_since]
    for city in old:
        refresh_expected_dates(city, at=clock.now())
    return len(old)


def connector_of_settings() -> EmailConnector:
    """The mail server that the settings name."""
    configuration = settings.EVENHAND
    sender = configuration.email_from or f"311@{_host(configuration.public_url)}"
    return connector_from_url(configuration.email_url, sender=sender)


def _drop_broken_connections() -> None:
    """A connection that broke (a database that was restarted) is opened anew by the next query."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _host(public_url: str) -> str:
    host = public_url.split("//", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
    return "localhost" if host in {"", "127.0.0.1", "[::1]"} else host
