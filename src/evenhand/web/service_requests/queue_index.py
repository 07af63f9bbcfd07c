"""What waits for the city, in the order of the queue: an index that no filter has to leave.

The queue shows what is not closed for good: open requests, and closings that somebody disputes. That is a tenth of a large city's requests, and
people filter it by anything, mostly by several things at once. An index for each filter would serve one and cost every report. Here is one index in
the order of deadlines and one in the order of time, and each holds every column that a filter asks about: a page walks along until it has its hundred
rows, and the rarest combination costs one walk over what waits, no row of the table looked up. Those without a deadline come after those with one, as
if it lay at the end of time, newest first.
"""

from __future__ import annotations

from evenhand.web.core.database_objects import DatabaseObject
from evenhand.web.service_requests.workflow import State

WAITING = f"NOT (state = '{State.CLOSED}')"
END_OF_TIME = {"sqlite": "'9999'", "postgresql": "'infinity'::timestamptz"}
_ASKED = "service_id, team_id, assignee_id, state, area_id, status, visibility, priority, channel, lat, long, place_quality"
_NEWEST_FIRST = "requested_at DESC, id DESC"


def deadline_expression(vendor: str) -> str:
    """The indexed expression, word for word: the planners know it by its text."""
    return f"coalesce(due_at, {END_OF_TIME[vendor]})"


QUEUE_OBJECTS = (
    DatabaseObject(
        app="service_requests",
        names=("requests_waiting_due", "requests_waiting_newest"),
        sqlite=(
            "CREATE INDEX IF NOT EXISTS requests_waiting_due ON requests_request "
            f"(jurisdiction_id, {deadline_expression('sqlite')}, {_NEWEST_FIRST}, {_ASKED}, due_at) WHERE {WAITING}",
            "CREATE INDEX IF NOT EXISTS requests_waiting_newest ON requests_request "
            f"(jurisdiction_id, {_NEWEST_FIRST}, {_ASKED}, due_at) WHERE {WAITING}",
        ),
        postgresql=(
            "CREATE INDEX IF NOT EXISTS requests_waiting_due ON requests_request "
            f"(jurisdiction_id, ({deadline_expression('postgresql')}), {_NEWEST_FIRST}) INCLUDE ({_ASKED}, due_at) WHERE {WAITING}",
            "CREATE INDEX IF NOT EXISTS requests_waiting_newest ON requests_request "
            f"(jurisdiction_id, {_NEWEST_FIRST}) INCLUDE ({_ASKED}, due_at) WHERE {WAITING}",
        ),
    ),
)
