"""The text of every outgoing message, as a person gets it. These are written by hand: change them only after reading them aloud."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import links, mails
from evenhand.web.conversations.models import Follower, OutboxMessage
from evenhand.web.service_requests.models import Service, ServiceRequest
from tests import cast

FOOT = """
—

You get this mail because you follow this request. No more mails about it:

STOP
"""
FOOT_OF_REPORTER = """
—

You get this mail because this address was given with the report. No more mails about it:

STOP
"""

LINK_WORDS = (
    "With your private link you see what happens, add something, say that it is not fixed, or take the report back. "
    "Please don’t pass it on: whoever has it can do all of that."
)

RECEIVED = """We have your report: Pothole (NUMBER)

Thank you. Your report has reached Harbor.

What: Pothole
Where: 12 Wharf Street
Number: NUMBER

LINK_WORDS

PRIVATE

We write to you when something changes.
"""

RECEIVED_HELD = """We have your report: Pothole (NUMBER)

Thank you. Your report has reached Harbor.

What: Pothole
Where: 12 Wharf Street
Number: NUMBER

The city has it now. The public page shows it from March 2, 2026, 1 p.m. on, because many reports came from the same place at once.

LINK_WORDS

PRIVATE

We write to you when something changes.
"""

RECEIVED_PRIVATE = """We have your report: Power outage (NUMBER)

Thank you. Your report has reached Harbor.

What: Power outage
Where: 12 Wharf Street
Number: NUMBER

Reports of this kind are not public: only you and the city can see it.

LINK_WORDS

PRIVATE

We write to you when something changes.
"""

CONFIRM = """Please confirm: news about Pothole (NUMBER)

Somebody, we think you, asked Harbor for news about this request:

Pothole, 12 Wharf Street
PUBLIC

If it was you, open this link within a week and press the button:

CONFIRM

If it was not you, do nothing: you will hear nothing more.
"""

ALREADY = """You follow this already: Pothole (NUMBER)

Somebody, we think you, asked Harbor for news about this request. You get them already, so there is nothing to do:

Pothole, 12 Wharf Street
PUBLIC
"""

ANSWERED = """An answer from the city: Pothole (NUMBER)

Harbor wrote about “Pothole” (12 Wharf Street):

We come on Monday.

See all that happened:
PUBLIC
"""

FIXED = """Fixed: Pothole (NUMBER)

Harbor says that this is fixed: Pothole.

Where: 12 Wharf Street

Filled with asphalt.

Not so? Say that it is not fixed, and the city looks again:
PUBLIC
"""

STATED = """Closed: Pothole (NUMBER)

“Pothole” is closed, as stated by Harbor Works.

Where: 12 Wharf Street

Not so? Say that it is not fixed, and the city looks again:
PUBLIC
"""

CLOSED_SENTENCES = {
    "duplicate": "Harbor knew about this from another report, and goes on with that one: Pothole.",
    "not_ours": "Harbor closed this because somebody else is responsible: Pothole.",
    "unable": "Harbor closed this because it cannot do it: Pothole.",
    "invalid": "Harbor closed this because there was nothing to be done: Pothole.",
    "not_stated": "Harbor closed this without stating a reason: Pothole.",
}

WITHDRAWN = """Taken back: Pothole (NUMBER)

The person who reported this has taken the report back: Pothole, 12 Wharf Street.

If the problem is still there, please report it again:
REPORT
"""

REOPEN_REQUESTED = """“Not fixed”: Pothole (NUMBER)

Somebody says that this is not fixed: Pothole, 12 Wharf Street.

It counts as “not fixed” until Harbor has looked again.

See what was said:
PUBLIC
"""

REOPEN_REQUESTED_BY_REPORTER = REOPEN_REQUESTED.replace(
    "Somebody says that this is not fixed", "The person who reported this says that it is not fixed"
)

REOPENED = """Open again: Pothole (NUMBER)

Harbor has opened this again: Pothole, 12 Wharf Street.

The hole was filled on the wrong side.

See what happens:
PUBLIC
"""

DATE_GIVEN = """By April 2, 2026: Pothole (NUMBER)

Harbor says that this will be done by April 2, 2026: Pothole, 12 Wharf Street.

The asphalt plant opens again then.

See all that happened:
PUBLIC
"""

DECLINED = """Stays closed: Pothole (NUMBER)

Harbor looked again and keeps this closed: Pothole, 12 Wharf Street.

We measured: the road is even.

See all that happened:
PUBLIC
"""


def masked(message: OutboxMessage) -> str:
    """Subject and text, with names in the place of numbers and links."""
    text = f"{message.subject}\n\n{message.text}"
    host = r"http://127\.0\.0\.1:8311"
    for pattern, name in (
        (rf"{host}/requests/\S+/private/[0-9a-f]{{32}}/", "PRIVATE"),
        (rf"{host}/requests/\d{{9}}/", "PUBLIC"),
        (rf"{host}/follow/confirm/\d+/[0-9a-f]{{32}}/", "CONFIRM"),
        (rf"{host}/follow/stop/\d+/[0-9a-f]{{32}}/", "STOP"),
        (rf"{host}/report/", "REPORT"),
        (r"\b\d{3}-\d{3}-\d{3}\b", "NUMBER"),
    ):
        text = re.sub(pattern, name, text)
    return text.replace(LINK_WORDS, "LINK_WORDS")


def follower(request: ServiceRequest, *, is_reporter: bool = False) -> Follower:
    return conversations.follow(request, recipient="ben@next.test", language="en", at=cast.NOON, is_reporter=is_reporter, confirmed=True)


def written(kind: str, request: ServiceRequest, *, to: Follower | None, **context: object) -> str:
    return masked(conversations.enqueue(kind, to="ben@next.test", language="en", request=request, at=cast.NOON, context=context, follower=to))


def test_a_report_was_received(pothole_request: ServiceRequest) -> None:
    assert written("request_received", pothole_request, to=follower(pothole_request, is_reporter=True)) == RECEIVED + FOOT_OF_REPORTER


def test_a_report_was_received_and_is_held(pothole: Service) -> None:
    held = cast.make_request(pothole, held_until=cast.NOON + timedelta(hours=1))
    assert written("request_received", held, to=follower(held, is_reporter=True)) == RECEIVED_HELD + FOOT_OF_REPORTER


def test_a_private_report_was_received(power_out: Service) -> None:
    dark = cast.make_request(power_out)
    assert written("request_received", dark, to=follower(dark, is_reporter=True)) == RECEIVED_PRIVATE + FOOT_OF_REPORTER


def test_an_expected_date_stands_before_the_link(pothole_request: ServiceRequest) -> None:
    text = written("request_received", pothole_request, to=follower(pothole_request, is_reporter=True), expected_words="Probably by March 9, 2026.")
    assert "Number: NUMBER\n\nProbably by March 9, 2026.\n\nLINK_WORDS" in text


def test_somebody_asked_to_follow(pothole_request: ServiceRequest) -> None:
    asked = conversations.follow(pothole_request, recipient="ben@next.test", language="en", at=cast.NOON)
    assert written("follow_confirm", pothole_request, to=None, confirm_url=links.confirm_url(asked)) == CONFIRM


@pytest.mark.parametrize(
    ("kind", "expected", "context"),
    [
        ("follow_already", ALREADY, {}),
        ("request_answered", ANSWERED, {"words": "We come on Monday."}),
        ("request_withdrawn", WITHDRAWN, {}),
        ("reopen_requested", REOPEN_REQUESTED, {"by_reporter": False}),
        ("reopen_requested", REOPEN_REQUESTED_BY_REPORTER, {"by_reporter": True}),
        ("request_reopened", REOPENED, {"words": "The hole was filled on the wrong side."}),
        ("reopen_declined", DECLINED, {"words": "We measured: the road is even."}),
    ],
)
def test_what_followers_hear(pothole_request: ServiceRequest, kind: str, expected: str, context: dict[str, object]) -> None:
    assert written(kind, pothole_request, to=follower(pothole_request), **context) == expected + FOOT


def test_a_day_was_given(pothole_request: ServiceRequest) -> None:
    pothole_request.expected_at = datetime(2026, 4, 3, 1, tzinfo=UTC)  # the evening of 2 April in Harbor
    told = written("request_dated", pothole_request, to=follower(pothole_request), words="The asphalt plant opens again then.")
    assert told == DATE_GIVEN + FOOT


def test_it_was_fixed(pothole_request: ServiceRequest) -> None:
    pothole_request.closing_reason, pothole_request.evidence = "fixed", "photo"
    assert written("request_closed", pothole_request, to=follower(pothole_request), words="Filled with asphalt.") == FIXED + FOOT


def test_a_source_states_that_it_was_closed(pothole_request: ServiceRequest) -> None:
    pothole_request.closing_reason, pothole_request.evidence, pothole_request.stated_by = "not_stated", "stated", "Harbor Works"
    assert written("request_closed", pothole_request, to=follower(pothole_request)) == STATED + FOOT


@pytest.mark.parametrize(("reason", "sentence"), CLOSED_SENTENCES.items())
def test_it_was_closed_for_another_reason(pothole_request: ServiceRequest, reason: str, sentence: str) -> None:
    pothole_request.closing_reason = reason
    text = written("request_closed", pothole_request, to=follower(pothole_request), words="See above.")
    assert text.startswith(f"Closed: Pothole (NUMBER)\n\n{sentence}\n\nWhere: 12 Wharf Street\n\nSee above.\n")


def test_only_the_reporter_is_sent_the_private_link(pothole_request: ServiceRequest) -> None:
    for kind in kinds():
        to_neighbor = written(kind, pothole_request, to=follower(pothole_request), words="Words.", confirm_url="https://x.test/")
        assert "PRIVATE" not in to_neighbor, kind


def test_every_kind_of_mail_is_told_here_as_prose() -> None:
    told = set(
        re.findall(r'"((?:request|follow|reopen)_[a-z_]+)"', "".join(file.read_text() for file in Path(__file__).parent.glob("test_*mail_texts.py")))
    )
    assert set(kinds()) <= told


def test_a_service_with_line_breaks_cannot_add_headers(pothole_request: ServiceRequest) -> None:
    pothole_request.service.name = "Pothole\r\nBcc: all@far.test"
    message = conversations.enqueue("follow_already", to="ben@next.test", language="en", request=pothole_request, at=cast.NOON)
    assert "\n" not in message.subject
    assert len(message.subject) <= 255


def test_markup_in_words_is_not_turned_into_entities(pothole_request: ServiceRequest) -> None:
    assert "5 < 6 & “so on”" in written("request_answered", pothole_request, to=follower(pothole_request), words="5 < 6 & “so on”")


def test_every_mail_has_an_id_of_its_own_under_the_public_host(pothole_request: ServiceRequest) -> None:
    messages = [conversations.enqueue("follow_already", to="b@x.test", language="en", request=pothole_request, at=cast.NOON) for _ in range(2)]
    assert len({message.message_id for message in messages}) == 2
    assert all(message.message_id.endswith("@127.0.0.1>") for message in messages)
    assert settings.EVENHAND.public_url == "http://127.0.0.1:8311"


def kinds() -> list[str]:
    """All kinds to residents; the two to staff are told in `test_digest`."""
    folder = Path(mails.__file__).parent / "templates/conversations/mails"
    return sorted(file.stem for file in folder.glob("*.txt") if file.stem not in {"base", "team_digest", "city_digest"})
